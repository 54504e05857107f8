"use strict";

const assert = require("node:assert/strict");
const { Given, Then, When } = require("@cucumber/cucumber");
const { eventually } = require("../support/eventually");
const { OwnDisk } = require("../support/own_disk");

async function mount(world, kind) {
  if (process.getuid() !== 0) return "skipped";
  world.disk = await OwnDisk.mount(world.application.folder, kind);
  world.whenOver(() => world.disk.end());
  return undefined;
}

Given("what exo keeps is on a small disk of its own", function () {
  return mount(this, "full");
});

Given("what exo keeps is on a disk of its own that can fail", function () {
  return mount(this, "failing");
});

When("that disk fills up", function () {
  this.disk.fill();
});

When("there is room on that disk again", function () {
  this.disk.makeRoom();
});

When("that disk becomes read-only", function () {
  this.disk.giveUp();
});

When("that disk is mounted anew", async function () {
  await this.leaveBus();
  await this.noneLeft();
  this.disk.mountAnew();
});

const words = { full: /full|No space left/, "read-only": /Read-only file system|read-only/ };

Then(/^exo status says that the ledger cannot be written, and that the disk is (full|read-only)$/, async function (state) {
  const trouble = await eventually("trouble in exo status --json", async () => (await this.status()).host?.trouble);
  assert.match(trouble, words[state]);
  const { output } = await this.exo("status");
  assert.ok(output.includes(`the ledger cannot be written; nothing goes on until it can: ${trouble}`), output);
});

Then("exo run goes on, and the gate of greeter@0.0.1 is held", async function () {
  assert.ok(this.run.running, this.run.text);
  const { gate, scripts } = await this.version("greeter@0.0.1");
  assert.equal(gate, "held");
  assert.equal(scripts.offline.state, "running");
});

Then("the second exo run exits with code 1, and says that nothing could go on in the place of the first", async function () {
  const [first, second] = this.runs;
  assert.deepEqual(await second.ended(), { code: 1, signal: null }, second.text);
  assert.match(second.text, new RegExp(`\\bpid ${first.pid}\\b.*no host could go on in its place.*Read-only file system`));
  this.runs.pop();
});
