"use strict";

const assert = require("node:assert/strict");
const { readdirSync, rmSync } = require("node:fs");
const path = require("node:path");
const { Given, Then, When } = require("@cucumber/cucumber");
const { eventually } = require("../support/eventually");
const { SteadyWriter } = require("../support/steady_writer");

// Copies the first page, says that it has, and waits until it may go on; then all the rest.
const copyingScript = (version, before) => `
module.exports = {
  "deployment-register-${version}-offline-start": async (_, { reply, send, request }) => {
    const { payload: pages } = await request("register.list", {}, { version: "${before}", pages: true });
    let copied = 0;
    for await (const page of pages) {
      for (const record of page) send("register.put", { ...record, copied: true });
      if (copied++ === 0) await request("signals.await", { name: "offline" });
    }
    reply("deployment-register-${version}-offline-done");
  },
};
`;

function addRegister(world, name, variables) {
  world.application.addService("register", name.split("@")[1], { variables, more: ["data: own"] });
}

Given(/^(register@\S+)(?:, which refuses values that begin with "(.*)")?$/, function (name, refuses) {
  addRegister(this, name, refuses ? { REFUSES: refuses } : {});
});

Given("{word}, which never answers the {int}th write that comes to it by the replay", function (name, number) {
  addRegister(this, name, { HOLDS: `${number}` });
});

Given("its script, which copies every record from {word} and follows {word}", function (before, command) {
  this.application.addScript("register", "2.0.0", copyingScript("2.0.0", before), `offline:\n  follow: [${command}]\n`);
});

Given("its script follows {word} in one attempt", function (command) {
  this.application.write("deployment-scripts/register-2.0.0.yml", `attempts: 1\noffline:\n  follow: [${command}]\n`);
});

Given("the settings of its script say {string} in line {int}", function (text, line) {
  this.application.write("deployment-scripts/register-2.0.0.yml", `${"\n".repeat(line - 2)}offline:\n  ${text}\n`);
});

Given("register holds {int} records", async function (count) {
  const operator = await this.operator();
  const records = Array.from({ length: count }, (_, i) => ({ id: `first-${i}`, value: `first value ${i}` }));
  await Promise.all(records.map((record) => operator.ask("register.put", record)));
  this.writer = new SteadyWriter(records);
  this.whenOver(() => this.writer.halt());
});

When(/^a client (?:begins|goes on) to put (\d+) records a second(?:, each with a deadline of (\d+) ms)?$/, async function (perSecond, timeout) {
  const options = timeout ? { timeout: Number(timeout) } : {};
  await eventually("register@1.0.0 to be live", async () => (await this.version("register@1.0.0")).state === "live");
  const operator = await this.operator();
  this.writer.begin((record) => operator.ask("register.put", record, options), Number(perSecond));
});

When("the client has put {int} more", async function (count) {
  const before = this.writer.acknowledged;
  await eventually(`${count} more acknowledgements`, () => this.writer.acknowledged >= before + count);
});

When("register@{word} acknowledges what the client puts", async function (version) {
  await eventually(`an acknowledgement of ${version}`, () => this.writer.answeredBy.at(-1) === version);
});

// Puts what is there already, so that nothing else is known of it afterwards.
When("register@{word} is at work on a put that it never answers, with a deadline of {int} ms", async function (version, timeout) {
  const operator = await this.operator();
  const put = { id: "first-0", value: "first value 0", unanswered: version };
  operator.ask("register.put", put, { timeout }).catch(() => {}); // as it must
  const isAtWork = () => writesOf(this, `register@${version}`).some(({ unanswered }) => unanswered);
  await eventually(`a put that ${version} does not answer`, isAtWork);
});

When("the log of followed commands is deleted", function () {
  const runs = path.join(this.application.folder, ".exo/local/runs");
  const logs = readdirSync(runs).filter((name) => name.endsWith(".follow"));
  assert.equal(logs.length, 1, logs.join(", "));
  rmSync(path.join(runs, logs[0]));
});

