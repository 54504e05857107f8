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
// processes was faster. Where numbers may be of any length, a terminal breaks the line anywhere.
function shapes(page) {
  const sections = new Map();
  let heading = "";
  let columns = "";
  let isScreen = false;
  for (const line of page.split("\n")) {
    if (line === "```") isScreen = !isScreen;
    const isHeading = !isScreen && line.startsWith("#");
    if (isHeading && line.startsWith("## ")) columns = line;
    if (isHeading) heading = `${columns} ${line}`;
    if (isHeading) sections.set(heading, []);
    else if (heading !== "") sections.get(heading).push(line);
  }
  const isBrokenAnywhere = (title) => /exo (tap|trace)/.test(title);
  const shape = ([title, lines]) => [title, isBrokenAnywhere(title) ? [masked(lines.join(""))] : lines.map(masked).sort()];
  return Object.fromEntries([...sections].map(shape));
}

function masked(line) {
  return line
    .replaceAll(/(localhost|127\.0\.0\.1):\d+/g, "$1:PORT")
    .replaceAll(/\bpid \d+/g, "pid PID")
    .replaceAll(/\d{4}-\d\d-\d\dT[0-9:.]+Z/g, "TIME")
    .replaceAll(/\d\d:\d\d:\d\d\.\d{3}/g, "TIME")
    .replaceAll(/\b[a-z0-9]{16}\.r?\d+/g, "ID")
    .replaceAll(/\d+\.\d ms/g, "N ms")
    .replaceAll(/(^(process_|exo_bus_\w+_(sum|bucket)).*) [\d.e+-]+$/g, "$1 N")
    .replaceAll(/[\d,]+\/s/g, "RATE/s")
    .replaceAll(/[\d.]+ (s|min|h) left/g, "SOME TIME left")
    .replaceAll(/running \d+ of \d*…?/g, "running N of M")
    .replaceAll(/ {2,}/g, "  "); // a column is as wide as a pid is long
}

test("docs/screens.md is what exo shows in terminals of 80 and 120 columns", { timeout: 600_000 }, async () => {
  const shown = await screensPage();
  const page = readFileSync(path.join(root, "docs/screens.md"), "utf8");
  assert.equal(Object.keys(shapes(page)).length, 17);
  assert.deepEqual(shapes(shown), shapes(page));
});

test("a figure may have another value, but not another name or label", () => {
  const page = (line) => `## For Prometheus\n\`\`\`\n${line}\n\`\`\`\n`;
  assert.deepEqual(shapes(page("process_open_fds 37")), shapes(page("process_open_fds 4")));
  assert.deepEqual(shapes(page('exo_bus_queue_seconds_sum{name="a"} 0')), shapes(page('exo_bus_queue_seconds_sum{name="a"} 1.5e-05')));
  assert.notDeepEqual(shapes(page('exo_bus_queue_seconds_sum{name="a"} 0')), shapes(page('exo_bus_queue_seconds_sum{name="b"} 0')));
  assert.notDeepEqual(shapes(page("# TYPE a counter")), shapes(page("# TYPE a gauge")));
});

test("a screen that says something else, or breaks elsewhere, has another shape", () => {
  const page = (line) => `# A\n## 80 columns\n### exo run\n${line}\n`;
  assert.deepEqual(shapes(page("ready pid 17")), shapes(page("ready pid 4711")));
  assert.deepEqual(shapes(page("ready pid 17   done")), shapes(page("ready pid 4711  done")));
  assert.notDeepEqual(shapes(page("ready pid 17")), shapes(page("ready  pid 17")));
  assert.notDeepEqual(shapes(page("todo@0.0.1 is live")), shapes(page("todo@0.0.2 is live")));
});
