/*
Times of a film as text. Pure.
*/

/** Seconds as m:ss, from one hour on as h:mm:ss; what is no time as "-:--". */
export function formatTime(seconds) {
  if (!Number.isFinite(seconds) || seconds < 0) return "-:--";
  const whole = Math.floor(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = pad(whole % 60);
  return hours > 0 ? `${hours}:${pad(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** The same for a screen reader, in words. */
export function speakTime(seconds) {
  if (!Number.isFinite(seconds) || seconds < 0) return "unknown";
  const whole = Math.floor(seconds);
  const parts = [
    [Math.floor(whole / 3600), "hour"],
    [Math.floor((whole % 3600) / 60), "minute"],
    [whole % 60, "second"],
  ];
  const said = parts.filter(([number], index) => number > 0 || (index === 2 && whole === 0));
  return said.map(([number, unit]) => `${number} ${unit}${number === 1 ? "" : "s"}`).join(" ");
}

function pad(number) {
  return String(number).padStart(2, "0");
}
