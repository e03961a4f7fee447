/**
 * The page of the films: what the viewer continues, and all of them, from one Region at a time.
 *
 * The chosen endpoint is asked first, then the others in the order of the list, so the page works
 * while a Region is down. It says which one answered.
 */

import { askInOrder, fetchFilms, fetchWatching } from "./bookmarks.js";
import { byId, element, replaceChildren } from "./elements.js";
import { addEndpoint, loadEndpoints, removeEndpoint } from "./endpoints.js";
import { readSettings } from "./failover.js";
import { filmCard } from "./film_cards.js";
import { preferredFirst, storedEndpoint, storedSettings, storeEndpoint } from "./film_choices.js";
import { preferredUrl, usableEndpoints } from "./film_links.js";
import { formatMs } from "./milliseconds.js";
import { RegionButtons } from "./region_buttons.js";
import { request, urlOf } from "./request.js";
import { browserStorage } from "./storage.js";

const PING_MS = 5000;
const storage = browserStorage();
const { timeoutMs } = readSettings(storedSettings(storage));

class FilmsPage {
  #endpoints = [];
  #region = "";
  #buttons = null;
  #active = null;
  #loads = 0;
  #states = new Map();

  /** Ask for the endpoints, then for the films. Also after an endpoint came or went. */
  async start() {
    const known = await loadEndpoints();
    this.#endpoints = usableEndpoints(known);
    this.#region = known.region;
    byId("regions").replaceChildren();
    this.#buttons = new RegionButtons(byId("regions"), this.#endpoints, (url) => this.#choose(url));
    for (const { url } of this.#endpoints) this.#show(url, { health: "unknown" });
    showByHand(known.endpoints, (url) => this.#remove(url));
    await Promise.all([this.load(), this.ping()]);
  }

  async load() {
    this.#loads += 1;
    const load = this.#loads;
    const preferred = preferredUrl(this.#endpoints, { chosen: storedEndpoint(storage), region: this.#region });
    const urls = preferredFirst(this.#endpoints.map(({ url }) => url), preferred);
    const { url, result, failed } = await askInOrder(urls, (one) => fetchFilms(one, { timeoutMs }));
    if (load !== this.#loads) return; // another Region was chosen meanwhile
    this.#active = url ?? urls[0];
    for (const one of urls) this.#show(one, {});
    for (const failure of failed) this.#show(failure.url, { health: "down", note: "no answer" });
    if (url === null) {
      this.#showNothing(failed);
      return;
    }
    this.#show(url, { health: "up", ms: result.ms });
    this.#showFilms(result, failed);
    await this.#loadWatching(url, result.films, load);
  }

  /** Ask every endpoint whether it answers; this reads no table. */
  async ping() {
    await Promise.all(
      this.#endpoints.map(async ({ url }) => {
        const { ok, ms } = await request(urlOf(url, "bookmarks", ""), { timeoutMs });
        this.#show(url, ok ? { health: "up", ms } : { health: "down", note: "no answer" });
      }),
    );
  }

  async #loadWatching(url, films, load) {
    const { ok, error, ms, watching } = await fetchWatching(url, { timeoutMs });
    if (load !== this.#loads) return;
    const known = new Map(films.map((film) => [film.id, film]));
    const cards = watching
      .filter(({ film }) => known.has(film))
      .map(({ film, bookmark }) => filmCard(known.get(film), bookmark));
    byId("continue").hidden = ok && cards.length === 0;
    byId("continue-ms").textContent = ok ? `in ${formatMs(ms)}` : `not known: ${error}`;
    replaceChildren(byId("watching"), ...cards);
  }

  #showFilms({ films, ms }, failed) {
    const region = this.#regionOf(this.#active);
    const silent = failed.map(({ url }) => this.#regionOf(url)).join(", ");
    byId("status").textContent = silent
      ? `${silent} did not answer. The films are shown from ${region}.`
      : `The films are shown from ${region}.`;
    byId("failure").textContent = films.length === 0 ? `${region} has no films.` : "";
    byId("popular-ms").textContent = `in ${formatMs(ms)}`;
    replaceChildren(byId("films"), ...films.map((film) => filmCard(film)));
  }

  #showNothing(failed) {
    byId("status").textContent = "No Region answers.";
    const reasons = failed.map(({ url, error }) => `${this.#regionOf(url)}: ${error}`);
    byId("failure").textContent = `The films can't be loaded. ${reasons.join("; ")}`;
    byId("popular-ms").textContent = "";
    byId("continue").hidden = true;
    replaceChildren(byId("films"));
  }

  #choose(url) {
    storeEndpoint(storage, url);
    byId("status").textContent = `Asking ${this.#regionOf(url)}…`;
    this.load();
  }

  async #remove(url) {
    removeEndpoint(url);
    await this.start();
    byId("add-url").focus();
  }

  #show(url, change) {
    const state = { health: "unknown", ms: null, note: "", ...this.#states.get(url), ...change };
    if (change.health === "up") state.note = "";
    this.#states.set(url, state);
    this.#buttons.show(url, { ...state, active: url === this.#active });
  }

  #regionOf(url) {
    return this.#endpoints.find((endpoint) => endpoint.url === url)?.region ?? url;
  }
}

function showByHand(endpoints, onRemove) {
  const lines = endpoints
    .filter(({ byHand }) => byHand)
    .map(({ url, region }) =>
      element(
        "li",
        { class: "row" },
        element("span", {}, `${region} `, element("code", {}, url)),
        element(
          "button",
          { type: "button", class: "plain", "aria-label": `Remove ${url}`, onclick: () => onRemove(url) },
          "Remove",
        ),
      ),
    );
  replaceChildren(byId("by-hand"), ...lines);
}

function connectForm(page) {
  const field = byId("add-url");
  byId("add").addEventListener("submit", async (event) => {
    event.preventDefault();
    byId("add-error").textContent = "";
    try {
      await addEndpoint(field.value);
      field.value = "";
      field.removeAttribute("aria-invalid");
      await page.start();
    } catch (failure) {
      byId("add-error").textContent = failure.message;
      field.setAttribute("aria-invalid", "true");
    }
  });
}

const page = new FilmsPage();
connectForm(page);
setInterval(() => {
  if (!document.hidden) page.ping();
}, PING_MS);
addEventListener("pageshow", (event) => {
  if (event.persisted) page.load(); // back from the player: what is watched has changed
});
await page.start();
