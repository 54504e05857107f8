"use strict";

const { readdirSync, readFileSync } = require("node:fs");
const path = require("node:path");
const { root } = require("./paths");

// What README.md and docs/ show as typed: the lines of ```console blocks that begin with "$ ".
function documentedCommands() {
  const files = ["README.md", ...readdirSync(path.join(root, "docs")).map((name) => `docs/${name}`)];
  return files.filter((name) => name.endsWith(".md")).flatMap(commandsOf);
}

function commandsOf(file) {
  const commands = [];
  let inside = false;
  for (const [number, line] of readFileSync(path.join(root, file), "utf8").split("\n").entries()) {
    if (line.startsWith("```")) inside = !inside && /^```console\b/.test(line);
    else if (inside && line.startsWith("$ ")) {
      commands.push({ where: `${file}:${number + 1}`, text: line.slice(2).replace(/\s+#.*$/, "").trim() });
    }
  }
  return commands;
}

module.exports = { documentedCommands };
