// Plays the stems of a take together, in step to the sample, with mute and solo.

import { element } from "./elements.js";
import { text } from "./i18n.js";

let context = null;
let playing = null; // what sounds now: a StemPlayer or an <audio>

/** Pause whatever else sounds; `player` has a pause() of its own. */
export function soundAlone(player) {
  if (playing !== player) playing?.pause();
  playing = player;
}

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

export class StemPlayer {
  /** `stems` is [{part, url}], `seconds` the length of the take. */
  constructor(stems, seconds) {
    this.seconds = seconds;
    this.offset = 0; // where to start from, in seconds
    this.startedAt = null; // the context's time at `offset`; null while it is silent
    this.tracks = stems.map((stem) => ({ ...stem, muted: false, solo: false, buffer: null, gain: null, source: null }));
    this.root = element("div", { class: "player", role: "group", "aria-label": text("stems") }, this.#transport(), this.#rows());
  }

  pause() {
    if (this.startedAt === null) return;
    this.offset = this.#position();
    this.#silence();
  }

  #transport() {
    this.button = element("button", { type: "button", class: "play", "aria-label": text("play"), onclick: () => this.#toggle() }, "▶");
    this.seek = element("input", {
      type: "range", min: 0, max: this.seconds, step: 0.01, value: 0, "aria-label": text("position"),
      oninput: () => this.#jump(Number(this.seek.value)),
    });
    this.time = element("span", { class: "time" }, `0:00 / ${clock(this.seconds)}`);
    return element("div", { class: "transport" }, this.button, this.seek, this.time);
  }

  #rows() {
    const row = (track) => {
      const name = text(`part_${track.part}`);
      const button = (field, letter, label) =>
        element("button", {
          type: "button", class: field, "aria-pressed": "false", "aria-label": `${label}: ${name}`, title: label,
          onclick: (event) => {
            track[field] = !track[field];
            event.currentTarget.setAttribute("aria-pressed", String(track[field]));
            this.#balance();
          },
        }, letter);
      return element("li", { "data-part": track.part },
        element("span", { class: "dot" }), element("span", { class: "name" }, name),
        button("muted", "M", text("mute")), button("solo", "S", text("solo")),
        element("a", { href: track.url, download: true, title: text("download"), "aria-label": `${text("download")}: ${name}` }, "↓"));
    };
    return element("ul", { class: "stems" }, ...this.tracks.map(row));
  }

  async #toggle() {
    if (this.startedAt !== null) return this.pause();
    soundAlone(this);
    context ??= new AudioContext();
    context.resume();
    if (!(await this.#loaded())) return;
    if (playing === this) this.#start();
  }

  async #loaded() {
    if (this.tracks.every((track) => track.buffer)) return true;
    this.button.disabled = true;
    this.time.textContent = text("loading");
    try {
      await Promise.all(this.tracks.map(async (track) => {
        const answer = await fetch(track.url);
        if (!answer.ok) throw new Error(answer.statusText);
        track.buffer = await context.decodeAudioData(await answer.arrayBuffer());
      }));
    } catch {
      this.time.textContent = text("unplayable");
      return false;
    } finally {
      this.button.disabled = false;
    }
    return true;
  }

  #start() {
    if (this.offset >= this.seconds) this.offset = 0;
    const when = context.currentTime + 0.05; // all of them at once, a moment from now
    for (const track of this.tracks) {
      track.gain ??= new GainNode(context);
      track.gain.connect(context.destination);
      track.source = new AudioBufferSourceNode(context, { buffer: track.buffer });
      track.source.connect(track.gain);
      track.source.start(when, this.offset);
    }
    this.startedAt = when;
    this.#balance();
    this.#show();
    this.#follow();
  }

  #silence() {
    for (const track of this.tracks) track.source?.stop();
    this.startedAt = null;
    this.#show();
  }

  #jump(seconds) {
    const wasPlaying = this.startedAt !== null;
    if (wasPlaying) this.#silence();
    this.offset = seconds;
    if (wasPlaying) this.#start();
    this.#show();
  }

  #balance() {
    const anySolo = this.tracks.some((track) => track.solo);
    for (const track of this.tracks) {
      const audible = !track.muted && (!anySolo || track.solo);
      track.gain?.gain.setTargetAtTime(audible ? 1 : 0, context.currentTime, 0.005);
    }
  }

  #position() {
    if (this.startedAt === null) return this.offset;
    return Math.min(this.seconds, this.offset + Math.max(0, context.currentTime - this.startedAt));
  }

  #follow() {
    if (this.startedAt === null) return;
    if (this.#position() >= this.seconds) {
      this.offset = 0;
      this.#silence();
      return;
    }
    this.#show();
    requestAnimationFrame(() => this.#follow());
  }

  #show() {
    const sounds = this.startedAt !== null;
    this.button.textContent = sounds ? "❚❚" : "▶";
    this.button.setAttribute("aria-label", text(sounds ? "pause" : "play"));
    this.seek.value = this.#position();
    this.time.textContent = `${clock(this.#position())} / ${clock(this.seconds)}`;
  }
}
