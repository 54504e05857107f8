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

// What `--help` of exo and of each of its verbs shows as examples.
function helpCommands() {
  const helpOf = (words) => execFileSync(exoBinary(), [...words, "--help"], { encoding: "utf8", timeout: 10_000 });
  const verbs = [...helpOf([]).split("Subcommands:")[1].matchAll(/^ {2}([a-z][\w-]*) /gm)].map(([, verb]) => verb);
  return [[], ...verbs.map((verb) => [verb])].flatMap((words) => {
    const [, examples] = helpOf(words).split("Example:\n");
    const lines = (examples ?? "").split("\n").map((line) => line.trim()).filter((line) => line !== "");
    if (lines.length === 0) throw new Error(`exo ${words.join("")} --help shows no example`);
    return lines.map((text) => ({ where: `exo ${words.join("")} --help`, text }));
  });
}

module.exports = { documentedCommands, helpCommands };
