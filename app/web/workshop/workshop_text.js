/** Words and numbers of the page. */

const SHOWN_FOR_MS = 60_000;

/** Time of day with tenths of a second. */
export function formatTime(date) {
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()];
  const tenths = Math.floor(date.getMilliseconds() / 100);
  return `${parts.map((part) => String(part).padStart(2, "0")).join(":")}.${tenths}`;
}

/** How long ago a row's last update was; a dash without one. */
export function formatAge(ms) {
  if (ms === null) {
    return "–";
  }
  const seconds = Math.floor(ms / 1000);
  return seconds < 600 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`;
}

/** A note beside an answer that came soon after an update: replication may still be under way. */
export function formatSinceUpdate(update, now) {
  if (!update || now - update.at > SHOWN_FOR_MS) {
    return "";
  }
  return `${((now - update.at) / 1000).toFixed(1)} s after the update by ${update.name}`;
}

/** An answer in one sentence, for those who hear the page. */
export function describeResult({ api, outcome, since }) {
  const { action, ok, error, change, facts, ms } = outcome;
  const said = change
    ? `${change.name} from ${change.before} to ${change.after}`
    : facts.filter(([name]) => name !== "PK" && name !== "SK").map(([name, value]) => `${name} ${value}`).join(", ");
  return [`${api.name}, ${action}: ${ok ? said : error}`, `${ms} ms`, since].filter(Boolean).join("; ");
}
