"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { Given, Then, When } = require("@cucumber/cucumber");
const { eventually } = require("../support/eventually");
const { isAlive } = require("../support/processes");

const environmentOf = (world) => world.hostedIn ?? "local";

async function toldBy(world, verb, ...more) {
  const { code, output, errors } = await world.exo(verb, "--json", "--environment", environmentOf(world), ...more);
  assert.equal(code, 0, errors);
  return output;
}

// The folder and the process of each instance, by version.
async function placesOf(world) {
  const { services } = JSON.parse(await toldBy(world, "status"));
  const places = services.flatMap(({ role, version, instances }) =>
    instances.map(({ pid }) => [`${role}@${version}`, { pid, folder: fs.readlinkSync(`/proc/${pid}/cwd`) }]),
  );
  return Object.fromEntries(places);
}

const copiesOf = (world) => path.join(world.application.folder, ".exo", environmentOf(world), "copies");

function begin(world) {
  if (!world.hostedIn) world.whenOver(() => world.exo("stop", "--environment", "production"));
  world.hostedIn = "production";
  world.startHost([...world.freePorts(), "--environment", "production"]);
}

When("exo begins to host the application in production", function () {
  begin(this);
});

Given("exo hosts the application in production", async function () {
  begin(this);
  await this.run.ready({ within: 60_000 });
  this.before ??= await placesOf(this);
});

Then("the host exits with code {int} and says {string}", async function (code, text) {
  assert.deepEqual(await this.run.ended(), { code, signal: null }, this.run.text);
  assert.ok(this.run.text.includes(text), this.run.text);
});

Then("the host has said {string}", function (text) {
  assert.ok(this.run.text.includes(text), this.run.text);
});

Then("every instance runs in a copy of its own, which may not be written", async function () {
  const places = Object.values(await placesOf(this));
  assert.ok(places.length > 0);
  assert.equal(new Set(places.map(({ folder }) => folder)).size, places.length);
  for (const { folder } of places) {
    assert.match(path.relative(copiesOf(this), folder), /^[0-9a-f]{64}\/service$/);
    const written = [folder, path.join(folder, "service.yml")].filter((name) => fs.statSync(name).mode & 0o222);
    assert.deepEqual(written, []);
  }
});

Then("the ledger names the artifact that {word}@{word} was introduced from", async function (role, version) {
  const events = (await toldBy(this, "history")).trim().split("\n").map((line) => JSON.parse(line));
  const introduced = events.find((event) => event.event === "version-introduced" && event.role === role && event.version === version);
  const { folder } = (await placesOf(this))[`${role}@${version}`];
  assert.equal(introduced.artifact, `sha256:${path.basename(path.dirname(folder))}`);
});

When("the host in production is killed, and the process of greeter@0.0.1", async function () {
  this.before = await placesOf(this);
  this.run.signal("SIGKILL");
  await this.run.ended();
  const { pid } = this.before["greeter@0.0.1"];
  process.kill(pid, "SIGKILL");
  await eventually("its end", () => !isAlive(pid));
});

When("the host in production is stopped, with its fleet", async function () {
  const { code, errors } = await this.exo("stop", "--environment", "production");
  assert.equal(code, 0, errors);
  await this.run.ended();
});

Then("greeter@0.0.1 runs from the copy that it ran from, and visits is the process that it was", async function () {
  const now = await placesOf(this);
  assert.equal(now["greeter@0.0.1"].folder, this.before["greeter@0.0.1"].folder);
  assert.notEqual(now["greeter@0.0.1"].pid, this.before["greeter@0.0.1"].pid);
  assert.equal(now["visits@0.0.1"].pid, this.before["visits@0.0.1"].pid);
});

Then("greeter@0.0.1 runs from the copy that it ran from", async function () {
  assert.equal((await placesOf(this))["greeter@0.0.1"].folder, this.before["greeter@0.0.1"].folder);
});

Given("each service.yml names its files", function () {
  for (const role of ["visits", "greeter", "signals"]) {
    fs.appendFileSync(path.join(this.application.folder, `${role}-0.0.1/service.yml`), "artifact: {files: [service.yml]}\n");
  }
});

Then("the copy that greeter@0.0.1 runs from is there, beside the one for its next instance", async function () {
  const { folder } = (await placesOf(this))["greeter@0.0.1"];
  assert.ok(fs.existsSync(path.join(folder, "service.yml")), folder);
  assert.equal(fs.readdirSync(copiesOf(this)).length, 4);
});

Then("there are {int} copies, and each is run from", async function (count) {
  const folders = Object.values(await placesOf(this)).map(({ folder }) => path.basename(path.dirname(folder)));
  assert.equal(folders.length, count);
  assert.deepEqual(fs.readdirSync(copiesOf(this)).sort(), folders.sort());
});

// Built in `local`, where that is allowed, and put there by hand as the last one.
When("another artifact of greeter@0.0.1 gets into what production has", async function () {
  this.application.write("greeter-0.0.1/service.yml", `${this.application.read("greeter-0.0.1/service.yml")}# another\n`);
  const { code, output, errors } = await this.exo("build", "greeter", "--json");
  assert.equal(code, 0, errors);
  const { file } = JSON.parse(output);
  const artifacts = path.join(this.application.folder, ".exo/production/artifacts");
  fs.copyFileSync(file, path.join(artifacts, path.basename(file)));
  fs.rmSync(path.join(artifacts, "versions/greeter@0.0.1"));
  fs.symlinkSync(`../${path.basename(file)}`, path.join(artifacts, "versions/greeter@0.0.1"));
});

Given("the service greeter@0.0.1 with a deployment script that needs a helper beside it", function () {
  this.application.write("deployment-scripts/_help.js", 'exports.done = (reply) => reply("deployment-greeter-0.0.1-offline-done");\n');
  this.application.addScript(
    "greeter",
    "0.0.1",
    [
      'const { done } = require("./_help");',
      'require("exorelay");',
      'module.exports = { "deployment-greeter-0.0.1-offline-start": (_, { reply }) => done(reply) };',
      "",
    ].join("\n"),
  );
});
