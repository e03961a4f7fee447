/**
 * The controls of a film: buttons, seek bar, volume, keys, full screen, and the picture on the canvas.
 * They know the video element's interface and draw(), nothing of Regions.
 *
 * Keys: space or k play and pause; left and right 10 s; up and down the volume; m sound; f full
 * screen; 0 or Home the start. A key that the focused control uses itself is left to it.
 */

import { byId } from "./elements.js";
import { formatTime, speakTime } from "./film_times.js";

const STEP_S = 10;
const VOLUME_STEP = 0.1;
const FRAME_MS = 33; // 30 pictures a second are enough for hills
const MAX_PIXELS = 1280;

const KEYS = Object.freeze({
  " ": "toggle",
  k: "toggle",
  ArrowLeft: "back",
  ArrowRight: "forward",
  ArrowUp: "louder",
  ArrowDown: "quieter",
  m: "mute",
  f: "fullscreen",
  0: "restart",
  Home: "restart",
});

/** What a key does, as an action's name; null when it is none of ours. Pure. */
export function actionOfKey({ key, ctrlKey, altKey, metaKey }, focused) {
  if (ctrlKey || altKey || metaKey) return null;
  const name = key.length === 1 ? key.toLowerCase() : key;
  const action = Object.hasOwn(KEYS, name) ? KEYS[name] : null;
  if (focused === "field") return null;
  if (focused === "button" && key === " ") return null;
  if (focused === "volume" && key.startsWith("Arrow")) return null;
  if (focused === "seek" && (key === "ArrowUp" || key === "ArrowDown")) return null;
  return action;
}

export class FilmControls {
  #film;
  #parts;
  #lastFrame = -Infinity;
  #dragging = false;

  constructor(film) {
    this.#film = film;
    this.#parts = Object.fromEntries(
      ["stage", "screen", "seek", "play", "stop", "back", "forward", "elapsed", "mute", "volume", "fullscreen"].map(
        (id) => [id, byId(id)],
      ),
    );
    this.#connect();
    this.#show();
    this.#draw();
  }

  #connect() {
    const { stage, screen, seek, volume } = this.#parts;
    for (const id of ["stop", "back", "forward", "mute", "fullscreen"]) {
      this.#parts[id].addEventListener("click", () => this.act(id));
    }
    this.#parts.play.addEventListener("click", () => this.act("toggle"));
    screen.addEventListener("click", () => this.act("toggle"));
    seek.addEventListener("input", () => {
      this.#dragging = true;
      this.#showTime(Number(seek.value));
    });
    seek.addEventListener("change", () => {
      this.#dragging = false;
      this.#film.currentTime = Number(seek.value);
    });
    volume.addEventListener("input", () => {
      this.#film.volume = Number(volume.value);
      this.#film.muted = this.#film.volume === 0;
    });
    document.addEventListener("keydown", (event) => this.#press(event));
    for (const type of ["play", "pause", "timeupdate", "volumechange", "seeked", "ended"]) {
      this.#film.addEventListener(type, () => this.#show());
    }
    this.#film.addEventListener("seeked", () => this.#draw());
    this.#film.addEventListener("play", () => requestAnimationFrame((now) => this.#frame(now)));
    this.#film.addEventListener("pause", () => this.#draw());
    document.addEventListener("fullscreenchange", () => this.#show());
    new ResizeObserver(() => this.#draw()).observe(stage);
  }

  /** Do what a button or a key says. */
  act(action) {
    const film = this.#film;
    const actions = {
      toggle: () => (film.paused ? film.play() : film.pause()),
      stop: () => {
        film.pause();
        film.currentTime = 0;
      },
      restart: () => (film.currentTime = 0),
      back: () => (film.currentTime = Math.max(0, film.currentTime - STEP_S)),
      forward: () => (film.currentTime = Math.min(film.duration, film.currentTime + STEP_S)),
      louder: () => this.#setVolume(film.volume + VOLUME_STEP),
      quieter: () => this.#setVolume(film.volume - VOLUME_STEP),
      mute: () => (film.muted = !film.muted),
      fullscreen: () => this.#toggleFullScreen(),
    };
    actions[action]();
  }

  #setVolume(volume) {
    this.#film.volume = Math.round(Math.min(1, Math.max(0, volume)) * 100) / 100;
    this.#film.muted = this.#film.volume === 0;
  }

  async #toggleFullScreen() {
    try {
      await (document.fullscreenElement ? document.exitFullscreen() : this.#parts.stage.requestFullscreen());
    } catch {
      this.#parts.fullscreen.disabled = true; // the browser does not offer it
    }
  }

  #press(event) {
    const action = actionOfKey(event, kindOf(event.target));
    if (action === null) return;
    event.preventDefault();
    this.act(action);
  }

  #show() {
    const { play, mute, volume, fullscreen, seek } = this.#parts;
    const { paused, muted, duration } = this.#film;
    showIcon(play, paused ? "play" : "pause", paused ? "Play (space)" : "Pause (space)");
    showIcon(mute, muted ? "off" : "on", muted ? "Sound on (m)" : "Sound off (m)");
    const full = document.fullscreenElement !== null;
    fullscreen.setAttribute("aria-label", full ? "Leave full screen (f)" : "Full screen (f)");
    volume.value = String(muted ? 0 : this.#film.volume);
    volume.setAttribute("aria-valuetext", muted ? "off" : `${Math.round(this.#film.volume * 100)} percent`);
    seek.max = String(duration);
    if (!this.#dragging) {
      seek.value = String(this.#film.currentTime);
      this.#showTime(this.#film.currentTime);
    }
  }

  #showTime(seconds) {
    const { elapsed, seek } = this.#parts;
    elapsed.textContent = `${formatTime(seconds)} / ${formatTime(this.#film.duration)}`;
    seek.setAttribute("aria-valuetext", `${speakTime(seconds)} of ${speakTime(this.#film.duration)}`);
  }

  #frame(now) {
    if (this.#film.paused) return;
    if (now - this.#lastFrame >= FRAME_MS) {
      this.#lastFrame = now;
      this.#draw();
    }
    requestAnimationFrame((next) => this.#frame(next));
  }

  #draw() {
    const { screen } = this.#parts;
    const shown = screen.clientWidth * Math.min(2, devicePixelRatio);
    const width = Math.max(320, Math.min(MAX_PIXELS, Math.round(shown)));
    const height = Math.round((width * 9) / 16);
    if (screen.width !== width || screen.height !== height) Object.assign(screen, { width, height });
    this.#film.draw(screen.getContext("2d"), width, height);
  }
}

function showIcon(button, icon, label) {
  for (const picture of button.querySelectorAll("svg")) picture.toggleAttribute("hidden", picture.dataset.icon !== icon);
  button.setAttribute("aria-label", label);
  button.title = label;
}

function kindOf(target) {
  if (!(target instanceof Element)) return "page";
  if (target.id === "seek") return "seek";
  if (target.id === "volume") return "volume";
  if (target.closest("input, select, textarea")) return "field";
  return target.closest("button, a, summary") ? "button" : "page";
}
