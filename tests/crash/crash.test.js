"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const { after, before, test } = require("node:test");
const { CopyingApplication } = require("./copying_application");
const { PRELOADED, momentsOf, runForAWhile, runUntilMoment } = require("./killed_run");

const RECORDS = 2_000;
// A slice of what bin/crash does: a sanitizer would have to be loaded first.
const skip = fs.existsSync(PRELOADED) ? false : "kill_points is built for the release preset only";

let application;
before(async () => {
  application = skip ? null : await CopyingApplication.make(Array.from({ length: RECORDS }, (_, i) => `todo number ${i}`));
});
after(() => application?.remove());

async function inCopy(work) {
  const folder = application.copy();
  try {
    await work(folder);
    await application.check(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

test("what is watched goes on as if nobody watched", { skip }, () => inCopy((folder) => momentsOf(folder, "exo")));

for (const [program, pattern] of [
  ["exo", /^note of append attempt-started/],
  ["exo", /^before sync of ledger\.head/],
  ["exo", /^note of start-script/],
  ["exo", /^note of append checkpoint-saved/],
  ["exo", /^note of append attempt-done/],
  ["exo", /^note of append gate-opened/],
  ["exo-keeper", /^after fork/],
  ["exo-keeper", /^before sync of /],
]) {
  test(`${program} killed at its last moment like ${pattern} loses nothing`, { skip }, async () => {
    let number;
    await inCopy(async (folder) => {
      number = (await momentsOf(folder, program)).findLast(({ name }) => pattern.test(name))?.number;
    });
    assert.ok(number, `there is a moment like ${pattern}`);
    await inCopy((folder) => runUntilMoment(folder, program, number));
  });
}

test("a rollout that is killed again and again comes to its end", { skip }, () =>
  inCopy(async (folder) => {
    for (const milliseconds of [300, 600, 900, 1200]) await runForAWhile(folder, "exo", milliseconds);
  }),
);
