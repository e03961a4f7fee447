/**
 * The map page: which endpoint and which place are chosen, and what is shown of them.
 *
 * One panel is open at a time: that of an endpoint, or the visitor's. Choosing an open endpoint
 * again closes it, and so does a Region without one.
 */

import { byId, element, replaceChildren } from "./elements.js";
import { ORIGIN, addEndpoint, loadEndpoints, removeEndpoint } from "./endpoints.js";
import { regionWords } from "./panel_parts.js";
import { CITIES, REGIONS, findRegion, regionLabel } from "./places.js";
import { progressBar } from "./progress.js";
import { RegionPanel } from "./region_panel.js";
import { showVisitor } from "./visitor_panel.js";
import { WorldMap } from "./world_map.js";

const LOCATE_WITHIN_MS = 15000;
const DOORS = { dns: "Nearest, by DNS", accelerator: "Nearest, by accelerator", page: "Nearest, by this address" };

const state = {
  /** [{ url, region, byHand, door }]; a door is answered by any Region. */
  endpoints: [],
  /** One of the endpoints, or null. */
  chosen: null,
  /** The Region that the path leads to: the chosen one, or the one that a door answered from. */
  target: "",
  /** { name, latitude, longitude }, or null. */
  visitor: null,
  visitorIsOpen: false,
};

const busy = progressBar(byId("progress"));
const map = new WorldMap(byId("map"), { onRegion: clickRegion, onVisitor: toggleVisitor });
const panel = new RegionPanel({ busy, onAnswered: followDoor });

function show() {
  showMap();
  showEndpointList();
  showSide();
}

function showMap() {
  const reachable = reachableRegions();
  map.show({
    regions: REGIONS.map((region) => ({
      ...region,
      hasEndpoint: reachable.has(region.code),
      isChosen: region.code === state.target,
    })),
    visitor: state.visitor,
    target: findRegion(state.target) ?? null,
  });
}

function showEndpointList() {
  replaceChildren(
    byId("endpoints"),
    state.endpoints.map((endpoint) =>
      element(
        "li",
        {},
        element(
          "button",
          {
            type: "button",
            "aria-pressed": String(endpoint === state.chosen),
            title: `${nameOf(endpoint)}: ${endpoint.url}`,
            onclick: () => choose(endpoint),
          },
          endpoint.region || nameOf(endpoint),
        ),
        endpoint.byHand && removeButton(endpoint),
      ),
    ),
  );
}

function removeButton(endpoint) {
  return element(
    "button",
    {
      type: "button",
      class: "remove",
      "aria-label": `Remove ${endpoint.region} at ${endpoint.url}`,
      onclick: () => remove(endpoint),
    },
    "×",
  );
}

function showSide() {
  const { chosen, visitor } = state;
  const visitorIsOpen = Boolean(visitor) && state.visitorIsOpen;
  byId("region-panel").hidden = !chosen;
  byId("visitor-panel").hidden = !visitorIsOpen;
  byId("close").hidden = !chosen && !visitorIsOpen;
  byId("side-hint").hidden = Boolean(chosen) || visitorIsOpen;
  replaceChildren(
    byId("side-heading"),
    chosen ? headingOf(chosen) : visitorIsOpen ? visitor.name : "Choose a Region",
  );
  byId("show-distances").disabled = !visitor;
  byId("show-distances").setAttribute("aria-pressed", String(visitorIsOpen));
  if (visitorIsOpen) {
    showVisitor(visitor, reachableRegions());
  }
}

function headingOf({ region, door }) {
  return region ? regionWords(region) : nameOf({ door });
}

/** An endpoint in words. */
function nameOf({ region, door }) {
  return region ? regionLabel(region) : (DOORS[door] ?? `Nearest, by ${door}`);
}

function reachableRegions() {
  return new Set(state.endpoints.map(({ region }) => region).filter(Boolean));
}

