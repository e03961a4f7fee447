import { makeRandom } from "./film_look.js";

/** A random viewing: what is wrong with it, as text. */
function walk(seed) {
  const random = makeRandom(seed);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const settings = failover.readSettings({ failureLimit: 1 + Math.floor(random() * 4), holdMs: 3000 });
  let state = failover.startFailover(urls, { chosen: pick([null, ...urls]), settings });
  const failures = new Map(urls.map((url) => [url, 0]));
  const wrong = [];
  let now = 0;
  let movedAt = 0;
  for (let step = 0; step < 400; step += 1) {
    now += Math.floor(random() * 700);
    const down = now % 40000 < 20000 ? urls[seed % 3] : null;
    const url = pick(urls);
    const id = state.write?.id;
    const fails = (target) => target === down || random() < 0.1;
    const event = pick([
      { type: "beatFell", now },
      { type: fails(url) ? "readFailed" : "readSucceeded", now, url, ms: 5 + random() * 90 },
      ...(id ? Array(3).fill({ type: fails(state.write.url) ? "writeFailed" : "writeSucceeded", now, id, ms: 9 }) : []),
      ...(random() < 0.02 ? [{ type: "endpointChosen", now, url }] : []),
    ]);
    const before = state;
    const target = before.write?.url;
    const { state: after, commands } = failover.nextFailover(before, event);
    if (event.type === "writeSucceeded") failures.set(target, 0);
    if (event.type === "writeFailed") failures.set(target, failures.get(target) + 1);
    for (const command of commands) {
      if (command.type === "write" && before.write !== null && !event.type.startsWith("write")) {
        wrong.push(`${seed}: a second write in flight at ${event.type}`);
      }
      if (command.type === "write" && after.write?.id !== command.id) wrong.push(`${seed}: unknown write`);
      if (command.type !== "move") continue;
      if (command.reason === "returned" && now - movedAt < settings.holdMs) wrong.push(`${seed}: too early`);
      if (command.reason === "returned" && command.to !== after.home) wrong.push(`${seed}: not home`);
      if (command.reason === "failures") {
        const count = before.endpoints.find((endpoint) => endpoint.url === command.from).failures;
        const last = event.type === "writeFailed" && target === command.from ? 1 : 0;
        if (count + last < settings.failureLimit) wrong.push(`${seed}: left after ${count + last}`);
      }
      movedAt = now;
    }
    if (event.type === "endpointChosen") movedAt = now;
    if (event.type === "beatFell" && after.write === null) wrong.push(`${seed}: a beat without a write`);
    if (after.active !== null && !urls.includes(after.active)) wrong.push(`${seed}: active nowhere`);
    if (!Object.isFrozen(after) || !Object.isFrozen(after.endpoints[0])) wrong.push(`${seed}: not frozen`);
    state = after;
  }
  return wrong;
}
show(Array.from({ length: 400 }, (_, seed) => walk(seed + 1)).flat());
