"use strict";

const assert = require("node:assert/strict");
const { existsSync } = require("node:fs");
const path = require("node:path");
const { Then, When } = require("@cucumber/cucumber");
const { freePort } = require("../support/free_port");
const { exoBinary } = require("../support/paths");

Then("it exits with code {int} and says {string}", function (code, text) {
  const { output, errors } = this.answer;
  assert.equal(this.answer.code, code, `${output}${errors}`);
  assert.ok(output.includes(text), `${output}${errors}`);
});

Then("exo run refuses to start with the same mistakes", async function () {
  const mistakes = this.answer.output.split("\n").slice(0, -2);
  const run = this.startRun([]);
  assert.deepEqual(await run.ended(), { code: 1, signal: null }, run.text);
  const told = run.text.split("\n").filter((line) => /\.yml:\d+: /.test(line));
  assert.deepEqual(told, mistakes.map((line) => `exo: ${line}`));
});

Then("exo run shows the warnings of exo check", async function () {
  const warnings = this.answer.output.split("\n").filter((line) => line.includes(" warning: "));
  assert.ok(warnings.length > 0, this.answer.output);
  for (const warning of warnings) {
    const wanted = `exo: ${warning.replace(" warning: ", " ")}`;
    assert.ok(this.run.output.all.includes(wanted), `${wanted} is not in:\n${this.run.text}`);
  }
});

Then("it exits with code 1 and prints the mistake with the documented keys:", function (table) {
  assert.equal(this.answer.code, 1, this.answer.errors);
  const { application, mistakes, warnings } = JSON.parse(this.answer.output);
  assert.equal(application, null);
  assert.ok(Array.isArray(warnings));
  const [{ message, ...rest }] = mistakes;
  assert.ok(message.length > 0);
  const [wanted] = table.hashes();
  assert.deepEqual(rest, { ...wanted, line: Number(wanted.line) });
});

Then("it exits with code 1 and prints the finding {string} that is lacking, with a fix", function (subject) {
  assert.equal(this.answer.code, 1, this.answer.errors);
  const { application, environment, findings } = JSON.parse(this.answer.output);
  assert.equal(application, "feature");
  assert.equal(environment, "local");
  const lacking = findings.filter(({ state }) => state === "lacking");
  assert.deepEqual(lacking.map((finding) => finding.subject), [subject]);
  assert.ok(lacking[0].meaning.length > 0 && lacking[0].fix.length > 0, JSON.stringify(lacking));
  for (const { state, fix } of findings) assert.equal(fix === null, state !== "lacking");
});

When("the machine is looked at where no application is", async function () {
  this.answer = await this.command(exoBinary(), ["doctor"], { cwd: this.emptyFolder() });
});

When("exo runs the application on the port that page states", async function () {
  const port = await freePort();
  const file = "page-0.0.1/service.yml";
  this.application.write(file, this.application.read(file).replace(/port: \d+/, `port: ${port}`));
  await this.runUntilReady([]);
});

Then("no state folder is there", function () {
  assert.ok(!existsSync(path.join(this.application.folder, ".exo")));
});
