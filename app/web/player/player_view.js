/**
 * What the player shows around the film: a card for each Region, the last write, the log, and the line
 * that a screen reader speaks. Cards change twice a second, so none of them is spoken.
 */

import { byId, element } from "./elements.js";
import { formatTime } from "./film_times.js";
import { endpointOf } from "./failover.js";
import { formatMs } from "./milliseconds.js";

const LOG_LINES = 200;
const LEVEL_S = 1.5;

export class RegionCards {
  #cards = new Map();

  constructor(parent, endpoints) {
    for (const { url, region } of endpoints) {
      const parts = {
        time: element("p", { class: "figure time" }),
        behind: element("p", { class: "muted small behind" }),
        latency: element("p", { class: "muted small" }),
        note: element("p", { class: "error small" }),
      };
      const card = element("li", { class: "card" }, element("h3", {}, region), ...Object.values(parts));
      this.#cards.set(url, { card, ...parts });
      parent.append(card);
    }
  }

  /** `film`: { currentTime, duration } of the picture. */
  show(url, reading, film) {
    const card = this.#cards.get(url);
    if (card === undefined || reading === null) return;
    const { bookmark, ms, tableMs, error } = reading;
    card.card.dataset.state = error ? "failed" : "read";
    card.time.textContent = bookmark === null ? "none yet" : formatTime(bookmark.bookmark * film.duration);
    card.behind.textContent = bookmark === null ? "" : behindWords(film.currentTime - bookmark.bookmark * film.duration);
    card.latency.textContent = error ? "" : `read in ${formatMs(ms)}${tableWords(tableMs)}`;
    card.note.textContent = error;
  }
}

/** How far a bookmark is behind the film, in words. Pure. */
export function behindWords(seconds) {
  if (!Number.isFinite(seconds)) return "";
  if (Math.abs(seconds) < LEVEL_S) return "level with the film";
  const way = seconds > 0 ? "behind" : "ahead of";
  return `${formatTime(Math.abs(seconds))} ${way} the film`;
}

export function showLastWrite(lastWrite) {
  if (lastWrite === null) return;
  const { region, ms, tableMs, error, rescue } = lastWrite;
  byId("write-ms").textContent = error ? "failed" : formatMs(ms);
  const words = error || `${rescue ? "rescued by" : "in"} ${region}${tableWords(tableMs)}`;
  byId("write-note").textContent = words;
  byId("write-card").dataset.state = error ? "failed" : "read";
}

/** Show the count of failures in a row, and the writes that a busy endpoint made the player skip. */
export function showCounts(state) {
  const active = endpointOf(state, state.active);
  const failures = active === null ? 0 : active.failures;
  byId("failures").textContent = `${failures} of ${state.settings.failureLimit}`;
  byId("skipped").textContent = String(state.skipped);
}

/** Add a line on top of the log; `seconds` is the film's time of the entry. */
export function addLogLine({ kind, region, text, ms }, seconds) {
  const log = byId("log");
  const latency = Number.isFinite(ms) ? formatMs(ms) : "";
  const line = element(
    "li",
    { class: `entry ${kind}` },
    element("span", { class: "at" }, formatTime(seconds)),
    element("span", { class: "what" }, kind === "moved" ? text : [region, latency, text].filter((part) => part).join(" · ")),
  );
  log.prepend(line);
  while (log.children.length > LOG_LINES) log.lastElementChild.remove();
}

/** Say something to everybody, a screen reader's user too. */
export function say(text) {
  byId("status").textContent = text;
}

function tableWords(tableMs) {
  return Number.isFinite(tableMs) ? `, the table ${formatMs(tableMs)}` : "";
}
