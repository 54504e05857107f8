"use strict";

// The page docs/screens.md, taken anew: what exo shows in real terminals, of the example application: a run, a status
// while a script is at work, and a script that fails.
const { cpSync, mkdtempSync, rmSync, writeFileSync } = require("node:fs");
const os = require("node:os");
const path = require("node:path");
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
  const terminal = await open([exoBinary(), "run", "--port", "web=0"], columns);
  try {
    return await look(terminal);
  } finally {
    await terminal.press("C-c");
    await terminal.ended({ within: 30_000 });
    await terminal.close();
    rmSync(folder, { recursive: true });
  }
}

async function statusIn(columns) {
  const terminal = await open([exoBinary(), "status"], columns);
  try {
    await terminal.ended();
    return await terminal.screen();
  } finally {
    await terminal.close();
  }
}

const isHalfThrough = /27,000 of 60,000/;

async function screensIn(columns) {
  const run = await withRun(undefined, columns, (terminal) => screenWhen(terminal, /press Ctrl-C/));
  const [progress, status] = await withRun(working, columns, async (terminal) => [
    await screenWhen(terminal, isHalfThrough),
    await statusIn(columns),
  ]);
  const failed = await withRun(failing, columns, (terminal) => screenWhen(terminal, /press Ctrl-C/));
  return [
    ["exo run", run],
    ["exo run, while a script is at work", progress],
    ["exo status, at the same time", status],
    ["exo run, when a script has failed", failed],
  ].map(([title, lines]) => ["### " + title, "", "```", ...lines.map((line) => line.trimEnd()), "```", ""].join("\n"));
}

async function screensPage() {
  const page = [
    "# What exo shows in a terminal",
    "",
    "Taken from real terminals by `bin/screens`. Colours are not shown here: roles have one each, what exo says is bold,",
    "failures are red.",
    "",
  ];
  for (const columns of [80, 120]) page.push(`## ${columns} columns`, "", ...(await screensIn(columns)));
  return page.join("\n").replaceAll(folder, shownFolder);
}

module.exports = { screensPage };
