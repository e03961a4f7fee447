/**
 * Asks the bookmarks API of one endpoint: the films, what a viewer watches, one bookmark.
 *
 * A result is { ok, error, ms, tableMs, region, conflict } of the request, and what it brought. What
 * the answer should have and has not is an error or left out, never an exception: another version of
 * the service may answer, or something else at an address that was typed in.
 */

import { request, urlOf } from "./request.js";

/** The pages have one viewer, without a login: this is an exercise in Regions. */
export const VIEWER = "user10";
/** From here on a film counts as seen; it is not continued, but starts again. */
export const SEEN = 0.95;

/** films: [{ id, title, seconds, colours }]. */
export async function fetchFilms(url, { ask = request, timeoutMs } = {}) {
  const answer = await ask(urlOf(url, "bookmarks", "films"), { timeoutMs });
  const films = readFilms(answer.data);
  return { ...outcome(answer, films !== null), films: films ?? [] };
}

/** watching: [{ film, bookmark, version, writtenIn }], the newest first. */
export async function fetchWatching(url, { ask = request, timeoutMs, viewer = VIEWER } = {}) {
  const answer = await ask(urlOf(url, "bookmarks", "viewers", viewer), { timeoutMs });
  const watching = readWatching(answer.data);
  return { ...outcome(answer, watching !== null), watching: watching ?? [] };
}

/** bookmark: { film, bookmark, version, writtenIn }; null: the viewer has none of this film. */
export async function fetchBookmark(url, film, { ask = request, timeoutMs, viewer = VIEWER } = {}) {
  const answer = await ask(urlOf(url, "bookmarks", "viewers", viewer, film), { timeoutMs });
  const known = isObject(answer.data) && "bookmark" in answer.data;
  return { ...outcome(answer, known), bookmark: readBookmark(answer.data) };
}

/**
 * Store a bookmark; `written` is what the Region has now. `conflict`: the Region has a newer one
 * already, so it is well and nothing was written.
 *
 * The request outlives the page: a viewer who closes it keeps the last half second.
 */
export async function putBookmark(
  url,
  film,
  { bookmark, version, session },
  { ask = request, timeoutMs, viewer = VIEWER } = {},
) {
  const answer = await ask(urlOf(url, "bookmarks", "viewers", viewer, film), {
    method: "PUT",
    body: { bookmark, version, session },
    timeoutMs,
    send: (target, options) => fetch(target, { ...options, keepalive: true }),
  });
  const written = readBookmark(answer.data);
  return { ...outcome(answer, written !== null), written };
}

/** Ask one endpoint after another until one answers: its URL and result, and who did not. */
export async function askInOrder(urls, askOne) {
  const failed = [];
  for (const url of urls) {
    const result = await askOne(url);
    if (result.ok) return { url, result, failed };
    failed.push({ url, error: result.error });
  }
  return { url: null, result: null, failed };
}

export function readFilms(data) {
  if (!isObject(data) || !Array.isArray(data.films)) return null;
  return data.films.filter((film) => isText(film?.id)).map(readFilm);
}

function readFilm({ id, title, seconds, colours }) {
  return {
    id,
    title: isText(title) ? title : `Film ${id}`,
    seconds: Number.isFinite(seconds) ? seconds : null,
    colours: Array.isArray(colours) ? colours : [],
  };
}

export function readWatching(data) {
  if (!isObject(data) || !Array.isArray(data.watching)) return null;
  return data.watching.map(readBookmark).filter((entry) => entry !== null && entry.film !== "");
}

/** A bookmark; null for what is none. */
export function readBookmark(data) {
  if (!isObject(data) || !isShare(data.bookmark)) return null;
  return {
    film: isText(data.film) ? data.film : "",
    bookmark: data.bookmark,
    version: Number.isSafeInteger(data.version) ? data.version : 0,
    writtenIn: isText(data.writtenIn) ? data.writtenIn : "",
  };
}

/** The newest of some bookmarks, by version; of equal ones the first. null without any. */
export function newestBookmark(bookmarks) {
  return bookmarks
    .filter((bookmark) => bookmark !== null)
    .reduce((best, next) => (best === null || next.version > best.version ? next : best), null);
}

/**
 * Orders the writes of all players of one viewer and film, without asking anybody: a version is the
 * time in milliseconds, but always above every version seen (a hybrid logical clock,
 * https://cse.buffalo.edu/tech-reports/2014-04.pdf). A player whose clock is slow wins none the less.
 */
export class VersionClock {
  #last = 0;
  #now;

  constructor(now = () => Date.now()) {
    this.#now = now;
  }

  saw(version) {
    if (Number.isSafeInteger(version)) this.#last = Math.max(this.#last, version);
  }

  next() {
    this.#last = Math.max(Math.floor(this.#now()), this.#last + 1);
    return this.#last;
  }
}

function outcome(answer, readable) {
  const ok = answer.ok && readable;
  const unreadable = answer.ok && !readable ? "the answer is not the bookmarks API's" : answer.error;
  return {
    ok,
    error: ok ? "" : unreadable,
    ms: answer.ms,
    tableMs: isObject(answer.data) && Number.isFinite(answer.data.Latency) ? answer.data.Latency : null,
    region: answer.region,
    conflict: answer.status === 409,
  };
}

function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function isText(value) {
  return typeof value === "string" && value !== "";
}

function isShare(value) {
  return Number.isFinite(value) && value >= 0 && value <= 1;
}
