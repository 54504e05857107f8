"use strict";

const assert = require("node:assert/strict");
const { Given, Then, When } = require("@cucumber/cucumber");
const { eventually } = require("../support/eventually");
const { roleOf } = require("../support/roles");
const { packageDescriptions } = require("../support/packages");
const { RestlessClient } = require("../support/restless_client");

const SEARCH_VERSION = "0.0.1";

function titlesOf(table) {
  return table.hashes().map(({ TITLE }) => TITLE);
}

async function titlesIn(world, role) {
  const { payload } = await world.ask(`${role}.list`);
  return payload.map(({ title }) => title).sort();
}

// The todo service answers to its plural for its list.
const listOf = { "todo": "todos", "todo-search": "todo-search" };

async function fleetWith(world, noun) {
  world.application.addExample(roleOf(noun));
  await world.runUntilReady();
}

Given("a {word} service with the entries:", async function (noun, table) {
  await fleetWith(this, noun);
  for (const title of titlesOf(table)) await this.ask(`${roleOf(noun)}.add`, { title });
});

Given("a {word} service", function (noun) {
  this.application.addExample(roleOf(noun));
  this.application.addExampleScript(roleOf(noun), SEARCH_VERSION);
});

Given("the application's page", function () {
  this.application.addExample("web");
  this.publicRoles.push("web");
});

When("the deployment script runs", { timeout: 600_000 }, async function () {
  await this.stopRun();
  this.startRun();
  this.client?.begin(() => todoIsLive(this), () => this.ask("todos.count"));
  await this.run.ready({ within: 300_000 });
  const { scripts } = await this.version(`todo-search@${SEARCH_VERSION}`);
  assert.deepEqual([scripts.offline.state, scripts.online.state], ["done", "done"]);
});

// From then on the client asks.
function todoIsLive(world) {
  return eventually("the todo service to be live", async () => {
    const { services } = await world.status();
    return services.find(({ role }) => role === "todo")?.state === "live";
  });
}

Then("the {word} service knows about these documents:", async function (noun, table) {
  assert.deepEqual(await titlesIn(this, listOf[roleOf(noun)]), titlesOf(table).sort());
});

Then("a {word} service still contains these entries:", async function (noun, table) {
  assert.deepEqual(await titlesIn(this, listOf[roleOf(noun)]), titlesOf(table).sort());
});

Given(
  "a {word} service that holds the descriptions of all packages of this machine",
  { timeout: 300_000 },
  async function (noun) {
    this.titles = await packageDescriptions();
    await fleetWith(this, noun);
    const perMessage = 1_000;
    for (let from = 0; from < this.titles.length; from += perMessage) {
      await this.ask(`${roleOf(noun)}.add-many`, { titles: this.titles.slice(from, from + perMessage) });
    }
    assert.equal((await this.ask("todos.count")).payload.count, this.titles.length);
  },
);

// It begins with the next run and asks until it is told to stop.
Given("a client that asks the {word} service all the time", function (_noun) {
  this.client = new RestlessClient();
  this.whenOver(() => this.client.halt());
});

Then("the client never saw an error", async function () {
  await this.client.stop();
  assert.deepEqual(this.client.errors, []);
  assert.ok(this.client.answers.length > 10, `the client asked only ${this.client.answers.length} times`);
});

Then("the {word} service knows as many documents as there are todos", async function (noun) {
  assert.equal((await this.ask(`${roleOf(noun)}.count`)).payload.count, this.titles.length);
});

Then("a {word} service still holds all of them", async function (_noun) {
  assert.equal((await this.ask("todos.count")).payload.count, this.titles.length);
});

Then("it finds packages by words of their descriptions", async function () {
  for (const text of ["real-time strategy", "relational database", "vi improved"]) {
    const { payload } = await this.ask("todo-search.search", { text, limit: 50 });
    assert.ok(payload.length > 0, `nothing was found for "${text}"`);
    for (const { title } of payload) {
      for (const word of text.split(/\W+/)) assert.ok(title.toLowerCase().includes(word), `${title} has no ${word}`);
    }
  }
});

Then("exo run showed each kind of message of the script and not each message", function () {
  const lines = this.run.text.split("\n");
  const script = `deployment-todo-search-${SEARCH_VERSION}`;
  for (const [name, receiver] of [["todos.list", "todo"], ["todo-search.add", "todo-search"]]) {
    assert.ok(lines.some((line) => line.includes(`${script} --[ ${name} ]-> ${receiver}`)), `${name} was not shown`);
  }
  const shown = lines.filter((line) => line.includes("--[ todo-search.add ]->")).length;
  assert.ok(shown < 100, `todo-search.add was shown ${shown} times`);
});
