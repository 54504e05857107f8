"use strict";

const assert = require("node:assert/strict");
const path = require("node:path");
const { test } = require("node:test");
const { readable } = require("../lib/people_formatter");
const { lastLines } = require("../lib/story");

test("a failure is told without what lies in exo and in cucumber, but with where it was in the user's file", () => {
  const own = path.resolve(__dirname, "..");
  const message = [
    "Error: no such title",
    "  the list was empty",
    "    at World.<anonymous> (/app/deployment-scripts/steps/titles.js:7:11)",
    `    at Scenario.list (${own}/lib/scenario.js:1:1)`,
    "    at run (/x/node_modules/@cucumber/cucumber/lib/run.js:1:1)",
    "    at process.processTicks (node:internal/process/task_queues:95:5)",
  ].join("\n");
  assert.deepEqual(readable(message), [
    "no such title",
    "  the list was empty",
    "    at World.<anonymous> (/app/deployment-scripts/steps/titles.js:7:11)",
  ]);
});

test("the last lines of a log are told without the times that exo put before them", () => {
  const log = Array.from({ length: 20 }, (_, i) => `2026-11-20T21:02:59.407Z line ${i}\n`).join("");
  const lines = lastLines(log);
  assert.equal(lines.length, 12);
  assert.deepEqual([lines[0], lines.at(-1)], ["line 8", "line 19"]);
});
