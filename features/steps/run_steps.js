"use strict";

const assert = require("node:assert/strict");
const net = require("node:net");
const { Given, Then, When } = require("@cucumber/cucumber");
const { ExoRun } = require("../support/exo_run");
const { eventually } = require("../support/eventually");
const { isAlive } = require("../support/processes");

When("exo begins to run the application", function () {
  this.startRun();
});

When("exo runs the application", async function () {
  await this.runUntilReady();
});

When("exo runs the application again", async function () {
  if (this.run.running) await this.stopRun();
  await this.runUntilReady();
});

When("exo run is stopped with {word}", async function (signal) {
  await this.stopRun(signal);
});

When("Ctrl-C is pressed", function () {
  this.run.signal("SIGINT");
});

When("lingerer says that it is not done yet", async function () {
  await this.run.says(/lingerer.*not done yet/);
});

Then("exo run ends", { timeout: 20_000 }, async function () {
  await this.run.ended({ within: 5_000 });
});

When(/^the (host|keeper) is killed with SIGKILL$/, async function (victim) {
  await this.kill(victim);
});

When("exo run goes on", function () {
  assert.ok(this.run.running, `exo run has ended: ${this.run.text}`);
});

When("exo is started a second time on the same application", function () {
  this.startRun();
});

Then("exo run is ready", async function () {
  await this.run.ready();
});

Then("exo run has exited with code {int}", function (code) {
  assert.deepEqual(this.run.exit, { code, signal: null }, this.run.text);
});

Then("the second exo run exits with code 1 and names the first", async function () {
  const [first, second] = this.runs;
  assert.deepEqual(await second.ended(), { code: 1, signal: null }, second.text);
  assert.match(second.text, new RegExp(`\\b${first.pid}\\b`));
  this.runs.pop();
});

Given("a port that another program listens on", async function () {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  this.whenOver(() => new Promise((resolve) => server.close(resolve)));
  this.takenPort = server.address().port;
});

When("exo is started with that port for page", function () {
  this.startRun(["--port", `page=${this.takenPort}`]);
});

Then("exo run exits with code 1 and says that the port is taken", async function () {
  assert.deepEqual(await this.run.ended(), { code: 1, signal: null }, this.run.text);
  assert.match(this.run.text, new RegExp(`\\b${this.takenPort}\\b`));
  assert.match(this.run.text, /in use|taken/);
  await this.noneLeft();
});

Then("exo run exits with code 1 and names application.yml with a line", async function () {
  assert.deepEqual(await this.run.ended(), { code: 1, signal: null }, this.run.text);
  assert.match(this.run.text, /application\.yml:\d+/);
});

Then("it names {word} with a line", function (file) {
  assert.match(this.run.text, new RegExp(`${file}:\\d+`));
});

When("exo is run in a folder without application.yml", function () {
  this.searched = this.emptyFolder();
  this.runs.push(new ExoRun(this.searched, [], this.environment));
});

Then("it exits with code 1 and says where it looked for application.yml", async function () {
  assert.deepEqual(await this.run.ended(), { code: 1, signal: null }, this.run.text);
  assert.ok(this.run.text.includes("application.yml"), this.run.text);
  assert.ok(this.run.text.includes(this.searched), this.run.text);
});

Then("no process of the application is left", async function () {
  await this.noneLeft();
});

Then("no process of a deployment script is left", function () {
  const left = this.processes().filter(({ command }) => /exo-script|deployment-scripts\//.test(command));
  assert.deepEqual(left, []);
});

When("brood has a grandchild that ignores signals", async function () {
  const { payload } = await this.ask("brood.child");
  assert.ok(isAlive(payload.pid));
  assert.ok(this.processes().some(({ pid }) => pid === payload.pid), "the grandchild must be known to the check");
});

When("the instance of {word} is killed with SIGKILL", async function (name) {
  const [instance] = (await this.version(name)).instances;
  this.killed = instance;
  process.kill(instance.pid, "SIGKILL");
});

Then("{word} has an instance again, started {int} more time", async function (name, times) {
  await eventually("a new instance", async () => {
    const [instance] = (await this.version(name)).instances;
    return instance.id !== this.killed.id && isAlive(instance.pid) && instance.restarts === this.killed.restarts + times;
  });
});
