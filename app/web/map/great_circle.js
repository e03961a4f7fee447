/**
 * Great circles on a sphere: distances, and the path to draw between two points.
 *
 * A point is { latitude, longitude } in degrees; north and east are positive.
 */

export const EARTH_RADIUS_KM = 6371;
const MILES_PER_KM = 0.621371;
const STEPS = 96;

/** By the haversine formula. */
export function distanceKm(a, b) {
  const [latitudeA, latitudeB] = [radians(a.latitude), radians(b.latitude)];
  const half =
    Math.sin((latitudeB - latitudeA) / 2) ** 2 +
    Math.cos(latitudeA) * Math.cos(latitudeB) * Math.sin(radians(b.longitude - a.longitude) / 2) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.sqrt(Math.min(1, half)));
}

export function miles(km) {
  return km * MILES_PER_KM;
}

/** The places with their distances in km, the nearest first; equal distances by code. */
export function sortByDistance(from, places) {
  return places
    .map((place) => ({ ...place, km: distanceKm(from, place) }))
    .sort((a, b) => a.km - b.km || (a.code < b.code ? -1 : 1));
}

/**
 * The path from one point to the other as lists of [longitude, latitude]. A path over the 180th
 * meridian has two lists, since the map ends there.
 */
export function greatCircle(from, to) {
  const points = Array.from({ length: STEPS + 1 }, (_, step) => between(from, to, step / STEPS));
  const parts = [[points[0]]];
  for (const point of points.slice(1)) {
    const last = parts.at(-1).at(-1);
    if (Math.abs(point[0] - last[0]) > 180) {
      const [end, start] = edgePoints(last, point);
      parts.at(-1).push(end);
      parts.push([start]);
    }
    parts.at(-1).push(point);
  }
  return parts;
}

/** Where the way from one point to the next leaves the map, and where it comes in again. */
function edgePoints([lastLongitude, lastLatitude], [longitude, latitude]) {
  const edge = lastLongitude > 0 ? 180 : -180;
  const unrolled = longitude + 2 * edge;
  const share = (edge - lastLongitude) / (unrolled - lastLongitude || 1);
  const at = lastLatitude + share * (latitude - lastLatitude);
  return [
    [edge, at],
    [-edge, at],
  ];
}

/** The point at this share of the way, as [longitude, latitude]. */
function between(from, to, share) {
  const [a, b] = [vector(from), vector(to)];
  const angle = distanceKm(from, to) / EARTH_RADIUS_KM;
  if (Math.sin(angle) < 1e-9) {
    return degenerate(from, to, angle, share);
  }
  const weightA = Math.sin((1 - share) * angle) / Math.sin(angle);
  const weightB = Math.sin(share * angle) / Math.sin(angle);
  const [x, y, z] = a.map((part, axis) => weightA * part + weightB * b[axis]);
  return [degrees(Math.atan2(y, x)), degrees(Math.atan2(z, Math.hypot(x, y)))];
}

/** One point twice, or two opposite ones, between which every way is as long: over the north pole. */
function degenerate(from, to, angle, share) {
  if (angle < 1) {
    return [from.longitude, from.latitude];
  }
  const pole = 0.5 - from.latitude / 180;
  const near = share < pole ? from : to;
  return [near.longitude, 90 - Math.abs(share - pole) * 180];
}

function vector({ latitude, longitude }) {
  const [phi, lambda] = [radians(latitude), radians(longitude)];
  return [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)];
}

function radians(angle) {
  return (angle * Math.PI) / 180;
}

function degrees(angle) {
  return (angle * 180) / Math.PI;
}
