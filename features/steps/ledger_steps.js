"use strict";

const assert = require("node:assert/strict");
const { createHash } = require("node:crypto");
const { existsSync, readFileSync, writeFileSync } = require("node:fs");
const path = require("node:path");
const { Given, Then, When } = require("@cucumber/cucumber");
const { LedgerFiles } = require("../support/damages");
const { wayOutOf } = require("../support/operations_page");
const { deploymentScript } = require("../support/scripts");
const { shellWords } = require("../support/shell_words");

const filesOf = (world, environment) => new LedgerFiles(world.application.folder, environment);

async function runAndStop(world, options) {
  await world.runUntilReady(options);
  await world.stopRun();
}

async function succeeds(world, ...words) {
  const answer = await world.exo(...words);
  assert.equal(answer.code, 0, answer.errors);
  return answer;
}

Given("an application whose rollout is done and whose ledger was exported to shop.jsonl", async function () {
  this.application.addService("visits");
  await runAndStop(this);
  filesOf(this).backUp("early");
  this.application.addService("greeter");
  this.underTest = { role: "greeter", version: "0.0.1" };
  this.application.addScript("greeter", "0.0.1", deploymentScript("greeter", "0.0.1", { offline: "succeeds", online: "succeeds" }));
  await runAndStop(this);
  await succeeds(this, "ledger", "export", "shop.jsonl");
});

When("somebody cuts ledger.head off", function () {
  filesOf(this).cutOff("ledger.head", 5000);
});

When("the ledger.db of an earlier start is restored", function () {
  filesOf(this).restore("early", ["ledger.db"]);
});

When("ledger.db and ledger.head of before the rollout are restored", function () {
  filesOf(this).restore("early", ["ledger.db", "ledger.head"]);
});

// Which must go as far as this one's, else it would only be behind.
When("the ledger.db of another environment is copied over", async function () {
  const { length } = await this.history();
  const options = ["--environment", "other"];
  for (let events = 0; events <= length; ) {
    await runAndStop(this, options);
    const { output } = await succeeds(this, "history", "--json", ...options);
    events = output.split("\n").length;
  }
  filesOf(this).copyDatabaseOf(filesOf(this, "other"));
});

Given("ledger.db and ledger.head are copied to the folder backup", function () {
  filesOf(this).copyTo(path.join(this.application.folder, "backup"));
});

