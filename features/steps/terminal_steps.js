"use strict";

const assert = require("node:assert/strict");
const { mkdtempSync, rmSync, symlinkSync, writeFileSync } = require("node:fs");
const path = require("node:path");
const { Given, Then, When } = require("@cucumber/cucumber");
const { eventually } = require("../support/eventually");
const { exoBinary, fleet } = require("../support/paths");
const { RealTerminal } = require("../support/real_terminal");

// How each shell is started without anybody's settings, and told of exo's completion.
const shells = {
  bash: { words: ["bash", "--norc", "--noprofile", "-i"], setUp: ["PS1='$ '", "source <(exo completion bash)"] },
  zsh: {
    words: ["zsh", "-f", "-i"],
    setUp: ["PS1='$ '", "autoload -Uz compinit && compinit -u -D", "source <(exo completion zsh)"],
  },
  fish: {
    words: ["fish", "--no-config", "-i"],
    setUp: ["function fish_prompt; echo '$ '; end", "exo completion fish | source"],
  },
};

// A folder for PATH in which exo is the program under test.
function folderOfExo(world) {
  const folder = mkdtempSync("/tmp/exof-path-");
  world.whenOver(() => rmSync(folder, { recursive: true }));
  symlinkSync(exoBinary(), path.join(folder, "exo"));
  return folder;
}

When("somebody opens {word} with exo's completion in the application's folder", async function (shell) {
  const { words, setUp } = shells[shell];
  const home = this.emptyFolder();
  const environment = { ...this.environment, HOME: home, LANG: "C.UTF-8", PATH: `${folderOfExo(this)}:${process.env.PATH}` };
  this.terminal = await RealTerminal.open(words, { columns: 120, cwd: this.application.folder, environment });
  this.whenOver(() => this.terminal.close());
  for (const command of [...setUp, "clear; echo set; echo up"]) {
    await this.terminal.type(command);
    await this.terminal.press("Enter");
  }
  await this.terminal.shows(/set\nup\n\$$/);
});

// A terminal in which one verb of exo is typed.
async function typeExo(world, verb, columns, more = {}) {
  const environment = { ...world.environment, LANG: "C.UTF-8", ...more };
  const options = { columns, rows: 40, cwd: world.application.folder, environment };
  const terminal = await RealTerminal.open([exoBinary(), verb, ...(verb === "run" ? world.freePorts() : [])], options);
  world.whenOver(() => terminal.close());
  return terminal;
}

When("the offline script of {word} has said how far it is", async function (name) {
  await eventually(`progress of ${name}`, async () => /^27000 of 60000/.test((await this.version(name)).scripts.offline.progress));
});

When("exo {word} is typed in a terminal of {int} columns", async function (verb, columns) {
  this.columns = columns;
  this.terminal = await typeExo(this, verb, columns);
});

// tmux breaks a line that is too wide into two: then a row does not begin with a version.
Then("no line of the table is wider than the terminal", async function () {
  await this.terminal.ended();
  const screen = await this.terminal.screen();
  const below = screen.slice(screen.findIndex((line) => line.startsWith("VERSION")) + 1);
  const rows = below.filter((line) => line !== "");
  this.table = rows.join("\n");
  for (const row of rows) assert.match(row, /^\S+@\S+ /, screen.join("\n"));
});

Then(/^the table names (.*) in full$/, function (list) {
  const names = this.table.split("\n").map((row) => row.split(" ")[0]);
  assert.deepEqual(names.sort(), list.split(/, | and /).sort());
});

Then(/^the table (?:is cut with|shows) "(.*)"$/, function (text) {
  assert.ok(this.table.includes(text), this.table);
});

async function hasColours(world, where) {
  if (where === "in a pipe") return (await world.exo("status")).output.includes("\x1b");
  const terminal = await typeExo(world, "status", 100, where.includes("NO_COLOR") ? { NO_COLOR: "1" } : {});
  await terminal.ended();
  const table = (await terminal.screen({ colors: true })).filter((line) => line.includes("@0.0."));
  assert.equal(table.length, 4, table.join("\n"));
  return table.some((line) => line.includes("\x1b["));
}

