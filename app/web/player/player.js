/**
 * The player page: a film, and its bookmark in every Region.
 *
 * The film runs on the browser's clock. The network is asked, never waited for: without any Region it
 * plays on, and the bookmark stays in this browser until a Region takes it.
 */

import { askInOrder, fetchBookmark, fetchFilms, putBookmark, SEEN, VIEWER } from "./bookmarks.js";
import { BookmarkSession } from "./bookmark_session.js";
import { byId } from "./elements.js";
import { loadEndpoints } from "./endpoints.js";
import { endpointOf, readSettings } from "./failover.js";
import { Film } from "./film.js";
import {
  preferredFirst,
  storeBookmark,
  storedBookmark,
  storedEndpoint,
  storedSettings,
  storeEndpoint,
  storeSettings,
} from "./film_choices.js";
import { FilmControls } from "./film_controls.js";
import { filmFromQuery, preferredUrl, usableEndpoints } from "./film_links.js";
import { filmSeconds } from "./film_look.js";
import { FilmSound } from "./film_sound.js";
import { formatTime } from "./film_times.js";
import { addLogLine, RegionCards, say, showCounts, showLastWrite } from "./player_view.js";
import { RegionButtons } from "./region_buttons.js";
import { connectSettings } from "./settings_form.js";
import { browserStorage } from "./storage.js";

const BEAT_MS = 500;
const IDLE_READ_MS = 5000;
const GRACE_MS = 400;
const storage = browserStorage();

async function main() {
  const id = filmFromQuery(location.search) ?? "01";
  const known = await loadEndpoints();
  const endpoints = usableEndpoints(known);
  const preferred = preferredUrl(endpoints, { chosen: storedEndpoint(storage), region: known.region });
  let film = null;
  const share = () => (film === null ? 0 : film.currentTime / film.duration);
  const session = new BookmarkSession({
    endpoints,
    chosen: preferred,
    settings: readSettings(storedSettings(storage)),
    api: {
      write: (url, bookmark, timeoutMs) => putBookmark(url, id, bookmark, { timeoutMs }),
      read: (url, timeoutMs) => fetchBookmark(url, id, { timeoutMs }),
    },
    position: share,
    keep: (bookmark) => storeBookmark(storage, VIEWER, id, bookmark),
    onChange: () => show(),
    onEntry: (entry) => {
      addLogLine(entry, film === null ? 0 : entry.share * film.duration);
      if (entry.kind === "moved") say(entry.text);
    },
  });
  const show = connectView(session, endpoints, () => film);
  connectSettings(session.state.settings, (typed) => changeSettings(session, typed));

  const [found, bookmark] = await Promise.all([
    findFilm(id, preferredFirst(endpoints.map(({ url }) => url), preferred), session.state.settings.timeoutMs),
    session.findBookmark(storedBookmark(storage, VIEWER, id), GRACE_MS),
  ]);
  if (found === null) {
    say(`There is no film "${id}".`);
    byId("stage").hidden = true;
    return;
  }
  film = startFilm(found, bookmark, session);
  show();
}

/** The film's data; null when a Region answers and has no such film. */
async function findFilm(id, urls, timeoutMs) {
  const { result } = await askInOrder(urls, (url) => fetchFilms(url, { timeoutMs }));
  if (result === null) return { id, title: `Film ${id}`, seconds: null, colours: [] };
  return result.films.find((film) => film.id === id) ?? null;
}

function startFilm({ id, title, seconds, colours }, bookmark, session) {
  const film = new Film({ id, title, seconds: filmSeconds(id, seconds), colours });
  film.muted = true; // browsers let no page start with sound
  resume(film, bookmark, session);
  byId("title").textContent = title;
  byId("screen").setAttribute("aria-label", `Film: ${title}`);
  document.title = `${title} - Porthole`;
  new FilmControls(film);
  new FilmSound(film);
  keepBookmark(film, session);
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) film.play();
  return film;
}

function resume(film, bookmark, session) {
  if (bookmark === null) {
    const silent = session.state.endpoints.every(({ url }) => session.readingOf(url)?.error);
    const none = "Started at 0:00: no Region had a bookmark of this film.";
    say(silent ? "No Region answers. The film plays; its bookmark stays in this browser until one does." : none);
  } else if (bookmark.bookmark > SEEN) {
    say("Seen to the end: starts at 0:00.");
  } else {
    film.currentTime = bookmark.bookmark * film.duration;
    const where = bookmark.onlyHere
      ? "from this browser: no Region has this bookmark yet."
      : `from the bookmark that was written in ${bookmark.writtenIn || "an unknown Region"}.`;
    say(`Resumed at ${formatTime(film.currentTime)}, ${where}`);
  }
}

/** Write while the film plays, and at once when it stops or jumps; read back all the time. */
function keepBookmark(film, session) {
  setInterval(() => {
    if (film.paused) return;
    session.beat();
    session.readAll();
  }, BEAT_MS);
  setInterval(() => {
    if (film.paused && !document.hidden) session.readAll();
  }, IDLE_READ_MS);
  for (const type of ["pause", "seeked", "ended"]) film.addEventListener(type, () => session.save());
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && !film.paused) session.save(); // the page may be closed next
  });
}

/** Connects buttons and cards; the result shows the session's state anew. */
function connectView(session, endpoints, currentFilm) {
  const buttons = new RegionButtons(byId("regions"), endpoints, (url) => {
    storeEndpoint(storage, url);
    session.choose(url);
  });
  const cards = new RegionCards(byId("cards"), endpoints);
  const show = () => {
    const { state } = session;
    for (const { url } of endpoints) {
      const { health, ms } = endpointOf(state, url);
      buttons.show(url, { active: url === state.active, health, ms });
      if (currentFilm() !== null) cards.show(url, session.readingOf(url), currentFilm());
    }
    showLastWrite(session.lastWrite);
    showCounts(state);
  };
  show();
  return show;
}

function changeSettings(session, typed) {
  const settings = readSettings(typed);
  storeSettings(storage, settings);
  session.changeSettings(settings);
  return settings;
}

main().catch((failure) => {
  say(`The player cannot start: ${failure.message}`);
  throw failure;
});
