"use strict";

const assert = require("node:assert/strict");
const { rmSync } = require("node:fs");
const net = require("node:net");
const path = require("node:path");
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
  const [first, second] = this.runs.slice(-2);
  assert.deepEqual(await second.ended(), { code: 1, signal: null }, second.text);
  assert.match(second.text, new RegExp(`\\b${first.pid}\\b`));
  this.runs.pop();
});

When("somebody deletes {}", function (name) {
  rmSync(path.join(this.application.folder, name), { recursive: true });
});

Then("exo run says that {word} {string} and exits with code {int}", async function (file, words, code) {
  assert.deepEqual(await this.run.ended(), { code, signal: null }, this.run.text);
  const told = this.run.output.all.filter((line) => line.includes(`${file} ${words}`));
  assert.equal(told.length, 1, this.run.text);
});

Then("the first exo run has exited with code {int}", async function (code) {
  const [first] = this.runs;
  assert.deepEqual(await first.ended(), { code, signal: null }, first.text);
});

Then("the second exo run is ready and can be asked for its status", async function () {
  await this.run.ready();
  assert.equal((await this.status()).host.pid, this.run.pid);
});

When("the host is killed with SIGKILL while lingerer takes its time", async function () {
  this.killedKeeper = this.keeper();
  const { pid } = this.run;
  process.kill(pid, "SIGKILL");
  await this.leaveBus();
  await eventually("the host to be gone", () => !isAlive(pid)); // its error stream is its keeper's, too
});

Then("exo run says that it waits for the processes of the killed one, and names its keeper", async function () {
  const { pid } = this.killedKeeper;
  const line = `exo: waiting for the processes of an earlier host to end (keeper pid ${pid})`;
  await eventually(line, () => this.run.output.all.includes(line));
});

Then("exo status answers meanwhile that the host does not answer yet, and what the ledger holds", async function () {
  assert.ok(isAlive(this.killedKeeper.pid), "the earlier keeper must not have ended yet");
  const [table, json] = await Promise.all([this.exo("status"), this.exo("status", "--json")]);
  assert.equal(table.code, 0, table.errors);
  assert.match(table.output, new RegExp(`host pid ${this.run.pid} since \\S+ is starting or stopping; this is what the ledger holds`));
  assert.match(table.output, /lingerer@0\.0\.1 +live/);
  const { host, services } = JSON.parse(json.output);
  assert.deepEqual({ pid: host.pid, answers: host.answers }, { pid: this.run.pid, answers: false });
  assert.equal(services.length, 2);
  assert.match(json.errors, new RegExp(`^exo: the host \\(pid ${this.run.pid}\\) is starting or stopping`));
});

Then("exo status --json says that the host answers", async function () {
  const { host } = await this.status();
  assert.deepEqual({ pid: host.pid, answers: host.answers, trouble: host.trouble }, { pid: this.run.pid, answers: true, trouble: null });
});

// As on a full disk: what would make a file larger is refused, and this process alone is concerned.
When("the host may write nothing any more", async function () {
  const { code, errors } = await this.command("prlimit", ["--pid", `${this.run.pid}`, "--fsize=0"]);
  assert.equal(code, 0, errors);
});

Then("exo status says that the ledger cannot be written, and names ledger.db", async function () {
  const { trouble } = await eventually("trouble in exo status --json", async () => {
    const { host } = await this.status();
    return host.trouble === null ? null : host;
  });
  assert.match(trouble, /\.exo\/local\/ledger\.(db|head)/);
  const { output } = await this.exo("status");
  assert.ok(output.includes(`the ledger cannot be written; nothing goes on until it can: ${trouble}`), output);
});

Then("exo run exits with code 1, and says that its stop is not in ledger.db and what to do", async function () {
  assert.deepEqual(await this.run.ended(), { code: 1, signal: null }, this.run.text);
  const line = this.run.output.all.find((each) => each.includes("the ledger does not hold that this host has stopped"));
  assert.match(line ?? "", /\.exo\/local\/ledger\.(db|head).*; make room/, this.run.text);
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
