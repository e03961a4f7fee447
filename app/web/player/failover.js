/*
Decides which Region's API the player writes its bookmarks to. Pure: no clock, no network, no
browser; times are milliseconds, and every event brings its own.

The theory

A bookmark is an absolute position, so a write is right in any Region, and it may be written twice.
Therefore two questions have two answers:

* Where does this bookmark go? To the active endpoint; when that write fails, at once to the nearest
  other endpoint that is not down, and so on ("rescue"). A lost Region costs one time-out and one
  write of film, however patient the next rule is.
* Which endpoint is active? It stays the same until `failureLimit` writes to it have failed one after
  another. A success sets the count to zero: failures spread over a day never move anybody.

At most one write is in flight. A beat that finds one skips: a Region that hangs holds one request,
not a new one each half second.

An endpoint that is written to is judged by its writes; the others are judged by reads, which the
player makes anyway, and which reach the Region's table. A Region that can read but not write is
left, therefore. The health of an endpoint:

    health      answered     failed      limit reached   recovered
    unknown     up           suspect     down            -
    up          up           suspect     down            -
    suspect     up           suspect     down            -
    down        returning    down        -               -
    returning   returning    down        -               up

"recovered" is the last of `goodReads` answers in a row. The home endpoint is the user's choice; without
one it is, and stays, the nearest that is up at the first beat. No endpoint is active before that. When home is up again and `holdMs` have passed since the last move, the player
returns to it. If home then fails again within RELAPSE_MS, the next hold is twice as long (up to 32
times): a Region that only seems well does not make the player swing.

When every endpoint is down, the active one stays, and each beat tries it again.
*/

const HEALTH = Object.freeze({
  unknown: Object.freeze({ answered: "up", failed: "suspect", exhausted: "down" }),
  up: Object.freeze({ answered: "up", failed: "suspect", exhausted: "down" }),
  suspect: Object.freeze({ answered: "up", failed: "suspect", exhausted: "down" }),
  down: Object.freeze({ answered: "returning", failed: "down" }),
  returning: Object.freeze({ answered: "returning", failed: "down", recovered: "up" }),
});

const PREFERENCE = Object.freeze(["up", "unknown", "suspect", "returning"]);
export const RELAPSE_MS = 60_000;
const MAX_DOUBLINGS = 5;
const NEWEST_SHARE = 0.3;

export const DEFAULT_SETTINGS = Object.freeze({
  timeoutMs: 1500,
  failureLimit: 3,
  failback: true,
  goodReads: 5,
  holdMs: 10_000,
});

/** The least and the most that each setting may be. */
export const SETTING_LIMITS = Object.freeze({
  timeoutMs: Object.freeze([1000, 2000]),
  failureLimit: Object.freeze([1, 60]),
  goodReads: Object.freeze([1, 60]),
  holdMs: Object.freeze([0, 600_000]),
});

/** Settings from stored or typed values: what is no number becomes the default, the rest is limited. */
export function readSettings(values) {
  const given = values !== null && typeof values === "object" ? values : {};
  const settings = { failback: given.failback !== false };
  for (const [name, [least, most]] of Object.entries(SETTING_LIMITS)) {
    const value = typeof given[name] === "number" && Number.isFinite(given[name]);
    settings[name] = value
      ? Math.min(most, Math.max(least, Math.round(given[name])))
      : DEFAULT_SETTINGS[name];
  }
  return Object.freeze(settings);
}

/** The start: no endpoint is known to be up; the active one is the user's choice, or none yet. */
export function startFailover(urls, { chosen = null, settings = DEFAULT_SETTINGS, now = 0 } = {}) {
  const home = urls.includes(chosen) ? chosen : null;
  return freezeState({
    endpoints: [...new Set(urls)].map((url) => ({
      url,
      health: "unknown",
      failures: 0,
      answers: 0,
      ms: null,
    })),
    settings,
    active: home,
    home,
    write: null,
    lastId: 0,
    skipped: 0,
    movedAt: now,
    returnedAt: null,
    relapses: 0,
  });
}

