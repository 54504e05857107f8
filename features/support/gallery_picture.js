"use strict";

const { readFileSync, writeFileSync } = require("node:fs");

// One picture of the gallery: what is given, the files of an application, a command and all that it says.
//
//     # what the mistake is
//     given: another program listens on PORT
//     -- application.yml --
//     name: shop
//     $ exo run FOLDER
//     exo: …
//     exits with 1
//
// "-- NAME --" begins a file; what exo prints on its standard output comes before what it prints as errors.
class Picture {
  constructor(file) {
    this.file = file;
    const text = readFileSync(file, "utf8");
    const command = /^\$ (.*)$/m.exec(text);
    if (!command) throw new Error(`${file}: no line begins with "$ "`);
    this.before = text.slice(0, command.index + command[0].length + 1);
    this.says = text.slice(this.before.length);
    this.words = command[1].split(" ");
    this.title = /^# (.*)$/m.exec(text)?.[1];
    this.given = [...this.before.matchAll(/^given: (.*)$/gm)].map(([, situation]) => situation);
    this.files = filesOf(text.slice(0, command.index));
  }

  // Takes what is said now as what should be said.
  accept(says) {
    writeFileSync(this.file, this.before + says);
  }
}

function filesOf(text) {
  const files = new Map();
  let name = null;
  for (const line of text.split("\n")) {
    const begin = /^-- (\S+) --$/.exec(line);
    if (begin) {
      name = begin[1];
      files.set(name, "");
    } else if (name !== null) {
      files.set(name, `${files.get(name)}${line}\n`);
    }
  }
  // The last file ends where the command begins.
  if (name !== null) files.set(name, files.get(name).replace(/\n$/, ""));
  return files;
}

module.exports = { Picture };
