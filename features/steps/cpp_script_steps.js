"use strict";

const assert = require("node:assert/strict");
const { cpSync } = require("node:fs");
const path = require("node:path");
const { Given, Then, When } = require("@cucumber/cucumber");
const { slowness } = require("../support/eventually");
const { root } = require("../support/paths");

Given(/^its script is that of examples\/cpp-script, in a run that gives it time to compile$/, function () {
  const { role, version } = this.underTest;
  const name = `deployment-scripts/${role}-${version}`;
  cpSync(path.join(root, "examples/cpp-script"), path.join(this.application.folder, name), { recursive: true });
  this.application.write(`${name}.yml`, "joins-within: 10m\n");
});

When("exo runs the application with it", { timeout: 600_000 * slowness }, async function () {
  await this.stopRun();
  this.startRun();
  await this.run.ready({ within: 500_000 });
});

Then("the history has a checkpoint of it with {int} records that is finished", async function (count) {
  const { role, version } = this.underTest;
  const saved = (await this.history()).filter((each) => each.event === "checkpoint-saved" && each.role === role && each.version === version);
  const { done, finished } = saved.at(-1).value.each.todos;
  assert.deepEqual({ done, finished }, { done: count, finished: true });
});

Then("exo logs exo shows {string} going to its script", async function (lock) {
  const { output } = await this.exo("logs", "exo");
  const lines = output.split("\n").filter((line) => line.includes(lock));
  assert.equal(lines.length, 1, lines.join("\n"));
  assert.match(lines[0], /\(number \d+\) goes to todo-search-0\.0\.2-offline-1/);
});
