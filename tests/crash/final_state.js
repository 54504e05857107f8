// What is there when nobody does anything any more, without what may differ between two runs: how many attempts it
// took, ids, and times. Two rollouts of which one was killed have the same.
"use strict";

const assert = require("node:assert/strict");
const { existsSync, readFileSync, readdirSync, statSync } = require("node:fs");
const path = require("node:path");
const { exo, historyOf } = require("./people");

// These are of attempts, of which a kill makes more, of hosts, each of which finds anew that a version is not to come
// in, and of versions that are live each time that nothing is left to run. What they come to is in the states.
const AS_OFTEN_AS_NEEDED = new Set([
  "host-started",
  "host-stopped",
  "attempt-started",
  "attempt-failed",
  "attempt-interrupted",
  "attempt-exited",
  "checkpoint-saved",
  "follow-done",
  "version-failed",
  "version-live",
  "verify-started",
  "verify-ended",
  "dry-run-started",
  "dry-run-ended",
]);

// `besides`: types of event that are as often there as needed, too.
async function finalState(folder, besides = []) {
  const history = await historyOf(folder);
  checkOneAtATime(history);
  return {
    versions: await versionsOf(folder),
    scripts: await scriptsOf(folder),
    history: told(history.filter(({ event }) => !besides.includes(event))),
    kept: keptLines(folder),
  };
}

async function json(folder, words) {
  const { code, output, errors } = await exo(folder, words);
  assert.equal(code, 0, errors);
  return JSON.parse(output);
}

async function versionsOf(folder) {
  const { services } = await json(folder, ["status", "--json"]);
  return services.map(({ role, version, state, gate, flagged }) => ({ role, version, state, gate, flagged }));
}

async function scriptsOf(folder) {
  const { scripts } = await json(folder, ["script", "list", "--json"]);
  return scripts.map(({ run, attempt, progress, reason, ...same }) => same);
}

// How often what was recorded.
function told(history) {
  const counts = {};
  for (const { event, role, version, phase, generation } of history) {
    if (AS_OFTEN_AS_NEEDED.has(event)) continue;
    const name = [event, role && `${role}@${version}`, phase, generation || undefined].filter(Boolean).join(" ");
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(counts).sort());
}

// Of what services have kept each line, once: what scripts do twice is an upsert.
function keptLines(folder) {
  const data = path.join(folder, ".exo/local/data");
  const kept = {};
  for (const name of existsSync(data) ? readdirSync(data, { recursive: true }).sort() : []) {
    const file = path.join(data, name);
    if (statSync(file).isFile()) kept[name] = [...new Set(readFileSync(file, "utf8").split("\n"))].sort();
  }
  return kept;
}

// No attempt at a phase begins while another is under way, nor in a generation in which the phase is done.
function checkOneAtATime(history) {
  const open = new Map();
  const done = new Set();
  for (const { event, seq, role, version, phase, generation, run, attempt } of history) {
    const about = `${role}@${version} ${phase}`;
    const tried = `${run}/${attempt}`;
    if (event === "attempt-started") {
      assert.equal(open.get(about), undefined, `event ${seq}: ${tried} begins while another is under way`);
      assert.ok(!done.has(`${about} ${generation}`), `event ${seq}: ${tried} begins although the phase is done`);
      open.set(about, tried);
    }
    if (/^attempt-(done|failed|interrupted)$/.test(event)) {
      assert.equal(open.get(about), tried, `event ${seq}: ${event} of what is not under way`);
    }
    if (/^(attempt-(done|failed|interrupted)|phase-absent)$/.test(event)) open.delete(about);
    if (event === "attempt-done") done.add(`${about} ${generation}`);
  }
  assert.deepEqual([...open], [], "each attempt has an end");
}

module.exports = { finalState, keptLines };
