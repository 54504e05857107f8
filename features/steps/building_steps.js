"use strict";

const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const { randomBytes } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { Given, Then, When } = require("@cucumber/cucumber");
const { eventually } = require("../support/eventually");
const { exoBinary } = require("../support/paths");
const { shellWords } = require("../support/shell_words");

const place = (world, ...names) => path.join(world.application.folder, ...names);

async function commit(world, name) {
  const identity = ["-c", "user.name=feature", "-c", "user.email=feature@localhost"];
  for (const args of [["add", name], [...identity, "commit", "--quiet", "--message", name]]) {
    const { code, errors } = await world.command("git", args);
    assert.equal(code, 0, errors);
  }
}

// What exo build --json has told.
function told(world) {
  const { code, output, errors } = world.answer;
  assert.equal(code, 0, errors);
  return JSON.parse(output);
}

const bytesOf = ({ file }) => fs.readFileSync(file);

async function buildAgain(world, words, cwd) {
  world.before = world.built ?? { ...told(world), content: bytesOf(told(world)) };
  world.built = null;
  world.answer = await world.command(exoBinary(), shellWords(words), { cwd });
}

When(/^exo (build .*) is typed again$/, async function (words) {
  await buildAgain(this, words, this.application.folder);
});

When(/^somebody clones the application and types exo (.*) there$/, async function (words) {
  const clone = fs.mkdtempSync("/tmp/exof-clone-");
  this.whenOver(() => fs.rmSync(clone, { recursive: true, force: true }));
  execFileSync("git", ["clone", "--quiet", this.application.folder, path.join(clone, "elsewhere")]);
  await buildAgain(this, words, path.join(clone, "elsewhere"));
});

Then("it tells an artifact of the commit, and nothing has changed since", async function () {
  const artifact = told(this);
  const { output } = await this.command("git", ["rev-parse", "HEAD"]);
  assert.equal(artifact.commit, output.trim());
  assert.equal(artifact.dirty, false);
  assert.equal(artifact.role, "greeter");
  assert.equal(artifact.version, "0.0.1");
});

Then("it is the same artifact, byte for byte", function () {
  const artifact = told(this);
  assert.equal(artifact.digest, this.before.digest);
  assert.ok(this.before.content.equals(bytesOf(artifact)), `${artifact.file} has other bytes`);
});

Then("it is another artifact, with changes since the commit", function () {
  const artifact = told(this);
  assert.notEqual(artifact.digest, this.before.digest);
  assert.equal(artifact.dirty, true);
});

Then("the artifact holds {word} and {word}", async function (one, other) {
  const { code, output, errors } = await this.exo("artifact", "show", told(this).digest, "--json");
  assert.equal(code, 0, errors);
  const paths = JSON.parse(output).entries.map((entry) => entry.path);
  assert.deepEqual([one, other].filter((name) => !paths.includes(name)), [], `it holds ${paths}`);
});

Given("{word}, which git does not track, says {string}", function (name, text) {
  fs.mkdirSync(path.dirname(place(this, name)), { recursive: true });
  fs.writeFileSync(place(this, name), text);
});

Given("{word}@{word} has in its service.yml:", async function (role, version, text) {
  const name = `${role}-${version}/service.yml`;
  this.application.write(name, `${this.application.read(name)}${text}\n`);
  await commit(this, name);
});

Given("{word} is a link to {word}, and in git", async function (name, target) {
  fs.symlinkSync(target, place(this, name));
  await commit(this, name);
});

Given("{word} is {int} MiB of noise, and in git", async function (name, size) {
  fs.writeFileSync(place(this, name), randomBytes(size * 1024 * 1024));
  await commit(this, name);
});

Then("{word} is not there", function (name) {
  assert.ok(!fs.existsSync(place(this, name)), name);
});

Then("exo ends with {int} and says {string}", function (code, text) {
  assert.equal(this.answer.code, code, `${this.answer.output}${this.answer.errors}`);
  assert.ok(`${this.answer.output}${this.answer.errors}`.includes(text), `${this.answer.output}${this.answer.errors}`);
});

Then("it says also {string}", function (text) {
  assert.ok(`${this.answer.output}${this.answer.errors}`.includes(text), `${this.answer.output}${this.answer.errors}`);
});

Then("there is no artifact of greeter, finished or not", function () {
  const folder = place(this, ".exo/local/artifacts");
  const names = fs.readdirSync(this.disk?.outside(folder) ?? folder);
  assert.deepEqual(names.filter((name) => name !== "logs"), []);
});

When("somebody begins exo build greeter and presses Ctrl-C once the build command runs", async function () {
  this.build = this.begin("build", "greeter");
  await this.build.says(/building greeter@0\.0\.1: sleep 1000/);
  const children = () => fs.readFileSync(`/proc/${this.build.pid}/task/${this.build.pid}/children`, "utf8").trim();
  this.buildCommand = await eventually("the build command to run", () => {
    const pid = children().split(" ")[0];
    return pid && fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith("sleep\0") ? pid : undefined;
  });
  await this.build.stop("SIGINT");
});

Then("it ends with 1, and says that nothing is left", function () {
  assert.equal(this.build.exit.code, 1, this.build.text);
  assert.match(this.build.text, /stopped before it was done; nothing is left of it/);
});

Then("its build command has ended", function () {
  assert.ok(!fs.existsSync(`/proc/${this.buildCommand}`), `process ${this.buildCommand} lives`);
});

When("the artifact loses its last half", function () {
  const { file } = told(this);
  this.built = { ...told(this), content: bytesOf(told(this)) };
  fs.chmodSync(file, 0o600);
  fs.truncateSync(file, Math.floor(fs.statSync(file).size / 2));
});
