"use strict";

const assert = require("node:assert/strict");
const os = require("node:os");
const { Then } = require("@cucumber/cucumber");
const { eventually } = require("../support/eventually");

// As the ledger names whoever runs the features.
const me = os.userInfo().username;

function isAbout(entry, event, phase, name) {
  return entry.event === event && `${entry.role}@${entry.version}` === name && (!phase || entry.phase === phase);
}

Then(
  /^the history says (\S+) for (?:the (offline|online|undo|verify) phase of )?(\S+), by me, because "(.*)"$/,
  async function (event, phase, name, reason) {
    const found = (await this.history()).filter((entry) => isAbout(entry, event, phase, name));
    assert.equal(found.length, 1, JSON.stringify(found));
    assert.equal(found[0].who, me);
    assert.ok((found[0].reason ?? found[0].because).includes(reason), JSON.stringify(found));
  },
);

Then(
  /^the history comes to say (\S+) for the (offline|online|undo|verify) phase of (\S+) (\d+) times$/,
  async function (event, phase, name, times) {
    await eventually(`${event} ${times} times`, async () => {
      const found = (await this.history()).filter((entry) => isAbout(entry, event, phase, name));
      return found.length === Number(times);
    });
  },
);

Then("both attempts are of one run, and each names the script that it ran", async function () {
  const attempts = (await this.history()).filter(({ event }) => event === "attempt-started");
  assert.equal(attempts.length, 2);
  assert.equal(attempts[0].run, attempts[1].run);
  assert.notEqual(attempts[0].digest, attempts[1].digest, "it was mended between them");
});

Then(/^(\S+) is live and flagged$/, async function (name) {
  assert.equal((await eventually(`${name} to be flagged`, async () => (await this.version(name)).flagged)), true);
});

Then("{word} is not flagged", async function (name) {
  assert.equal((await this.version(name)).flagged, false);
});

Then("the list says {string}", function (text) {
  assert.ok(this.answer.output.includes(text.replace(" by me", ` by ${me}`)), this.answer.output);
});

Then("exo status names the run {word} of {word}", async function (run, name) {
  assert.equal((await this.version(name)).scripts.offline.run, run);
});

Then(
  /^exo script list --json tells that the (offline|online) phase of (\S+) is (\w+), "(.*)"$/,
  async function (phase, name, state, decision) {
    const { code, output, errors } = await this.exo("script", "list", "--json");
    assert.equal(code, 0, errors);
    const list = JSON.parse(output);
    assert.equal(list.environment, "local");
    const row = list.scripts.find((each) => `${each.role}@${each.version}` === name && each.phase === phase);
    assert.equal(row.state, state);
    assert.equal(row.decision, decision.replace(" by me", ` by ${me}`));
    assert.equal(row.script, `deployment-scripts/${row.role}-${row.version}.js`);
    const keys = ["role", "version", "script", "phase", "state", "run", "attempt", "progress", "reason", "decision", "paused", "throttled", "rate", "slowed"];
    assert.deepEqual(Object.keys(row), keys);
  },
);