const EVENTS = Object.freeze({
  beatFell,
  writeSucceeded,
  writeFailed,
  readSucceeded,
  readFailed,
  endpointChosen,
  settingsChanged,
});

/**
 * The next state and what the player has to do, in order.
 *
 * Events: {type: "beatFell", now}, {type: "writeSucceeded" | "writeFailed", now, id, ms?},
 * {type: "readSucceeded" | "readFailed", now, url, ms?}, {type: "endpointChosen", now, url},
 * {type: "settingsChanged", now, settings}.
 * Commands: {type: "write", id, url, rescue}, {type: "move", from, to, reason}; the reason is
 * "failures", "returned" or "chosen".
 * Throws an Error that names the event when it is none of these, or is not possible now; the state
 * is unchanged then.
 */
export function nextFailover(state, event) {
  const handler = Object.hasOwn(EVENTS, event.type) ? EVENTS[event.type] : null;
  if (handler === null) throw new Error(`no such event: ${event.type}`);
  const { state: next, commands } = handler(state, event);
  return Object.freeze({ state: freezeState(next), commands: Object.freeze(commands) });
}

export function endpointOf(state, url) {
  return state.endpoints.find((endpoint) => endpoint.url === url) ?? null;
}

/** The endpoints that may take a write, best first: by health, then by latency, then as listed. */
export function candidates(state, without = []) {
  return state.endpoints
    .filter(({ url, health }) => health !== "down" && !without.includes(url))
    .map((endpoint, index) => ({ endpoint, index }))
    .sort(
      (one, other) =>
        PREFERENCE.indexOf(one.endpoint.health) - PREFERENCE.indexOf(other.endpoint.health) ||
        compareLatency(one.endpoint.ms, other.endpoint.ms) ||
        one.index - other.index,
    )
    .map(({ endpoint }) => endpoint.url);
}

/** How long home has to wait after the last move, in milliseconds. */
export function holdOf(state) {
  return state.settings.holdMs * 2 ** Math.min(state.relapses, MAX_DOUBLINGS);
}

function beatFell(state) {
  if (state.endpoints.length === 0) return { state, commands: [] };
  if (state.write !== null) {
    return { state: { ...state, skipped: state.skipped + 1 }, commands: [] };
  }
  const started = state.active === null ? withHome(state) : state;
  return startWrite(started, started.active, []);
}

/** Every endpoint may be down at the first beat: then the first one is home. */
function withHome(state) {
  const home = candidates(state)[0] ?? state.endpoints[0].url;
  return { ...forgiven(state, home), home, active: home };
}

function writeSucceeded(state, { now, id, ms }) {
  const { url } = writeInFlight(state, id);
  const judged = judge({ ...state, write: null }, url, "answered", ms);
  return settle(judged, now);
}

function writeFailed(state, { now, id }) {
  const { url, tried } = writeInFlight(state, id);
  const judged = judge({ ...state, write: null }, url, "failed");
  const settled = settle(judged, now);
  const [next] = candidates(settled.state, tried);
  if (next === undefined) return settled;
  const active = tried.includes(settled.state.active) ? next : settled.state.active;
  const written = startWrite(settled.state, active, tried);
  return { state: written.state, commands: [...settled.commands, ...written.commands] };
}

function readSucceeded(state, { now, url, ms }) {
  return settle(judgeRead(state, url, "answered", ms), now);
}

function readFailed(state, { now, url }) {
  return settle(judgeRead(state, url, "failed"), now);
}

function endpointChosen(state, { now, url }) {
  if (endpointOf(state, url) === null) throw new Error(`no such endpoint: ${url}`);
  const moved = { ...state, home: url, active: url, movedAt: now, returnedAt: null, relapses: 0 };
  const commands =
    url === state.active ? [] : [{ type: "move", from: state.active, to: url, reason: "chosen" }];
  return { state: forgiven(moved, url), commands };
}

function settingsChanged(state, { now, settings }) {
  return settle({ ...state, settings }, now);
}

function startWrite(state, url, tried) {
  const id = state.lastId + 1;
  const write = { id, url, tried: [...tried, url] };
  return {
    state: { ...state, write, lastId: id },
    commands: [{ type: "write", id, url, rescue: url !== state.active }],
  };
}

