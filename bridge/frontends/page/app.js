// The page: the form on one side, the takes on the other, both kept up to date by the events of the daemon.

import * as api from "./api.js";
import { OrderForm } from "./form.js";
import { switchLanguage, text, translate } from "./i18n.js";
import { JobCard } from "./jobs.js";

const JOBS_SHOWN = 50;
const REFRESH_MS = 50;
const cards = new Map(); // job id → its card, the oldest first
const changed = new Set();
const list = document.getElementById("jobs");
const link = document.getElementById("link");
let isConnected = false;

function showLink() {
  link.textContent = text(isConnected ? "connected" : "disconnected");
  link.classList.toggle("up", isConnected);
}

function show(job) {
  const known = cards.get(job.id);
  if (known) return known.update(job);
  const card = new JobCard(job, (request) => form.fill(request));
  cards.set(job.id, card);
  list.prepend(card.root);
  if (cards.size > JOBS_SHOWN) forget(cards.keys().next().value);
  document.getElementById("no-jobs").hidden = true;
}

function forget(id) {
  cards.get(id).stop();
  cards.get(id).root.remove();
  cards.delete(id);
}

async function reload() {
  const { jobs } = await api.jobs(JOBS_SHOWN);
  for (const job of jobs.reverse()) show(job);
  document.getElementById("no-jobs").hidden = cards.size > 0;
}

function redraw() {
  const jobs = [...cards.values()].map((card) => card.job);
  for (const card of cards.values()) card.stop();
  cards.clear();
  list.replaceChildren();
  jobs.forEach(show);
}

function hear(event) {
  if (event.event === "progress") cards.get(event.id)?.progress(event.fraction, event.stage);
  else if (event.event === "lost") reload().catch(() => {});
  else refresh(event.id);
}

/** Ask how jobs stand that something has happened to; in a burst once for all of them. */
function refresh(id) {
  changed.add(id);
  if (changed.size > 1) return;
  setTimeout(async () => {
    const ids = [...changed];
    changed.clear();
    await (ids.length > 5 ? reload() : Promise.all(ids.map((one) => api.job(one).then(show)))).catch(() => {});
  }, REFRESH_MS);
}

translate();
const form = new OrderForm(show);
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
    reload().catch(() => {});
  },
  onClose: () => {
    isConnected = false;
    showLink();
  },
  onEvent: hear,
});