// What this version was told to put and no script had copied, in the order in which it came.
function writesOf(world, name) {
  const lines = world.application.read(`.exo/local/data/${name.replace("@", "-")}/records`).trim().split("\n");
  return lines.map((line) => JSON.parse(line)).filter(({ copied }) => !copied);
}

When("{word} holds the {int}th write of the replay", async function (name, number) {
  await eventually(`${number} writes of the replay`, () => writesOf(this, name).length >= number);
  assert.equal((await this.version(name)).gate, "held");
});

When("the client stops", async function () {
  await this.writer.stop();
});

// Its writes are answered with errors, since its bus is gone.
When("the client stops because its host is gone", async function () {
  await this.writer.stop();
  this.writer.errors = [];
});

When("the process of the script is killed with SIGKILL", async function () {
  const script = this.processes().filter(({ command }) => /deployment-scripts\/register/.test(command) && !/exo-guard/.test(command));
  assert.notEqual(script.length, 0, JSON.stringify(this.processes()));
  for (const { pid } of script) process.kill(pid, "SIGKILL");
});

Then(/^register@(\S+) holds what was put, nothing missing and nothing twice$/, async function (version) {
  const { payload } = await this.ask("register.list", {}, { version });
  assert.deepEqual(this.writer.faultsOf(payload), []);
  assert.ok(payload.length <= this.writer.size, `${payload.length} of ${this.writer.size}`);
});

// Each value of the client is a number higher than all before.
Then("each write came to {word} once, in the order in which the client put them", function (name) {
  const numbers = writesOf(this, name).map(({ value }) => Number(value.replace("value ", "")));
  assert.ok(numbers.length > 0);
  assert.deepEqual(numbers, [...new Set(numbers)].sort((one, other) => one - other));
});

Then("no write of the client was refused", function () {
  assert.deepEqual(this.writer.errors, []);
});

Then(/^every write of the client was answered by (\S+) before (\S+) and only by it after$/, function (old, young) {
  const versions = this.writer.answeredBy;
  const first = versions.indexOf(young);
  assert.deepEqual([...new Set(versions.slice(0, first))], [old]);
  assert.deepEqual([...new Set(versions.slice(first))], [young]);
});

Then("the history says that what was followed is replayed", async function () {
  const done = (await this.history()).filter(({ event }) => event === "follow-done");
  assert.equal(done.length, 1, JSON.stringify(done));
  const { recorded, replayed, leftOut } = done[0];
  assert.ok(recorded > 0, JSON.stringify(done));
  assert.equal(replayed + leftOut, recorded, JSON.stringify(done));
});

Then("a put of {string} is kept by {word} within {int} ms", async function (value, version, timeout) {
  const reply = await this.ask("register.put", { id: value, value }, { timeout });
  assert.equal(reply.version, version);
});

Then("a put with a deadline of {int} ms is refused as {word}", async function (timeout, code) {
  assert.equal(await (await this.operator()).refusal("register.put", { id: "x", value: "y" }, { timeout }), code);
});

Then("exo run says that the commands which {word} follows wait, and what to do", async function (name) {
  await this.run.says(new RegExp(`the commands that ${name} follows wait: .*\\.follow.*; make room there`));
});

Then("exo run says that what the script of {word} follows is lost, and what to do", async function (name) {
  await this.run.says(new RegExp(`${name} is held: what its script follows is lost`));
  await this.run.says(/reason: \S+\.follow, which holds what was recorded, is not there/);
  await this.run.says(/next: start exo again/);
});

// As on a full disk: what would make a file larger is refused, and this process alone is concerned. The hard limit
// stays, so that it can be taken back.
async function limitFileSizes(world, soft) {
  const { code, errors } = await world.command("prlimit", ["--pid", `${world.run.pid}`, `--fsize=${soft}:`]);
  assert.equal(code, 0, errors);
}

When("the host has no room to write", function () {
  return limitFileSizes(this, "0");
});

When("the host has room again", function () {
  return limitFileSizes(this, "unlimited");
});

Then("no log of followed commands is left", async function () {
  const { output } = await this.command("find", [".exo", "-name", "*.follow*"]);
  assert.equal(output, "");
});
