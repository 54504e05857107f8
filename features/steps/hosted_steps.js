"use strict";

const { Given, When } = require("@cucumber/cucumber");

const production = (world) => [...world.freePorts(), "--environment", "production"];

Given("exo runs the application in production", async function () {
  await this.runUntilReady(production(this));
});

When("exo is started in production", function () {
  this.startRun(production(this));
});
