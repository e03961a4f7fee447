import { Film } from "./film.js";

let now = 0;
let ticks = [];
const every = (_ms, call) => {
  ticks.push(call);
  return () => { ticks = ticks.filter((kept) => kept !== call); };
};
const pass = (ms) => { now += ms; ticks.forEach((tick) => tick()); };
const film = new Film({ id: "01", title: "A", seconds: 100 }, { now: () => now, every });
const events = [];
for (const type of ["loadeddata", "play", "pause", "seeked", "timeupdate", "volumechange", "ended"]) {
  film.addEventListener(type, () => events.push(type));
}
await Promise.resolve();
const show = (value) => console.log(JSON.stringify(value));
