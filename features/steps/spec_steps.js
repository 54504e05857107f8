"use strict";

const assert = require("node:assert/strict");
const { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } = require("node:fs");
const path = require("node:path");
const { Before, Given, Then, When } = require("@cucumber/cucumber");
const { eventually } = require("../support/eventually");
const { root } = require("../support/paths");

const script = "deployment-scripts/todo-search-0.0.1.js";

// What exo test makes lies in a folder of this scenario's own.
Before({ tags: "@throw-away" }, function () {
  this.variables.TMPDIR = mkdtempSync("/tmp/exof-temporary-");
  this.whenOver(() => rmSync(this.variables.TMPDIR, { recursive: true }));
});

Given("the spec of {word} is {word}", function (name, feature) {
  cpSync(path.join(root, "features", feature), path.join(this.application.folder, `deployment-scripts/${name}.feature`));
});

function rewriteScript(world, body, phase = "online") {
  const name = `deployment-todo-search-0.0.1-${phase}`;
  world.application.write(script, `module.exports = {\n  "${name}-start": (_, { reply }) => {\n    ${body.replaceAll("DONE", `"${name}-done"`)}\n  },\n};\n`);
}

const copying = (each) => `send("todos.list", (todos) => { for (const todo of todos) { ${each} } reply(DONE); });`;

Given("the script of todo-search@0.0.1 passes over the todo {string}", function (title) {
  rewriteScript(this, copying(`if (todo.title !== ${JSON.stringify(title)}) send("todo-search.add", todo);`));
});

Given("the script of todo-search@0.0.1 gives each todo an id of its own", function () {
  rewriteScript(this, copying('send("todo-search.add", { ...todo, id: Math.floor(Math.random() * 1e12) });'));
});

Given("the script of todo-search@0.0.1 says {string} and fails", function (words) {
  this.application.write("deployment-scripts/todo-search-0.0.1.yml", "attempts: 1\n");
  rewriteScript(this, `console.error(${JSON.stringify(words)}); throw new Error("it broke");`, "offline");
});

Given("the script of todo-search@0.0.1 never ends", function () {
  rewriteScript(this, 'console.error("begun"); setInterval(() => send("todos.count", () => {}), 50);', "offline");
});

Then("it tells that the scenario {string} has {word}", function (name, outcome) {
  const mark = { passed: "✓", failed: "✗" }[outcome];
  assert.ok(this.answer.output.includes(`  ${mark} ${name}`), this.answer.output);
});

Then("it says:", function (text) {
  assert.ok(this.answer.output.includes(text), this.answer.output);
});

Then(/^it has ended with code (\d+) and says "(.*)"$/, function (code, text) {
  const said = `${this.answer.output}${this.answer.errors}`;
  assert.equal(this.answer.code, Number(code), said);
  assert.ok(said.includes(text), said);
});

Then("nothing of exo test is left", async function () {
  await this.noneLeft();
  assert.deepEqual(readdirSync(this.variables.TMPDIR), []);
});

Then("no process of exo test is left", async function () {
  await this.noneLeft();
});

Then("the log that it names says {string}", function (text) {
  const [, file] = /its log: (\S+)/.exec(this.answer.output) ?? [];
  assert.ok(file, this.answer.output);
  assert.ok(readFileSync(file, "utf8").includes(text));
});

Then("exo status in the environment that was kept says that todo-search 0.0.1 is {word}", async function (state) {
  const [, home] = /kept: (\S+);/.exec(this.answer.output) ?? [];
  assert.ok(home, this.answer.output);
  const { output } = await this.command("env", [`EXO_HOME=${home}`, require("../support/paths").exoBinary(), "status", "--json"]);
  const { services } = JSON.parse(output);
  assert.equal(services.find(({ role, version }) => role === "todo-search" && version === "0.0.1").state, state);
});

Then(/^(\S+) is a JUnit report of (\d+) cases?, (\d+) of them failed$/, async function (file, cases, failed) {
  const shape = path.join(root, "features/support/junit_shape.py");
  const { code, output, errors } = await this.command("python3", [shape, path.join(this.application.folder, file)]);
  assert.equal(code, 0, errors);
  assert.deepEqual(JSON.parse(output), { cases: Number(cases), failed: Number(failed) });
});

Then("{word} names the scenario {string}", function (file, name) {
  const features = JSON.parse(this.application.read(file));
  assert.ok(features.some(({ elements }) => elements.some((element) => element.name === name)), JSON.stringify(features).slice(0, 2_000));
});

When("exo test begins and its script runs", async function () {
  this.test = this.begin("test", "todo-search@0.0.1", "--name", "some todos exist");
  await eventually("the script to run", () => this.processes().some(({ command }) => command.includes("exo-script") && command.includes(script)));
});

When("Ctrl-C is pressed for exo test", function () {
  this.test.signal("SIGINT");
});

When("exo test is killed with SIGKILL", async function () {
  this.test.signal("SIGKILL");
  await this.test.ended();
});

Then("exo test ends with code {int}", async function (code) {
  const exit = await this.test.ended();
  assert.deepEqual(exit, { code, signal: null }, this.test.text);
});
