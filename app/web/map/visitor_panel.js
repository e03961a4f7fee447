/** The visitor's panel: the place, the closest Region, and the distances to all of them. */

import { byId, element, factList, replaceChildren } from "./elements.js";
import { miles, sortByDistance } from "./great_circle.js";
import { regionWords } from "./panel_parts.js";
import { REGIONS } from "./places.js";

/** `hasEndpoint`: the codes of the Regions that have one. */
export function showVisitor(visitor, hasEndpoint) {
  const sorted = sortByDistance(visitor, REGIONS);
  const reachable = sorted.find(({ code }) => hasEndpoint.has(code));
  replaceChildren(
    byId("visitor-facts"),
    factList([
      ["Latitude", visitor.latitude.toFixed(5)],
      ["Longitude", visitor.longitude.toFixed(5)],
      ["Closest Region", regionWords(sorted[0].code)],
      ...(reachable ? [["Closest endpoint", regionWords(reachable.code)]] : []),
    ]),
  );
  replaceChildren(
    byId("distances"),
    sorted.map((region) => distanceRow(region, hasEndpoint.has(region.code))),
  );
}

function distanceRow({ code, name, km }, isReachable) {
  return element(
    "tr",
    { title: name },
    element("td", {}, element("span", { class: isReachable ? "has-endpoint" : null }, code)),
    element("td", { class: "number" }, Math.trunc(km)),
    element("td", { class: "number" }, Math.trunc(miles(km))),
  );
}
