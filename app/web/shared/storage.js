/**
 * What this browser keeps for the pages: JSON in localStorage, by name. Damaged text, and a browser
 * that refuses its storage, are as if nothing had been stored.
 */

/** localStorage; null where the browser refuses it. */
export function browserStorage() {
  try {
    return globalThis.localStorage;
  } catch {
    return null;
  }
}

/** The stored value: anything that JSON can hold, or null. */
export function readStored(storage, name) {
  try {
    return JSON.parse(storage?.getItem(name) ?? "null");
  } catch {
    return null;
  }
}

/** Whether the value is kept. */
export function writeStored(storage, name, value) {
  try {
    storage.setItem(name, JSON.stringify(value));
    return true;
  } catch {
    return false; // full or refused
  }
}
