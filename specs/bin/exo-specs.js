#!/usr/bin/env node
"use strict";

const { closeSync, readFileSync } = require("node:fs");
const { runSpecs } = require("../lib/spec_run");

// Text of a file; one that is only open in this process is closed, so that nobody below it has it too.
function take(file) {
  const text = readFileSync(file, "utf8");
  const descriptor = /^\/proc\/self\/fd\/(\d+)$/.exec(file);
  if (descriptor) closeSync(Number(descriptor[1]));
  return text;
}

// `exo test` writes the plan (see lib/plan.js) and names it here.
async function main([file, ...more]) {
  if (file === undefined || file.startsWith("-") || more.length > 0) {
    console.error("usage: exo-specs PLAN\nRuns the specs of deployment scripts. `exo test` starts it.");
    process.exit(file === "--help" ? 0 : 2);
  }
  process.exit(await runSpecs(JSON.parse(take(file))));
}

main(process.argv.slice(2)).catch((error) => {
  console.error(`exo: ${error.message}`);
  process.exit(1);
});
