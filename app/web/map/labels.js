/**
 * Which labels of a map's markers are shown, and on which side of the marker: none covers another,
 * nor another's marker. A label that finds no place is left out, unless it is a required one.
 */

const GAP = 5;
const SIDES = ["right", "left", "above", "below"];

/**
 * `markers`: [{ id, text, x, y, radius, required }] in pixels, the most important first.
 * `font`: { width of a character, height of a line }. `bounds`: { width, height } of the map.
 * Returns a Map from id to { side, dx, dy }, the label's place relative to the marker: the middle of
 * its left end for right, of its right end for left, and its middle for above and below.
 */
export function placeLabels(markers, font, bounds) {
  const taken = markers.map(markerBox);
  const placed = new Map();
  for (const [at, marker] of markers.entries()) {
    const others = taken.filter((_, index) => index !== at);
    const boxOf = (side) => labelBox(marker, side, font);
    const free = SIDES.find((side) => isFree(boxOf(side), others, bounds));
    const inside = SIDES.find((side) => isFree(boxOf(side), [], bounds));
    if (free || marker.required) {
      const chosen = free ?? inside ?? "right";
      placed.set(marker.id, { side: chosen, ...offset(marker, chosen, font) });
      taken.push(labelBox(marker, chosen, font));
    }
  }
  return placed;
}

function offset({ radius }, side, { height }) {
  const across = radius + GAP;
  const along = radius + 2 + height / 2;
  return {
    right: { dx: across, dy: 0 },
    left: { dx: -across, dy: 0 },
    above: { dx: 0, dy: -along },
    below: { dx: 0, dy: along },
  }[side];
}

function labelBox(marker, side, font) {
  const { dx, dy } = offset(marker, side, font);
  const width = marker.text.length * font.width;
  const left = { right: 0, left: -width, above: -width / 2, below: -width / 2 }[side];
  return box(marker.x + dx + left, marker.y + dy - font.height / 2, width, font.height);
}

function markerBox({ x, y, radius }) {
  return box(x - radius, y - radius, 2 * radius, 2 * radius);
}

function box(left, top, width, height) {
  return { left, top, right: left + width, bottom: top + height };
}

function isFree(label, others, { width, height }) {
  const inside = label.left >= 0 && label.top >= 0 && label.right <= width && label.bottom <= height;
  return inside && !others.some((other) => overlap(label, other));
}

function overlap(a, b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
