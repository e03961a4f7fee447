/**
 * One viewing of a film: writes its bookmarks, reads them back from every endpoint, and moves between
 * Regions as failover.js decides. No element and no timer: the page calls beat() and readAll().
 */

import { newestBookmark, VersionClock } from "./bookmarks.js";
import { endpointOf, nextFailover, startFailover } from "./failover.js";

const DECIMALS = 1e6;

export class BookmarkSession {
  #state;
  #endpoints;
  #api;
  #position;
  #keep;
  #now;
  #clock;
  #session;
  #onChange;
  #onEntry;
  #again = false;
  #stranded = false;
  #reading = new Set();
  #readings = new Map();
  #lastWrite = null;

  /**
   * `endpoints`: [{ url, region }]. `api`: write(url, bookmark, timeoutMs) and read(url, timeoutMs),
   * as putBookmark and fetchBookmark answer. `position()`: the share of the film, 0 to 1. `keep`: gets
   * each bookmark before it is sent. `onChange()`: something to show anew. `onEntry(entry)`: a line
   * for the log, { kind, region, share, text, ms }; kind is written, failed, note or, for what a viewer
   * should hear, moved.
   */
  constructor({ endpoints, chosen, settings, api, position, keep, onChange, onEntry, now, clock, session }) {
    this.#endpoints = endpoints;
    this.#api = api;
    this.#position = position;
    this.#keep = keep;
    this.#onChange = onChange;
    this.#onEntry = onEntry;
    this.#now = now ?? (() => performance.now());
    this.#clock = clock ?? new VersionClock();
    this.#session = session ?? newSession();
    const urls = endpoints.map(({ url }) => url);
    this.#state = startFailover(urls, { chosen, settings, now: this.#now() });
  }

  get state() {
    return this.#state;
  }

  /** { region, ms, tableMs, error, rescue } of the last write; null before the first. */
  get lastWrite() {
    return this.#lastWrite;
  }

  /** What an endpoint answered to the last read: { bookmark, ms, tableMs, error }; null before. */
  readingOf(url) {
    return this.#readings.get(url) ?? null;
  }

  regionOf(url) {
    return this.#endpoints.find((endpoint) => endpoint.url === url)?.region ?? url;
  }

  /** Half a second has passed while the film plays. */
  beat() {
    this.#send({ type: "beatFell", now: this.#now() });
  }

  /** Write now, or as soon as the write in flight is done: after a pause or a jump. */
  save() {
    if (this.#state.write === null) {
      this.beat();
    } else {
      this.#again = true;
    }
  }

  choose(url) {
    this.#send({ type: "endpointChosen", now: this.#now(), url });
  }

  changeSettings(settings) {
    this.#send({ type: "settingsChanged", now: this.#now(), settings });
  }

  /** Read the bookmark from every endpoint whose last read has ended. Ends with the last answer. */
  async readAll() {
    const idle = this.#endpoints.filter(({ url }) => !this.#reading.has(url));
    await Promise.all(idle.map(({ url }) => this.#read(url)));
  }

  /**
   * The newest bookmark of all endpoints, and of this browser (`kept`); null without one. Waits for
   * the first answer and `graceMs` more, so a Region that hangs does not hold the film.
   */
  async findBookmark(kept, graceMs) {
    const reads = this.#endpoints.map(({ url }) => this.#read(url));
    const answered = reads.map((read) => read.then((ok) => (ok ? true : Promise.reject())));
    await Promise.race([Promise.any(answered).then(() => pause(graceMs), () => null), Promise.all(reads)]);
    const stored = [...this.#readings.values()].map(({ bookmark }) => bookmark);
    const newest = newestBookmark([...stored, kept]);
    this.#clock.saw(newest?.version);
    return newest === null ? null : { ...newest, onlyHere: newest === kept };
  }

  async #read(url) {
    this.#reading.add(url);
    const result = await this.#api.read(url, this.#state.settings.timeoutMs);
    this.#reading.delete(url);
    this.#clock.saw(result.bookmark?.version);
    this.#readings.set(url, {
      bookmark: result.ok ? result.bookmark : (this.readingOf(url)?.bookmark ?? null),
      ms: result.ms,
      tableMs: result.tableMs,
      error: result.error,
    });
    const type = result.ok ? "readSucceeded" : "readFailed";
    this.#send({ type, now: this.#now(), url, ms: result.ms });
    return result.ok;
  }

