"use strict";

const assert = require("node:assert/strict");
const path = require("node:path");
const { Given, Then, When } = require("@cucumber/cucumber");
const { eventually } = require("../support/eventually");
const { FrailLine } = require("../support/frail_line");
const { fleet, root } = require("../support/paths");

const commands = {
  JavaScript: `node ${path.join(fleet, "warden.js")}`,
  Python: `${path.join(root, "bus/relays/python/bin/exo-python")} ${path.join(fleet, "warden.py")}`,
};

function addServices(world, warden) {
  world.application.addService("vault");
  world.application.addService("rival");
  world.application.addService("warden", "0.0.1", warden);
}

Given(/^the services vault and rival, and warden in (JavaScript|Python)$/, function (language) {
  addServices(this, { command: commands[language] });
});

Given("the services vault and rival, and warden over a line that may break", async function () {
  const { application } = this;
  this.line = new FrailLine(path.join(application.folder, "line"), () => application.read(".exo/local/bus").trim().replace("ipc://", ""));
  await this.line.mend();
  this.whenOver(() => this.line.break().catch(() => {})); // it may be broken
  this.mayWrite = path.join(application.folder, "may-write");
  addServices(this, { variables: { WARDEN_BUS: this.line.endpoint, WARDEN_MAY_WRITE: this.mayWrite } });
});

// Also of a host that is only beginning, which does not know yet who receives the message.
function answerOf(world, name, payload = {}) {
  return eventually(`an answer to ${name}`, async () => {
    const answer = await world.ask(name, payload).catch((error) => error);
    if (answer.code === "handler-failed") return { failure: answer.reason };
    return answer instanceof Error ? null : answer.payload;
  });
}

When("warden takes the lock {string}", async function (key) {
  this.key = key;
  this.taken = await answerOf(this, "warden.take", { key });
  assert.equal(this.taken.held, true);
});

When("warden gives its lock back", async function () {
  await this.ask("warden.give-back");
});

Then("warden holds the lock still, with the number that it had", async function () {
  const { number, held, lost } = await answerOf(this, "warden.tell");
  assert.deepEqual({ number, held, lost }, this.taken);
});

Then("rival does not get the lock, since {string}", async function (why) {
  const { failure, ...given } = await answerOf(this, "rival.take", { key: this.key, timeout: 200 });
  assert.deepEqual(given, {});
  assert.ok(failure.includes("expired") && failure.includes(why), failure);
});

Then("rival gets the lock, with a higher number", async function () {
  const { number, held } = await answerOf(this, "rival.take", { key: this.key });
  assert.equal(held, true);
  assert.ok(number > this.taken.number, `${number} after ${this.taken.number}`);
});

function signal(world, name) {
  process.kill(world.instances["warden@0.0.1"], name);
}

When("warden is stopped with SIGSTOP", function () {
  signal(this, "SIGSTOP");
});

When("warden goes on", function () {
  signal(this, "SIGCONT");
});

When("warden is killed", function () {
  signal(this, "SIGKILL");
});

// The bus sees that when something is to go there, if not what was on its way just then.
When("the line of warden breaks", async function () {
  await this.line.break();
  await eventually("the host to notice", async () => {
    this.ask("warden.tell", {}, { timeout: 1_000 }).catch(() => {}); // which nobody hears
    const { instances } = await this.version("warden@0.0.1");
    return instances.every(({ state }) => state !== "ready");
  });
});

When("the line of warden is mended", function () {
  return this.line.mend();
});

When(/^(warden|rival) writes "(.*)"$/, async function (who, text) {
  assert.deepEqual(await answerOf(this, `${who}.write`, { text }), { believed: true, code: "written", reason: "" });
});

When("warden has seen that the lock is its own, and is about to write {string}", async function (text) {
  this.ask("warden.write-late", { text }).catch(() => {}); // it is cut off before it answers
  await this.run.says(/about to write/);
});

When("warden goes on, and writes", function () {
  this.application.write("may-write", "");
  signal(this, "SIGCONT");
});

Then("the vault has refused it, and warden has heard that its lock is lost", async function () {
  await eventually("what has become of it", async () => {
    const { held, lost, outcome } = await answerOf(this, "warden.tell");
    if (outcome?.code === "written" || lost === null) return null;
    assert.deepEqual({ held, lost }, { held: false, lost: "lock-lost" });
    assert.deepEqual([outcome.believed, outcome.code], [true, "handler-failed"]);
    assert.match(outcome.reason, /is stale/);
    return true;
  });
});

Then("the vault holds {string} and {string}", async function (first, second) {
  const written = await answerOf(this, "vault.read");
  assert.deepEqual(written.map(({ text }) => text), [first, second]);
});
