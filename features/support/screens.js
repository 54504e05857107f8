"use strict";

// The page docs/screens.md, taken anew: what exo shows in real terminals, of the example application: a run, its
// messages, a status while a script is at work, and a script that fails; and what it tells Prometheus.
const assert = require("node:assert/strict");
const { cpSync, mkdtempSync, rmSync, writeFileSync } = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { commandOutput } = require("./command_output");
const { example, exoBinary, root } = require("./paths");
const { RealTerminal } = require("./real_terminal");

// As long as the name that the page shows in its place, so that lines break where they do there.
const shownFolder = "/tmp/todo-app";
const folder = mkdtempSync("/tmp/ex");
const name = "deployment-todo-search-0.0.2-offline";
const environment = { PATH: process.env.PATH, HOME: os.homedir(), LANG: "C.UTF-8", EXO_ROOT: root };

// Copies until it is half through, and then takes its time.
const working = `module.exports = {
  "${name}-start": (_, { reply, progress }) => {
    let done = 0;
    setInterval(() => progress((done = Math.min(done + 900, 27_000)), 60_000, "copying todos"), 100);
  },
};
`;
const failing = `module.exports = {
  "${name}-start": () => {
    console.error("opening /srv/dictionaries/german.txt");
    throw new Error("the dictionary cannot be read: no such file");
  },
};
`;

// The example with another script for its second version.
function makeApplication(script) {
  cpSync(example, folder, { recursive: true, filter: (source) => !/\/(\.exo|node_modules|__pycache__)(\/|$)/.test(source) });
  if (script === undefined) return;
  rmSync(path.join(folder, "deployment-scripts/todo-search-0.0.2.py"));
  writeFileSync(path.join(folder, "deployment-scripts/todo-search-0.0.2.js"), script);
  writeFileSync(path.join(folder, "deployment-scripts/todo-search-0.0.2.yml"), "attempts: 1\n");
}

const open = (words, columns) => RealTerminal.open(words, { columns, rows: 45, cwd: folder, environment });

async function screenWhen(terminal, pattern) {
  await terminal.shows(pattern, { within: 60_000 });
  return terminal.screen();
}

// What `look` sees of a run of the application with this script.
async function withRun(script, columns, look) {
  makeApplication(script);
  const terminal = await open([exoBinary(), "run", "--port", "web=0", "--metrics", "0"], columns);
  try {
    return await look(terminal);
  } finally {
    await terminal.press("C-c");
    await terminal.ended({ within: 30_000 });
    await terminal.close();
    rmSync(folder, { recursive: true });
  }
}

// What a verb has shown when it has ended; `look` may wait for something and end it.
async function screenOf(words, columns, look = () => {}) {
  const terminal = await open([exoBinary(), ...words], columns);
  try {
    await look(terminal);
    await terminal.ended();
    return await terminal.screen();
  } finally {
    await terminal.close();
  }
}

async function addTodo() {
  const words = ["send", "todo.add", '{"title":"milk"}', "--activity", "shopping"];
  const { code, errors } = await commandOutput(exoBinary(), words, { cwd: folder, env: environment });
  assert.equal(code, 0, errors);
}

const tapOfTodo = (columns) =>
  screenOf(["tap"], columns, async (tap) => {
    await tap.shows(/Ctrl-C ends it/);
    await addTodo();
    await tap.shows(/todo\.added[^]*\)$/);
    await tap.press("C-c");
  });

// Of all that Prometheus is told: what belongs to one message, one version, and exo itself. A histogram's buckets are
// alike.
async function figures(url) {
  const lines = (await (await fetch(url)).text()).trim().split("\n");
  const isAbout = /^#|name="todo\.add"|role="todo",|^process_/;
  return lines.filter((line) => isAbout.test(line) && (!line.includes("_bucket{") || /le="(0\.001024|\+Inf)"/.test(line)));
}

const isHalfThrough = /27,000 of 60,000/;

async function runAndItsMessages(columns) {
  return withRun(undefined, columns, async (terminal) => {
    const run = await screenWhen(terminal, /press Ctrl-C/);
    const tap = await tapOfTodo(columns);
    const trace = await screenOf(["trace", "shopping"], columns);
    const [, url] = /metrics are at (http:\S+)/.exec(run.join("\n"));
    return { run, tap, trace, metrics: await figures(url) };
  });
}

function section(title, lines) {
  return [`### ${title}`, "", "```", ...lines.map((line) => line.trimEnd()), "```", ""].join("\n");
}

async function screensIn(columns) {
  const { run, tap, trace, metrics } = await runAndItsMessages(columns);
  const [progress, status] = await withRun(working, columns, async (terminal) => [
    await screenWhen(terminal, isHalfThrough),
    await screenOf(["status"], columns),
  ]);
  const failed = await withRun(failing, columns, (terminal) => screenWhen(terminal, /press Ctrl-C/));
  const sections = [
    section("exo run", run),
    section("exo tap, while somebody adds a todo", tap),
    section("exo trace, of what that caused", trace),
    section("exo run, while a script is at work", progress),
    section("exo status, at the same time", status),
    section("exo run, when a script has failed", failed),
  ];
  return { sections, metrics };
}

async function screensPage() {
  const page = [
    "# What exo shows in a terminal",
    "",
    "Taken from real terminals by `bin/screens`. Colours are not shown here: roles have one each, what exo says is bold,",
    "failures are red.",
    "",
  ];
  let metrics;
  for (const columns of [80, 120]) {
    const screens = await screensIn(columns);
    page.push(`## ${columns} columns`, "", ...screens.sections);
    metrics = screens.metrics;
  }
  page.push(
    "## For Prometheus",
    "",
    "`exo run --metrics PORT` serves this at `/metrics`. Of its figures, those of one message, of one version and of exo",
    "itself are shown here, and of each histogram two buckets of twelve.",
    "",
    section("the metrics", metrics),
  );
  return page.join("\n").replaceAll(folder, shownFolder);
}

module.exports = { screensPage };
