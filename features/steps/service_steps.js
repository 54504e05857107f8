"use strict";

const assert = require("node:assert/strict");
const path = require("node:path");
const { readFileSync, readdirSync, writeFileSync } = require("node:fs");
const { Given, Then, When } = require("@cucumber/cucumber");
const { ExoProcess } = require("../support/exo_process");
const { exoBinary } = require("../support/paths");

Given("an application in a folder named {string}", function (name) {
  this.application.write(path.join(name, "application.yml"), "name: feature\nservices: {idle: {location: ./idle}}\n");
  this.application.write(path.join(name, "idle/service.yml"), "version: 0.0.1\ndevelopment: {scripts: {run: sleep 1000}}\n");
  this.application.enter(name);
});

function folderOf(world) {
  world.units ??= world.emptyFolder();
  return world.units;
}

When(/^exo service install writes its unit for (\S+) into a folder$/, async function (environment) {
  const { code, output, errors } = await this.exo("service", "install", "--environment", environment, "--folder", folderOf(this), "--metrics", "0");
  assert.equal(code, 0, errors);
  const [name] = readdirSync(folderOf(this));
  this.unit = path.join(folderOf(this), name);
  assert.equal(name, `exo-feature-${environment}.service`);
  assert.ok(output.startsWith(`wrote ${this.unit}\n`), output);
});

Then("systemd finds no fault in the unit", async function () {
  const { code, output, errors } = await this.command("systemd-analyze", ["verify", "--man=no", this.unit]);
  const about = `${output}${errors}`.split("\n").filter((line) => line.includes(path.basename(this.unit)));
  assert.deepEqual(about, []);
  assert.equal(code, 0, errors);
});

function values(world, key) {
  const lines = readFileSync(world.unit, "utf8").split("\n");
  return lines.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1));
}

Then("the unit starts a host of the application in production, and ends it alone", function () {
  const [command] = values(this, "ExecStart");
  assert.ok(command.endsWith(`host "${this.application.folder}" --environment "production" "--metrics" "0"`), command);
  assert.deepEqual(values(this, "KillMode"), ["process"]);
});

When("the command of the unit is started as systemd would", async function () {
  const [command] = values(this, "ExecStart");
  const [program, ...words] = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare);
  const environment = Object.fromEntries(values(this, "Environment").map((text) => text.slice(1, -1).split("=", 2)));
  assert.equal(program, exoBinary());
  this.whenOver(() => this.exo("stop"));
  this.runs.push(new ExoProcess(words, { cwd: "/", environment }));
  await this.run.says(/^exo: ready/, { within: 60_000 });
  const { services } = await this.status();
  this.instances = Object.fromEntries(services.flatMap(({ role, version, instances }) => instances.map(({ pid }) => [`${role}@${version}`, pid])));
});

When("that process alone is told to end, as by KillMode=process", async function () {
  await this.leaveBus();
  this.run.signal("SIGTERM");
  await this.run.ended();
});

Given("a unit of that name that somebody else has written", function () {
  this.unit = path.join(folderOf(this), "exo-feature-local.service");
  writeFileSync(this.unit, "[Unit]\nDescription=mine\n");
});

When("exo service install is typed", async function () {
  this.answer = await this.exo("service", "install", "--folder", folderOf(this));
});

Then("it is refused, names the file, and leaves it as it is", function () {
  assert.equal(this.answer.code, 1);
  assert.ok(this.answer.errors.includes(this.unit), this.answer.errors);
  assert.equal(readFileSync(this.unit, "utf8"), "[Unit]\nDescription=mine\n");
});
