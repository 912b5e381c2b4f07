// The page: the form on one side, the takes on the other, both kept up to date by the events of the daemon.

import * as api from "./api.js";
import { OrderForm } from "./form.js";
import { switchLanguage, text, translate } from "./i18n.js";
import { JobCard } from "./jobs.js";

const JOBS_SHOWN = 50;
const REFRESH_MS = 50;
const cards = new Map(); // job id → its card, the oldest first
const latest = new Map(); // job id → the number of the last event heard of it
const changed = new Set();
const list = document.getElementById("jobs");
const link = document.getElementById("link");
let isConnected = false;
let heard = 0; // events so far
let missed = 0; // how many had been heard when some were last missed

function showLink() {
  link.textContent = text(isConnected ? "connected" : "disconnected");
  link.classList.toggle("up", isConnected);
}

/** Show the jobs of an answer, each as it was; of those of which something was heard while the answer was on its way, ask again. */
async function showAnswer(asking) {
  const asked = heard;
  for (const job of await asking) {
    const isOld = Math.max(latest.get(job.id) ?? 0, missed) > asked;
    if (isOld) refresh(job.id);
    if (!isOld || !cards.has(job.id)) show(job);
  }
}

const showOne = (asking) => showAnswer(asking.then((job) => [job]));

function show(job) {
  const known = cards.get(job.id);
  if (known) return known.update(job);
  const card = new JobCard(job, { again: (request) => form.fill(request), cancel: () => showOne(api.cancel(job.id)) });
  cards.set(job.id, card);
  list.prepend(card.root);
  if (cards.size > JOBS_SHOWN) forget(cards.keys().next().value);
  document.getElementById("no-jobs").hidden = true;
}

function forget(id) {
  cards.get(id).stop();
  cards.get(id).root.remove();
  cards.delete(id);
  latest.delete(id);
}

async function reload() {
  await showAnswer(api.jobs(JOBS_SHOWN).then(({ jobs }) => jobs.reverse()));
  document.getElementById("no-jobs").hidden = cards.size > 0;
}

/** Ask how all jobs stand, since events were missed; answers that are on their way may be older than that. */
function catchUp() {
  missed = ++heard;
  reload().catch(() => {});
}

function redraw() {
  const jobs = [...cards.values()].map((card) => card.job);
  for (const card of cards.values()) card.stop();
  cards.clear();
  list.replaceChildren();
  jobs.forEach(show);
}

function hear(event) {
  if (event.event === "lost") return catchUp();
  latest.set(event.id, ++heard);
  if (event.event === "progress") cards.get(event.id)?.progress(event.fraction, event.stage);
  else refresh(event.id);
}

/** Ask how jobs stand that something has happened to; in a burst once for all of them. */
function refresh(id) {
  changed.add(id);
  if (changed.size > 1) return;
  setTimeout(async () => {
    const ids = [...changed];
    changed.clear();
    await (ids.length > 5 ? reload() : Promise.all(ids.map((one) => showOne(api.job(one))))).catch(() => {});
  }, REFRESH_MS);
}

translate();
const form = new OrderForm((fields) => showOne(api.submit(fields)));
form.refresh();
showLink();
document.getElementById("language").addEventListener("click", () => {
  switchLanguage();
  showLink();
  form.refresh();
  redraw();
});
api.listen({
  onOpen: () => {
    isConnected = true;
    showLink();
    catchUp();
  },
  onClose: () => {
    isConnected = false;
    showLink();
  },
  onEvent: hear,
});
