// What the page asks the daemon, and the events it hears.

/** An error that the daemon told, or that it could not be reached (code "unreachable"). */
export class Refusal extends Error {
  constructor({ code, text, field }) {
    super(text);
    this.code = code;
    this.field = field;
  }
}

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal({ code: "unreachable", text: "", field: null });
  }
  const body = await answer.json().catch(() => null);
  if (!answer.ok) throw new Refusal(body?.error ?? { code: "failed", text: answer.statusText, field: null });
  return body;
}

export const submit = (form) => ask("/v1/jobs", { method: "POST", body: form });
export const understand = (form, signal) => ask("/v1/understand", { method: "POST", body: form, signal });
export const jobs = (limit) => ask(`/v1/jobs?limit=${limit}`);
export const job = (id) => ask(`/v1/jobs/${encodeURIComponent(id)}`);
export const cancel = (id) => ask(`/v1/jobs/${encodeURIComponent(id)}`, { method: "DELETE" });
export const engines = () => ask("/v1/engines");
export const file = (url) => ask(url);

const RETRY_MS = [300, 1000, 3000];

/** Hear all events for ever: `onOpen` after every (re)connection, `onClose` when it is lost. */
export function listen({ onOpen, onClose, onEvent }) {
  let failures = 0;
  const connect = () => {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/v1/events`);
    socket.onopen = () => {
      failures = 0;
      onOpen();
    };
    socket.onmessage = (message) => onEvent(JSON.parse(message.data));
    socket.onclose = () => {
      onClose();
      setTimeout(connect, RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)]);
    };
  };
  connect();
}
