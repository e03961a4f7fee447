/**
 * A film in the grid: a link to its player, with its picture, its title, and how much was watched.
 */

import { element } from "./elements.js";
import { playerAddress } from "./film_links.js";
import { filmSeconds } from "./film_look.js";
import { formatTime } from "./film_times.js";
import { thumbnailAddress } from "./thumbnails.js";

/** `watched`: the share of the film, 0 to 1; without it the card has no bar. */
export function filmCard(film, watched = null) {
  const seconds = filmSeconds(film.id, film.seconds);
  const length =
    watched === null ? formatTime(seconds) : `${formatTime(watched * seconds)} of ${formatTime(seconds)}`;
  const bar =
    watched === null
      ? null
      : element("progress", {
          class: "watched",
          max: "1",
          value: String(watched),
          "aria-label": `${Math.round(watched * 100)} percent watched`,
        });
  return element(
    "li",
    {},
    element(
      "a",
      { class: "film", href: playerAddress(film.id) },
      element("img", { src: thumbnailAddress(film), alt: "", width: "320", height: "180" }),
      bar,
      element("span", { class: "title" }, film.title),
      element("span", { class: "length muted small" }, length),
    ),
  );
}