function writeInFlight(state, id) {
  if (state.write === null || state.write.id !== id) {
    const shown = state.write === null ? "none" : `write ${state.write.id}`;
    throw new Error(`write ${id} is not in flight; in flight: ${shown}`);
  }
  return state.write;
}

/** A read says nothing about writes, so it does not change the health of the active endpoint. */
function judgeRead(state, url, signal, ms) {
  if (endpointOf(state, url) === null) throw new Error(`no such endpoint: ${url}`);
  if (url !== state.active) return judge(state, url, signal, ms);
  return signal === "failed" ? state : changed(state, url, (endpoint) => withLatency(endpoint, ms));
}

function judge(state, url, signal, ms) {
  return changed(state, url, (endpoint) =>
    signal === "answered"
      ? answered(withLatency(endpoint, ms), state.settings)
      : failed(endpoint, state.settings),
  );
}

function answered(endpoint, { goodReads }) {
  const counted = { ...endpoint, failures: 0, answers: endpoint.answers + 1 };
  const health = HEALTH[endpoint.health].answered;
  const recovered = counted.answers >= goodReads && HEALTH[health].recovered;
  return { ...counted, health: recovered || health };
}

function failed(endpoint, { failureLimit }) {
  const counted = { ...endpoint, failures: endpoint.failures + 1, answers: 0 };
  const { failed: health, exhausted } = HEALTH[endpoint.health];
  const limit = counted.failures >= failureLimit && exhausted;
  return { ...counted, health: limit || health };
}

/** Move away from a down endpoint; return to a home that is well and has waited. */
function settle(state, now) {
  const commands = [];
  const active = endpointOf(state, state.active);
  if (active === null) return { state, commands };
  if (active.health === "down") {
    const [to] = candidates(state, [state.active]);
    return to === undefined ? { state, commands } : failover(state, to, now);
  }
  return mayReturn(state, now) ? failback(state, now) : { state, commands };
}

function failover(state, to, now) {
  const relapsed = state.returnedAt !== null && now - state.returnedAt <= RELAPSE_MS;
  const moved = {
    ...state,
    active: to,
    movedAt: now,
    returnedAt: null,
    relapses: relapsed ? state.relapses + 1 : state.active === state.home ? 0 : state.relapses,
  };
  return {
    state: forgiven(moved, to),
    commands: [{ type: "move", from: state.active, to, reason: "failures" }],
  };
}

function mayReturn(state, now) {
  return (
    state.settings.failback &&
    state.home !== state.active &&
    endpointOf(state, state.home).health === "up" &&
    now - state.movedAt >= holdOf(state)
  );
}

function failback(state, now) {
  const moved = { ...state, active: state.home, movedAt: now, returnedAt: now };
  return {
    state: forgiven(moved, state.home),
    commands: [{ type: "move", from: state.active, to: state.home, reason: "returned" }],
  };
}

/** An endpoint that becomes active has all its attempts again. */
function forgiven(state, url) {
  return changed(state, url, (endpoint) => ({
    ...endpoint,
    failures: 0,
    answers: 0,
    health: endpoint.health === "up" ? "up" : "unknown",
  }));
}

function withLatency(endpoint, ms) {
  if (!Number.isFinite(ms)) return endpoint;
  const smoothed =
    endpoint.ms === null ? ms : endpoint.ms + NEWEST_SHARE * (ms - endpoint.ms);
  return { ...endpoint, ms: smoothed };
}

function changed(state, url, change) {
  const endpoints = state.endpoints.map((endpoint) =>
    endpoint.url === url ? change(endpoint) : endpoint,
  );
  return { ...state, endpoints };
}

function compareLatency(one, other) {
  return (one ?? Number.MAX_VALUE) - (other ?? Number.MAX_VALUE);
}

function freezeState(state) {
  state.endpoints.forEach(Object.freeze);
  Object.freeze(state.endpoints);
  if (state.write !== null) {
    Object.freeze(state.write.tried);
    Object.freeze(state.write);
  }
  return Object.freeze(state);
}
