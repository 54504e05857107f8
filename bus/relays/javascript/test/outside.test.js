"use strict";

const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const { mkdtempSync, rmSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { test } = require("node:test");

const RELAY = join(__dirname, "..");

test("an application outside the clone installs the relay from its folder", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "exo-outside-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "package.json"), '{ "name": "outside", "version": "1.0.0" }\n');
  const environment = { ...process.env, NODE_PATH: "" };
  const run = (program, ...args) => execFileSync(program, args, { cwd: folder, env: environment, encoding: "utf8" });
  run("npm", "install", "--offline", "--no-audit", "--no-fund", "--loglevel=error", RELAY);
  const source = 'const { ExoRelay } = require("exorelay"); console.log(typeof ExoRelay.fromEnvironment)';
  assert.equal(run(process.execPath, "--eval", source), "function\n");
});
