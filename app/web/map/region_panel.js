/**
 * The forms of the side panel: read and write a key at one endpoint, and show what came of it.
 *
 * A second click, or another endpoint, stops the request before it; its answer is not shown. Typing
 * a key clears both results, typing a value that of the write; what was typed stays.
 */

import { byId, element, factList, replaceChildren } from "./elements.js";
import { regionWords } from "./panel_parts.js";
import { request, urlOf } from "./request.js";

export class RegionPanel {
  #busy;
  #onAnswered;
  #url = "";
  #running = { read: null, write: null };
  #key = byId("key");
  #value = byId("value");
  #results = { read: byId("read-result"), write: byId("write-result") };

  /** `busy` shows that a request runs; `onAnswered(region)` hears which Region answered. */
  constructor({ busy, onAnswered }) {
    this.#busy = busy;
    this.#onAnswered = onAnswered;
    byId("read-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#read();
    });
    byId("write-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#write();
    });
    this.#key.addEventListener("input", () => this.#clear("read", "write"));
    this.#value.addEventListener("input", () => this.#clear("write"));
  }

  /** Ask this endpoint from now on. */
  use(url) {
    this.#url = url;
    byId("region-url").textContent = url;
    this.#clear("read", "write");
  }

  async #read() {
    if (!this.#check("read", [this.#key, "a key"])) {
      return;
    }
    const answer = await this.#ask("read", {});
    if (answer) {
      const data = answer.data ?? {};
      this.#show("read", answer, [
        ["Value", text(data.value)],
        ["Write Region", label(data.writeRegion)],
        ["Read Region", label(data.readRegion ?? answer.region)],
      ]);
    }
  }

  async #write() {
    if (!this.#check("write", [this.#key, "a key"], [this.#value, "a value"])) {
      return;
    }
    const answer = await this.#ask("write", { method: "POST", body: { value: this.#value.value } });
    if (answer) {
      const region = answer.data?.region ?? answer.region;
      this.#show("write", answer, [
        ["Result", "OK"],
        ["Write Region", label(region)],
      ]);
    }
  }

  /** The answer; null when the request was stopped. */
  async #ask(kind, settings) {
    this.#clear(kind);
    const controller = new AbortController();
    this.#running[kind] = controller;
    const url = urlOf(this.#url, "kv", this.#key.value);
    const answer = await this.#busy(request(url, { ...settings, signal: controller.signal }));
    if (this.#running[kind] !== controller) {
      return null;
    }
    this.#running[kind] = null;
    if (answer.region) {
      this.#onAnswered(answer.region);
    }
    return answer;
  }

  #show(kind, answer, rows) {
    const time = [["Time", `${answer.ms} ms`]];
    replaceChildren(
      this.#results[kind],
      answer.ok ? null : element("p", { class: "error" }, answer.error),
      factList(answer.ok ? [...rows, ...time] : time),
    );
  }

  /** Whether all fields are filled; those that are not are marked, and the first has the focus. */
  #check(kind, ...fields) {
    this.#clear(kind);
    const missing = fields.filter(([field]) => field.value === "");
    const steps = [".", ".."].includes(this.#key.value);
    for (const [field] of fields) {
      field.setAttribute("aria-invalid", String(field.value === ""));
    }
    if (missing.length === 0 && !steps) {
      return true;
    }
    const words = steps
      ? `a browser cannot ask for the key "${this.#key.value}"; take another`
      : `give ${missing.map(([, name]) => name).join(" and ")} first`;
    replaceChildren(this.#results[kind], element("p", { class: "error" }, words));
    (missing[0]?.[0] ?? this.#key).focus();
    return false;
  }

  #clear(...kinds) {
    for (const kind of kinds) {
      this.#running[kind]?.abort();
      this.#running[kind] = null;
      replaceChildren(this.#results[kind]);
    }
    this.#key.removeAttribute("aria-invalid");
    this.#value.removeAttribute("aria-invalid");
  }
}

function label(code) {
  return typeof code === "string" && code !== "" ? regionWords(code) : "not said";
}

/** A value of the store is text; anything else that another service answers is shown as it came. */
function text(value) {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}
