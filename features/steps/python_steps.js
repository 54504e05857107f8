"use strict";

const { chmodSync, mkdtempSync, rmSync, writeFileSync } = require("node:fs");
const path = require("node:path");
const { Given, Then } = require("@cucumber/cucumber");

// A folder with a python3 that finds no package.
function bareFolder(world) {
  const folder = mkdtempSync("/tmp/exof-python-");
  world.whenOver(() => rmSync(folder, { recursive: true }));
  const program = path.join(folder, "python3");
  writeFileSync(program, '#!/bin/sh\nexec /usr/bin/python3 -I -S "$@"\n');
  chmodSync(program, 0o755);
  return folder;
}

Given("a python3 without packages that comes first on the path", function () {
  this.variables.PATH = `${bareFolder(this)}:${process.env.PATH}`;
});

Given("EXO_PYTHON names the system's Python", function () {
  this.variables.EXO_PYTHON = "/usr/bin/python3";
});

Given("EXO_PYTHON names a python3 without packages", function () {
  this.variables.EXO_PYTHON = path.join(bareFolder(this), "python3");
});

Given(/^the script of (\S+)@(\S+) has at most one attempt$/, function (role, version) {
  this.application.write(`deployment-scripts/${role}-${version}.yml`, "attempts: 1\n");
});

Then("exo run shows the line {string}", async function (text) {
  await this.run.says(new RegExp(`${text}$`));
});

Then("exo run shows the end of {string}", async function (text) {
  await this.run.says(new RegExp(text));
});