Then(/^exo status (.*) has (colours|no colours)$/, async function (where, colours) {
  assert.equal(await hasColours(this, where), colours === "colours");
});

// Without its line breaks, what is on the screen is what a program reads.
Then("no word of the history is broken, and what goes on stands below its event", async function () {
  await this.terminal.ended();
  const screen = (await this.terminal.screen()).filter((line) => line !== "");
  assert.ok(screen.some((line) => /^ {23}\S/.test(line)), screen.join("\n"));
  for (const line of screen) assert.match(line, /^(\d{4}-\d\d-\d\d [\d:]{8} {2}| {23})\S/, screen.join("\n"));
  const events = screen.join("\n").replaceAll(/\n +/g, " ").split("\n");
  const { output } = await this.exo("history");
  const read = output.trim().split("\n");
  const words = (lines) => lines.map((line) => line.replaceAll(/ +/g, " "));
  assert.ok(events.length > 5, screen.join("\n"));
  assert.deepEqual(words(events), words(read.slice(-events.length))); // what came first may have left the screen
});

// What is longer than a line is no word: a path.
Then("no word of exo {word} is broken, and further lines stand further in", async function (verb) {
  await this.terminal.ended();
  const screen = (await this.terminal.screen()).filter((line) => line !== "");
  assert.ok(screen.some((line) => /^ {4}/.test(line)), screen.join("\n"));
  const shown = new Set(screen.join(" ").split(/ +/));
  const lines = (await this.exo(verb)).output.split("\n");
  // A number is not the same twice: how much of the disk is free.
  const words = lines.join("\n").split(/\s+/).filter((word) => /^\D.{0,23}$/.test(word));
  assert.ok(words.length > 20, words.join(" "));
  for (const word of words) assert.ok(shown.has(word), `"${word}" is not in:\n${screen.join("\n")}`);
});

Then("exo history in a pipe has an event a line", async function () {
  const { output } = await this.exo("history");
  assert.equal(output.trim().split("\n").length, (await this.history()).length);
});

Then("the last line of the terminal is {string}", async function (line) {
  await eventually(`the last line ${line}`, async () => {
    const screen = await this.terminal.screen();
    if (screen.at(-1) !== line) throw new Error(screen.join("\n"));
    return true;
  });
});

Then(/^the last line of the terminal is "(.*)", in which N is at least 10$/, async function (line) {
  const wanted = new RegExp(`^${line.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\bN\b/, "[1-9]\\d")}$`);
  await eventually(`the last line ${line}`, async () => {
    const screen = await this.terminal.screen();
    if (!wanted.test(screen.at(-1))) throw new Error(screen.join("\n"));
    return true;
  });
});

Then(/^exo status tells that the offline script of (\S+) is quiet for at least 10 s$/, async function (name) {
  const { quiet_ms: quiet, done, pace } = (await this.version(name)).scripts.offline;
  assert.ok(quiet >= 10_000, `${quiet} ms`);
  assert.equal(done, null);
  assert.match(pace, /^quiet for \d\d s$/);
  assert.match((await this.exo("status")).output, /running, quiet for \d\d s/);
});

