// What people do while a rollout goes on, as steps that bear being gone through again: each is done when the ledger
// says so, whoever was killed meanwhile.
"use strict";

const { existsSync, statSync, writeFileSync } = require("node:fs");
const path = require("node:path");
const { setTimeout: pause } = require("node:timers/promises");
const { commandOutput } = require("../../features/support/command_output");
const { exoBinary } = require("../../features/support/paths");

const WITHIN = 120_000;

// {code, output, errors} of a verb that is typed in this folder.
function exo(folder, words, environment = process.env) {
  return commandOutput(exoBinary(), words, { cwd: folder, env: environment });
}

async function historyOf(folder) {
  const { code, output } = await exo(folder, ["history", "--json"]);
  if (code !== 0) return [];
  return output.split("\n").slice(0, -1).map((line) => JSON.parse(line));
}

// The history, read again only when the ledger's head was written since: looking is to take nothing from the rollout.
class Reader {
  #seen;
  #history = [];

  async history(folder) {
    const head = statSync(path.join(folder, ".exo/local/ledger.head"), { bigint: true, throwIfNoEntry: false });
    if (head && head.mtimeNs === this.#seen) return this.#history;
    this.#history = await historyOf(folder);
    this.#seen = this.#history.length > 0 ? head?.mtimeNs : undefined;
    return this.#history;
  }
}

// `about`: what an event must say, {event, role, version, phase, …}, or whether the history says so.
function says(history, about) {
  if (typeof about === "function") return about(history);
  return history.some((event) => Object.entries(about).every(([key, value]) => event[key] === value));
}

// They wait until the history says so.
const see = (about) => ({
  what: `see ${JSON.stringify(about)}`,
  isDone: async (folder, reader) => says(await reader.history(folder), about),
  deed: () => {},
});

// They type a verb until the history says so: it may not fit yet, or have nobody who answers.
const type = (words, about) => ({
  what: `type exo ${words.join(" ")}`,
  words,
  about,
  isDone: async (folder, reader) => says(await reader.history(folder), about),
  deed: (folder, environment) => exo(folder, words, environment),
});

// They let a script go on that waits for this file.
const permit = (file) => ({
  what: `make ${file}`,
  isDone: (folder) => existsSync(path.join(folder, file)),
  deed: (folder) => writeFileSync(path.join(folder, file), ""),
});

// They wait until nothing is under way.
const settled = {
  what: "see all settled",
  isDone: async (folder) => {
    const { code, output } = await exo(folder, ["status", "--json"]);
    return code === 0 && JSON.parse(output).services.every(isSettled);
  },
  deed: () => {},
};

function isSettled({ state, scripts }) {
  const isUnderWay = ({ state: phase }) => phase === "running" || phase === "pending";
  return state === "failed" || (state === "live" && ![scripts.offline, scripts.online].some(isUnderWay));
}

// Resolves to whether all steps are done: not, when `goesOn()` is no longer true before.
async function goThrough(steps, folder, goesOn = () => true, environment = process.env) {
  const reader = new Reader();
  for (const step of steps) {
    const deadline = Date.now() + WITHIN;
    let answer;
    while (!(await step.isDone(folder, reader))) {
      if (!goesOn()) return false;
      if (Date.now() > deadline) throw new Error(`in vain: ${step.what}; ${JSON.stringify(answer)}`);
      answer = await step.deed(folder, environment);
      await pause(30);
    }
  }
  return true;
}

module.exports = { exo, goThrough, historyOf, permit, see, settled, type };
