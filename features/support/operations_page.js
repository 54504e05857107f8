"use strict";

const { readFileSync } = require("node:fs");
const path = require("node:path");
const { root } = require("./paths");

const lines = () => readFileSync(path.join(root, "docs/operations.md"), "utf8").split("\n");

// What can be wrong with a ledger: the rows of the page's first table.
function faults() {
  const page = lines();
  const head = page.findIndex((line) => line.startsWith("| fault |"));
  const table = page.slice(head + 2);
  return table.slice(0, table.findIndex((line) => !line.startsWith("|"))).map((row) => /^\| `([a-z-]+)` \|/.exec(row)[1]);
}

// The command that docs/operations.md gives for a fault: the first of exo's in the third cell of its row.
function wayOutOf(fault) {
  const row = lines().find((line) => line.startsWith(`| \`${fault}\` |`));
  const [, command] = /`exo ([^`]+)`/.exec(row?.split("|")[3] ?? "") ?? [];
  if (!command) throw new Error(`docs/operations.md gives no command for ${fault}`);
  return command;
}

module.exports = { faults, wayOutOf };
