/**
 * Draws the world map: land, Regions, the visitor, and the path between them.
 *
 * A pointer can do all that it offers, and so can the lists beside it: for screen readers it is one
 * picture. Markers and labels keep their size on the screen at every zoom.
 */

import { replaceChildren, svgElement } from "./elements.js";
import { greatCircle } from "./great_circle.js";
import { placeLabels } from "./labels.js";
import { LAND } from "./land.js";
import { fitView, isWithin, panView, project, reshapeView, worldView, zoomView } from "./map_view.js";

const FONT = { width: 6.9, height: 15 };
const RADIUS = { chosen: 8, endpoint: 6.5, none: 3.5, visitor: 6 };
const NARROW_PX = 640;
const DRAG_STARTS_PX = 4;

export class WorldMap {
  #svg;
  #onRegion;
  #onVisitor;
  #paths = svgElement("g", { class: "paths" });
  #markers = svgElement("g");
  #view = null;
  #shown = { regions: [], visitor: null, target: null };

  /** `onRegion(code)` and `onVisitor()`: what a click does. */
  constructor(svg, { onRegion, onVisitor }) {
    this.#svg = svg;
    this.#onRegion = onRegion;
    this.#onVisitor = onVisitor;
    svg.append(
      svgElement("path", { class: "graticule", d: graticule() }),
      svgElement("path", { class: "land", d: LAND }),
      this.#paths,
      this.#markers,
    );
    new ResizeObserver(() => this.#resize()).observe(svg);
    this.#listenToDrags();
  }

  /**
   * `regions`: [{ code, name, latitude, longitude, hasEndpoint, isChosen }]; `visitor` and
   * `target`: the ends of the path, each a point or null; the visitor has a name.
   */
  show(shown) {
    this.#shown = shown;
    if (this.#view && shown.visitor && !isWithin(this.#view, project(shown.visitor))) {
      this.#view = this.#fitted();
    }
    this.#draw();
  }

  zoom(factor) {
    const { regions, visitor } = this.#shown;
    const centre = regions.find(({ isChosen }) => isChosen) ?? visitor;
    const near = factor > 1 && centre ? project(centre) : undefined;
    this.#view = zoomView(this.#view, factor, near);
    this.#draw();
  }

  showWorld() {
    this.#view = worldView(this.#aspect());
    this.#draw();
  }

  /** The endpoints and the visitor, as near as they fit. */
  showEndpoints() {
    this.#view = this.#fitted();
    this.#draw();
  }

  #fitted() {
    const { regions, visitor } = this.#shown;
    const points = regions.filter(({ hasEndpoint }) => hasEndpoint);
    return fitView([...points, ...(visitor ? [visitor] : [])].map(project), this.#aspect());
  }

  #aspect() {
    return this.#svg.clientWidth / Math.max(1, this.#svg.clientHeight);
  }