// A hundred every 50 ms, as far as a busy machine gets to it.
async function lineOfProgress(world) {
  const wanted = /^deployment-greeter-0\.0\.2: offline phase {2}\[#*\.+\] {2}(\d+) % {2}([\d,]+) of 60,000 {2}([\d,]+)\/s {2}(\S.*) left$/;
  return eventually("a line of progress with rate and time left", async () => {
    const screen = await world.terminal.screen();
    const found = wanted.exec(screen.at(-1));
    if (!found) throw new Error(screen.join("\n"));
    const [, percent, done, perSecond, left] = found;
    const number = (text) => Number(text.replaceAll(",", ""));
    return { percent: number(percent), done: number(done), perSecond: number(perSecond), left, line: found[0] };
  });
}

Then("the last line of the terminal shows a bar, the share of 60,000, the rate and the time left", async function () {
  this.seenProgress = await lineOfProgress(this);
  const { percent, done, perSecond, left, line } = this.seenProgress;
  assert.equal(percent, Math.floor((done / 60_000) * 100), line);
  assert.ok(perSecond > 100 && perSecond < 4_000, line);
  assert.match(left, /^[\d.]+ (s|min)/, line);
});

Then("it goes on to count", async function () {
  await eventually("more to be done", async () => (await lineOfProgress(this)).done > this.seenProgress.done);
});

Then("the terminal shows {string}, and no progress any more", async function (text) {
  await eventually(`${text} and no progress`, async () => {
    const screen = await this.terminal.screen();
    if (!screen.some((line) => line.includes(text)) || /of 60,000|\[[#.]|quiet for/.test(screen.join("\n"))) throw new Error(screen.join("\n"));
    return true;
  });
});

Given("the services visits and a lingerer that ends when it may", function () {
  this.mayEnd = path.join(this.emptyFolder(), "may-end");
  this.application.addService("visits");
  this.application.addService("lingerer", "0.0.1", { variables: { LINGERER_MAY_END: this.mayEnd } });
});

When("lingerer may end", function () {
  writeFileSync(this.mayEnd, "");
});

When("exo run is typed in a terminal, behind a program that passes on what it gets", async function () {
  const environment = { ...this.environment, LANG: "C.UTF-8" };
  const words = [process.execPath, path.join(fleet, "passes_on.js"), exoBinary(), "run", ...this.freePorts()];
  this.terminal = await RealTerminal.open(words, { columns: 200, rows: 60, cwd: this.application.folder, environment });
  this.whenOver(() => this.terminal.close());
  await this.terminal.shows(/^exo: ready/m, { within: 30_000 });
});

Then("the terminal shows {string} and {string}", async function (first, second) {
  for (const text of [first, second]) await this.terminal.shows(new RegExp(text));
});

Then("the program in the terminal ends with {string}", async function (text) {
  await this.terminal.ended();
  assert.ok((await this.terminal.screen()).join("\n").includes(text), (await this.terminal.screen()).join("\n"));
});

When("{word} is pressed in the terminal", async function (key) {
  await this.terminal.press(key);
});

Then("exo run says {string} at the beginning of a line", async function (text) {
  await eventually(`a line that begins with ${text}`, () => this.run.output.all.some((line) => line.startsWith(text)));
});

Then("exo run has drawn nothing again", function () {
  assert.doesNotMatch(this.run.text, /[\r\x1b]/);
});

Then("Tab completes:", async function (table) {
  for (const { typed, becomes } of table.hashes()) {
    await this.terminal.press("C-u", "C-l");
    await this.terminal.shows(/^\$$/);
    await this.terminal.type(typed);
    await this.terminal.press("Tab");
    await eventually(`"${typed}" to become "${becomes}"`, async () => {
      const [line] = await this.terminal.screen();
      if (line.trimEnd() !== `$ ${becomes}`) throw new Error((await this.terminal.screen()).join("\n"));
      return true;
    });
  }
});

Then("exo --complete logs, and then nothing typed, prints nothing", async function () {
  const { code, output, errors } = await this.command(exoBinary(), ["--complete", "logs", ""], { cwd: this.emptyFolder() });
  assert.deepEqual({ code, output, errors }, { code: 0, output: "", errors: "" });
});

Then("exo --complete, and then nothing typed, prints every verb that exo --help names", async function () {
  const [completed, helped] = await Promise.all([this.exo("--complete", ""), this.exo("--help")]);
  const verbs = completed.output.trim().split("\n").map((line) => line.split("\t")[0]);
  const named = [...helped.output.split("Subcommands:")[1].matchAll(/^ {2}(\w[\w-]*) /gm)].map(([, verb]) => verb);
  assert.deepEqual(verbs, named.filter((verb) => verb !== "exo"));
  assert.ok(verbs.includes("status") && verbs.includes("completion"), verbs.join(" "));
});
