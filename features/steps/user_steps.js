"use strict";

const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const { chmodSync, chownSync, existsSync, readdirSync, statSync } = require("node:fs");
const path = require("node:path");
const { Given, Then, When } = require("@cucumber/cucumber");
const { obstacleToOtherUsers } = require("../support/paths");

// Of the system's users, by `id`.
function numbersOf(user, option) {
  return execFileSync("id", [option, user], { encoding: "utf8", timeout: 10_000 }).trim().split(" ").map(Number);
}

// "done", or the code of what the system said.
async function tried(world, name, payload) {
  return (await world.ask(name, payload)).payload;
}

Given("exo is run by root, in a folder that everybody may enter", function () {
  const obstacle = obstacleToOtherUsers();
  if (obstacle) {
    this.log(obstacle);
    return "skipped";
  }
  chmodSync(this.application.folder, 0o755);
  return undefined;
});

// In a folder that is theirs for that time, as for everything that is theirs.
When("{word} runs the application for a while, in which lodger may write its own data", async function (user) {
  const [[uid], [gid]] = [numbersOf(user, "-u"), numbersOf(user, "-g")];
  chownSync(this.application.folder, uid, gid);
  this.user = { uid, gid };
  await this.runUntilReady();
  assert.equal(await tried(this, "lodger.note", { text: "mine" }), "done");
  await this.stopRun();
  this.user = {};
});

When("the application's folder belongs to {word}", function (user) {
  chownSync(this.application.folder, numbersOf(user, "-u")[0], numbersOf(user, "-g")[0]);
});

Then("exo run exits with code 1 and exo check too, and both say {string}", async function (text) {
  this.startRun();
  assert.deepEqual(await this.run.ended(), { code: 1, signal: null }, this.run.text);
  this.answer = await this.exo("check");
  assert.equal(this.answer.code, 1, this.answer.output);
  for (const said of [this.run.text, this.answer.output]) assert.ok(said.includes(text), said);
});

// Name, soft limit, hard limit, unit, as /proc has them.
Then("the kernel holds lodger to {int} {word}", async function (limit, what) {
  const name = { files: "Max open files", processes: "Max processes", bytes: "Max data size" }[what];
  const { payload } = await this.ask("lodger.limits");
  assert.match(payload, new RegExp(`^${name} +${limit} +${limit} +${what}`, "m"));
});

Then("lodger runs as {word}, with its groups and its home", async function (user) {
  const { payload } = await this.ask("lodger.who");
  assert.deepEqual([payload.uid], numbersOf(user, "-u"));
  assert.deepEqual([payload.gid], numbersOf(user, "-g"));
  assert.deepEqual([...new Set(payload.groups)].sort(), numbersOf(user, "-G").sort());
  const [, , , , , home] = execFileSync("getent", ["passwd", user], { encoding: "utf8", timeout: 10_000 }).trim().split(":");
  assert.deepEqual(payload.environment, { HOME: home, USER: user, LOGNAME: user });
});

Then("lodger may read its own token", async function () {
  const { payload } = await this.ask("lodger.who");
  assert.equal(await tried(this, "lodger.read", { file: payload.token }), "done");
  const { mode, uid } = statSync(payload.token);
  assert.equal(mode & 0o777, 0o600);
  assert.equal(uid, payload.uid);
});

Then("lodger may write its own data", async function () {
  assert.equal(await tried(this, "lodger.note", { text: "mine" }), "done");
  assert.equal(await tried(this, "lodger.noted"), "mine");
});

When("lodger notes {string}", async function (text) {
  assert.equal(await tried(this, "lodger.note", { text }), "done");
});

Then("lodger has noted {string}", async function (text) {
  assert.equal(await tried(this, "lodger.noted"), text);
});

Then(/^lodger may not (read|list) (\.exo\S*)$/, async function (deed, name) {
  const file = path.join(this.application.folder, name);
  assert.ok(existsSync(file), `${file} is not there`);
  assert.equal(await tried(this, `lodger.${deed}`, { file, folder: file }), "EACCES");
});

Then("lodger may not read the tokens of {int} others", async function (count) {
  const folder = path.join(this.application.folder, ".exo/local/tokens");
  const { payload } = await this.ask("lodger.who");
  const others = readdirSync(folder).map((name) => path.join(folder, name)).filter((file) => file !== payload.token);
  assert.equal(others.length, count);
  for (const file of others) assert.equal(await tried(this, "lodger.read", { file }), "EACCES", file);
});

Then("lodger may not read the environment of exo itself", async function () {
  assert.equal(await tried(this, "lodger.read", { file: `/proc/${this.run.pid}/environ` }), "EACCES");
});

// Written by JavaScript that is no handler of a message, so that a folder runs the same.
const leaveFile = 'require("node:fs").writeFileSync(`${process.env.EXO_DATA}/left`, "");';
const handlers = (name) => `{ "${name}-offline-start": (_, { reply }) => reply("${name}-offline-done") }`;

Given("a deployment script of lodger@0.0.1 that leaves a file, a single file", function () {
  this.application.addScript("lodger", "0.0.1", `${leaveFile}\nmodule.exports = ${handlers("deployment-lodger-0.0.1")};\n`);
});

Given("a deployment script of lodger@0.0.1 that leaves a file, a folder with {string}", function (line) {
  const folder = "deployment-scripts/lodger-0.0.1";
  this.application.write(`${folder}/service.yml`, `${line}\ndevelopment: {scripts: {run: node script.js}}\n`);
  const relay = `require("exorelay").ExoRelay.fromEnvironment(${handlers("deployment-lodger-0.0.1")}).connect();`;
  this.application.write(`${folder}/script.js`, `${leaveFile}\n${relay}\n`);
});

Then("the file that the script has left belongs to {word}", function (user) {
  const file = path.join(this.application.folder, ".exo/local/data/deployment-lodger-0.0.1/left");
  assert.deepEqual([statSync(file).uid], numbersOf(user, "-u"));
});

Then("it says {string}", function (text) {
  assert.ok(`${this.answer.output}${this.answer.errors}`.replaceAll(/\s+/g, " ").includes(text), this.answer.output);
});
