// What bin/crash runs: host and keeper of rollouts are killed at every moment of them, then at random ones.
"use strict";

const fs = require("node:fs");
const { parseArgs } = require("node:util");
const { CopyingApplication } = require("./copying_application");
const { killDecided } = require("./decided_kills");
const { Coverage } = require("./event_types");
const { momentsOf, runForAWhile, runUntilMoment } = require("./killed_run");
const { packageDescriptions } = require("../../features/support/packages");

const PROGRAMS = ["exo", "exo-keeper"];
const FEW_RECORDS = 2_000; // of four pages: all that a rollout does, and no more

const USAGE = `Usage: bin/crash [--every N] [--kills N] [--records N] [--seed S]
  --every N    of the moments of short rollouts every Nth (1), 0 for none: before and after what host and keeper make
               durable, fork, say to each other, append, and note that they do; in one rollout a script copies
               records, in the others people decide and scripts fail, so that each type of event has such moments
  --kills N    so many kills at random moments (1000) of rollouts of all records
  --records N  of those (60000)
  --seed S     of what is random (1)
Example: bin/crash --every 5 --kills 20`;

// Small, and the same for the same seed (mulberry32).
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

// `work(folder)` in a copy of the application, which stays for who looks for the cause when it fails.
async function inCopy(application, what, work) {
  const folder = application.copy();
  try {
    await work(folder);
  } catch (error) {
    error.message = `${what}, in ${folder}: ${error.message}`;
    throw error;
  }
  fs.rmSync(folder, { recursive: true, force: true });
}

async function killAtMoments(titles, every) {
  const application = await CopyingApplication.make(titles.slice(0, FEW_RECORDS));
  for (const program of PROGRAMS) {
    let moments;
    await inCopy(application, `${program}, undisturbed`, async (folder) => {
      moments = await momentsOf(folder, program);
      await application.check(folder);
    });
    const chosen = moments.filter((_, index) => index % every === 0);
    let killed = 0;
    for (const { number, name } of chosen) {
      await inCopy(application, `${program} killed at moment ${number}, ${name}`, async (folder) => {
        if (await runUntilMoment(folder, program, number)) killed += 1;
        await application.check(folder);
      });
    }
    console.log(`${program}: killed at ${killed} of ${chosen.length} moments, all as if undisturbed`);
    // Threads make a moment more or less in one run than in the next: those at the end may not come.
    if (killed < chosen.length * 0.9) throw new Error(`${program} was killed at ${killed} of ${chosen.length} moments`);
  }
  application.remove();
}

async function killWherePeopleDecide(every) {
  const coverage = { seen: new Coverage(), killed: new Coverage() };
  await killDecided(every, coverage);
  if (every > 1) return;
  const types = coverage.killed.check();
  console.log(`killed around an append of each of the ${types} types of event`);
}

// Each rollout is killed until it has come to its end; then another begins.
async function killAtRandom(titles, kills, random) {
  const application = await CopyingApplication.make(titles);
  let killed = 0;
  let rollouts = 0;
  while (killed < kills) {
    await inCopy(application, `after ${killed} kills`, async (folder) => {
      let atWork = true;
      while (atWork && killed < kills) {
        const program = PROGRAMS[random() < 0.7 ? 0 : 1];
        atWork = await runForAWhile(folder, program, 200 + random() * 2_500);
        if (atWork && (killed += 1) % 100 === 0) console.log(`${killed} kills in ${rollouts + 1} rollouts`);
      }
      await application.check(folder);
      rollouts += 1;
    });
  }
  application.remove();
  console.log(`${titles.length} records: ${killed} kills in ${rollouts} rollouts, all as if undisturbed`);
}

async function main() {
  const { values } = parseArgs({
    options: {
      every: { type: "string", default: "1" },
      kills: { type: "string", default: "1000" },
      records: { type: "string", default: "60000" },
      seed: { type: "string", default: "1" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  const [every, kills, records, seed] = ["every", "kills", "records", "seed"].map((name) => Number(values[name]));
  const titles = (await packageDescriptions()).slice(0, records);
  if (every > 0) {
    await killAtMoments(titles, every);
    await killWherePeopleDecide(every);
  }
  if (kills > 0) await killAtRandom(titles, kills, randomFrom(seed));
}

main().catch((error) => {
  console.error(`crash: ${error.message}`);
  process.exitCode = error.code?.startsWith("ERR_PARSE_ARGS") ? 2 : 1;
});
