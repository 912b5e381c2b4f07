// The form: examples, clip by drag and drop, what the daemon understands while one types, and the order itself.

import * as api from "./api.js";
import { element } from "./elements.js";
import { text } from "./i18n.js";
import { round } from "./jobs.js";

const EXAMPLES = [
  "A joyful piano melody with light strings, suitable for a children's cartoon, 120 BPM",
  "忧伤的大提琴叙事曲，D 小调，70 BPM",
  "lo-fi hip hop, rhodes and upright bass, A minor, 84 BPM",
  "欢快的民谣吉他副歌，G 大调，8 小节",
  "driving rock chorus, distorted guitars, E minor, 140 BPM",
  "爵士华尔兹，钢琴与低音提琴，3/4 拍",
];
const TONICS = ["C", "C#", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];
const UNDERSTAND_MS = 300;
const DEFAULTS = { parts: "lead chords bass drums", formats: "wav", seed_mode: "lock" };

export class OrderForm {
  constructor(order) {
    this.form = document.getElementById("order");
    this.order = order;
    this.refusal = document.getElementById("refusal");
    this.understood = document.getElementById("understood");
    this.clip = document.getElementById("clip");
    this.#examples();
    this.#dropping();
    document.getElementById("keys").append(...TONICS.flatMap((tonic) => [`${tonic} major`, `${tonic} minor`]).map((key) => element("option", { value: key })));
    this.form.addEventListener("input", () => this.#ask());
    this.form.addEventListener("submit", (event) => this.#submit(event));
    api.engines().then(({ engines }) => this.#engines(engines)).catch(() => {});
  }

  /** Show the words again, after the language has changed. */
  refresh() {
    this.#showClip();
    this.#ask();
  }

  /** Fill the form with the fields of a request. */
  fill(request) {
    this.form.reset();
    for (const [name, value] of Object.entries({ ...DEFAULTS, ...request })) {
      const chosen = Array.isArray(value) ? value.map(String) : String(value).split(" ");
      for (const field of this.form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
        if (field.type === "checkbox") field.checked = chosen.includes(field.value);
        else if (field.type === "radio") field.checked = field.value === value;
        else if (field.type !== "file") field.value = typeof value === "object" ? JSON.stringify(value) : value;
      }
    }
    this.#showClip();
    this.#ask();
    this.form.elements.prompt.focus();
  }

  #examples() {
    const chip = (example) => element("button", { type: "button", lang: /[\u3400-\u9fff]/.test(example) ? "zh" : "en",
      onclick: () => this.fill({ prompt: example }) }, example);
    document.getElementById("examples").append(...EXAMPLES.map(chip));
  }

  #dropping() {
    const zone = document.getElementById("drop");
    const over = (is) => (event) => {
      event.preventDefault();
      zone.classList.toggle("over", is);
    };
    zone.addEventListener("dragover", over(true));
    zone.addEventListener("dragleave", over(false));
    zone.addEventListener("drop", (event) => {
      over(false)(event);
      if (!event.dataTransfer.files.length) return;
      this.clip.files = event.dataTransfer.files;
      this.#clipChanged();
    });
    this.clip.addEventListener("change", () => this.#clipChanged());
    document.getElementById("clip-remove").addEventListener("click", () => {
      this.clip.value = "";
      this.#clipChanged();
      this.clip.focus();
    });
  }

  #clipChanged() {
    this.#showClip();
    this.#ask();
  }

  #showClip() {
    const file = this.clip.files[0];
    const name = document.getElementById("clip-name");
    name.textContent = file ? file.name : text("clip_hint");
    document.getElementById("drop").classList.toggle("full", Boolean(file));
    document.getElementById("clip-remove").hidden = !file;
    document.getElementById("seed-modes").hidden = !file;
  }

  #engines(engines) {
    const option = (engine) => element("option", { value: engine.name, disabled: !engine.is_ready, title: engine.reason }, engine.name);
    this.form.elements.engine.append(...engines.map(option));
  }

  /** The order as parts of a form: only what differs from the defaults. */
  #fields() {
    const fields = new FormData();
    for (const [name, value] of new FormData(this.form)) {
      if (name === "parts" || name === "formats") continue;
      if (value instanceof File ? value.size : value.trim()) fields.append(name, value);
    }
    if (!this.clip.files.length) fields.delete("seed_mode");
    for (const name of ["parts", "formats"]) {
      const chosen = [...this.form.querySelectorAll(`[name="${name}"]:checked`)].map((box) => box.value).join(" ");
      if (chosen !== DEFAULTS[name]) fields.append(name, chosen || "[]");
    }
    if (![...fields.keys()].length) fields.append("prompt", "");
    return fields;
  }

  #ask() {
    clearTimeout(this.timer);
    this.asking?.abort();
    this.timer = setTimeout(() => this.#understand(), UNDERSTAND_MS);
  }

  async #understand() {
    this.asking = new AbortController();
    try {
      this.#showUnderstood(await api.understand(this.#fields(), this.asking.signal));
      this.#refuse(null);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.understood.replaceChildren();
      if (error.code !== "unreachable") this.#refuse(error);
    }
  }

  #showUnderstood(means) {
    const facts = [
      means.section, `${means.bars} ${text("bars_n")}`, `${text("bar")} ${means.start_bar}`, `${round(means.bpm)} BPM`, means.meter, means.key,
      `${round(means.seconds)} ${text("seconds")}`, means.seed_notes === null ? null : `${means.seed_notes} ${text("notes")}`,
      ...means.genres, ...means.moods, ...means.instruments, ...means.exclude.map((name) => `${text("without")} ${name}`),
    ];
    const tags = facts.filter(Boolean).map((fact) => element("span", { class: "tag" }, fact));
    const hints = this.form.elements.prompt.value.trim() ? [means.said_back, ...means.hints].filter(Boolean) : [];
    const notes = [...hints, ...means.warnings].map((note) => element("p", { class: "hint" }, note));
    this.understood.replaceChildren(...tags, ...notes);
    for (const name of ["section", "bars", "start_bar", "key"]) this.form.elements[name].placeholder = means[name];
    this.form.elements.bpm.placeholder = round(means.bpm);
    this.form.elements.meter.options[0].textContent = `${text("auto")} (${means.meter})`;
  }

  #refuse(error) {
    for (const field of this.form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
    this.refusal.hidden = !error;
    if (!error) return;
    this.refusal.textContent = error.message || text("unreachable");
    const field = error.field && this.form.elements[error.field.split(".")[0]];
    if (field instanceof HTMLElement) {
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", "refusal");
    }
  }

  async #submit(event) {
    event.preventDefault();
    const button = this.form.querySelector("[type=submit]");
    button.disabled = true;
    button.textContent = text("making");
    try {
      await this.order(this.#fields());
      this.#refuse(null);
    } catch (error) {
      this.#refuse(error);
    } finally {
      button.disabled = false;
      button.textContent = text("make");
    }
  }
}
