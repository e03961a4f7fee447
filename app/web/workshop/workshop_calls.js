/**
 * The calls of the workshop's buttons, and what each answer means.
 *
 * An outcome has what a result shows:
 *
 * action   "ping", "get-item", "update"
 * ok, error, status, region, ms   as request.js gives them
 * tableMs  of the table's call, measured in the function; null if there was none
 * facts    [[name, value]] to show, the keys first
 * change   { name, before, after } of an update, else null
 */

import { request, urlOf } from "./request.js";

const KEYS = ["PK", "SK"];
const COUNTED = "Bookmark";
const MAX_SHOWN = 300;

export async function ping(url, { ask = request } = {}) {
  const answer = await ask(urlOf(url, "bookmarks", ""));
  const facts = answer.ok ? [["ping", shorten(String(answer.data?.ping))]] : [];
  return outcome("ping", answer, facts);
}

/** `key` is { pk, sk }. */
export async function getItem(url, key, { ask = request } = {}) {
  const answer = await ask(urlOf(url, "bookmarks", "get", key.pk, key.sk));
  return outcome("get-item", answer, answer.ok ? factsOf(answer.data?.Item) : []);
}

/**
 * Add `step` to the item's Bookmark; sent once, since a request that is repeated counts twice. The
 * Region adds to what its own replica has, so the value before was the new one without the step.
 */
export async function addTo(url, key, step, { ask = request } = {}) {
  const path = urlOf(url, "bookmarks", "add", key.pk, key.sk);
  const answer = await ask(path, { method: "POST", body: { add: step } });
  const done = outcome("update", answer, [["PK", key.pk], ["SK", key.sk]]);
  const after = Number(answer.data?.Attributes?.[COUNTED]?.N ?? NaN);
  return {
    ...done,
    change: answer.ok ? { name: COUNTED, before: decimal(after - step), after: decimal(after) } : null,
  };
}

/** A DynamoDB item's names and values as text: the keys first, then by name. */
export function factsOf(item) {
  const names = Object.keys(item ?? {}).filter((name) => !KEYS.includes(name)).sort();
  return [...KEYS.filter((key) => item?.[key]), ...names].map((name) => [name, formatValue(item[name])]);
}

/** A value of DynamoDB's JSON as text: {"N": "1"} is 1, what has parts stays JSON. */
export function formatValue(typed) {
  const [type, value] = Object.entries(typed ?? {})[0] ?? ["NULL", true];
  if (type === "NULL") {
    return "null";
  }
  return shorten(typeof value === "object" ? JSON.stringify(value) : String(value));
}

function shorten(text) {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

/** Without the digits that binary fractions add. */
function decimal(number) {
  return String(Number(number.toFixed(9)));
}

function outcome(action, answer, facts) {
  const { ok, error, status, region, ms, data } = answer;
  const measured = data?.Latency;
  return {
    action, ok, error, status, region, ms, facts, change: null,
    tableMs: typeof measured === "number" ? measured : null,
  };
}
