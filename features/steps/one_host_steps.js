"use strict";

const assert = require("node:assert/strict");
const { Then, When } = require("@cucumber/cucumber");
const { eventually } = require("../support/eventually");
const { isAlive } = require("../support/processes");

const isScript = ({ command }) => /exo-script/.test(command);

// The process itself and all below it.
function familyOf(world, pid) {
  const all = world.processes();
  const family = all.filter((each) => each.pid === pid);
  for (const member of family) family.push(...all.filter(({ parent }) => parent === member.pid));
  return family;
}

function start(world, options) {
  const { pid } = world.run ?? {};
  world.first = pid ? { pid, family: familyOf(world, pid) } : null;
  world.startRun([...world.freePorts(), ...options]);
}

When("exo is started with --take-over", async function () {
  start(this, ["--take-over"]);
  await this.leaveBus();
});

When("the host is stopped", async function () {
  await this.leaveBus();
  process.kill(this.run.pid, "SIGSTOP");
});

When("the host and its keeper are stopped", async function () {
  await this.leaveBus();
  process.kill(this.keeper().pid, "SIGSTOP");
  process.kill(this.run.pid, "SIGSTOP");
});

Then("the second exo run exits with code 1, names the first and offers --take-over", async function () {
  const [first, second] = this.runs;
  assert.deepEqual(await second.ended(), { code: 1, signal: null }, second.text);
  assert.match(second.text, new RegExp(`\\bpid ${first.pid}\\b.*exo run .* --take-over`));
  this.runs.pop();
});

Then(/^the first exo run has ended, (stopped|killed)$/, async function (how) {
  const expected = how === "stopped" ? { code: 0, signal: null } : { code: null, signal: "SIGKILL" };
  assert.deepEqual(await this.runs[0].ended({ within: 60_000 }), expected, this.runs[0].text);
});

Then("no process of the first exo run is left when the second has begun", async function () {
  await eventually("the second host in exo status", async () => (await this.status()).host?.bus && true, { within: 60_000 });
  const left = this.first.family.filter(({ pid }) => isAlive(pid));
  assert.ok(this.first.family.some(isScript), "the script of the first must be known to the check");
  assert.deepEqual(left, []);
});

Then("one process runs the offline script of greeter@0.0.1, and waits for its signal", { timeout: 120_000 }, async function () {
  await eventually(
    "the script of the second host to wait",
    async () => (await this.ask("signals.waiting", {}, { timeout: 2_000 })).payload.includes("offline"),
    { within: 60_000 },
  );
  const scripts = this.processes().filter(isScript);
  const own = familyOf(this, this.run.pid).map(({ pid }) => pid);
  assert.equal(scripts.length, 1, JSON.stringify(scripts));
  assert.ok(own.includes(scripts[0].pid), "it is the second host's");
});

Then(/^the history says that the second host took the place of the first, (stopped|killed)$/, async function (how) {
  const started = (await this.history()).filter(({ event }) => event === "host-started");
  assert.equal(started.length, 2);
  assert.equal(started[0].tookOver, undefined);
  assert.deepEqual(started[1].tookOver, { host: started[0].host, pid: this.first.pid, how });
});

When("the developer writes a mistake into application.yml", function () {
  this.application.write("application.yml", "name: feature\nservices: 7\n");
});

Then("the second exo run exits with code 1 and names application.yml", async function () {
  const second = this.runs.pop();
  assert.deepEqual(await second.ended(), { code: 1, signal: null }, second.text);
  assert.match(second.text, /application\.yml:\d+/);
});

Then("the first exo run still runs", function () {
  assert.ok(this.run.running && isAlive(this.run.pid), this.run.text);
});

Then("the second exo run has the ledger, and waits for the script of the first", async function () {
  this.first = { pid: this.runs[0].pid, family: familyOf(this, this.runs[0].pid), instances: this.firstInstances };
  await this.run.says(/offline phase waits: a process of an earlier attempt still holds its run lock/, { within: 60_000 });
  assert.equal((await this.status()).host.pid, this.run.pid);
});

When("an instance of the first exo run is killed", function () {
  const instance = this.first.family.find(({ command }) => command.includes("fleet/greeter.js"));
  assert.ok(instance, JSON.stringify(this.first.family));
  process.kill(instance.pid, "SIGKILL");
});

When("the first exo run is woken", function () {
  process.kill(this.first.pid, "SIGCONT");
});

Then("the first exo run exits with code 1, since another host has its ledger", async function () {
  const [first] = this.runs;
  assert.deepEqual(await first.ended({ within: 60_000 }), { code: 1, signal: null }, first.text);
  assert.match(first.text, /was taken over by another host/);
});

// Each instance has its host's id in its own, and the keepers record each that has ended.
Then("it has started nothing since it slept, and recorded nothing", async function () {
  const history = await this.history();
  const [first, second] = history.filter(({ event }) => event === "host-started");
  const since = history.filter(({ seq }) => seq >= second.seq);
  assert.deepEqual(since.filter(({ host }) => host === first.host), []);
  const ofFirst = ({ id }) => id.includes(first.host) || id.startsWith("greeter-0.0.1-offline-1-1-");
  const before = this.first.family.map(({ pid }) => pid);
  await eventually("the ends of the first host's processes", () => this.recordedExits().filter(ofFirst).length >= 4);
  const ended = this.recordedExits().filter(ofFirst);
  assert.deepEqual(ended.filter(({ pid }) => !before.includes(pid)), []);
});
