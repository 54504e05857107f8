"use strict";

const { accessSync, constants, statSync } = require("node:fs");
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

// Whether other users may enter a folder: what they are to run must lie in one.
function othersMayEnter(folder) {
  const above = path.dirname(folder);
  return (statSync(folder).mode & 0o001) !== 0 && (above === folder || othersMayEnter(above));
}

// Why processes of other users cannot be started from here; null when they can.
function obstacleToOtherUsers() {
  if (process.getuid() !== 0) return "it takes root to start a process as another user";
  return othersMayEnter(root) ? null : `other users may not enter ${root}, where exo lies`;
}

module.exports = {
  root,
  obstacleToOtherUsers,
  exoBinary,
  fleet: path.join(root, "features/fleet"),
  example: path.join(root, "examples/todo-app"),
};
