"use strict";

const assert = require("node:assert/strict");
const { renameSync, rmSync } = require("node:fs");
const path = require("node:path");
const { spawn } = require("node:child_process");
const { Given, Then, When } = require("@cucumber/cucumber");
const { eventually } = require("../support/eventually");
const { exoBinary } = require("../support/paths");

const CLEARS = "\x1b[2J\x1b]0;mine\x07 \x1b[32mgreen\x1b[0m";

async function logs(world, ...args) {
  const { code, output, errors } = await world.exo("logs", ...args);
  assert.equal(code, 0, errors);
  return output;
}

// The answer to a message is on its way while the keeper still writes the line, so it is waited for.
function shown(world, args, text) {
  return eventually(`"${text}" in exo logs ${args.join(" ")}`, async () => {
    const output = await logs(world, ...args);
    if (!output.includes(text)) throw new Error(`exo logs shows:\n${output}`);
    return output;
  });
}

Then("exo logs shows in this order:", async function (table) {
  const wanted = table.raw().map(([line]) => line);
  const output = await shown(this, [], wanted.at(-1));
  const found = output.split("\n").filter((line) => wanted.includes(line));
  assert.deepEqual(found, wanted, output);
});

Then(/^exo logs (\S.*?) shows "(.*)" and not "(.*)"$/, async function (words, wanted, hidden) {
  if (words.endsWith("since that moment")) words = `talker --since ${this.moment}`;
  const output = await shown(this, words.split(" "), wanted);
  assert.ok(!output.includes(hidden), `"${hidden}" is in:\n${output}`);
});

// Later than every line that was written until now, to the millisecond.
When("a moment is remembered", async function () {
  const newest = (await logs(this, "--json")).trim().split("\n").map((line) => JSON.parse(line).at).sort().at(-1);
  await eventually(`a time after ${newest}`, () => new Date().toISOString() > newest);
  this.moment = new Date().toISOString();
});

Then("exo logs talker --json prints an object a line with the documented keys, oldest first", async function () {
  const entries = (await logs(this, "talker", "--json")).trim().split("\n").map((line) => JSON.parse(line));
  assert.ok(entries.length >= 2);
  for (const entry of entries) {
    assert.deepEqual(Object.keys(entry), ["at", "role", "version", "phase", "run", "attempt", "level", "text"]);
    assert.deepEqual([entry.role, entry.version, entry.run], ["talker", "0.0.1", null]);
  }
  const times = entries.map(({ at }) => at);
  assert.deepEqual(times, [...times].sort());
});

Given("exo logs --follow is begun before the application has run", function () {
  this.followed = this.begin("logs", "--follow");
});

Then("exo logs shows the line {string}", async function (line) {
  await eventually(`the line ${line}`, () => {
    if (!this.followed.output.all.includes(line)) throw new Error(`exo logs shows:\n${this.followed.text}`);
    return true;
  });
});

When("the log of talker is set aside and talker starts anew", async function () {
  const file = path.join(this.application.folder, ".exo/local/logs/talker-0.0.1.log");
  renameSync(file, `${file}.1`);
  rmSync(`${file}.1`);
  const [before] = (await this.version("talker@0.0.1")).instances;
  process.kill(before.pid, "SIGTERM");
  await eventually("talker to be there again", async () => {
    const [now] = (await this.version("talker@0.0.1")).instances;
    return now && now.id !== before.id && now.state === "ready";
  });
});

When("exo logs gets SIGINT", function () {
  this.followed.signal("SIGINT");
});

Then("exo logs ends with code 0", async function () {
  assert.deepEqual(await this.followed.ended(), { code: 0, signal: null }, this.followed.text);
});

Then("exo logs --follow ends when its reader has gone", async function () {
  const child = spawn(exoBinary(), ["logs", "--follow"], {
    cwd: this.application.folder,
    env: this.environment,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  child.stdout.destroy();
  assert.equal(await ended, 0);
});

When("talker says what clears a terminal", async function () {
  await this.ask("talker.say", { text: CLEARS });
});

Then("exo logs talker shows it escaped on a terminal", async function () {
  const command = `'${exoBinary()}' logs talker`;
  const { output } = await this.command("script", ["--quiet", "--return", "--command", command, "/dev/null"], {
    environment: { ...this.environment, TERM: "xterm" },
  });
  assert.ok(output.includes("\\x1b[2J\\x1b]0;mine\\x07 \x1b[32mgreen"), JSON.stringify(output));
  const plain = await this.command("script", ["--quiet", "--return", "--command", command, "/dev/null"], {
    environment: { ...this.environment, TERM: "xterm", NO_COLOR: "1" },
  });
  assert.ok(plain.output.includes("talker | \\x1b[2J\\x1b]0;mine\\x07 green"), JSON.stringify(plain.output));
});

Then("exo logs talker shows it unchanged in a pipe", async function () {
  await shown(this, ["talker"], `talker | ${CLEARS}\n`);
});
