/**
 * One button for each endpoint. Its state is told by its text, its sign and its border; colour comes
 * on top. Buttons stay the same elements, so the keyboard's focus stays where it is.
 */

import { element } from "./elements.js";
import { formatMs } from "./milliseconds.js";

const SIGNS = Object.freeze({ active: "●", ready: "○", down: "✕", unknown: "·" });

export class RegionButtons {
  #buttons = new Map();

  /** `onChoose` gets the URL of the button that was pressed. */
  constructor(parent, endpoints, onChoose) {
    for (const { url, region } of endpoints) {
      const sign = element("span", { class: "sign", "aria-hidden": "true" });
      const state = element("span", { class: "state" });
      const button = element(
        "button",
        { type: "button", class: "region", title: url, onclick: () => onChoose(url) },
        sign,
        element("span", { class: "name" }, region),
        state,
      );
      this.#buttons.set(url, { button, sign, state });
      parent.append(button);
    }
  }

  /** Show the state of one endpoint: { active, health, ms, note }; `note` replaces the latency. */
  show(url, { active, health, ms, note = "" }) {
    const shown = this.#buttons.get(url);
    if (shown === undefined) return;
    const state = health === "down" || health === "returning" ? "down" : active ? "active" : health;
    const kind = state === "up" || state === "suspect" ? "ready" : state;
    shown.button.dataset.state = kind;
    shown.button.setAttribute("aria-pressed", String(active));
    shown.sign.textContent = SIGNS[kind];
    const figure = state === "down" ? "" : measured(ms);
    shown.state.textContent = [...stateWords(active, health), note || figure]
      .filter((word) => word !== "")
      .join(", ");
  }
}

function stateWords(active, health) {
  const words = active ? ["active"] : [];
  if (health === "down") words.push("down");
  if (health === "returning") words.push("coming back");
  if (health === "suspect") words.push("failing");
  if (health === "up" && !active) words.push("ready");
  if (health === "unknown" && !active) words.push("not known yet");
  return words;
}

function measured(ms) {
  return Number.isFinite(ms) ? formatMs(ms) : "";
}
