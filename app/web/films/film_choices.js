/**
 * What the viewer chose, and the last bookmarks of this browser. Both stay in localStorage, so they
 * hold for every tab; where the browser refuses its storage, they hold for the page.
 */

import { readBookmark } from "./bookmarks.js";
import { readStored, writeStored } from "./storage.js";

const ENDPOINT = "muster.films.endpoint";
const SETTINGS = "muster.films.settings";
const BOOKMARK = "muster.films.bookmark.";

/** The chosen endpoint's URL, or null. */
export function storedEndpoint(storage) {
  const url = readStored(storage, ENDPOINT);
  return typeof url === "string" ? url : null;
}

export function storeEndpoint(storage, url) {
  writeStored(storage, ENDPOINT, url);
}

/** The settings as they were stored: anything, or null. */
export function storedSettings(storage) {
  return readStored(storage, SETTINGS);
}

export function storeSettings(storage, settings) {
  writeStored(storage, SETTINGS, settings);
}

/** The last bookmark of this film that this browser wanted to write, whether a Region has it or not. */
export function storedBookmark(storage, viewer, film) {
  return readBookmark(readStored(storage, bookmarkKey(viewer, film)));
}

export function storeBookmark(storage, viewer, film, { bookmark, version }) {
  writeStored(storage, bookmarkKey(viewer, film), { film, bookmark, version });
}

/** The preferred endpoint first, then the others as they are listed. */
export function preferredFirst(urls, preferred) {
  return urls.includes(preferred) ? [preferred, ...urls.filter((url) => url !== preferred)] : [...urls];
}

function bookmarkKey(viewer, film) {
  return `${BOOKMARK}${encodeURIComponent(viewer)}.${encodeURIComponent(film)}`;
}
