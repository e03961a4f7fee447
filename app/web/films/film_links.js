/**
 * Which film the player's address names, and which endpoints the pages of the films use.
 */

import { ORIGIN } from "./endpoints.js";

/** The film of an address's query; null without one. `video` is the original's name for it. */
export function filmFromQuery(query) {
  const parameters = new URLSearchParams(query);
  return parameters.get("film") || parameters.get("video") || null;
}

export function playerAddress(film) {
  return `player?film=${encodeURIComponent(film)}`;
}

/** The known endpoints; without any, the address that serves the page, which answers at least here. */
export function usableEndpoints({ endpoints, region }) {
  return endpoints.length > 0 ? endpoints : [{ url: ORIGIN, region: region || "this address", byHand: false }];
}

/**
 * The endpoint to begin with: the stored choice, else the Region that served the page, which is the
 * nearest that is well as the front door sees it. null when neither is among the endpoints.
 */
export function preferredUrl(endpoints, { chosen, region }) {
  const found =
    endpoints.find(({ url }) => url === chosen) ?? endpoints.find((endpoint) => endpoint.region === region);
  return found?.url ?? null;
}
