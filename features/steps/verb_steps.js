"use strict";

const assert = require("node:assert/strict");
const os = require("node:os");
const path = require("node:path");
const { Then, When } = require("@cucumber/cucumber");
const { exoBinary } = require("../support/paths");
const { shellWords } = require("../support/shell_words");

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

Then("exo status --json names the application, the environment local and the running host", async function () {
  const status = await this.status();
  assert.equal(status.application, "feature");
  assert.equal(status.environment, "local");
  assert.equal(status.host.pid, this.run.pid);
  assert.match(status.host.since, RFC3339);
  assert.match(status.host.bus, /^ipc:\/\//);
});

Then("exo status --json says that no host runs", async function () {
  const status = await this.status();
  assert.equal(status.application, "feature");
  assert.equal(status.environment, "local");
  assert.equal(status.host, null);
  assert.ok(Array.isArray(status.services));
});

Then(
  /^it lists (\S+) with the documented keys, live, open and (one|no) running instance$/,
  async function (name, instances) {
    const found = await this.version(name);
    for (const key of ["role", "version", "state", "gate", "split", "instances", "scripts"]) assert.ok(key in found, key);
    assert.equal(found.state, "live");
    assert.equal(found.gate, "open");
    for (const phase of ["offline", "online"]) {
      assert.deepEqual(found.scripts[phase], { state: "none", run: null, attempt: null });
    }
    const running = found.instances.filter(({ pid }) => pid !== null);
    assert.equal(running.length, instances === "one" ? 1 : 0, JSON.stringify(found.instances));
    for (const instance of running) {
      assert.equal(typeof instance.id, "string");
      assert.ok(Number.isInteger(instance.pid));
      assert.equal(typeof instance.state, "string");
      assert.equal(instance.restarts, 0);
    }
  },
);

Then(/^exo status prints a table with (\S+), (\S+), (\S+) and (\S+)$/, async function (role, version, state, gate) {
  const wanted = [role, version, state, gate];
  const { code, output, errors } = await this.exo("status");
  assert.equal(code, 0, errors);
  const row = output.split("\n").find((line) => wanted.every((word) => line.includes(word)));
  assert.ok(row, `no row has ${wanted.join(", ")}:\n${output}`);
  assert.doesNotMatch(output, /\x1b/, "plain where it is no terminal");
});

Then("exo status in the folder {word} prints the same as in the application's folder", async function (name) {
  const { folder } = this.application;
  const statuses = [folder, path.join(folder, name)].map((cwd) => this.command(exoBinary(), ["status"], { cwd }));
  const [above, within] = await Promise.all(statuses);
  assert.equal(within.code, 0, within.errors);
  assert.equal(within.output, above.output);
});

Then("exo history --json prints an object a line with the documented keys, oldest first", async function () {
  const entries = await this.history();
  assert.ok(entries.length > 0);
  const keys = ["seq", "at", "who", "host", "event", "role", "version", "phase", "generation", "run", "attempt"];
  for (const entry of entries) {
    for (const key of keys) assert.ok(key in entry, `${key} is missing in ${JSON.stringify(entry)}`);
    assert.match(entry.at, RFC3339);
  }
  const numbers = entries.map(({ seq }) => seq);
  assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b));
  assert.equal(new Set(numbers).size, numbers.length);
});

Then("the history tells in this order about {word}:", async function (name, table) {
  const [role, version] = name.replace(/:$/, "").split("@");
  const told = (await this.history())
    .filter((entry) => entry.role === role && entry.version === version)
    .map(({ event, phase }) => `${event} ${phase ?? ""}`.trim());
  const wanted = table.hashes().map(({ event, phase }) => `${event} ${phase}`.trim());
  assert.deepEqual(told.filter((event) => wanted.includes(event)), wanted, JSON.stringify(told));
});

Then("exo history prints a line for each", async function () {
  const entries = await this.history();
  const { code, output, errors } = await this.exo("history");
  assert.equal(code, 0, errors);
  const lines = output.split("\n").filter((line) => line !== "");
  assert.ok(lines.length >= entries.length, output);
  for (const { event } of entries) assert.ok(lines.some((line) => line.includes(event)), `${event} is not in:\n${output}`);
});

Then("exo --version prints the version and the commit", async function () {
  const { code, output } = await this.exo("--version");
  assert.equal(code, 0);
  assert.match(output, /^exo \d+\.\d+\.\d+ \(commit ([0-9a-f]{12}(\+changes)?|unknown)\)\n$/);
});

Then("exo {word} --help explains the verb with an example", async function (verb) {
  const { code, output } = await this.exo(verb, "--help");
  assert.equal(code, 0);
  assert.match(output, new RegExp(`Examples?:[^]*exo ${verb}`, "i"));
});

When(/^somebody types exo (.*)$/, async function (words) {
  this.answer = await this.exo(...shellWords(words));
});

When(/^somebody begins to type exo (.*)$/, function (words) {
  this.begun = this.exo(...shellWords(words));
});

Then("what was begun ends with code {int}, saying {string}", async function (code, text) {
  const answer = await this.begun;
  assert.equal(answer.code, code, answer.errors || answer.output);
  const wanted = text.replace(" by me", ` by ${os.userInfo().username}`);
  assert.ok(`${answer.output}${answer.errors}`.includes(wanted), answer.errors || answer.output);
});

Then("it exits with code 2 and hints at {string}", function (hint) {
  assert.equal(this.answer.code, 2, this.answer.errors);
  assert.ok(this.answer.errors.includes(hint), this.answer.errors);
});

When("somebody asks for status and history", async function () {
  await this.status();
  await this.history();
});

Then("git sees no change in the application", async function () {
  const { code, output, errors } = await this.command("git", ["status", "--porcelain"]);
  assert.equal(code, 0, errors);
  assert.equal(output, "");
});
