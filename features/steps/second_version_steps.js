"use strict";

const assert = require("node:assert/strict");
const { Given, Then, When } = require("@cucumber/cucumber");
const { eventually } = require("../support/eventually");
const { RestlessClient } = require("../support/restless_client");
const { roleOf } = require("../support/roles");

const LAST_LINE = "    script.reply(";

Given(/^version (\S+) of the (\S+) service$/, function (version, noun) {
  const role = roleOf(noun);
  this.application.addExample(role, `${role}-${version}`);
  this.underTest = { role, version };
});

Given("its script", function () {
  const { role, version } = this.underTest;
  this.application.addExampleScript(role, version);
});

Given("its script, which waits for the signal when it has copied everything", function () {
  const { role, version } = this.underTest;
  const file = this.application.addExampleScript(role, version);
  const text = this.application.read(file);
  assert.ok(text.includes(LAST_LINE), `${file} has no last line "${LAST_LINE.trim()}…"`);
  const wait = '    await script.request("signals.await", {"name": "offline"})\n';
  this.application.write(file, text.replace(LAST_LINE, wait + LAST_LINE));
});

Given(/^its script (deployment-scripts\/\S+) that says:$/, function (file, text) {
  this.application.write(file, `${text}\n`);
});

When("exo is stopped and begins to run the application again", async function () {
  await this.stopRun();
  this.startRun();
});

When("exo runs the application once more, with time for the script", { timeout: 600_000 }, async function () {
  await this.stopRun();
  this.startRun();
  this.client.begin(() => oldIsLive(this), () => search(this));
  await this.run.ready({ within: 300_000 });
  await eventually("an answer of the new version", () => this.client.answers.at(-1) === this.underTest.version);
  await this.client.stop();
});

async function searches(world, count, text) {
  return Promise.all(Array.from({ length: count }, () => world.ask("todo-search.search", { text })));
}

Then(/^(\d+) searches for "(.*)" are all answered by version (\d\S*\d)(, with scores)?$/, async function (count, text, version, scores) {
  for (const { payload, version: answered } of await searches(this, Number(count), text)) {
    assert.equal(answered, version);
    assert.equal(payload.length, 1, JSON.stringify(payload));
    if (scores) assert.ok(payload[0].score > 0, JSON.stringify(payload));
  }
});

Then(/^a search for "(.*)" in version (\S+) is answered by version (\S+)$/, async function (text, asked, version) {
  const answer = await this.ask("todo-search.search", { text }, { version: asked });
  assert.equal(answer.version, version);
  assert.notEqual(answer.payload.length, 0);
});

Then(
  /^a search for "(.*)" in version (\S+?)(?: with a deadline of (\d+) ms)? is refused as (\S+)$/,
  async function (text, version, timeout, code) {
    const options = { version, ...(timeout ? { timeout: Number(timeout) } : {}) };
    assert.equal(await (await this.operator()).refusal("todo-search.search", { text }, options), code);
  },
);

Then(/^version (\S+) of the (\S+) service knows about these documents:$/, async function (version, noun, table) {
  const { payload } = await this.ask(`${roleOf(noun)}.list`, {}, { version });
  assert.deepEqual(payload.map(({ title }) => title).sort(), table.hashes().map(({ TITLE }) => TITLE).sort());
});

// It begins with the next run.
Given("a client that searches all the time", function () {
  this.client = new RestlessClient();
  this.whenOver(() => this.client.halt());
});

// From then on the client searches.
function oldIsLive(world) {
  return eventually("the old version to be live", async () => (await world.version("todo-search@0.0.1")).state === "live");
}

// The version that answered.
async function search(world) {
  return (await world.ask("todo-search.search", { text: "relational database", limit: 5 })).version;
}

Then(
  /^the client was never refused, and answered by (\S+) before (\S+) and only by it after$/,
  function (old, young) {
    const { errors, answers: versions } = this.client;
    assert.deepEqual(errors, []);
    const first = versions.indexOf(young);
    assert.ok(first > 10, `only ${first} answers came before`);
    assert.deepEqual([...new Set(versions.slice(0, first))], [old]);
    assert.deepEqual([...new Set(versions.slice(first))], [young]);
  },
);
