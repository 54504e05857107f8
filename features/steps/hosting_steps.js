"use strict";

const assert = require("node:assert/strict");
const http = require("node:http");
const path = require("node:path");
const { Given, Then, When } = require("@cucumber/cucumber");
const { eventually } = require("../support/eventually");
const { fleet } = require("../support/paths");
const { isAlive } = require("../support/processes");
const { unusedPort } = require("../support/unused_port");

// The process of each instance, by version.
async function instancesOf(world) {
  const { services } = await world.status();
  const entries = services.flatMap(({ role, version, instances }) => instances.map(({ pid }) => [`${role}@${version}`, pid]));
  return Object.fromEntries(entries);
}

async function begin(world, options) {
  world.startHost(options);
}

async function host(world, options) {
  await begin(world, options);
  await world.run.ready({ within: 60_000 });
  world.instances ??= await instancesOf(world);
}

When("exo begins to host the application", function () {
  return begin(this);
});

When(/^exo hosts the application(?: again)?$/, function () {
  return host(this);
});

When("exo begins to host the application with its metrics at that port", async function () {
  await begin(this, [...this.freePorts(), "--metrics", String(this.takenPort)]);
  await this.run.ended();
});

Then("the host exits with code 1 and names that port", function () {
  assert.deepEqual(this.run.exit, { code: 1, signal: null }, this.run.text);
  assert.match(this.run.text, new RegExp(`\\b${this.takenPort}\\b`));
});

Given("the services page and cover, each on the web", async function () {
  this.application.addService("page");
  this.application.addService("cover", "0.0.1", { command: `node ${path.join(fleet, "page.js")}` });
  this.ports = [await unusedPort(), await unusedPort()];
});

const at = (page, cover) => ["--port", `page=${page}`, "--port", `cover=${cover}`];

When("exo hosts the application with page at one port and cover at another", function () {
  return host(this, at(...this.ports));
});

When("exo hosts the application with the two ports the other way round", function () {
  this.ports.reverse();
  return host(this, at(...this.ports));
});

When("exo hosts the application with page where cover was", function () {
  return host(this, ["--port", `page=${this.ports[1]}`]);
});

async function pageAt(port) {
  return (await fetch(`http://127.0.0.1:${port}/`)).text();
}

Then("each of the two is served at its new port", async function () {
  assert.deepEqual(await Promise.all(this.ports.map(pageAt)), ["page 0.0.1\n", "cover 0.0.1\n"]);
});

Then("page is served there, and nobody listens where it was", async function () {
  assert.equal(await pageAt(this.ports[1]), "page 0.0.1\n");
  await assert.rejects(pageAt(this.ports[0]), ({ cause }) => cause.code === "ECONNREFUSED");
});

When("exo stop is typed with a second to wait", async function () {
  this.answer = await this.exo("stop", "--timeout", "1s");
});

Then("exo stop says that the fleet has not ended yet", function () {
  assert.equal(this.answer.code, 1);
  assert.match(this.answer.errors, /the fleet has not ended within 1\.0 s; it goes on stopping/);
});

Then("it waits for the processes of the earlier host", async function () {
  await this.run.says(/waiting for the processes of an earlier host to end \(keeper pid \d+\)/);
});

Then("the fleet of the new host is another", async function () {
  await this.run.ready({ within: 60_000 });
  const now = await instancesOf(this);
  assert.deepEqual(Object.keys(now).sort(), Object.keys(this.instances).sort());
  for (const [version, pid] of Object.entries(now)) assert.notEqual(pid, this.instances[version]);
});

When("exo stop is begun", async function () {
  await this.leaveBus();
  this.stopping = this.exo("stop");
});

When("the host is killed while lingerer takes its time", async function () {
  await this.run.says(/lingerer.*not done yet/);
  this.run.signal("SIGKILL");
  await this.run.ended();
});

Then("the exo stop that was begun says that the fleet has ended, and no process of the application is left", async function () {
  const { code, output, errors } = await this.stopping;
  assert.equal(code, 0, errors);
  assert.match(output, /^the host \(pid \d+\) has ended, and with it the fleet$/m);
  assert.deepEqual(this.processes(), []);
});

async function endHost(world, how) {
  if (!world.instances) world.instances = await instancesOf(world);
  await world.leaveBus();
  await how();
  await world.run.ended();
}

