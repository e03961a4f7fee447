/** The row of an API: its name, its buttons, and its last latencies. */

import { element, replaceChildren } from "./elements.js";
import { formatMs } from "./milliseconds.js";
import { formatAge } from "./workshop_text.js";

const COLOURS = 8;

/** The class of the nth API's colour; they repeat after the last one. */
export function colourClass(number) {
  return `tint-${number % COLOURS}`;
}

/**
 * `act(action, step)` runs a call, `remove()` takes the API off the page. Returns the row's element,
 * and functions that show a new outcome and the time since the last update.
 */
export function apiRow(api, { act, remove }) {
  const table = element("dd", { class: "table-ms" }, formatMs(null));
  const total = element("dd", { class: "total-ms" }, formatMs(null));
  const age = element("dd", { class: "age" }, formatAge(null));
  const row = element(
    "li",
    { class: `api ${colourClass(api.colour)}`, "data-url": api.url },
    element("div", { class: "api-name" }, element("strong", {}, api.name), element("code", { class: "small" }, api.url)),
    element(
      "div",
      { class: "row buttons", role: "group", "aria-label": `Calls to ${api.name}` },
      button("ping", `ping ${api.name}`, () => act("ping")),
      button("get-item", `get-item from ${api.name}`, () => act("get-item")),
      button("−", `take 1 from the bookmark in ${api.name}`, () => act("update", -1), "step"),
      button("+", `add 1 to the bookmark in ${api.name}`, () => act("update", 1), "step"),
    ),
    element("dl", { class: "measured" }, pair("Table", table), pair("Total", total), pair("Since update", age)),
    button("Remove", `Remove ${api.name}, ${api.url}`, remove, "plain remove"),
  );
  return {
    element: row,
    showLatency({ tableMs, ms, ok }) {
      replaceChildren(table, formatMs(tableMs));
      replaceChildren(total, formatMs(ms));
      row.classList.toggle("failed", !ok);
    },
    showAge(ms) {
      replaceChildren(age, formatAge(ms));
    },
  };
}

function button(text, label, onclick, look = "") {
  return element("button", { type: "button", class: look, "aria-label": label, onclick }, text);
}

function pair(name, value) {
  return element("div", {}, element("dt", {}, name), value);
}
