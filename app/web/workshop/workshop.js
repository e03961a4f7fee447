/** The workshop page: reads and writes one bookmark by the API of each Region. */

import { byId, element, replaceChildren } from "./elements.js";
import { addEndpoint, loadEndpoints, parseUrl, removeEndpoint } from "./endpoints.js";
import { progressBar } from "./progress.js";
import { keepRemoved, listApis, readRemoved } from "./workshop_apis.js";
import { addTo, getItem, ping } from "./workshop_calls.js";
import { addResult, showResults } from "./workshop_results.js";
import { apiRow } from "./workshop_rows.js";
import { describeResult, formatSinceUpdate } from "./workshop_text.js";

const MAX_RESULTS = 200;
const AGE_EVERY_MS = 1000;

const busy = progressBar(byId("progress"));
const table = { head: byId("columns"), body: byId("results") };
const addUrl = byId("add-url");

let loaded = { endpoints: [], shared: [], error: "" };
let removed = readRemoved();
/** { url, region, name, byHand, colour, row, updatedAt }, in the order of the rows. */
let apis = [];
/** { api, outcome, at, since }, the newest first. */
let results = [];
/** The last update by any API of this page: { at, name }, `at` of performance.now(). */
let lastUpdate = null;

/** Read the list of endpoints again, and show it; APIs that stay keep their row and colour. */
async function load() {
  loaded = await busy(loadEndpoints());
  replaceChildren(byId("stack-error"), loaded.error ? `The stack's own APIs are unknown: ${loaded.error}` : "");
  showApis();
}

function showApis() {
  const { shown, known } = listApis(loaded, removed);
  const kept = new Map(apis.map((api) => [api.url, api]));
  apis = [];
  for (const api of shown) {
    apis.push(kept.get(api.url) ?? newApi(api, freeColour([...kept.values(), ...apis])));
  }
  results = results.filter(({ api }) => apis.includes(api));
  replaceChildren(byId("apis"), apis.map(({ row }) => row.element));
  byId("no-apis").hidden = apis.length > 0;
  replaceChildren(byId("known"), known.map(knownButton));
  byId("known").hidden = known.length === 0;
  showResults(table, apis, results);
  showWhetherEmpty();
}

function newApi(found, colour) {
  const api = { ...found, colour, updatedAt: null };
  api.row = apiRow(api, { act: (action, step) => act(api, action, step), remove: () => remove(api) });
  return api;
}

/** The first colour that no row has. */
function freeColour(others) {
  const taken = new Set(others.map(({ colour }) => colour));
  return [...taken, null].findIndex((_, number) => !taken.has(number));
}

async function act(api, action, step) {
  const outcome = await busy(call(api.url, action, step));
  if (!apis.includes(api)) {
    return; // removed meanwhile
  }
  const now = performance.now();
  const result = { api, outcome, at: new Date(), since: action === "ping" ? "" : formatSinceUpdate(lastUpdate, now) };
  if (outcome.change) {
    lastUpdate = { at: now, name: api.name };
    api.updatedAt = now;
    api.row.showAge(0);
  }
  api.row.showLatency(outcome);
  show(result);
}

function call(url, action, step) {
  const key = { pk: byId("pk").value, sk: byId("sk").value };
  return action === "ping" ? ping(url) : action === "get-item" ? getItem(url, key) : addTo(url, key, step);
}

function show(result) {
  results.unshift(result);
  addResult(table, apis, result);
  while (results.length > MAX_RESULTS) {
    results.pop();
    table.body.lastElementChild.remove();
  }
  replaceChildren(byId("said"), describeResult(result));
  showWhetherEmpty();
}

function clear() {
  results = [];
  showResults(table, apis, results);
  showWhetherEmpty();
  byId("results-title").focus();
}

function showWhetherEmpty() {
  const empty = results.length === 0;
  byId("clear").hidden = empty;
  byId("results-scroll").hidden = empty;
  byId("no-results").hidden = !empty;
}

/** Add what was typed; the API must answer, since it names its Region. */
async function add(text) {
  const message = byId("add-error");
  replaceChildren(message);
  addUrl.setAttribute("aria-invalid", "false");
  try {
    await addOne(parseUrl(text));
    addUrl.value = "";
  } catch (failure) {
    replaceChildren(message, failure.message);
    addUrl.setAttribute("aria-invalid", "true");
    addUrl.focus();
  }
}

async function addOne(url) {
  if (apis.some((api) => api.url === url)) {
    throw new Error(`${url} is in the list already`);
  }
  if (!loaded.endpoints.some((own) => own.url === url)) {
    const endpoint = await busy(addEndpoint(url));
    loaded = { ...loaded, endpoints: [...loaded.endpoints, endpoint] };
  }
  setRemoved(removed.filter((other) => other !== url));
  showApis();
}

function remove(api) {
  const at = apis.indexOf(api);
  if (api.byHand) {
    removeEndpoint(api.url);
    loaded = { ...loaded, endpoints: loaded.endpoints.filter(({ url }) => url !== api.url) };
  } else {
    setRemoved([...removed, api.url]);
  }
  showApis();
  const next = apis[Math.min(at, apis.length - 1)];
  (next?.row.element.querySelector(".remove") ?? addUrl).focus(); // the focused button is gone
}

function setRemoved(urls) {
  removed = urls;
  keepRemoved(removed);
}

function knownButton({ url, name }) {
  return element("button", { type: "button", title: url, onclick: () => add(url) }, `Add ${name}`);
}

byId("add-form").addEventListener("submit", (event) => {
  event.preventDefault();
  add(addUrl.value);
});
byId("clear").addEventListener("click", clear);
setInterval(() => {
  const now = performance.now();
  for (const { row, updatedAt } of apis) {
    row.showAge(updatedAt === null ? null : now - updatedAt);
  }
}, AGE_EVERY_MS);
load();