Then("the refusal names keeper.jsonl and logs\\/greeter-0.0.1-offline-1-1.log", async function () {
  const { errors } = await this.exo("ledger", "verify");
  assert.match(errors, /\(keeper\.jsonl tells how \d+ processes ended; logs\/greeter-0\.0\.1-offline-1-1\.log and \d+ more; runs\//);
});

When("ledger.lock, keeper.lock and the locks of runs are backed up while it runs", function () {
  this.locks = filesOf(this).locks();
  assert.match([...this.locks.keys()].join(), /keeper\.lock.*ledger\.lock/);
});

When("that backup is restored", function () {
  for (const [name, text] of this.locks) writeFileSync(filesOf(this).file(name), text);
});

When("somebody edits event {int}", function (sequence) {
  filesOf(this).editEvent(sequence);
});

When("ledger.db is overwritten", function () {
  filesOf(this).overwrite("ledger.db");
});

When("somebody changes a digit in shop.checkpoint", function () {
  const file = path.join(this.application.folder, "shop.checkpoint");
  writeFileSync(file, readFileSync(file, "utf8").replace(/^sequence \d/m, (found) => `sequence ${found.endsWith("1") ? 2 : 1}`));
});

When("somebody types {string}", async function (command) {
  this.answer = await this.exo(...shellWords(command.replace(/^exo /, "")));
});

When(/^what docs\/operations\.md says about (\S+) is typed$/, async function (fault) {
  this.answer = await succeeds(this, ...shellWords(wayOutOf(fault)));
});

function refuses({ code, errors }, names) {
  assert.equal(code, 1, errors);
  for (const name of names) assert.ok(errors.includes(name), `${name} is not in: ${errors}`);
}

Then("exo run refuses the ledger as {word} and names exo ledger repair", async function (fault) {
  const run = this.startRun();
  assert.deepEqual(await run.ended(), { code: 1, signal: null }, run.text);
  this.runs.pop();
  const { output } = await this.exo("ledger", "verify", "--json");
  const { whole, found, fault: named } = JSON.parse(output);
  assert.deepEqual({ whole, named }, { whole: false, named: fault });
  assert.ok(run.text.includes(`exo: ${fault}: `), run.text);
  assert.ok(run.text.includes("exo ledger repair --application"), run.text);
  assert.ok(run.text.includes(path.join(this.application.folder, ".exo/local/ledger.")), `${run.text}\n${found}`);
});

Then("exo ledger verify refuses it as {word} and names exo ledger repair", async function (fault) {
  refuses(await this.exo("ledger", "verify"), [`exo: ${fault}: `, "exo ledger repair --application"]);
  const { code, output } = await this.exo("ledger", "verify", "--json");
  const { whole, events, hash, fault: named } = JSON.parse(output);
  assert.deepEqual({ code, whole, events, hash, named }, { code: 1, whole: false, events: null, hash: null, named: fault });
});

Then("exo status refuses it and names exo ledger repair", async function () {
  const [status, history] = await Promise.all([this.exo("status"), this.exo("history")]);
  // What only reading the events shows is told by who reads them.
  for (const answer of [status, history]) {
    refuses(answer, ["exo ledger repair --application"]);
    assert.match(answer.errors, /^exo: (head|ledger)-[a-z]+: /m);
  }
});

Then("exo ledger verify --against {word} refuses it as {word}", async function (file, fault) {
  refuses(await this.exo("ledger", "verify", "--against", file), [`exo: ${fault}: `, "exo ledger repair --application", "--from FILE"]);
});

async function isWhole(world, ...options) {
  const { output } = await succeeds(world, "ledger", "verify", ...options);
  assert.match(output, /^the ledger in .* is whole: \d+ events/);
  const json = JSON.parse((await succeeds(world, "ledger", "verify", "--json", ...options)).output);
  assert.equal(json.whole, true);
  assert.equal(json.fault, null);
}

Then("exo ledger verify finds it whole", function () {
  return isWhole(this);
});

Then("exo ledger verify --against {word} finds it whole", function (file) {
  return isWhole(this, "--against", file);
});

Then("it prints where the old files are, and they are there", function () {
  const [, folder] = /^the old files are in (.+)$/m.exec(this.answer.output) ?? [];
  assert.ok(folder, this.answer.output);
  const kept = ["ledger.db", "ledger.head"].filter((name) => existsSync(path.join(folder, name)));
  assert.ok(kept.length > 0, `neither ledger.db nor ledger.head is in ${folder}`);
});

Then("the history says that ledger-repaired led out of {word}", async function (fault) {
  const repaired = (await this.history()).find(({ event }) => event === "ledger-repaired");
  const { who, fault: named, reason, movedTo } = repaired ?? {};
  assert.equal(named, fault);
  assert.ok(who && reason, JSON.stringify(repaired));
  assert.ok(existsSync(path.join(this.application.folder, ".exo/local", movedTo)), movedTo);
  const { output } = await this.exo("history");
  assert.match(output, new RegExp(`ledger-repaired .*${reason}.*\\(${who}\\)`));
});

Then("it says that nothing is whole and that every deployment script runs again", function () {
  assert.match(this.answer.output, /^whole: nothing$/m);
  assert.match(this.answer.output, /^lost: events 1 to \d+$/m);
  assert.match(this.answer.output, /runs its deployment scripts again/);
});

Then("it tells {string}", function (text) {
  assert.equal(this.answer.code, 0, this.answer.errors);
  assert.ok(this.answer.output.split("\n").includes(text), this.answer.output);
});

Then("it ends with {int} and says {string}", function (code, text) {
  assert.equal(this.answer.code, code, this.answer.errors);
  assert.ok(this.answer.errors.includes(text), this.answer.errors);
});

Then("it ends with 1 and names the host", function () {
  refuses(this.answer, [`pid ${this.run.pid} `]);
});

// As docs/ledger.md has it, with nothing of exo.
function hashOf(event) {
  const number = (value) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(BigInt(value));
    return bytes;
  };
  const text = (value) => [number(Buffer.byteLength(value)), Buffer.from(value)];
  const bytes = [
    Buffer.from("exo-ledger-event"),
    ...["format", "sequence", "epoch", "at"].map((key) => number(event[key])),
    ...["who", "host", "type", "role", "version", "phase"].flatMap((key) => text(event[key])),
    number(event.generation),
    ...text(event.run),
    number(event.attempt),
    ...text(event.details),
    Buffer.from(event.previous_hash, "hex"),
  ];
  return createHash("sha256").update(Buffer.concat(bytes)).digest("hex");
}

// Nanoseconds since 1970 are more than a JavaScript number holds.
const parseExact = (line) => JSON.parse(line.replace(/"at":(\d+)/, '"at":"$1"'));

Then("each line of shop.jsonl has the hash that docs\\/ledger.md describes, and the one before it", function () {
  const lines = this.application.read("shop.jsonl").trimEnd().split("\n").map(parseExact);
  let previous = "0".repeat(64);
  for (const [index, event] of lines.entries()) {
    assert.equal(event.sequence, index + 1);
    assert.equal(event.previous_hash, previous);
    assert.equal(event.hash, hashOf(event), `event ${event.sequence}`);
    previous = event.hash;
  }
  assert.ok(lines.length > 10, `${lines.length} lines`);
});

Then("exo ledger export writes the same to standard output", async function () {
  const { output } = await succeeds(this, "ledger", "export", "-");
  assert.equal(output, this.application.read("shop.jsonl"));
});
