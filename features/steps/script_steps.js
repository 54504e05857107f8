"use strict";

const assert = require("node:assert/strict");
const { Then, When } = require("@cucumber/cucumber");
const { eventually } = require("../support/eventually");

When(/^the (offline|online) script of (\S+) is (pending|running|interrupted)$/, async function (phase, name, state) {
  await eventually(`the ${phase} script of ${name} to be ${state}`, async () => {
    const { scripts } = await this.version(name);
    if (scripts[phase].state !== state) throw new Error(`it is ${scripts[phase].state}`);
    return true;
  });
});

Then(/^the (offline|online|undo|verify) script of (\S+) waits for its signal$/, async function (phase, _name) {
  await eventually(`the ${phase} script to wait for its signal`, async () => {
    const { payload } = await this.ask("signals.waiting", {}, { timeout: 2_000 });
    return payload.includes(phase);
  });
});

When(/^the signal for the (offline|online|undo) script is given$/, async function (phase) {
  await this.ask("signals.give", { name: phase });
});

// Between two runs nobody is on the bus: the ledger tells.
Then(/^the (offline|online) script is interrupted$/, async function (phase) {
  const { role, version } = this.underTest;
  const { scripts } = await this.version(`${role}@${version}`);
  assert.equal(scripts[phase].state, "interrupted");
});

Then(/^its (offline|online) script is (\w+)$/, async function (phase, state) {
  const { role, version } = this.underTest;
  const { scripts } = await this.version(`${role}@${version}`);
  assert.equal(scripts[phase].state, state);
});

Then(
  /^(\S+@\S+) is (\w+)(?: and|,) its gate is (\w+)(?: and its (offline|online|undo) script is (\w+))?$/,
  async function (name, state, gate, phase, scriptState) {
    const found = await eventually(`${name} to be ${state}`, async () => {
      const version = await this.version(name);
      if (version.state !== state) throw new Error(`it is ${version.state}`);
      return version;
    });
    assert.equal(found.gate, gate);
    if (phase) assert.equal(found.scripts[phase].state, scriptState);
    const [role, version] = name.split("@");
    this.underTest = { role, version };
  },
);

Then("exo status shows {word} interrupted in attempt {int}, because {string}", async function (name, attempt, reason) {
  const { scripts } = await this.version(name);
  assert.equal(scripts.offline.state, "interrupted");
  assert.equal(scripts.offline.attempt, attempt);
  assert.ok(scripts.offline.reason.includes(reason), scripts.offline.reason);
  const { output } = await this.exo("status");
  assert.ok(output.includes(`${name}: ${scripts.offline.reason}`), output);
});

Then("exo status does not speak of {string}", async function (text) {
  const [table, json] = await Promise.all([this.exo("status"), this.exo("status", "--json")]);
  assert.ok(!table.output.includes(text) && !json.output.includes(text), table.output);
});

Then(/^(\S+@\S+) is starting$/, async function (name) {
  await eventually(`${name} to be starting`, async () => (await this.version(name)).state === "starting");
});

Then(
  /^the history says (\S+) for (?:the (offline|online|undo|verify) phase of )?(\S+) (\d+) times?$/,
  async function (event, phase, name, times) {
    const [role, version] = name.split("@");
    const found = (await this.history()).filter(
      (entry) =>
        entry.event === event && entry.role === role && entry.version === version && (!phase || entry.phase === phase),
    );
    assert.equal(found.length, Number(times), JSON.stringify(found));
  },
);
