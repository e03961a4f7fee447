/**
 * One request with a time-out, and what came of it. Never throws for a failure of the network or of
 * the service: a page shows `error`, and goes on.
 *
 * const { ok, status, data, region, ms, error } = await request(url, { method: "POST", body: { value } });
 *
 * ok      the status is 2xx and the body is JSON (or empty)
 * status  the HTTP status; 0 when no answer came
 * data    the body's JSON; null without one
 * region  X-Served-Region, else ""
 * ms      until the answer's headers arrived, or until the request failed; whole milliseconds
 * error   "" when ok; else what happened, in words
 * timedOut, aborted   why there is no answer
 */

export const TIMEOUT_MS = 5000;

/**
 * `body`: sent as JSON. `signal`: aborts the request from outside. `send` and `now` are fetch and
 * the clock.
 */
export async function request(
  url,
  { method = "GET", body, timeoutMs = TIMEOUT_MS, signal, send = defaultSend, now = defaultNow } = {},
) {
  const controller = new AbortController();
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    controller.abort();
  }, timeoutMs);
  const abort = () => controller.abort();
  signal?.addEventListener("abort", abort);
  if (signal?.aborted) {
    abort();
  }
  const started = now();
  let elapsedMs = null;
  try {
    const response = await send(url, options(method, body, controller.signal));
    elapsedMs = now() - started;
    const text = await response.text();
    return answered(response, text, Math.round(elapsedMs));
  } catch (failure) {
    return unanswered({
      ms: Math.round(elapsedMs ?? now() - started),
      timedOut,
      aborted: Boolean(signal?.aborted) && !timedOut,
      timeoutMs,
      failure,
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

/**
 * The URL of a path below an endpoint; every segment is encoded. Throws an Error for "." and "..":
 * a browser takes them as steps in the path, also when they are encoded.
 * https://url.spec.whatwg.org/#double-dot-path-segment
 */
export function urlOf(endpoint, ...segments) {
  return [endpoint.replace(/\/+$/, ""), ...segments.map(encodeSegment)].join("/");
}

function encodeSegment(segment) {
  if (segment === "." || segment === "..") {
    throw new Error(`"${segment}" cannot be part of a URL`);
  }
  return encodeURIComponent(segment);
}

function options(method, body, signal) {
  const shared = { method, signal, cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer" };
  if (body === undefined) {
    return { ...shared, headers: { Accept: "application/json" } };
  }
  return {
    ...shared,
    headers: { Accept: "application/json", "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
}

function answered(response, text, ms) {
  const data = parse(text);
  const readable = data !== undefined;
  const ok = response.ok && readable;
  return {
    ok,
    status: response.status,
    data: readable ? data : null,
    region: response.headers.get("X-Served-Region") ?? "",
    ms,
    error: ok ? "" : describe(response, data),
    timedOut: false,
    aborted: false,
  };
}

/** undefined: not JSON. */
function parse(text) {
  if (text.trim() === "") {
    return null;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function describe(response, data) {
  if (data === undefined) {
    return `HTTP ${response.status}: the answer is not JSON`;
  }
  const said = data?.error ?? data?.message;
  return typeof said === "string" && said ? `HTTP ${response.status}: ${said}` : `HTTP ${response.status}`;
}

function unanswered({ ms, timedOut, aborted, timeoutMs, failure }) {
  const words = timedOut
    ? `no answer within ${timeoutMs / 1000} s`
    : aborted
      ? "stopped"
      : `no connection (${failure?.message || "unknown"}): the Region is down, the address is wrong, ` +
        "or the browser does not trust its certificate";
  return { ok: false, status: 0, data: null, region: "", ms, error: words, timedOut, aborted };
}

function defaultSend(url, settings) {
  return globalThis.fetch(url, settings);
}

function defaultNow() {
  return globalThis.performance.now();
}