When("the host alone is killed", function () {
  return endHost(this, () => this.run.signal("SIGKILL"));
});

When("the host alone is stopped by SIGTERM", async function () {
  await endHost(this, () => this.run.signal("SIGTERM"));
  assert.deepEqual(this.run.exit, { code: 0, signal: null }, this.run.text);
});

When("exo stop is typed", async function () {
  await this.leaveBus();
  this.answer = await this.exo("stop");
});

When("exo stop --host-only is typed", async function () {
  this.answer = await this.exo("stop", "--host-only");
  if (this.answer.code !== 0) return;
  await this.leaveBus();
  assert.deepEqual(await this.run.ended(), { code: 0, signal: null }, this.run.text);
});

function assertAllRun(world) {
  const dead = Object.entries(world.instances).filter(([, pid]) => !isAlive(pid));
  assert.ok(Object.keys(world.instances).length > 0);
  assert.deepEqual(dead, []);
}

Then("the services run on, without a host", function () {
  assert.equal(this.run.running, false);
  assertAllRun(this);
});

Then("exo status shows the instances that run, and no host", async function () {
  assert.equal((await this.status()).host, null);
  assert.deepEqual(await instancesOf(this), this.instances);
});

Then("the services are the processes that they were", async function () {
  assert.deepEqual(await instancesOf(this), this.instances);
  assertAllRun(this);
});

const isScript = ({ command }) => /exo-script/.test(command);

Then("the script ends, and the services run on", async function () {
  await eventually("the script to end", () => !this.processes().some(isScript));
  assertAllRun(this);
});

When("the process of greeter@0.0.1 is killed", async function () {
  process.kill(this.instances["greeter@0.0.1"], "SIGKILL");
  await eventually("its end", () => !isAlive(this.instances["greeter@0.0.1"]));
});

Then("greeter@0.0.1 is another process than it was, and visits is the same", async function () {
  const now = await instancesOf(this);
  assert.equal(now["visits@0.0.1"], this.instances["visits@0.0.1"]);
  assert.notEqual(now["greeter@0.0.1"], this.instances["greeter@0.0.1"]);
});

// With the port that the first host has printed, which the next one has again.
When("somebody asks for the page, and waits", async function () {
  const port = Number(/page\D+(?:http:\/\/)?localhost:(\d+)/.exec(this.run.text)[1]);
  this.page = new Promise((resolve, reject) => {
    const request = http.get({ host: "127.0.0.1", port, timeout: 60_000 }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += chunk));
      response.on("end", () => resolve(text));
    });
    request.on("error", reject);
    request.on("socket", (socket) => socket.on("connect", () => (this.connected = true)));
  });
  this.page.catch(() => {}); // it is awaited later
  await eventually("a connection", () => this.connected === true);
});

Then("the page has come", async function () {
  assert.equal(await this.page, "page 0.0.1\n");
});

Then("exo stop has ended the host, and no process of the application is left", async function () {
  const { code, output, errors } = this.answer;
  assert.equal(code, 0, errors);
  assert.match(output, /^the host \(pid \d+\) has ended, and with it the fleet$/m);
  assert.deepEqual(await this.run.ended(), { code: 0, signal: null }, this.run.text);
  await this.noneLeft();
});

Then("exo stop has ended the fleet without a host, and no process of the application is left", async function () {
  const { code, output, errors } = this.answer;
  assert.equal(code, 0, errors);
  assert.match(output, /^no host was there; 2 processes of the fleet have ended$/m);
  await this.noneLeft();
});

Then("exo stop says that nothing runs, and ends with 1", function () {
  assert.equal(this.answer.code, 1);
  assert.match(this.answer.errors, /no host runs in local, and nothing of its fleet/);
});

Then("exo stop says that the services of exo run end with it", function () {
  assert.equal(this.answer.code, 2);
  assert.match(this.answer.errors, /the services of exo run end with it/);
});

When(/^the service (greeter|cover|visits) is taken out of the application$/, function (role) {
  this.application.removeService(role);
});

Then("no process of greeter is left", async function () {
  await eventually("its end", () => !isAlive(this.instances["greeter@0.0.1"]));
  assert.ok(isAlive(this.instances["visits@0.0.1"]));
});
