"use strict";

const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const path = require("node:path");
const { Then, When } = require("@cucumber/cucumber");
const { commandOutput } = require("../support/command_output");
const { exoBinary, root } = require("../support/paths");

When("the bus is measured briefly, with all processes on one CPU", async function () {
  this.results = path.join(this.emptyFolder(), "results.json");
  const args = ["--quick", "--only", "round trip 100 B, one CPU", "--json", this.results];
  const env = { ...this.environment, EXO_BIN: path.dirname(exoBinary()) };
  this.measured = await commandOutput(path.join(root, "benchmarks/bus"), args, { env });
  assert.equal(this.measured.code, 0, this.measured.errors);
});

Then("the table compares exo's round trip with that of the forwarder", function () {
  const { output } = this.measured;
  assert.match(output, /^exo: round trip 100 B, one CPU, p50 +[0-9.]+ +[0-9.]+ +[0-9.]+ us$/m);
  assert.match(output, /^ +round trip 100 B, one CPU, p50 +[0-9.]+ x forwarder +[0-9.]+ to [0-9.]+$/m);
});

Then("the results are written in the documented form", function () {
  const { machine, runs, results } = JSON.parse(readFileSync(this.results, "utf8"));
  assert.ok(machine.length > 0);
  assert.equal(runs, 1);
  const compared = results.find(({ ratio_to: to }) => to === "forwarder: round trip 100 B, one CPU, p50");
  assert.equal(compared.name, "exo: round trip 100 B, one CPU, p50");
  const other = results.find(({ name }) => name === compared.ratio_to);
  for (const { unit, median, min, max } of [compared, other]) {
    assert.equal(unit, "us");
    assert.ok(min > 0 && min <= median && median <= max);
  }
  assert.ok(Math.abs(compared.ratio - compared.median / other.median) < 1e-9, "one run's ratio is that of its figures");
});
