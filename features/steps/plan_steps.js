"use strict";

const assert = require("node:assert/strict");
const { existsSync } = require("node:fs");
const path = require("node:path");
const { Given, Then } = require("@cucumber/cucumber");

async function plan(world) {
  const { code, output, errors } = await world.exo("plan", "--json");
  assert.equal(code, 0, errors);
  return JSON.parse(output);
}

// On a terminal or not, people read the same as machines.
async function assertShown(world, steps) {
  const { code, output, errors } = await world.exo("plan");
  assert.equal(code, 0, errors);
  for (const { what } of steps) assert.ok(output.includes(what), `"${what}" is not in:\n${output}`);
}

Then("exo plan tells these steps about {word}:", async function (name, table) {
  const about = name.replace(/:$/, "");
  const { steps } = await plan(this);
  const told = steps.filter(({ role, version }) => `${role}@${version}` === about);
  const rows = told.map(({ step, phase, why }) => ({ step, phase: phase ?? "", why: why ?? "" }));
  assert.deepEqual(rows, table.hashes());
  await assertShown(this, told);
});

Then("exo plan says {string}", async function (text) {
  const told = (await plan(this)).steps.map(({ what, why }) => `${what}: ${why}`);
  assert.ok(told.some((step) => step.includes(text)), told.join("\n"));
});

Then("exo plan says that a host runs now", async function () {
  assert.equal((await plan(this)).host.pid, this.run.pid);
});

Then("nothing of exo is in the application's folder", function () {
  assert.equal(existsSync(path.join(this.application.folder, ".exo")), false);
});

Given(/^(\S+)@(\S+) requires (\S+)$/, function (role, version, required) {
  const file = `${role}-${version}/service.yml`;
  this.application.write(file, `${this.application.read(file)}\nrequires: [${required}]\n`);
});
