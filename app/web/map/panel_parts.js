/** What both panels of the map show: rows of facts, and Regions in words. */

import { element } from "./elements.js";
import { findRegion } from "./places.js";

/** Rows of a name and a value, each text or nodes. */
export function facts(rows) {
  return element(
    "dl",
    { class: "facts" },
    rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
  );
}

/** Such as "Europe (Ireland), eu-west-1", or the code alone, which never breaks over two lines. */
export function regionWords(code) {
  const known = findRegion(code);
  return [known ? `${known.name}, ` : null, element("span", { class: "nowrap" }, code)];
}
