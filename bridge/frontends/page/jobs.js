// One card a job: how it stands, and what became of it.

import * as api from "./api.js";
import { element } from "./elements.js";
import { text } from "./i18n.js";
import { soundAlone, StemPlayer } from "./player.js";

const SYNCED_SECONDS_MAX = 600; // decoded stems live in memory
const STAGES = ["compose", "perform", "finish", "deliver"];
const OVER = ["done", "failed", "cancelled"];

export class JobCard {
  /** `again` takes the request of this job, `cancel` gives the job up and has the card updated. */
  constructor(job, { again, cancel }) {
    this.again = again;
    this.cancel = cancel;
    this.players = [];
    this.root = element("article", { class: "job", "data-job": job.id });
    this.update(job);
  }

  /** Show a job as the daemon tells it; what plays goes on playing while nothing of it has changed. */
  update(job) {
    const look = JSON.stringify({ ...job, fraction: 0, stage: "" });
    const isSame = look === this.look;
    this.look = look;
    this.job = job;
    if (isSame) return this.#move();
    this.stop();
    this.root.dataset.state = job.state;
    this.root.replaceChildren(this.#head(), ...this.#body());
    this.#move();
  }

  progress(fraction, stage) {
    if (OVER.includes(this.job.state)) return;
    if (this.job.state === "queued") this.update({ ...this.job, state: "running" });
    this.job = { ...this.job, fraction, stage };
    this.#move();
  }

  /** Silence what this card plays; it is about to be drawn anew. */
  stop() {
    for (const player of this.players) player.pause();
    this.players = [];
  }

  #move() {
    if (!this.bar) return;
    this.bar.value = this.job.fraction;
    this.stage.textContent = this.job.state === "queued" ? "" : `${stageText(this.job.stage)} ${Math.round(100 * this.job.fraction)} %`;
  }

  #head() {
    const { request, id, state, created } = this.job;
    const title = request.prompt || request.clip || text("untitled");
    return element("header", {},
      element("h3", {}, title),
      element("span", { class: "state" }, text(state)),
      element("p", { class: "facts" }, [...requested(request), new Date(created).toLocaleTimeString(), id].join(" · ")));
  }

  #body() {
    const { state, error, warnings, deliveries } = this.job;
    this.bar = this.stage = null;
    const parts = [];
    if (!OVER.includes(state)) parts.push(this.#running());
    if (error) parts.push(element("p", { class: "refusal" }, error.text));
    if (warnings.length) parts.push(element("ul", { class: "warnings" }, ...warnings.map((warning) => element("li", {}, warning))));
    const several = this.job.request.variations > 1;
    for (const delivery of deliveries) parts.push(this.#delivery(delivery, several));
    if (OVER.includes(state)) parts.push(element("div", { class: "actions" },
      element("button", { type: "button", class: "quiet", onclick: () => this.again(this.job.request) }, text("again"))));
    return parts;
  }

  #running() {
    this.bar = element("progress", { max: 1, value: 0, "aria-label": text(this.job.state) });
    this.stage = element("span", { class: "stage" });
    const cancel = element("button", { type: "button", class: "quiet", onclick: () => this.#cancel(cancel) }, text("cancel"));
    return element("div", { class: "running" }, this.bar, this.stage, cancel);
  }

  async #cancel(button) {
    button.disabled = true;
    try {
      await this.cancel();
    } catch (error) {
      button.disabled = false;
      this.stage.textContent = error.message || text("unreachable");
    }
  }

  #delivery(delivery, several) {
    const { files, variation, manifest } = delivery;
    const url = (name) => files.find((file) => file.name === name)?.url;
    const box = element("div", { class: "delivery" });
    if (several) box.append(element("h4", {}, `${text("variation")} ${variation}`));
    const facts = element("p", { class: "understood" });
    const overview = url("overview.png");
    if (overview) box.append(element("a", { href: overview, target: "_blank", rel: "noopener" },
      element("img", { src: overview, alt: text("overview"), loading: "lazy", width: 1600, height: 1000 })));
    box.append(facts);
    const players = element("div", {});
    box.append(players, this.#files(files, manifest));
    if (url("manifest.json")) api.file(url("manifest.json")).then((made) => this.#fill(made, url, facts, players)).catch(() => {});
    return box;
  }

  /** Show what the manifest says was made, and players for it. */
  #fill(made, url, facts, players) {
    facts.replaceChildren(...tags(made).map((tag) => element("span", { class: "tag" }, tag)));
    const mix = made.mix && url(made.mix.file);
    if (mix) players.append(element("div", { class: "mix" }, element("span", { class: "name" }, text("part_mix")),
      element("audio", { controls: true, preload: "metadata", src: mix, "aria-label": text("part_mix"), onplay: (event) => soundAlone(event.target) })));
    const stems = made.stems.map((stem) => ({ part: stem.part, url: url(stem.file) })).filter((stem) => stem.url);
    if (stems.length && made.section.seconds <= SYNCED_SECONDS_MAX) {
      const player = new StemPlayer(stems, made.section.seconds);
      this.players.push(player);
      players.append(player.root);
    }
  }

  #files(files, manifest) {
    const links = files.map((file) => element("li", {}, element("a", { href: file.url, download: true }, file.name)));
    return element("details", { class: "files" }, element("summary", {}, `${text("files")} (${files.length})`),
      element("ul", {}, ...links), element("p", { class: "facts" }, `${text("folder")}: ${manifest.replace(/[/\\][^/\\]*$/, "")}`));
  }
}

/** "deliver hand over" → what the page calls delivering. */
function stageText(stage) {
  const [first] = stage.split(" ");
  return STAGES.includes(first) ? text(`stage_${first}`) : stage;
}

function requested(request) {
  const said = [request.section, request.bars && `${request.bars} ${text("bars_n")}`, request.bpm && `${request.bpm} BPM`, request.key];
  return said.filter(Boolean);
}

function tags(made) {
  const { section, tempo, meter, key, style } = made;
  const bpm = tempo[0]?.bpm;
  return [
    section.name, `${section.bars} ${text("bars_n")}`, `${text("bar")} ${section.start_bar}`, bpm && `${round(bpm)} BPM`,
    meter[0] && `${meter[0].numerator}/${meter[0].denominator}`, key, `${round(section.seconds)} ${text("seconds")}`,
    ...(style?.genres ?? []), ...(style?.moods ?? []), ...(style?.instruments ?? []),
  ].filter(Boolean);
}

export const round = (value) => String(Math.round(value * 100) / 100);
