/**
 * The form of the failover settings. A field that holds no number in its limits is marked, and the
 * setting stays what it was.
 */

import { byId } from "./elements.js";

/** `onChange` gets what was typed: an object that readSettings takes. */
export function connectSettings(settings, onChange) {
  show(settings);
  const form = byId("settings");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", () => {
    for (const field of form.elements) field.setAttribute("aria-invalid", String(!field.validity.valid));
    if (form.checkValidity()) byId("settings-words").textContent = settingsWords(onChange(typed()));
  });
}

/** What the settings mean, in words. Pure. */
export function settingsWords({ timeoutMs, failureLimit, failback, goodReads, holdMs }) {
  const beatS = 0.5;
  const hung = Math.ceil(timeoutMs / 1000 / beatS) * beatS * failureLimit;
  const left = `A Region that refuses is left after about ${failureLimit * beatS} s, one that hangs after about ${hung} s.`;
  const saved = `Until then each bookmark that it does not take goes to the nearest other Region.`;
  const back = failback
    ? `The player returns after ${goodReads} good answers in a row, at the earliest after ${holdMs / 1000} s.`
    : "The player does not return by itself.";
  return `${left} ${saved} ${back}`;
}

function show({ timeoutMs, failureLimit, failback, goodReads, holdMs }) {
  byId("timeout").value = nearestOption(byId("timeout"), timeoutMs);
  byId("limit").value = String(failureLimit);
  byId("failback").value = failback ? "yes" : "no";
  byId("good").value = String(goodReads);
  byId("hold").value = String(holdMs / 1000);
  byId("settings-words").textContent = settingsWords({ timeoutMs, failureLimit, failback, goodReads, holdMs });
}

function typed() {
  return {
    timeoutMs: Number(byId("timeout").value),
    failureLimit: byId("limit").valueAsNumber,
    failback: byId("failback").value === "yes",
    goodReads: byId("good").valueAsNumber,
    holdMs: byId("hold").valueAsNumber * 1000,
  };
}

function nearestOption(select, wanted) {
  const values = [...select.options].map(({ value }) => value);
  return values.reduce((best, value) => (Math.abs(value - wanted) < Math.abs(best - wanted) ? value : best));
}
