"use strict";

const { readFileSync } = require("node:fs");
const path = require("node:path");
const { root } = require("./paths");

// The command that docs/operations.md gives for a fault: the first of exo's in the third cell of its row.
function wayOutOf(fault) {
  const page = readFileSync(path.join(root, "docs/operations.md"), "utf8");
  const row = page.split("\n").find((line) => line.startsWith(`| \`${fault}\` |`));
  const [, command] = /`exo ([^`]+)`/.exec(row?.split("|")[3] ?? "") ?? [];
  if (!command) throw new Error(`docs/operations.md gives no command for ${fault}`);
  return command;
}

module.exports = { wayOutOf };
