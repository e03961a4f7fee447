/**
 * Makes elements. Text goes into text nodes alone, so stored text never becomes markup.
 *
 * element("button", { type: "button", class: "plain", onclick: act }, "Read")
 *
 * A property is set by its kind: a function named on... listens to the event, true makes an empty
 * attribute, false, null and undefined leave it out, anything else is the attribute's text.
 * Attributes that hold code or markup are refused, and addresses that run code, too.
 */

const SVG = "http://www.w3.org/2000/svg";
const CODE = /^(on.*|srcdoc|style)$/i;
const ADDRESS = /^(href|src|action|formaction|xlink:href)$/i;
const SAFE_ADDRESS = /^(https?:|data:image\/|[^:]*$|[^:]*[/?#])/i;

export function element(name, properties = {}, ...children) {
  return fill(document.createElement(name), properties, children);
}

export function svgElement(name, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, name), properties, children);
}

/** Rows of a name and a value, each text or nodes. */
export function factList(rows) {
  return element(
    "dl",
    { class: "facts" },
    rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
  );
}

/** Replace the children of `parent`; strings become text. */
export function replaceChildren(parent, ...children) {
  parent.replaceChildren(...children.flat().filter(isChild).map(asNode));
}

/** The element with this id; an error when the page has none. */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) {
    throw new Error(`the page has no element with the id ${id}`);
  }
  return found;
}

function fill(made, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    setProperty(made, name, value);
  }
  made.append(...children.flat().filter(isChild).map(asNode));
  return made;
}

function setProperty(made, name, value) {
  if (typeof value === "function" && name.startsWith("on")) {
    made.addEventListener(name.slice(2), value);
    return;
  }
  if (value === false || value === null || value === undefined) {
    return;
  }
  if (CODE.test(name)) {
    throw new Error(`${name} is not set from data; listen to an event, or use a class`);
  }
  const text = value === true ? "" : String(value);
  if (ADDRESS.test(name) && !SAFE_ADDRESS.test(text.trim())) {
    throw new Error(`${name} is no web address: ${text.slice(0, 40)}`);
  }
  made.setAttribute(name, text);
}

function isChild(child) {
  return child !== null && child !== undefined && child !== false;
}

function asNode(child) {
  return child instanceof Node ? child : document.createTextNode(String(child));
}
