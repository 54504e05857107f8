"use strict";

const assert = require("node:assert/strict");
const { existsSync } = require("node:fs");
const { Then, When } = require("@cucumber/cucumber");
const { eventually } = require("../support/eventually");

When("the visits become {string}", async function (list) {
  await eventually(`the visits ${list}`, async () => (await this.ask("visits.list")).payload.join(", ") === list);
});

Then(/^it says "(\S+)" of (\S+) (\d+) times?$/, function (event, name, count) {
  const lines = this.answer.output.split("\n").filter((line) => line.includes(` ${event} `) && line.includes(` ${name} `));
  assert.equal(lines.length, Number(count), this.answer.output);
});

When("the script may exit, and has done so", async function () {
  this.application.write("may-exit", "");
  // Its process may be gone while the keeper still has to find out, and to see whether its host is there.
  await eventually("the keeper to have recorded the script's end", () => this.recordedExits().some(({ id }) => id.includes("-offline-")));
});

Then("the history tells of the {word} of greeter@0.0.1 with {string}, what it took and its last words", async function (type, status) {
  const found = (await this.history()).find(({ event }) => event === type);
  assert.ok(found, `the history has no ${type}`);
  assert.equal(found.attempt, 1);
  assert.equal(found.status, status);
  assert.ok(found.durationMs > 0 && found.peakMemoryKib > 1000, JSON.stringify(found));
  assert.ok(Number.isInteger(found.userMs) && Number.isInteger(found.systemMs), JSON.stringify(found));
  assert.ok(existsSync(found.log), found.log);
  if (type === "attempt-failed") assert.deepEqual(found.lines, ["last words: no disk"]);
  assert.ok(found.reason.includes(status), found.reason);
});
