/** The table of results: a column for each API, the newest answer on top. */

import { element, factList, replaceChildren } from "./elements.js";
import { formatMs } from "./milliseconds.js";
import { formatTime } from "./workshop_text.js";
import { colourClass } from "./workshop_rows.js";

/** Show these results, the newest first, in the columns of these APIs. */
export function showResults({ head, body }, apis, results) {
  replaceChildren(head, apis.map(column));
  head.closest("table").style.setProperty("--columns", apis.length);
  replaceChildren(body, results.map((result) => resultRow(result, apis)));
}

/** Add a result on top. */
export function addResult({ body }, apis, result) {
  body.prepend(resultRow(result, apis));
}

function column(api) {
  return element(
    "th",
    { scope: "col", class: colourClass(api.colour) },
    api.name,
    element("span", { class: "small host" }, new URL(api.url).host),
  );
}

function resultRow(result, apis) {
  const cells = apis.map(({ url }) => (url === result.api.url ? cell(result) : element("td", { class: "empty" })));
  return element("tr", { "data-action": result.outcome.action }, cells);
}

function cell({ api, outcome, at, since }) {
  const elsewhere = outcome.region && (api.shared || outcome.region !== api.region);
  return element(
    "td",
    { class: `result ${colourClass(api.colour)}` },
    element("p", { class: "result-head" }, element("strong", {}, outcome.action), element("time", { class: "muted small" }, formatTime(at))),
    outcome.facts.length > 0 || outcome.change ? factList(rowsOf(outcome)) : null,
    outcome.ok ? null : element("p", { class: "error" }, outcome.error),
    elsewhere ? element("p", { class: "small" }, `answered by ${outcome.region}`) : null,
    element("p", { class: "muted small latencies" }, latencies(outcome)),
    since ? element("p", { class: "small since" }, since) : null,
  );
}

function rowsOf({ facts, change }) {
  return change ? [...facts, [change.name, changed(change)]] : facts;
}

function changed({ before, after }) {
  return element(
    "span",
    { class: "change" },
    before,
    element("span", { "aria-hidden": "true" }, " → "),
    element("span", { class: "visually-hidden" }, " to "),
    element("strong", {}, after),
  );
}

function latencies({ tableMs, ms }) {
  return tableMs === null ? `total ${formatMs(ms)}` : `table ${formatMs(tableMs)}, total ${formatMs(ms)}`;
}
