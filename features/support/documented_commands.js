"use strict";

const { execFileSync } = require("node:child_process");
const { readdirSync, readFileSync } = require("node:fs");
const path = require("node:path");
const { exoBinary, root } = require("./paths");

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

// What `--help` of exo, of each of its verbs, and of each of theirs, shows as examples; each command once.
function helpCommands() {
  const commands = helpCommandsOf([]);
  return commands.filter(({ text }, place) => commands.findIndex((each) => each.text === text) === place);
}

function helpCommandsOf(words) {
  const help = execFileSync(exoBinary(), [...words, "--help"], { encoding: "utf8", timeout: 10_000 });
  const where = ["exo", ...words, "--help"].join(" ");
  const [rest, examples] = help.split("Example:\n");
  const lines = (examples ?? "").split("\n").map((line) => line.trim()).filter((line) => line !== "");
  if (lines.length === 0) throw new Error(`${where} shows no example`);
  const [, subcommands = ""] = rest.split("Subcommands:");
  const verbs = [...subcommands.matchAll(/^ {2}([a-z][\w-]*) /gm)].map(([, verb]) => verb);
  return [...lines.map((text) => ({ where, text })), ...verbs.flatMap((verb) => helpCommandsOf([...words, verb]))];
}

module.exports = { documentedCommands, helpCommands };
