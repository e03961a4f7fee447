/**
 * The part of the world that the map shows: { x, y, width, height } in the units of land.js, tenths
 * of a degree, with x to the east and y to the south. Functions return a new view.
 */

const WORLD = { x: -1800, y: -830, width: 3600, height: 1430 };
const NARROWEST = 300;
const MARGIN = 0.14;

/** The place of a point, { latitude, longitude }, in the map's units. */
export function project({ latitude, longitude }) {
  return { x: longitude * 10, y: -latitude * 10 };
}

/** All of the world in a map whose width is `aspect` times its height. */
export function worldView(aspect) {
  return around(middle(WORLD), Math.max(WORLD.width, WORLD.height * aspect), aspect);
}

/** The smallest view that has all points and some room around them. */
export function fitView(points, aspect) {
  if (points.length === 0) {
    return worldView(aspect);
  }
  const [left, right] = range(points.map(({ x }) => x));
  const [top, bottom] = range(points.map(({ y }) => y));
  const needed = Math.max(right - left, (bottom - top) * aspect) * (1 + 2 * MARGIN);
  const width = Math.max(needed, 3 * NARROWEST);
  return keepInWorld(around({ x: (left + right) / 2, y: (top + bottom) / 2 }, width, aspect));
}

/** Nearer for a factor above 1, around a point. */
export function zoomView(view, factor, centre = middle(view)) {
  const aspect = view.width / view.height;
  const widest = worldView(aspect).width;
  const width = Math.min(widest, Math.max(NARROWEST, view.width / factor));
  return keepInWorld(around(centre, width, aspect));
}

/** Moved by a distance in the map's units. */
export function panView(view, dx, dy) {
  return keepInWorld({ ...view, x: view.x + dx, y: view.y + dy });
}

/** The same middle and width in another shape. */
export function reshapeView(view, aspect) {
  return keepInWorld(around(middle(view), Math.min(view.width, worldView(aspect).width), aspect));
}

export function isWithin(view, { x, y }) {
  const [across, down] = [x - view.x, y - view.y];
  return across >= 0 && down >= 0 && across <= view.width && down <= view.height;
}

export function middle({ x, y, width, height }) {
  return { x: x + width / 2, y: y + height / 2 };
}

function around({ x, y }, width, aspect) {
  const height = width / aspect;
  return { x: x - width / 2, y: y - height / 2, width, height };
}

/** Moved so that no more than needed is outside the world. */
function keepInWorld(view) {
  return {
    ...view,
    x: clamp(view.x, view.width, WORLD.x, WORLD.width),
    y: clamp(view.y, view.height, WORLD.y, WORLD.height),
  };
}

function clamp(start, size, worldStart, worldSize) {
  if (size >= worldSize) {
    return worldStart - (size - worldSize) / 2;
  }
  return Math.min(Math.max(start, worldStart), worldStart + worldSize - size);
}

function range(values) {
  return [Math.min(...values), Math.max(...values)];
}