  #resize() {
    if (this.#view) {
      this.#view = reshapeView(this.#view, this.#aspect());
    }
    this.#draw();
  }

  #draw() {
    const pixels = this.#svg.clientWidth;
    if (pixels === 0) {
      return; // not laid out yet; the ResizeObserver comes again
    }
    const { regions, visitor, target } = this.#shown;
    if (!this.#view && regions.length > 0) {
      this.#view = pixels < NARROW_PX ? this.#fitted() : worldView(this.#aspect());
    }
    const view = this.#view ?? worldView(this.#aspect());
    this.#svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
    const paths = visitor && target ? greatCircle(visitor, target) : [];
    replaceChildren(this.#paths, paths.map((part) => svgElement("polyline", { points: polyline(part) })));
    this.#drawMarkers(view, pixels / view.width);
  }

  #drawMarkers(view, pixelsPerUnit) {
    const markers = markersOf(this.#shown, view, pixelsPerUnit);
    const labels = placeLabels(markers, FONT, {
      width: view.width * pixelsPerUnit,
      height: view.height * pixelsPerUnit,
    });
    // The most important is drawn last, on top of the others.
    const drawn = markers.map((marker) => this.#marker(marker, labels.get(marker.id), pixelsPerUnit));
    replaceChildren(this.#markers, drawn.reverse());
  }

  #marker(marker, label, pixelsPerUnit) {
    const { dx, dy, side } = label ?? { dx: marker.radius + 5, dy: 0, side: "right" };
    const kind = marker.region ? regionClass(marker.region) : "visitor";
    return svgElement(
      "g",
      {
        class: `marker ${kind}`,
        transform: `translate(${marker.at.x} ${marker.at.y}) scale(${1 / pixelsPerUnit})`,
        "data-region": marker.region?.code,
        onclick: () => (marker.region ? this.#onRegion(marker.region.code) : this.#onVisitor()),
      },
      svgElement("title", {}, marker.title),
      svgElement("circle", { class: "target", r: Math.max(12, marker.radius) }),
      marker.region
        ? svgElement("circle", { class: "dot", r: marker.radius })
        : svgElement("path", { class: "dot", d: diamond(marker.radius + 1) }),
      svgElement(
        "text",
        { class: label ? `label ${side}` : `label crowded ${side}`, x: dx, y: dy },
        marker.text,
      ),
    );
  }

  /** Move the map with the pointer. The click at the end of a drag is none. */
  #listenToDrags() {
    let last = null;
    let moved = 0;
    this.#svg.addEventListener("pointerdown", (event) => {
      last = event.isPrimary && event.button === 0 ? event : null;
      moved = 0;
    });
    this.#svg.addEventListener("pointermove", (event) => {
      if (!last || !this.#view || !event.buttons) {
        return;
      }
      const [dx, dy] = [event.clientX - last.clientX, event.clientY - last.clientY];
      moved += Math.abs(dx) + Math.abs(dy);
      last = event;
      if (moved > DRAG_STARTS_PX) {
        const unitsPerPixel = this.#view.width / this.#svg.clientWidth;
        this.#view = panView(this.#view, -dx * unitsPerPixel, -dy * unitsPerPixel);
        this.#draw();
      }
    });
    this.#svg.addEventListener(
      "click",
      (event) => {
        if (moved > DRAG_STARTS_PX) {
          event.stopPropagation();
        }
        last = null;
        moved = 0;
      },
      { capture: true },
    );
  }
}

/** The markers within the view, the most important first. */
function markersOf({ regions, visitor }, view, pixelsPerUnit) {
  const pixel = (point) => {
    const at = project(point);
    return { at, x: (at.x - view.x) * pixelsPerUnit, y: (at.y - view.y) * pixelsPerUnit };
  };
  const marked = regions.map((region) => ({
    id: region.code,
    text: region.code,
    title: `${region.name}, ${region.code}${region.hasEndpoint ? "" : ": no endpoint"}`,
    region,
    radius: region.isChosen ? RADIUS.chosen : region.hasEndpoint ? RADIUS.endpoint : RADIUS.none,
    required: region.isChosen || region.hasEndpoint,
    ...pixel(region),
  }));
  const visiting = visitor
    ? [{ id: "", text: visitor.name, title: visitor.name, radius: RADIUS.visitor, required: true, ...pixel(visitor) }]
    : [];
  return [...marked, ...visiting]
    .filter(({ at }) => isWithin(view, at))
    .sort((a, b) => rank(b) - rank(a));
}

function rank({ region }) {
  if (!region) {
    return 1;
  }
  return region.isChosen ? 3 : region.hasEndpoint ? 2 : 0;
}

function regionClass({ hasEndpoint, isChosen }) {
  return `${hasEndpoint ? "endpoint" : "no-endpoint"}${isChosen ? " chosen" : ""}`;
}

function diamond(radius) {
  return `M0 ${-radius}L${radius} 0L0 ${radius}L${-radius} 0z`;
}

function polyline(part) {
  return part.map(([longitude, latitude]) => `${longitude * 10},${-latitude * 10}`).join(" ");
}

/** Meridians and parallels, every 30 degrees. */
function graticule() {
  const meridians = Array.from({ length: 13 }, (_, at) => `M${at * 300 - 1800} -900V900`);
  const parallels = Array.from({ length: 7 }, (_, at) => `M-1800 ${at * 300 - 900}H1800`);
  return [...meridians, ...parallels].join("");
}
