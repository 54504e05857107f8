"use strict";

const assert = require("node:assert/strict");
const { appendFileSync } = require("node:fs");
const path = require("node:path");
const { Given, Then, When } = require("@cucumber/cucumber");

Given(/^the developer edits the script of (\S+)@(\S+) without changing what it does$/, function (role, version) {
  appendFileSync(path.join(this.application.folder, `deployment-scripts/${role}-${version}.js`), "// still the same\n");
});

Given("the application is put under git", async function () {
  for (const args of [["init", "--quiet"], ["add", "--all"]]) await this.command("git", args);
});

Given(/^the developer edits a file of (\S+)@(\S+)$/, function (role, version) {
  appendFileSync(path.join(this.application.folder, `${role}-${version}/service.yml`), "# still the same\n");
});

Given(/^the script of (\S+)@(\S+) is taken away$/, function (role, version) {
  this.application.removeScript(role, version);
});

Given("the service {word} is taken away", function (role) {
  this.application.removeService(role);
});

When(/^the version (\S+)@(\S+) is taken away$/, function (role, version) {
  this.application.removeVersion(role, version);
});

When(/^the version (\S+)@(\S+) is put back$/, function (role, version) {
  this.application.returnVersion(role, version);
});

Then("exo run tells {string}", async function (text) {
  const literally = text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  await this.run.says(new RegExp(literally));
});

Then("exo status lists {word} as removed, with its gate held", async function (name) {
  const { in_application: there, gate, split, state } = await this.version(name);
  assert.deepEqual({ there, gate, split, state }, { there: false, gate: "held", split: 0, state: "live" });
  const { output } = await this.exo("status");
  assert.match(output, new RegExp(`^${name} +removed +held`, "m"));
  assert.ok(output.includes(`${name}: it was introduced here and is not in the application any more`), output);
});

Then("exo run does not speak of {string}", async function (text) {
  await this.run.ready();
  assert.ok(!this.run.text.includes(text), `exo run speaks of it:\n${this.run.text}`);
});
