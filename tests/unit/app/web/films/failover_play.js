import * as failover from "./failover.js";

const A = "https://a.test", B = "https://b.test", C = "https://c.test";
const urls = [A, B, C];

/** Plays events, given as arrays, from a start; keeps all commands as text. */
function play(events, { chosen = A, settings = {}, among = urls } = {}) {
  let state = failover.startFailover(among, {
    chosen,
    settings: failover.readSettings({ ...failover.DEFAULT_SETTINGS, ...settings }),
  });
  const commands = [];
  let now = 0;
  for (const [type, detail = {}, after = 0] of events) {
    now += after;
    const id = type.startsWith("write") ? state.write?.id : undefined;
    const next = failover.nextFailover(state, { type, now, id, ms: 10, ...detail });
    state = next.state;
    commands.push(...next.commands.map(tell));
  }
  const health = Object.fromEntries(state.endpoints.map(({ url, health }) => [url.at(8), health]));
  return { state, commands, health, active: state.active?.at(8) ?? null };
}

function tell({ type, url, rescue, from, to, reason }) {
  if (type === "write") return `${rescue ? "rescue" : "write"} ${url.at(8)}`;
  return `${reason}: ${from?.at(8)} to ${to.at(8)}`;
}

const beat = ["beatFell"];
const taken = ["writeSucceeded"];
const lost = ["writeFailed"];
const read = (url, ms = 10) => ["readSucceeded", { url, ms }];
const unread = (url) => ["readFailed", { url }];
const times = (count, events) => Array.from({ length: count }, () => events).flat();
const show = (value) => console.log(JSON.stringify(value));
const shown = (events, options) => {
  const { commands, health, active, state } = play(events, options);
  show({ commands, health, active, skipped: state.skipped, writing: state.write?.url.at(8) ?? null });
};
