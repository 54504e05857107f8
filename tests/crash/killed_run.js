// One `exo run` that is killed: at a moment that kill_points counts, or after some time.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { ExoRun } = require("../../features/support/exo_run");
const { root } = require("../../features/support/paths");

const PRELOADED = path.join(root, "build/release/tests/crash/libkill_points.so");

// `program` is "exo" (the host) or "exo-keeper".
function watched(program, more) {
  return { ...process.env, LD_PRELOAD: PRELOADED, EXO_KILL_PROGRAM: program, ...more };
}

// Every moment of an undisturbed run, from its start to its stop: [{number, name}, …].
async function momentsOf(folder, program) {
  const log = path.join(folder, "moments.log");
  const run = new ExoRun(folder, [], watched(program, { EXO_KILL_LOG: log }));
  await run.ready({ within: 120_000 });
  await run.stop();
  return momentsIn(log);
}

function momentsIn(log) {
  const lines = fs.readFileSync(log, "utf8").trim().split("\n");
  return lines.map((line) => ({ number: Number.parseInt(line, 10), name: line.slice(line.indexOf(" ") + 1) }));
}

// Of the notes those of what the host does itself, in the words that are the same in each run: what follows, and what
// others do, is not. An append is told by itself.
const ACTION =
  /^note of (?:start-instances|start-script|send-start|acknowledge-\S+|end-script|publish-table|decided|ready)\b/;

// Those of a log that another run comes to, too, whatever else happens between them: [{name, nth}, …], the nth of
// those that begin with the name.
function namedMoments(log) {
  const seen = [];
  const named = [];
  for (const { name } of momentsIn(log)) {
    seen.push(name);
    const known = name.startsWith("note of ") ? ACTION.exec(name)?.[0] : name;
    if (known) named.push({ name: known, nth: seen.filter((each) => each.startsWith(known)).length });
  }
  return named;
}

// Resolves when it has ended, to whether that was by the kill; one that is not killed is told to stop once it is ready.
async function runUntilMoment(folder, program, number) {
  const run = new ExoRun(folder, [], watched(program, { EXO_KILL_AT: String(number) }));
  const ready = run.ready({ within: 120_000 }).then(
    () => true,
    () => false,
  );
  if (await ready) run.signal("SIGINT");
  const { code, signal } = await run.ended({ within: 60_000 });
  return program === "exo" ? signal === "SIGKILL" : code === 1;
}

// A host that is killed at that moment of those whose names begin so.
function runToBeKilled(folder, like, number) {
  return new ExoRun(folder, [], watched("exo", { EXO_KILL_LIKE: like, EXO_KILL_AT: String(number) }));
}

// SIGKILL to the host, or to its keeper, so many milliseconds after it was started; or after `exo: ready`, when that
// comes first. Resolves to whether it was killed before.
async function runForAWhile(folder, program, milliseconds) {
  const run = new ExoRun(folder);
  let timer;
  const time = new Promise((resolve) => {
    timer = setTimeout(resolve, milliseconds, false);
  });
  const isReady = await Promise.race([run.ready({ within: 120_000 }).then(() => true), time]).catch(() => true);
  clearTimeout(timer);
  if (isReady) await run.stop();
  else kill(run, program);
  await run.ended({ within: 60_000 });
  return !isReady;
}

function kill(run, program) {
  if (program === "exo") return run.signal("SIGKILL");
  for (const pid of childrenOf(run.pid)) {
    if (nameOf(pid) === "exo-keeper") process.kill(pid, "SIGKILL");
    else continue;
    return undefined;
  }
  return run.signal("SIGKILL"); // it has no keeper yet
}

function childrenOf(pid) {
  try {
    return fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function nameOf(pid) {
  try {
    return fs.readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}

module.exports = { PRELOADED, watched, momentsOf, namedMoments, runUntilMoment, runToBeKilled, runForAWhile };
