"use strict";

const assert = require("node:assert/strict");
const { existsSync, mkdirSync, readdirSync, writeFileSync } = require("node:fs");
const path = require("node:path");
const { Given, Then } = require("@cucumber/cucumber");

const VISIT = "anna\n"; // as features/fleet/visits.js writes it

function dataOf(world, name = "") {
  return path.join(world.application.folder, ".exo/local/data", name);
}

Given("exo run has run, and visits has kept a visit", async function () {
  const { code, errors } = await this.exo("run", "--until-ready");
  assert.equal(code, 0, errors);
  writeFileSync(path.join(dataOf(this, "visits"), "book"), VISIT);
});

Given("application.yml of the application is broken", function () {
  this.application.write("application.yml", "services: [\n");
});

Given("a removal of data was cut short", function () {
  const left = path.join(dataOf(this), ".removed-1-visits", "pages");
  mkdirSync(left, { recursive: true });
  writeFileSync(path.join(left, "1"), VISIT);
});

Then("the data of visits is told with 5 bytes in 1 file, and an instance of visits that runs", function () {
  const [titles, ...lines] = this.answer.output.trim().split("\n");
  assert.match(titles, /^FOLDER +SIZE +FILES +CHANGED +USED BY$/);
  const line = lines.find((each) => each.startsWith("visits "));
  assert.match(line, /^visits +5 bytes +1 +\d{4}-\d\d-\d\dT\S+Z +visits-0\.0\.1-\S+, at this moment$/);
});

Then("the data of visits is used by visits@0.0.1, and nothing runs", function () {
  const lines = this.answer.output.trim().split("\n").map((line) => JSON.parse(line));
  const { path: where, changed, ...rest } = lines.find(({ name }) => name === "visits");
  assert.equal(where, dataOf(this, "visits"));
  assert.ok(Math.abs(Date.parse(changed) - Date.now()) < 3_600_000, changed);
  assert.deepEqual(rest, {
    name: "visits",
    link: null,
    bytes: VISIT.length,
    files: 1,
    allSeen: true,
    usedBy: [{ role: "visits", version: "0.0.1", script: false }],
    running: [],
  });
});

Then("there is no data of visits any more", function () {
  assert.ok(!existsSync(dataOf(this, "visits")));
});

Then("visits still has its data", function () {
  assert.deepEqual(readdirSync(dataOf(this, "visits")), ["book"]);
});

Then("nothing is left of what was removed", function () {
  assert.deepEqual(
    readdirSync(dataOf(this)).filter((name) => name === "visits" || name.startsWith(".")),
    [],
  );
});

Then("the ledger says that the data of visits was removed because of {string}", async function (reason) {
  const removals = (await this.history()).filter(({ event }) => event === "removal-decided");
  assert.equal(removals.length, 1);
  const [{ name, files, bytes, reason: why, who }] = removals;
  assert.deepEqual({ name, files, bytes, why }, { name: "visits", files: 1, bytes: VISIT.length, why: reason });
  assert.ok(who, "somebody is named");
});