  async #write({ id, url, rescue }) {
    const share = Math.round(this.#position() * DECIMALS) / DECIMALS;
    const bookmark = { bookmark: share, version: this.#clock.next(), session: this.#session };
    this.#keep(bookmark);
    const result = await this.#api.write(url, bookmark, this.#state.settings.timeoutMs);
    this.#clock.saw(result.written?.version);
    const { ms, tableMs, error, conflict } = result;
    const taken = result.ok || conflict;
    const region = result.region || this.regionOf(url);
    this.#lastWrite = { region, ms, tableMs, error: taken ? "" : error, rescue };
    const type = taken ? "writeSucceeded" : "writeFailed";
    const next = nextFailover(this.#state, { type, now: this.#now(), id, ms });
    this.#onEntry(this.#entryOf({ url, region, share, ms, rescue, conflict, taken, error }, next.state));
    this.#become(next);
    this.#tellStranded({ taken, region, share });
    if (this.#again && this.#state.write === null) {
      this.#again = false;
      this.beat();
    }
  }

  #entryOf({ url, region, share, ms, rescue, conflict, taken, error }, state) {
    if (conflict) {
      return { kind: "note", region, share, ms, text: "has a newer bookmark, of another player" };
    }
    if (taken) {
      const text = rescue ? "took the bookmark that the active Region did not" : "";
      return { kind: "written", region, share, ms, text };
    }
    const { failures } = endpointOf(state, url);
    const limit = state.settings.failureLimit;
    const count = url === this.#state.active && failures > 0 ? ` (${failures} of ${limit} in a row)` : "";
    return { kind: "failed", region, share, ms, text: `${error}${count}` };
  }

  /** Every endpoint was tried: say so once, and when one has the bookmark again. */
  #tellStranded({ taken, region, share }) {
    const stranded = !taken && this.#state.write === null;
    if (stranded && !this.#stranded) {
      const text = "No Region takes the bookmark. The film plays on; this browser keeps the bookmark.";
      this.#onEntry({ kind: "moved", region, share, ms: null, text });
    } else if (taken && this.#stranded) {
      const text = `${region} has the bookmark again.`;
      this.#onEntry({ kind: "moved", region, share, ms: null, text });
    }
    this.#stranded = stranded || (this.#stranded && !taken);
  }

  #send(event) {
    this.#become(nextFailover(this.#state, event));
  }

  #become({ state, commands }) {
    this.#state = state;
    for (const command of commands) {
      if (command.type === "move") {
        this.#tellMove(command);
      } else {
        this.#write(command);
      }
    }
    this.#onChange();
  }

  #tellMove({ from, to, reason }) {
    const [left, region] = [this.regionOf(from), this.regionOf(to)];
    const texts = {
      failures: `${left} failed ${this.#state.settings.failureLimit} times in a row. Bookmarks go to ${region} now.`,
      returned: `${region} answers again. Bookmarks go there again.`,
      chosen: `Bookmarks go to ${region}, as chosen.`,
    };
    this.#onEntry({ kind: "moved", region, share: this.#position(), ms: null, text: texts[reason] });
  }
}

/** A new id for each viewing: it breaks the tie of two equal versions. */
function newSession() {
  const bytes = crypto.getRandomValues(new Uint8Array(9));
  return Array.from(bytes, (byte) => byte.toString(36).padStart(2, "0")).join("");
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
