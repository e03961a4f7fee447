/*
Generated thumbnails: an SVG picture of a film, as a data: address for an <img>. Pure.

The title is hostile text: it is escaped, and characters that XML does not allow become U+FFFD. A
picture in an <img> runs no script anyway (https://www.w3.org/TR/SVG2/conform.html#secure-static-mode).
*/

import { makeLook, wrapTitle } from "./film_look.js";

const WIDTH = 320;
const HEIGHT = 180;
const LINE = 30;

// XML 1.0, 2.2: these are no characters, escaped or not; nor is half a surrogate pair.
const NOT_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;
const ESCAPES = Object.freeze({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" });

export function escapeXml(text) {
  return text.replace(NOT_XML, "\uFFFD").replace(/[&<>"]/g, (character) => ESCAPES[character]);
}

/** The picture as SVG text. */
export function thumbnailSvg({ id, title, colours }) {
  const look = makeLook(id, colours);
  const hills = look.hills.map(({ colour, heights }) => {
    const points = heights.map((height, index) => {
      const x = (index / (heights.length - 1)) * WIDTH;
      return `${x.toFixed(1)},${(HEIGHT * (1 - height)).toFixed(1)}`;
    });
    return `<polygon fill="${colour}" points="0,${HEIGHT} ${points.join(" ")} ${WIDTH},${HEIGHT}"/>`;
  });
  const lines = wrapTitle(title).map(
    (line, index) => `<text x="16" y="${36 + index * LINE}">${escapeXml(line)}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}">`,
    `<linearGradient id="s" x1="0" y1="0" x2="0" y2="1">`,
    `<stop offset="0" stop-color="${look.skyTop}"/>`,
    `<stop offset="1" stop-color="${look.skyBottom}"/></linearGradient>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="url(#s)"/>`,
    `<circle cx="${(look.sunX * WIDTH).toFixed(1)}" cy="96" r="26" fill="${look.sun}"/>`,
    ...hills,
    `<g font-family="system-ui,sans-serif" font-size="26" font-weight="700" fill="#fff"`,
    ` stroke="#000" stroke-opacity=".55" stroke-width="4" stroke-linejoin="round"`,
    ` paint-order="stroke">`,
    ...lines,
    `</g></svg>`,
  ].join("");
}

export function thumbnailAddress(film) {
  return `data:image/svg+xml,${encodeURIComponent(thumbnailSvg(film))}`;
}
