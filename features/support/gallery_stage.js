"use strict";

const { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { ExoRun } = require("./exo_run");
const { commandOutput } = require("./command_output");
const { exoBinary, obstacleToOtherUsers, root } = require("./paths");
const { situations } = require("./gallery_situations");

const NOBODY = 65534;

// Also where it is as short as "vm": not inside another word.
function wholeWord(text) {
  return new RegExp(`(?<!\\w)${text.replaceAll(/\W/g, "\\$&")}(?!\\w)`, "g");
}

// Where one picture is played: a folder, what is given around it, and the command's words on all that.
class Stage {
  folder = mkdtempSync("/tmp/exog-");
  #values = new Map([["FOLDER", this.folder]]); // word of the picture → what it stands for here
  #wrapper = []; // a command that runs the command
  #cleanUps = [() => rmSync(this.folder, { recursive: true, force: true })];
  environment = { PATH: process.env.PATH, HOME: "/tmp", LANG: "C.UTF-8", EXO_ROOT: root };

  // Why the picture cannot be played on this machine; null when it can.
  async set(picture) {
    chmodSync(this.folder, 0o755);
    const found = picture.given.map((text) => ({ text, situation: situations.find(({ form }) => form.test(text)) }));
    const unknown = found.find(({ situation }) => !situation);
    if (unknown) throw new Error(`the gallery knows no situation "${unknown.text}"`);
    for (const { situation } of found) {
      if (situation.needsRoot && process.getuid() !== 0) return "it takes root";
      if (situation.needsOtherUsers && obstacleToOtherUsers()) return obstacleToOtherUsers();
    }
    for (const { text, situation } of found.filter(({ situation: { early } }) => early)) await situation.make(this, situation.form.exec(text));
    for (const [name, content] of picture.files) this.write(name, content);
    for (const { text, situation } of found.filter(({ situation: { early } }) => !early)) await situation.make(this, situation.form.exec(text));
    return null;
  }

  write(name, content) {
    const file = path.join(this.folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    if (!name.endsWith("/")) writeFileSync(file, this.filled(content));
    if (/^#!/.test(content)) chmodSync(file, 0o755);
  }

  // The text with the picture's words replaced by what they stand for.
  filled(text) {
    let result = text;
    for (const [word, value] of this.#values) result = result.replaceAll(word, value);
    return result;
  }

  stands(word, value) {
    this.#values.set(word, String(value));
  }

  wrap(...command) {
    this.#wrapper = [...command, ...this.#wrapper];
  }

  asNobody() {
    this.wrap("setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups");
  }

  whenOver(cleanUp) {
    this.#cleanUps.push(cleanUp);
  }

  // A host on this folder until the picture is over.
  async runHost() {
    const run = new ExoRun(this.folder, [], this.environment);
    this.whenOver(() => run.stop());
    await run.ready({ within: 60_000 });
    return run;
  }

  // What the command says, with this machine taken out of it.
  async play(words) {
    const [name, ...rest] = words.map((word) => this.filled(word));
    if (name !== "exo") throw new Error(`the gallery shows exo only, not ${name}`);
    const [program, ...args] = [...this.#wrapper, exoBinary(), ...rest];
    const { output, errors, code } = await commandOutput(program, args, { cwd: this.folder, env: this.environment });
    return this.#withoutMachine(`${output}${errors}exits with ${code}\n`);
  }

  #withoutMachine(text) {
    let result = text;
    const values = [...this.#values].sort(([, left], [, right]) => right.length - left.length);
    for (const [word, value] of values) result = result.replaceAll(value, word);
    return result
      .replaceAll(/^(ok +\S+) .*$/gm, "$1") // of exo doctor: what is well differs from machine to machine
      .replaceAll(/all services run as \S+:/g, "all services run as USER:")
      .replaceAll(root, "EXO")
      .replaceAll(/host-[0-9a-z]{8,}/g, "host-ID")
      .replaceAll(wholeWord(os.hostname()), "MACHINE")
      .replaceAll(/\b(pid|process) \d+/g, "$1 PID")
      .replaceAll(/\d{4}-\d\d-\d\dT[0-9:.]+Z/g, "TIME")
      .replaceAll(/\b[0-9a-f]{64}\b/g, "DIGEST");
  }

  async leave() {
    for (const cleanUp of this.#cleanUps.reverse()) await cleanUp();
  }
}

module.exports = { Stage };
