/**
 * The sound of a generated film: a soft note each second, from a scale that the film's id chooses.
 * The same second has the same note. A browser that refuses sound until a click stays silent.
 */

import { hashText } from "./film_look.js";

const SCALE = Object.freeze([0, 2, 4, 7, 9, 12, 14, 16]); // pentatonic: every order of notes sounds well
const NOTE_S = 1.4;
const LOUDEST = 0.2;

/** The note of a second, in hertz. Pure. */
export function noteOf(id, second) {
  const base = 196 + (hashText(id) % 80);
  return base * 2 ** (SCALE[hashText(`${id}/${second}`) % SCALE.length] / 12);
}

export class FilmSound {
  #film;
  #makeContext;
  #context = null;
  #second = null;

  constructor(film, { makeContext = () => new AudioContext() } = {}) {
    this.#film = film;
    this.#makeContext = makeContext;
    film.addEventListener("timeupdate", () => this.#update());
  }

  #update() {
    const { paused, muted, volume, currentTime, id } = this.#film;
    const second = Math.floor(currentTime);
    if (paused || muted || second === this.#second) return;
    this.#second = second;
    this.#context ??= this.#makeContext();
    if (this.#context.state === "suspended") {
      this.#context.resume().catch(() => null); // refused until the viewer clicks
      return;
    }
    playNote(this.#context, noteOf(id, second), volume * LOUDEST);
  }
}

function playNote(context, frequency, loudness) {
  const oscillator = new OscillatorNode(context, { type: "sine", frequency });
  const gain = new GainNode(context, { gain: 0 });
  const start = context.currentTime;
  gain.gain.linearRampToValueAtTime(loudness, start + 0.05);
  gain.gain.exponentialRampToValueAtTime(0.0001, start + NOTE_S);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(start);
  oscillator.stop(start + NOTE_S);
}
