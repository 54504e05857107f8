"use strict";

const assert = require("node:assert/strict");
const { statSync } = require("node:fs");
const path = require("node:path");
const { Then } = require("@cucumber/cucumber");

// What git sees beside what was committed; of ignored files too, which hide nothing here but `.exo/`.
async function changes(world) {
  const { code, output, errors } = await world.command("git", ["status", "--porcelain", "--ignored"]);
  assert.equal(code, 0, errors);
  return output.split("\n").filter((line) => line !== "" && line !== "!! .exo/");
}

Then("git sees no change in the application, nor after each of these:", { timeout: 120_000 }, async function (table) {
  this.verbsTried ??= new Set();
  assert.deepEqual(await changes(this), []);
  for (const { verb, arguments: words, "exits with": wanted } of table.hashes()) {
    const { code, output, errors } = await this.exo(verb, ...words.split(" ").filter(Boolean));
    assert.equal(code, Number(wanted), `exo ${verb} ${words}\n${output}${errors}`);
    assert.deepEqual(await changes(this), [], `exo ${verb} ${words}`);
    this.verbsTried.add(verb);
  }
});

Then("no verb was left out but init and add", async function () {
  const { output } = await this.exo("--complete", "");
  const verbs = output.trim().split("\n").map((line) => line.split("\t")[0]);
  assert.deepEqual(verbs.filter((verb) => !this.verbsTried.has(verb)), ["init", "add"]);
});

Then("{} is for its owner alone", function (file) {
  assert.equal((statSync(path.join(this.application.folder, file)).mode & 0o777).toString(8), "600");
});
