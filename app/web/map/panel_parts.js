/** What both panels of the map show: Regions in words. */

import { element } from "./elements.js";
import { findRegion } from "./places.js";

/** Such as "Europe (Ireland), eu-west-1", or the code alone, which never breaks over two lines. */
export function regionWords(code) {
  const known = findRegion(code);
  return [known ? `${known.name}, ` : null, element("span", { class: "nowrap" }, code)];
}
