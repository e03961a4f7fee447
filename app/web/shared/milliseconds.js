/** Measured times as text. */

/** Whole milliseconds; a dash for what was not measured. */
export function formatMs(ms) {
  return Number.isFinite(ms) ? `${Math.round(ms)} ms` : "–";
}
