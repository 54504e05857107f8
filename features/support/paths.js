"use strict";

const { accessSync, constants } = require("node:fs");
const path = require("node:path");

const root = path.resolve(__dirname, "../..");
const binary = process.env.EXO_BINARY ?? path.join(root, "build/release/bin/exo");

// The program under test; says how to get it when it is not there.
function exoBinary() {
  try {
    accessSync(binary, constants.X_OK);
  } catch {
    throw new Error(`${binary} is not there: run bin/test, which builds it, or set EXO_BINARY`);
  }
  return binary;
}

module.exports = {
  root,
  exoBinary,
  fleet: path.join(root, "features/fleet"),
  example: path.join(root, "examples/todo-app"),
};
