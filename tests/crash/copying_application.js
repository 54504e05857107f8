// The todo application with so many todos, into which todo-search is about to come by a script that copies them: what
// is crashed, and what must be true of it afterwards however often that happened.
"use strict";

const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { ExoRun } = require("../../features/support/exo_run");
const { Operator } = require("../../features/support/operator");
const { example, exoBinary } = require("../../features/support/paths");

const AT_A_TIME = 1000;
const SEARCH = { role: "todo-search", version: "0.0.1" };

class CopyingApplication {
  #prepared;

  // Made once, with the todos in it; each trial begins with a copy.
  static async make(titles) {
    const application = new CopyingApplication();
    application.titles = titles;
    application.#prepared = fs.mkdtempSync(path.join(os.tmpdir(), "exo-crash-"));
    writeApplication(application.#prepared, ["todo"]);
    await undisturbed(application.#prepared, {}, () => fill(application.#prepared, titles));
    writeApplication(application.#prepared, ["todo", "todo-search"]);
    return application;
  }

  copy() {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "exo-crash-"));
    fs.cpSync(this.#prepared, folder, { recursive: true });
    return folder;
  }

  remove() {
    fs.rmSync(this.#prepared, { recursive: true, force: true });
  }

  // A host that nothing disturbs comes to the end; then what is there must be what an undisturbed rollout leaves.
  async check(folder) {
    await undisturbed(folder, { within: 120_000 }, async () => {
      checkStatus(folder);
      await this.#checkRecords(folder);
    });
    checkHistory(folder);
    checkPages(folder, this.titles.length);
  }

  async #checkRecords(folder) {
    const operator = await Operator.join(folder, busOf(folder));
    const { payload: found } = await operator.ask("todo-search.list", {}, { timeout: 60_000 });
    await operator.leave();
    const titles = found.sort((one, other) => one.id - other.id).map(({ title }) => title);
    assert.deepEqual(titles, this.titles, "the index holds every record once");
  }
}

// `work()` while exo runs; it is not left running when that fails.
async function undisturbed(folder, patience, work) {
  const run = new ExoRun(folder);
  try {
    await run.ready(patience);
    await work();
    const { code } = await run.stop();
    assert.equal(code, 0, run.text);
  } finally {
    if (run.running) run.signal("SIGKILL");
  }
}

function writeApplication(folder, services) {
  const lines = services.map((name) => `  ${name}:\n    location: ${path.join(example, name)}\n`);
  fs.writeFileSync(path.join(folder, "application.yml"), `name: crashing\nservices:\n${lines.join("")}`);
  if (!services.includes("todo-search")) return;
  fs.mkdirSync(path.join(folder, "deployment-scripts"));
  fs.copyFileSync(path.join(__dirname, "copying_script.js"), path.join(folder, "deployment-scripts/todo-search-0.0.1.js"));
}

const busOf = (folder) => fs.readFileSync(path.join(folder, ".exo/local/bus"), "utf8").trim();

async function fill(folder, titles) {
  const operator = await Operator.join(folder, busOf(folder));
  for (let i = 0; i < titles.length; i += AT_A_TIME) {
    await operator.ask("todo.add-many", { titles: titles.slice(i, i + AT_A_TIME) });
  }
  await operator.leave();
}

function exo(verb, folder) {
  return execFileSync(exoBinary(), [verb, folder, "--json"], { encoding: "utf8", maxBuffer: 1 << 28 });
}

function checkStatus(folder) {
  const { services } = JSON.parse(exo("status", folder));
  const seen = services.map(({ role, state, gate, scripts }) => [role, state, gate, scripts.offline.state, scripts.online.state]);
  assert.deepEqual(seen, [
    ["todo", "live", "open", "none", "none"],
    ["todo-search", "live", "open", "done", "none"],
  ]);
}

// Once: one done, no attempt without an end, none begun while another was under way, nothing after the done.
function checkHistory(folder) {
  const events = exo("history", folder).trim().split("\n").map((line) => JSON.parse(line));
  let open = 0;
  let done = 0;
  for (const event of events.filter(({ role, phase }) => role === SEARCH.role && phase === "offline")) {
    if (event.event === "attempt-started") assert.equal(open++ + done, 0, `attempt ${event.attempt} is begun too early`);
    if (/^attempt-(done|failed|interrupted)$/.test(event.event)) open -= 1;
    if (event.event === "attempt-done") done += 1;
    assert.notEqual(event.event, "attempt-failed", JSON.stringify(event));
  }
  assert.deepEqual({ open, done }, { open: 0, done: 1 });
  const order = (name) => events.findIndex(({ role, event }) => role === SEARCH.role && event === name);
  assert.ok(order("attempt-done") < order("gate-opened"), "the gate opens after the script is done");
}

// No page is lost, and none that was saved is done again: a later attempt begins with the first that was not.
function checkPages(folder, records) {
  const lines = fs.readFileSync(path.join(folder, "copied.log"), "utf8").trim().split("\n");
  const saved = new Map();
  for (const line of lines) {
    const [attempt, what, offset] = line.split(" ");
    if (what === "saved") saved.set(offset, attempt);
    else assert.ok(!saved.has(offset), `page ${offset} was saved by attempt ${saved.get(offset)}, and attempt ${attempt} does it again`);
  }
  assert.ok(records > 0 && lines.length > 0);
}

module.exports = { CopyingApplication };
