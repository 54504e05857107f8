"use strict";

// Deployment scripts for features: what a phase does, in words, and the JavaScript that does it. Each is the body
// of a handler that knows `start`, `send`, `reply`, and the answers `done` and `failed`. All but those that break
// before they can write leave a line in the visits' book when they begin.
const begin = (phase) => `send("visits.add", { text: "${phase} begins" });`;
const end = (phase) => `send("visits.add", { text: "${phase} ends" }); reply(done);`;

const deeds = {
  "succeeds": (phase) => `${begin(phase)} ${end(phase)}`,
  "leaves its run in the book": () => `send("visits.add", { text: start.run }); reply(done);`,
  // Who sees it wait finds its line in the book.
  "waits for the signal": (phase) =>
    `send("visits.add", { text: "${phase} begins" }, () => send("signals.await", { name: "${phase}" }, () => { ${end(phase)} }));`,
  "waits for the signal and is done": (phase) => `send("signals.await", { name: "${phase}" }, () => reply(done));`,
  "says how far it is and waits for the signal": (phase) =>
    `progress(27_000, 60_000, "größere Änderungen"); send("signals.await", { name: "${phase}" }, () => { ${end(phase)} });`,
  // A hundred records every 50 ms, until the signal is given.
  "goes on and on until the signal": (phase) =>
    `let copied = 0; const timer = setInterval(() => progress((copied += 100), 60_000), 50);
    send("signals.await", { name: "${phase}" }, () => { clearInterval(timer); ${end(phase)} });`,
  "exits with code 3": () => `console.error("last words: no disk"); process.exit(3);`,
  // In its first attempt, and while nobody listens if that is wanted.
  "exits with code 3 once it may": (phase) =>
    `send("visits.add", { text: "${phase} begins" });
    if (start.attempt > 1) { ${end(phase)} return; }
    setInterval(() => { if (require("node:fs").existsSync("may-exit")) { console.error("last words: no disk"); process.exit(3); } }, 20);`,
  "exits with code 0 before it is done": () => `console.error("last words: bye"); process.exit(0);`,
  "is killed by a signal": () => `console.error("last words: ouch"); process.kill(process.pid, "SIGKILL");`,
  "says that it has failed": () => `console.error("last words: see you"); reply(failed, { reason: "no backup was found" });`,
  "tells what it would do": (phase) =>
    `if (start.dryRun) { console.log("would add one greeting"); reply(done); return; } ${begin(phase)} ${end(phase)}`,
  "says that it must not be tried again": () =>
    `reply(failed, { reason: "two greetings have one number", retry: false });`,
  // A checkpoint first; what the next attempt begins with is in the book.
  "finds its own copy wrong, once": (phase) =>
    `send("visits.add", { text: \`from \${start.checkpoint?.at}\` }, () => { ` +
    `if (start.attempt > 1) { ${end(phase)} return; } ` +
    `checkpoint({ at: 7 }).then(() => reply(failed, { reason: "3 greetings are missing", voidsCheckpoint: true })); });`,
  "breaks after its checkpoint, once": (phase) =>
    `send("visits.add", { text: \`from \${start.checkpoint?.at}\` }, () => { ` +
    `if (start.attempt > 1) { ${end(phase)} return; } ` +
    `checkpoint({ at: 7 }).then(() => reply(failed, { reason: "no connection" })); });`,
  "throws": () => `console.error("last words: catch"); throw new Error("the catalogue is unreadable");`,
  "rejects": () => `console.error("last words: later"); return Promise.reject(new Error("the promise was broken"));`,
  "sends what nobody receives": () =>
    `console.error("last words: anyone"); send("nobody.hears", {}); reply(done);`,
  "misspells a message": () => `send("visits.ad", {}); reply(done);`,
  "hangs": (phase) => `${begin(phase)} console.error("last words: thinking");`,
  "goes on and on": () =>
    `console.error("last words: nearly"); setInterval(() => send("visits.list", (_lines) => {}), 50);`,
};

// `phases` maps "offline" and "online" to deeds; a phase that is absent has no handler.
function deploymentScript(role, version, phases) {
  const name = `deployment-${role}-${version}`;
  const handlers = Object.entries(phases).map(([phase, deed]) => {
    if (!deeds[deed]) throw new Error(`no script of the features "${deed}"; there are: ${Object.keys(deeds).join(", ")}`);
    return [
      `  "${name}-${phase}-start": (start, { reply, progress, checkpoint }) => {`,
      `    const done = "${name}-${phase}-done", failed = "${name}-${phase}-failed";`,
      `    ${deeds[deed](phase)}`,
      "  },",
    ].join("\n");
  });
  return `module.exports = {\n${handlers.join("\n")}\n};\n`;
}

// The source document's script before its loop was mended.
function scriptWithSyntaxError(role, version) {
  return `module.exports = {\n  "deployment-${role}-${version}-offline-start": (_, {reply}) => {\n    for todo in todos\n  }\n};\n`;
}

module.exports = { deploymentScript, scriptWithSyntaxError };
