"use strict";

const { appendFileSync } = require("node:fs");
const path = require("node:path");
const { Given, Then } = require("@cucumber/cucumber");

Given(/^the developer edits the script of (\S+)@(\S+) without changing what it does$/, function (role, version) {
  appendFileSync(path.join(this.application.folder, `deployment-scripts/${role}-${version}.js`), "// still the same\n");
});

Given(/^the script of (\S+)@(\S+) is taken away$/, function (role, version) {
  this.application.removeScript(role, version);
});

Given("the service {word} is taken away", function (role) {
  this.application.removeService(role);
});

Then("exo run tells {string}", async function (text) {
  const literally = text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  await this.run.says(new RegExp(literally));
});