/** Open an endpoint's panel; close the open one. */
function choose(endpoint) {
  const chosen = endpoint === state.chosen ? null : endpoint;
  Object.assign(state, { chosen, target: chosen?.region ?? "", visitorIsOpen: false });
  panel.use(chosen?.url ?? "");
  const list = [...byId("endpoints").querySelectorAll("button")];
  const focused = list.indexOf(document.activeElement);
  show();
  [...byId("endpoints").querySelectorAll("button")][focused]?.focus(); // the list is made anew
  if (chosen) {
    byId("side").scrollIntoView({ block: "nearest" });
  }
}

function clickRegion(code) {
  choose(state.endpoints.find(({ region }) => region === code) ?? state.chosen);
}

function toggleVisitor() {
  Object.assign(state, { chosen: null, target: "", visitorIsOpen: !state.visitorIsOpen });
  panel.use("");
  show();
}

/** Lead the path to the Region that answered for a door. */
function followDoor(region) {
  if (state.chosen && !state.chosen.region && region !== state.target) {
    state.target = region;
    showMap();
  }
}

function visit(visitor) {
  Object.assign(state, { visitor, visitorIsOpen: Boolean(visitor) && !state.chosen });
  show();
}

function locate() {
  const status = byId("place-status");
  if (!navigator.geolocation) {
    status.textContent = "This browser does not tell its place; choose a city.";
    return;
  }
  status.textContent = "Asking the browser for your place …";
  navigator.geolocation.getCurrentPosition(
    ({ coords: { latitude, longitude } }) => {
      status.textContent = "";
      byId("city").value = "";
      visit({ name: "You", latitude, longitude });
    },
    ({ message }) => {
      status.textContent = `The browser did not tell its place (${message || "refused"}); choose a city.`;
    },
    { enableHighAccuracy: false, timeout: LOCATE_WITHIN_MS, maximumAge: 600_000 },
  );
}

async function load() {
  const { endpoints, shared, region, error } = await busy(loadEndpoints());
  const doors = shared.map(({ door, url }) => ({ door, url, region: "", byHand: false }));
  const isKnown = [...endpoints, ...doors].some(({ url }) => url === ORIGIN);
  const page = isKnown ? [] : [{ door: "page", url: ORIGIN, region: "", byHand: false }];
  const known = [...endpoints, ...doors, ...page];
  state.chosen = known.find(({ url }) => url === state.chosen?.url) ?? null;
  state.endpoints = known;
  byId("page-error").textContent = error && `The list of endpoints could not be loaded: ${error}`;
  if (region) {
    byId("served-region").textContent = region;
  }
  show();
}

async function add(event) {
  event.preventDefault();
  const [field, status] = [byId("add-url"), byId("add-status")];
  status.className = "small";
  status.textContent = "Asking for its Region …";
  try {
    const { region } = await busy(addEndpoint(field.value));
    field.value = "";
    status.textContent = `Added ${regionLabel(region)}.`;
    await load();
  } catch (refused) {
    status.className = "small error";
    status.textContent = refused.message;
    field.focus();
  }
}

async function remove(endpoint) {
  removeEndpoint(endpoint.url);
  if (endpoint === state.chosen) {
    choose(endpoint);
  }
  await load();
  byId("add-url").focus();
}

function chooseCity(event) {
  byId("place-status").textContent = "";
  visit(CITIES.find(({ name }) => name === event.target.value) ?? null);
}

byId("city").append(...CITIES.map(({ name }) => element("option", { value: name }, name)));
byId("city").addEventListener("change", chooseCity);
byId("locate").addEventListener("click", locate);
byId("show-distances").addEventListener("click", toggleVisitor);
byId("close").addEventListener("click", () => (state.chosen ? choose(state.chosen) : toggleVisitor()));
byId("add-form").addEventListener("submit", add);
byId("zoom-in").addEventListener("click", () => map.zoom(1.6));
byId("zoom-out").addEventListener("click", () => map.zoom(1 / 1.6));
byId("zoom-endpoints").addEventListener("click", () => map.showEndpoints());
byId("zoom-world").addEventListener("click", () => map.showWorld());

await load();
