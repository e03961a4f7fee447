import { BookmarkSession } from "./bookmark_session.js";
import { newestBookmark, VersionClock } from "./bookmarks.js";
import { DEFAULT_SETTINGS, readSettings } from "./failover.js";

/** Time that passes only when nothing is left to do now. */
let now = 0;
let agenda = [];
const at = (time, call) => agenda.push({ time, call });
const after = (ms, value) => new Promise((resolve) => at(now + ms, () => resolve(value)));
async function runUntil(end) {
  for (;;) {
    for (let turn = 0; turn < 20; turn += 1) await null;
    agenda.sort((one, other) => one.time - other.time);
    if (agenda.length === 0 || agenda[0].time > end) break;
    const { time, call } = agenda.shift();
    now = time;
    call();
  }
  now = end;
}

const LAG = 300;
const WRITE = 40;
const MINUTES = 10 * 60 * 1000;

/** Regions that each keep their own bookmarks, newest version first, and copy them after LAG. */
class Region {
  stored = null;
  mode = "up"; // or "hangs", "refuses", "readonly"
  constructor(region, others) { this.region = region; this.others = others; }
  apply(bookmark) { this.stored = newestBookmark([this.stored, bookmark]); }
  async answer(timeoutMs, act) {
    if (this.mode === "hangs") {
      await after(timeoutMs);
      return { ok: false, error: "no answer", ms: timeoutMs, tableMs: null, region: "", conflict: false };
    }
    await after(this.mode === "refuses" ? 1 : WRITE);
    if (this.mode !== "up" && !(this.mode === "readonly" && act.reads)) {
      return { ok: false, error: "HTTP 503", ms: 1, tableMs: null, region: this.region, conflict: false };
    }
    return { ok: true, error: "", ms: WRITE, tableMs: 3, region: this.region, conflict: false, ...act.now() };
  }
  write(bookmark, timeoutMs) {
    return this.answer(timeoutMs, { reads: false, now: () => {
      if (this.stored !== null && this.stored.version > bookmark.version) {
        return { ok: false, conflict: true, written: this.stored };
      }
      const written = { film: "01", writtenIn: this.region, ...bookmark };
      this.apply(written);
      for (const other of this.others()) at(now + LAG, () => other.apply(written));
      return { written };
    } });
  }
  read(timeoutMs) {
    return this.answer(timeoutMs, { reads: true, now: () => ({ bookmark: this.stored }) });
  }
}

const regions = Object.fromEntries(["a", "b", "c"].map((name) => [name, null]));
for (const name of Object.keys(regions)) {
  regions[name] = new Region(name, () => Object.values(regions).filter((region) => region !== regions[name]));
}

const kept = [];
const entries = [];
let playing = true;
const position = () => now / MINUTES;
function open(settings = {}, { clock = new VersionClock(() => 1_700_000_000_000 + now), chosen = "a" } = {}) {
  return new BookmarkSession({
    endpoints: Object.keys(regions).map((name) => ({ url: name, region: name })),
    chosen,
    settings: readSettings({ ...DEFAULT_SETTINGS, ...settings }),
    api: {
      write: (url, bookmark, timeoutMs) => regions[url].write(bookmark, timeoutMs),
      read: (url, timeoutMs) => regions[url].read(timeoutMs),
    },
    position,
    keep: (bookmark) => kept.push(bookmark),
    onChange: () => null,
    onEntry: (entry) => entries.push(entry),
    now: () => now,
    clock,
    session: "s",
  });
}
function play(session) {
  const beat = () => {
    if (playing) { session.beat(); session.readAll(); }
    at(now + 500, beat);
  };
  beat();
}
/** The most film, in milliseconds, that a Region has not got, looked at each `step` of a time. */
async function mostLost(region, from, to, step = 20) {
  let most = 0;
  await runUntil(from);
  for (let time = from; time <= to; time += step) {
    await runUntil(time);
    most = Math.max(most, now - (region.stored?.bookmark ?? 0) * MINUTES);
  }
  return Math.round(most);
}
const show = (value) => console.log(JSON.stringify(value));
