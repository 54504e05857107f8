"use strict";

const assert = require("node:assert/strict");
const { mkdirSync, mkdtempSync, rmSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const path = require("node:path");
const { test } = require("node:test");
const { shareModules } = require("../lib/exos_modules");

test("steps of an application get exo's cucumber, also where it has one of its own", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "exo-specs-"));
  try {
    const theirs = path.join(folder, "node_modules/@cucumber/cucumber");
    mkdirSync(theirs, { recursive: true });
    writeFileSync(path.join(theirs, "index.js"), "module.exports = 'theirs';");
    mkdirSync(path.join(folder, "node_modules/other"));
    writeFileSync(path.join(folder, "node_modules/other/index.js"), "module.exports = 'theirs';");
    writeFileSync(path.join(folder, "steps.js"), 'module.exports = [require("@cucumber/cucumber"), require("other")];');
    shareModules();
    const [cucumber, other] = require(path.join(folder, "steps.js"));
    assert.equal(cucumber, require("@cucumber/cucumber"));
    assert.equal(other, "theirs");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
