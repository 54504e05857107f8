"use strict";

// Prints the scenarios that had begun and not ended when a run of the features was over: node under_way.js FILE
const { readFileSync } = require("node:fs");
const { scenariosUnderWay } = require("../../features/support/under_way");

for (const { where, scenario, step, since } of scenariosUnderWay(readFileSync(process.argv[2], "utf8"))) {
  const seconds = Math.round(Date.now() / 1000 - since);
  console.log(`not ended: ${where}: ${scenario}; for ${seconds} s in: ${step}`);
}
