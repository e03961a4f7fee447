/**
 * Which APIs the page shows: the stack's Regions, without those that were removed here, and those that
 * were added by hand. What was removed is kept in this browser, too.
 */

import { browserStorage, readStored, writeStored } from "./storage.js";

const REMOVED_AS = "muster.workshop.removed";
const NEAREST = { dns: "nearest, by DNS", accelerator: "nearest, by the accelerator" };

/**
 * `loaded` is what loadEndpoints gives. Returns
 *
 * shown  [{ url, region, name, byHand, shared }]; names are unique
 * known  [{ url, name }]: could be added: removed Regions of the stack, and its shared addresses
 *
 * `shared` is true for an address that the nearest Region answers, whichever that is at the time.
 */
export function listApis(loaded, removed) {
  const doors = new Map(loaded.shared.map(({ door, url }) => [url, NEAREST[door] ?? `nearest, by ${door}`]));
  const nameOf = ({ url, region }) => doors.get(url) ?? region;
  const isShown = ({ url, byHand }) => byHand || !removed.includes(url);
  const shown = withNames(loaded.endpoints.filter(isShown), nameOf).map((api) => ({ ...api, shared: doors.has(api.url) }));
  const urls = new Set(shown.map(({ url }) => url));
  const candidates = [
    ...loaded.endpoints.map((api) => ({ url: api.url, name: nameOf(api) })),
    ...[...doors].map(([url, name]) => ({ url, name })),
  ];
  const known = candidates.filter(({ url }, at) => {
    return !urls.has(url) && candidates.findIndex((other) => other.url === url) === at;
  });
  return { shown, known };
}

/** A second API of a Region has its host in the name. */
function withNames(apis, nameOf) {
  const taken = new Set();
  return apis.map((api) => {
    const name = taken.has(nameOf(api)) ? `${nameOf(api)}, ${new URL(api.url).host}` : nameOf(api);
    taken.add(name);
    return { ...api, name };
  });
}

/** URLs of the stack's own endpoints that were removed from this page. */
export function readRemoved(storage = browserStorage()) {
  const stored = readStored(storage, REMOVED_AS);
  return Array.isArray(stored) ? stored.filter((url) => typeof url === "string") : [];
}

/** Without a storage the removal lasts as long as the page. */
export function keepRemoved(urls, storage = browserStorage()) {
  writeStored(storage, REMOVED_AS, [...new Set(urls)]);
}
