/*
How a generated film looks: colours and hills from a hash of its id. Pure; the thumbnail and the film
draw the same scene, so a viewer knows the film again.
*/

const MIN_SECONDS = 60;
const MAX_SECONDS = 600;
const HILL_POINTS = 9;

/** FNV-1a, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/): the same id, the same film. */
export function hashText(text) {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash;
}

/** Numbers from 0 up to 1, the same ones for the same seed (mulberry32). */
export function makeRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * The look of a film: sky, sun and hill colours as CSS colours, hills as heights from 0 to 1.
 *
 * `colours`, two CSS colours in #rrggbb, replace the sky's; anything else there is ignored.
 */
export function makeLook(id, colours = []) {
  const random = makeRandom(hashText(id));
  const hue = Math.floor(random() * 360);
  const second = (hue + 40 + Math.floor(random() * 100)) % 360;
  const given = Array.isArray(colours) ? colours.filter(isColour) : [];
  return Object.freeze({
    skyTop: given[0] ?? `hsl(${hue} 52% 24%)`,
    skyBottom: given[1] ?? `hsl(${second} 62% 56%)`,
    sun: `hsl(${(second + 20) % 360} 92% 82%)`,
    glowEnd: `hsl(${(second + 20) % 360} 92% 82% / 0)`,
    sunX: 0.2 + random() * 0.6,
    hills: Object.freeze(
      [0, 1, 2].map((layer) =>
        Object.freeze({
          colour: `hsl(${hue} ${36 - layer * 4}% ${30 - layer * 9}%)`,
          heights: Object.freeze(
            Array.from({ length: HILL_POINTS }, () => 0.44 - layer * 0.12 + random() * 0.16),
          ),
        }),
      ),
    ),
    stars: Object.freeze(
      Array.from({ length: 40 }, () => Object.freeze([random(), random() * 0.55, random()])),
    ),
  });
}

/** The length of a film whose data say none: 60 to 600 s, from its id. */
export function lengthFromId(id) {
  return MIN_SECONDS + (hashText(id) % (MAX_SECONDS - MIN_SECONDS + 1));
}

/** A length that the data say, in seconds; lengthFromId for what is no length. */
export function filmSeconds(id, seconds) {
  return Number.isFinite(seconds) && seconds >= 1 ? seconds : lengthFromId(id);
}

function isColour(text) {
  return typeof text === "string" && /^#[0-9a-f]{6}$/i.test(text);
}

/** A title in lines for a picture: words stay whole unless they are too long for a line. */
export function wrapTitle(title, { width = 16, lines = 3 } = {}) {
  const words = title.split(/\s+/u).filter((word) => word !== "");
  const wrapped = [];
  for (const word of words.flatMap((text) => splitWord(text, width))) {
    const last = wrapped.at(-1);
    if (last !== undefined && [...last].length + 1 + [...word].length <= width) {
      wrapped[wrapped.length - 1] = `${last} ${word}`;
    } else {
      wrapped.push(word);
    }
  }
  if (wrapped.length <= lines) return wrapped;
  const kept = wrapped.slice(0, lines);
  kept[lines - 1] = `${[...kept[lines - 1]].slice(0, width - 1).join("")}…`;
  return kept;
}

function splitWord(word, width) {
  const characters = [...word];
  const pieces = [];
  for (let from = 0; from < characters.length; from += width) {
    pieces.push(characters.slice(from, from + width).join(""));
  }
  return pieces;
}
