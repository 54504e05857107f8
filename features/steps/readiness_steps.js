"use strict";

const assert = require("node:assert/strict");
const { rmSync } = require("node:fs");
const path = require("node:path");
const { Given, Then, When } = require("@cucumber/cucumber");
const { eventually } = require("../support/eventually");

// "key: value", or several keys in one flow map.
Given("the service {word} with {string} in its service.yml", function (name, more) {
  const lines = more.startsWith("{") ? flowMapLines(more) : [more];
  this.application.addService(name, "0.0.1", { variables: { PATIENT_FOLDER: this.application.folder }, more: lines });
});

// The keys of "{a: …, b: …}", each on a line of its own; commas within inner maps stay.
function flowMapLines(text) {
  let depth = 0;
  let line = "";
  const lines = [];
  for (const letter of text.slice(1, -1)) {
    if (letter === "{" || letter === "[") depth += 1;
    if (letter === "}" || letter === "]") depth -= 1;
    if (letter === "," && depth === 0) {
      lines.push(line.trim());
      line = "";
    } else {
      line += letter;
    }
  }
  return [...lines, line.trim()];
}

When(/^patient may (say|listen)$/, function (deed) {
  this.application.write(`may-${deed}`, "");
});

When("patient may not say any more", function () {
  rmSync(path.join(this.application.folder, "may-say"));
});

Then("the message {string} with a deadline of {int} ms is refused as {word}", async function (name, timeout, code) {
  const operator = await this.operator();
  assert.equal(await operator.refusal(name, {}, { timeout }), code);
});

Then("the message {string} is answered", async function (name) {
  await this.ask(name);
});

When("patient is ill", function () {
  this.application.write("ill", "");
});

async function signal(world, name, what) {
  const { instances } = await world.version(name);
  for (const { pid } of instances) process.kill(pid, what);
}

When("the process of {word} is stopped", function (name) {
  return signal(this, name, "SIGSTOP");
});

When("the process of {word} goes on", function (name) {
  return signal(this, name, "SIGCONT");
});

When("patient is well again", function () {
  rmSync(path.join(this.application.folder, "ill"));
});

// It has joined the bus, which alone would make it ready.
Then("{word} stays starting", async function (name) {
  await this.run.says(/patient.*joined the bus/);
  const { state } = await this.version(name);
  assert.equal(state, "starting");
});

Then("{word} has no process", async function (name) {
  const { instances } = await this.version(name);
  assert.deepEqual(instances, []);
});

Then("{word} has a ready instance", async function (name) {
  await eventually(`a ready instance of ${name}`, async () => {
    const { instances } = await this.version(name);
    return instances.some(({ state }) => state === "ready");
  });
});

Then("exo run says that {word} is not ready any more because of {string}", async function (role, reason) {
  await this.run.says(new RegExp(`${role}-0\\.0\\.1-.* is not ready any more: .*${reason}`));
});

When("exo is started", function () {
  this.startRun();
});

Then("exo run exits with code 1 and says {string}", async function (text) {
  assert.deepEqual(await this.run.ended(), { code: 1, signal: null }, this.run.text);
  assert.ok(this.run.text.includes(text), this.run.text);
});

Then("patient has at most {int} open files", async function (count) {
  const { payload } = await this.ask("patient.limits");
  assert.deepEqual(payload, { openFiles: count });
});

// Each time another instance, so that no restart is missed.
async function killWhenReady(world, name, times, steadyFor) {
  const killed = [];
  for (let i = 0; i < times; i += 1) {
    const { id, pid } = await eventually(`another ready instance of ${name}`, async () => {
      const { instances } = await world.version(name);
      return instances.find((instance) => instance.state === "ready" && !killed.includes(instance.id));
    });
    if (steadyFor > 0) await new Promise((resolve) => setTimeout(resolve, steadyFor));
    killed.push(id);
    process.kill(pid, "SIGKILL");
  }
}

When("patient is killed {int} times, each time when it is ready again", function (times) {
  return killWhenReady(this, "patient@0.0.1", times, 0);
});

When("patient is killed {int} times, each time when it was ready for {float} s", function (times, seconds) {
  return killWhenReady(this, "patient@0.0.1", times, seconds * 1000);
});

Then(/^exo run says that patient is started again in ((?:\d+ ms(?:, )?)+)$/, async function (pauses) {
  const told = () => this.run.output.all.flatMap((line) => /patient@0\.0\.1 ended .* is started again in (\d+ ms)/.exec(line)?.[1] ?? []);
  await eventually("a line for each restart", () => told().length >= pauses.split(", ").length);
  assert.equal(told().join(", "), pauses);
});

When("patient has a message in hand that takes for ever", async function () {
  const operator = await this.operator();
  operator.ask("patient.ponder").catch(() => {}); // it is never answered
  await this.run.says(/patient.*pondering/);
});

Then("patient has said that its relay is closed", function () {
  assert.ok(this.run.output.all.some((line) => /patient.*its relay is closed/.test(line)), this.run.text);
});

Then("exo run ends in {int} to {int} s", { timeout: 30_000 }, async function (least, most) {
  const before = Date.now();
  await this.run.ended({ within: 20_000 });
  const seconds = (Date.now() - before) / 1000;
  assert.ok(seconds <= most, `it took ${seconds} s`);
  assert.ok(seconds >= least - 0.5, `it took only ${seconds} s`); // it had begun to end before this step
});
