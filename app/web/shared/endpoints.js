/**
 * The service's endpoints: a list of { url, region, byHand }, one for each Region that is known.
 *
 * The stack's own come from GET /endpoints; others are added by hand and stay in this browser's
 * localStorage. An endpoint is asked for its Region, since its URL need not have the Region's name.
 *
 * const { endpoints, shared, region, services, error } = await loadEndpoints();
 */

import { request, urlOf } from "./request.js";
import { browserStorage, readStored, writeStored } from "./storage.js";

const STORED_AS = "muster.endpoints";
const ASK_TIMEOUT_MS = 5000;

/** Of the stack that serves this page. Below a stage, too: /live/web/endpoints.js -> /live. */
export const ORIGIN = new URL("..", import.meta.url).href.replace(/\/$/, "");

/**
 * endpoints  the stack's, then those added by hand; at most one for each URL
 * shared     [{ door: "dns" | "accelerator", url }], each answered by the nearest Region
 * region     the Region that answered now
 * services   names of the configured services
 * error      why the stack's own are missing, else ""
 */
export async function loadEndpoints({ ask = request, storage = browserStorage() } = {}) {
  const answer = await ask(urlOf(ORIGIN, "endpoints"), { timeoutMs: ASK_TIMEOUT_MS });
  const told = answer.ok && answer.data ? answer.data : {};
  const own = list(told.regions).filter(isEndpoint).map(({ url, region }) => ({ url, region, byHand: false }));
  const known = new Set(own.map(({ url }) => url));
  const added = readAdded(storage).filter(({ url }) => !known.has(url));
  return {
    endpoints: [...own, ...added],
    shared: list(told.shared).filter((door) => isText(door?.url) && isText(door?.door)),
    region: isText(told.region) ? told.region : answer.region,
    services: list(told.services).filter(isText),
    error: answer.ok ? "" : answer.error,
  };
}

/** Ask the URL for its Region, and keep both. Throws an Error that says what is wrong. */
export async function addEndpoint(text, { ask = request, storage = browserStorage() } = {}) {
  const url = parseUrl(text);
  const region = await askRegion(url, { ask });
  const others = readAdded(storage).filter((stored) => stored.url !== url);
  const endpoint = { url, region, byHand: true };
  writeAdded(storage, [...others, endpoint]);
  return endpoint;
}

/** Forget an endpoint that was added by hand. */
export function removeEndpoint(url, { storage = browserStorage() } = {}) {
  writeAdded(storage, readAdded(storage).filter((stored) => stored.url !== url));
}

/** The Region behind a URL, by its X-Served-Region header. Throws an Error. */
export async function askRegion(url, { ask = request, timeoutMs = ASK_TIMEOUT_MS } = {}) {
  const answer = await ask(`${url}/`, { timeoutMs });
  if (answer.region) {
    return answer.region;
  }
  throw new Error(
    answer.status === 0
      ? `${url}: ${answer.error}`
      : `${url} answered HTTP ${answer.status} without X-Served-Region: not an endpoint of this service`,
  );
}

/** An endpoint's URL as it is stored: with a scheme, without a slash at the end. Throws an Error. */
export function parseUrl(text) {
  const trimmed = text.trim();
  if (!trimmed) {
    throw new Error("the URL is empty; give one like https://eu-west-1.api.example.com");
  }
  const complete = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
  let url;
  try {
    url = new URL(complete);
  } catch {
    throw new Error(`"${trimmed}" is no URL; give one like https://eu-west-1.api.example.com`);
  }
  if (!["http:", "https:"].includes(url.protocol) || url.username || url.password) {
    throw new Error(`"${trimmed}" is no http or https URL without a user`);
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

function readAdded(storage) {
  return list(readStored(storage, STORED_AS))
    .filter(isEndpoint)
    .map(({ url, region }) => ({ url, region, byHand: true }));
}

function writeAdded(storage, endpoints) {
  if (!writeStored(storage, STORED_AS, endpoints.map(({ url, region }) => ({ url, region })))) {
    throw new Error("this browser stores nothing for this page, so the endpoint is not kept");
  }
}

function isEndpoint(value) {
  return isText(value?.url) && isText(value?.region) && /^https?:\/\//i.test(value.url);
}

function isText(value) {
  return typeof value === "string" && value !== "";
}

function list(value) {
  return Array.isArray(value) ? value : [];
}
