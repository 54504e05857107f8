"use strict";

const { Given } = require("@cucumber/cucumber");
const { serviceWords } = require("../lib/scenario");

Given(new RegExp(`^${serviceWords}$`), function (noun, version) {
  this.scenario.name(noun, version ?? undefined, false);
});

// The first one starts the host, which is as patient as exo itself.
Given(new RegExp(`^${serviceWords} with (?:the|these) (\\S+):$`), { timeout: -1 }, async function (noun, version, records, table) {
  this.scenario.name(noun, version ?? undefined, true);
  await this.scenario.ready();
  await this.scenario.give(noun, version ?? undefined, records, table);
});
