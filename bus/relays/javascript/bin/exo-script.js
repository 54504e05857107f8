#!/usr/bin/env node
"use strict";

const { ScriptLoader } = require("../lib/script_loader");

async function main([file, ...more]) {
  if (file === undefined || file.startsWith("-") || more.length > 0) {
    console.error("usage: exo-script FILE\nRuns a deployment script that exports its handlers by name. exo starts it.");
    process.exit(file === "--help" ? 0 : 2);
  }
  try {
    await new ScriptLoader(file).run();
  } catch (error) {
    console.error(`exo-script: ${error.message}`);
    process.exit(1);
  }
}

main(process.argv.slice(2));
