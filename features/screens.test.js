"use strict";

// docs/screens.md shows what exo shows: its screens are taken again and compared in shape. To accept what is shown
// now: bin/screens, then read the difference.
const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { root } = require("./support/paths");
const { screensPage } = require("./support/screens");

// The lines under each heading, without what differs from run to run: numbers that the system gives, and which of two
// processes was faster.
function shapes(page) {
  const sections = new Map();
  let heading = "";
  let columns = "";
  for (const line of page.split("\n")) {
    if (line.startsWith("## ")) columns = line;
    heading = line.startsWith("#") ? `${columns} ${line}` : heading;
    if (line.startsWith("#")) sections.set(heading, []);
    else if (heading !== "") sections.get(heading).push(masked(line));
  }
  return Object.fromEntries([...sections].map(([title, lines]) => [title, lines.sort()]));
}

function masked(line) {
  return line
    .replaceAll(/localhost:\d+/g, "localhost:PORT")
    .replaceAll(/\bpid \d+/g, "pid PID")
    .replaceAll(/\d{4}-\d\d-\d\dT[0-9:.]+Z/g, "TIME")
    .replaceAll(/[\d,]+\/s/g, "RATE/s")
    .replaceAll(/[\d.]+ (s|min|h) left/g, "SOME TIME left")
    .replaceAll(/running \d+ of \d*…?/g, "running N of M")
    .replaceAll(/ {2,}/g, "  "); // a column is as wide as a pid is long
}

test("docs/screens.md is what exo shows in terminals of 80 and 120 columns", { timeout: 600_000 }, async () => {
  const shown = await screensPage();
  const page = readFileSync(path.join(root, "docs/screens.md"), "utf8");
  assert.equal(Object.keys(shapes(page)).length, 11);
  assert.deepEqual(shapes(shown), shapes(page));
});

test("a screen that says something else, or breaks elsewhere, has another shape", () => {
  const page = (line) => `# A\n## 80 columns\n### exo run\n${line}\n`;
  assert.deepEqual(shapes(page("ready pid 17")), shapes(page("ready pid 4711")));
  assert.deepEqual(shapes(page("ready pid 17   done")), shapes(page("ready pid 4711  done")));
  assert.notDeepEqual(shapes(page("ready pid 17")), shapes(page("ready  pid 17")));
  assert.notDeepEqual(shapes(page("todo@0.0.1 is live")), shapes(page("todo@0.0.2 is live")));
});
