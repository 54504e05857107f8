"use strict";

const assert = require("node:assert/strict");
const { existsSync, readdirSync, readFileSync } = require("node:fs");
const path = require("node:path");
const { Given, Then, When } = require("@cucumber/cucumber");
const { eventually } = require("../support/eventually");
const { exoBinary, example } = require("../support/paths");

// Every file below a folder with its content, but what runs leave.
function filesOf(folder) {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath ?? entry.path, entry.name)))
    .filter((name) => !/(^|\/)(\.exo|node_modules|__pycache__)\//.test(name));
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(path.join(folder, name), "latin1")]));
}

Given("an empty folder", function () {
  this.application.becomeEmpty();
});

// What sanitizers need at linking is not in the installed relay.
function compilerFlags() {
  const cache = path.join(path.dirname(exoBinary()), "../CMakeCache.txt");
  if (!existsSync(cache)) return {};
  return { CXXFLAGS: /^CMAKE_CXX_FLAGS:STRING=(.*)$/m.exec(readFileSync(cache, "utf8"))?.[1] ?? "" };
}

// The service in C++ is compiled by then.
When("the new application {word} runs", { timeout: 600_000 }, async function (name) {
  this.application.enter(name);
  const run = this.startRun([], compilerFlags());
  await run.ready({ within: 500_000 });
});

Then("it has made the files {} of {word} in {word}", function (list, role, folder) {
  assert.equal(this.answer.code, 0, this.answer.errors);
  const names = list.split(/, | and /).map((name) => `${folder}/${role}/${name}`);
  for (const name of names) assert.match(this.answer.output, new RegExp(`^made +${name}$`, "m"));
  assert.equal(this.answer.output.match(/^made /gm).length, names.length, this.answer.output);
});

Then(/^it has made (\S+)(?: and (\S+) and changed (\S+))?$/, function (first, second, changed) {
  assert.equal(this.answer.code, 0, this.answer.errors);
  const told = (word) =>
    this.answer.output.split("\n").filter((line) => line.startsWith(`${word} `)).map((line) => line.split(/\s+/)[1]);
  assert.deepEqual(told("made"), [first, second].filter(Boolean), this.answer.output);
  assert.deepEqual(told("changed"), [changed].filter(Boolean), this.answer.output);
  for (const name of [...told("made"), ...told("changed")]) readFileSync(path.join(this.application.folder, name));
  assert.match(this.answer.output, /\nnext: .*exo /);
});

When("somebody types what it says comes next", async function () {
  const [, next] = /\nnext: (.*)\n/.exec(this.answer.output);
  const PATH = `${path.dirname(exoBinary())}:${process.env.PATH}`;
  this.answer = await this.command("sh", ["-c", next], { environment: { ...this.environment, PATH } });
});

Then(/^it has made (\S+) and (\S+) and changed (\S+) in '(.*)'$/, function (first, second, changed, folder) {
  assert.equal(this.answer.code, 0, this.answer.errors);
  for (const name of [first, second, changed]) readFileSync(path.join(this.application.folder, folder, name));
});

Then("application.yml differs from the example's only in the lines of {word}", function (role) {
  const before = readFileSync(path.join(example, "application.yml"), "utf8").split("\n");
  const after = readFileSync(path.join(this.application.folder, "application.yml"), "utf8").split("\n");
  const added = after.filter((line) => line.includes(role));
  assert.deepEqual(added, [`  ${role}:`, `    location: ./${role}`]);
  assert.deepEqual(after.filter((line) => !added.includes(line)), before);
});

Then("exo send {word} answers {string} from {word}", async function (name, text, sender) {
  const { code, output, errors } = await this.exo("send", name, '{"name": "Ada"}');
  assert.equal(code, 0, errors);
  assert.ok(output.includes(`${sender} --[`) && output.includes(text), output);
});

const names = (list) => list.split(/, | and /);

When(/^the processes of (\S+, \S+ and \S+) are stopped with SIGSTOP$/, async function (list) {
  for (const role of names(list)) {
    const [instance] = (await this.version(`${role}@0.0.1`)).instances;
    process.kill(instance.pid, "SIGSTOP");
  }
});

Then(/^exo run says that (\S+, \S+ and \S+) are not ready any more, since they give no answer$/, async function (list) {
  for (const role of names(list)) await this.run.says(new RegExp(`^exo: ${role}-\\S+ is not ready any more: .*no answer`));
});

Then("exo logs {word} shows {string}", async function (word, text) {
  await eventually(`"${text}" in exo logs ${word}`, async () => (await this.exo("logs", word)).output.includes(text));
});

Then("no file of the application has changed", function () {
  const { "greeter/service.yml": mine, ...others } = filesOf(this.application.folder);
  assert.equal(mine, "mine: true");
  const { file, port } = this.changed;
  const before = filesOf(example);
  assert.deepEqual(others, { ...before, [file]: before[file].replace(/port: \d+/, `port: ${port}`) });
});
