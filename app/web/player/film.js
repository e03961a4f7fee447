/*
A film that needs no video file: a clock with the interface of the video element, and a picture that
is drawn from the clock's time on a canvas.

The clock counts time of the browser's, so nothing but the viewer stops it: no network is behind it.
The used part of the interface is HTML's (https://html.spec.whatwg.org/multipage/media.html):
currentTime, duration, paused, ended, volume, muted, play(), pause(), and the events loadeddata,
play, pause, seeked, timeupdate, volumechange, ended. A <video> could take its place.
*/

import { makeLook, wrapTitle } from "./film_look.js";
import { formatTime } from "./film_times.js";

const TIMEUPDATE_MS = 250;
const TITLE_S = 5;

export class Film extends EventTarget {
  #id;
  #title;
  #look;
  #duration;
  #now;
  #every;
  #stop = null;
  #base = 0;
  #startedAt = null;
  #volume = 0.5;
  #muted = false;

  /**
   * `now` gives milliseconds; `every(ms, call)` calls until its result is called. Both default to
   * the browser's.
   */
  constructor({ id, title, seconds, colours }, { now = browserNow, every = browserEvery } = {}) {
    super();
    this.#id = id;
    this.#title = title;
    this.#look = makeLook(id, colours);
    this.#duration = seconds;
    this.#now = now;
    this.#every = every;
    queueMicrotask(() => this.#tell("loadeddata"));
  }

  get id() {
    return this.#id;
  }

  get title() {
    return this.#title;
  }

  get duration() {
    return this.#duration;
  }

  get paused() {
    return this.#startedAt === null;
  }

  get ended() {
    return this.currentTime >= this.#duration;
  }

  get currentTime() {
    const played = this.#startedAt === null ? 0 : (this.#now() - this.#startedAt) / 1000;
    return Math.min(this.#duration, this.#base + played);
  }

  /** Like the video element's: limited to the film, and no number is a TypeError. */
  set currentTime(seconds) {
    if (!Number.isFinite(seconds)) throw new TypeError(`currentTime is ${seconds}; seconds`);
    this.#base = Math.min(this.#duration, Math.max(0, seconds));
    if (this.#startedAt !== null) this.#startedAt = this.#now();
    this.#tell("seeked");
    this.#tell("timeupdate");
  }

  get volume() {
    return this.#volume;
  }

  set volume(volume) {
    if (!(volume >= 0 && volume <= 1)) throw new RangeError(`volume is ${volume}; 0 to 1`);
    this.#volume = volume;
    this.#tell("volumechange");
  }

  get muted() {
    return this.#muted;
  }

  set muted(muted) {
    this.#muted = Boolean(muted);
    this.#tell("volumechange");
  }

  /** Plays on; from the start when the film has ended. */
  async play() {
    if (this.#startedAt !== null) return;
    if (this.ended) this.currentTime = 0;
    this.#startedAt = this.#now();
    this.#stop = this.#every(TIMEUPDATE_MS, () => this.#tick());
    this.#tell("play");
  }

  pause() {
    if (this.#startedAt === null) return;
    this.#base = this.currentTime;
    this.#startedAt = null;
    this.#stop();
    this.#tell("timeupdate");
    this.#tell("pause");
  }

  /** Draw the picture of the current time on a canvas's 2d context. */
  draw(context, width, height) {
    drawFilm(context, { width, height, look: this.#look, title: this.#title }, this);
  }

  #tick() {
    if (!this.ended) {
      this.#tell("timeupdate");
      return;
    }
    this.pause();
    this.#tell("ended");
  }

  #tell(type) {
    this.dispatchEvent(new Event(type));
  }
}

function browserNow() {
  return performance.now();
}

function browserEvery(ms, call) {
  const timer = setInterval(call, ms);
  return () => clearInterval(timer);
}

function drawFilm(context, picture, { currentTime, duration }) {
  const share = duration > 0 ? currentTime / duration : 0;
  drawSky(context, picture, currentTime);
  drawSun(context, picture, share);
  picture.look.hills.forEach((hill, layer) => drawHill(context, picture, hill, layer, currentTime));
  drawTimecode(context, picture, currentTime);
  if (currentTime < TITLE_S) drawTitle(context, picture, fade(currentTime, TITLE_S));
  if (share >= 1) drawWords(context, picture, ["The end"], 1);
}

function drawSky(context, { width, height, look }, time) {
  const gradient = context.createLinearGradient(0, 0, 0, height);
  gradient.addColorStop(0, look.skyTop);
  gradient.addColorStop(1, look.skyBottom);
  context.fillStyle = gradient;
  context.fillRect(0, 0, width, height);
  context.fillStyle = "#fff";
  for (const [x, y, phase] of look.stars) {
    context.globalAlpha = 0.35 + 0.3 * Math.sin(time + phase * 2 * Math.PI);
    const size = Math.max(1, height / 300);
    context.fillRect(x * width, y * height, size, size);
  }
  context.globalAlpha = 1;
}

/** The sun crosses the sky once in the film: it is a second progress bar. */
function drawSun(context, { width, height, look }, share) {
  const x = width * (0.06 + 0.88 * share);
  const y = height * (0.62 - 0.4 * Math.sin(Math.PI * share));
  const glow = context.createRadialGradient(x, y, 0, x, y, height * 0.3);
  glow.addColorStop(0, look.sun);
  glow.addColorStop(1, look.glowEnd);
  context.globalAlpha = 0.35;
  context.fillStyle = glow;
  context.fillRect(0, 0, width, height);
  context.globalAlpha = 1;
  context.fillStyle = look.sun;
  context.beginPath();
  context.arc(x, y, height * 0.1, 0, 2 * Math.PI);
  context.fill();
}

/** Hills pass by, the near ones faster; their ends meet, so the landscape never stops. */
function drawHill(context, { width, height }, { colour, heights }, layer, time) {
  const steps = heights.length - 1;
  const ring = heights.slice(0, steps);
  const offset = ((time * (0.15 + 0.25 * layer)) % steps + steps) % steps;
  const heightAt = (position) => {
    const from = Math.floor(position);
    const part = (1 - Math.cos((position - from) * Math.PI)) / 2;
    return ring[from % steps] * (1 - part) + ring[(from + 1) % steps] * part;
  };
  context.fillStyle = colour;
  context.beginPath();
  context.moveTo(0, height);
  for (let point = 0; point <= 60; point += 1) {
    const share = point / 60;
    context.lineTo(share * width, height * (1 - heightAt(offset + share * 3)));
  }
  context.lineTo(width, height);
  context.fill();
}

function drawTimecode(context, { width, height }, time) {
  context.font = `600 ${Math.round(height / 18)}px ui-monospace, monospace`;
  context.textAlign = "right";
  context.textBaseline = "bottom";
  context.fillStyle = "rgba(255, 255, 255, 0.85)";
  context.fillText(formatTime(time), width * 0.97, height * 0.96);
}

function drawTitle(context, picture, alpha) {
  drawWords(context, picture, wrapTitle(picture.title, { width: 22 }), alpha);
}

function drawWords(context, { width, height }, lines, alpha) {
  const size = Math.round(height / 10);
  context.globalAlpha = alpha;
  context.font = `700 ${size}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineWidth = size / 6;
  context.lineJoin = "round";
  context.strokeStyle = "rgba(0, 0, 0, 0.55)";
  context.fillStyle = "#fff";
  lines.forEach((line, index) => {
    const y = height * 0.4 + (index - (lines.length - 1) / 2) * size * 1.2;
    context.strokeText(line, width / 2, y);
    context.fillText(line, width / 2, y);
  });
  context.globalAlpha = 1;
}

function fade(time, length) {
  return Math.max(0, Math.min(1, 2 * (1 - time / length)));
}
