"use strict";

const assert = require("node:assert/strict");
const { Given, Then, When } = require("@cucumber/cucumber");
const { eventually } = require("../support/eventually");

// Its lines in the visits' book are "0.0.2 enters 4294967297" and "0.0.2 leaves".
const script = (role, version) => `
const name = "deployment-${role}-${version}-offline";

module.exports = {
  [name + "-start"]: async (_, { lock, reply, request }) => {
    await lock("book", async ({ number }) => {
      await request("visits.add", { text: "${version} enters " + number });
      await request("signals.await", { name: "${version}" });
      await request("visits.add", { text: "${version} leaves" });
    });
    reply(name + "-done");
  },
};
`;

function addVersions(world, names) {
  for (const name of names) {
    const [role, version] = name.split("@");
    world.application.addService(role, version);
    world.application.addScript(role, version, script(role, version), "attempts: 1\n");
    world.underTest = { role, version };
  }
}

Given(/^the services? (\S+)(?: and (\S+), each)? with a script that enters the book under a lock and leaves at its signal$/, function (first, second) {
  addVersions(this, !second ? [first] : [first, second]);
});

async function bookOf(world) {
  return (await world.ask("visits.list", {})).payload;
}

// The lines with which the scripts have entered: {version, number}.
async function entriesIn(world) {
  const lines = await bookOf(world);
  return lines.flatMap((line) => {
    const [version, word, number] = line.split(" ");
    return word === "enters" ? [{ version, number: Number(number) }] : [];
  });
}

function nextEntry(world, count) {
  return eventually(`entry ${count} in the book`, async () => {
    const entries = await entriesIn(world);
    assert.ok(entries.length <= count, JSON.stringify(await bookOf(world)));
    return entries.length === count ? entries.at(-1) : null;
  });
}

Then("one of the two scripts has entered, and exo status says that the other waits for the lock {string} of it", async function (key) {
  this.entered = await nextEntry(this, 1);
  const holder = `deployment-greeter-${this.entered.version}`;
  const other = this.entered.version === "0.0.2" ? "0.0.3" : "0.0.2";
  await eventually("the lock in exo status", async () => {
    const locks = async (version) => (await this.version(`greeter@${version}`)).scripts.offline.locks;
    const waiting = await locks(other);
    if (!waiting) return null;
    assert.deepEqual(waiting, [{ key, state: "waiting", number: null, held_by: holder }]);
    assert.deepEqual(await locks(this.entered.version), [{ key, state: "held", number: this.entered.number, held_by: null }]);
    return true;
  });
  const { output } = await this.exo("status");
  assert.ok(output.includes(`waits for the lock "${key}" of ${holder}`), output);
});

When("the only script has entered", async function () {
  this.entered = await nextEntry(this, 1);
});

When("the signal of the one that has entered is given", async function () {
  await this.ask("signals.give", { name: this.entered.version });
});

When("the signal {string} is given", async function (name) {
  await this.ask("signals.give", { name });
});

Then("the other has entered after the first has left, with a higher number", async function () {
  const first = this.entered;
  this.entered = await nextEntry(this, 2);
  const book = await bookOf(this);
  assert.deepEqual(book.slice(0, 3), [
    `${first.version} enters ${first.number}`,
    `${first.version} leaves`,
    `${this.entered.version} enters ${this.entered.number}`,
  ]);
  assert.ok(this.entered.number > first.number);
});

When("the process of the script that has entered is killed with SIGKILL", function () {
  const file = `deployment-scripts/greeter-${this.entered.version}.js`;
  const [{ pid }] = this.processes().filter(({ program, command }) => program === "node" && command.includes(file));
  process.kill(pid, "SIGKILL");
});

Then("the other has entered although the first has not left, with a higher number", async function () {
  const first = this.entered;
  this.entered = await nextEntry(this, 2);
  assert.notEqual(this.entered.version, first.version);
  assert.ok(!(await bookOf(this)).includes(`${first.version} leaves`));
  assert.ok(this.entered.number > first.number);
});

Then("it has entered again, with a higher number", async function () {
  const first = this.entered;
  this.entered = await nextEntry(this, 2);
  assert.equal(this.entered.version, first.version);
  assert.ok(this.entered.number > first.number);
  assert.ok(Math.floor(this.entered.number / 2 ** 32) > Math.floor(first.number / 2 ** 32), "the epoch of the ledger");
});

Then("the book says {string}", async function (line) {
  await eventually(`"${line}" in the book`, async () => (await bookOf(this)).includes(line));
});
