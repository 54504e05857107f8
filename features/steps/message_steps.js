"use strict";

const assert = require("node:assert/strict");
const { Then, When } = require("@cucumber/cucumber");

async function greetings(world, count, options) {
  const names = Array.from({ length: count }, (_, number) => `guest ${number}`);
  return Promise.all(names.map((name) => world.ask("greeter.greet", { name }, options)));
}

Then("{int} greetings are all answered by version {word}", async function (count, version) {
  const answers = await greetings(this, count);
  assert.deepEqual([...new Set(answers.map(({ payload }) => payload.version))], [version]);
  assert.deepEqual([...new Set(answers.map((answer) => answer.version))], [version]);
});

Then(
  "a greeting for version {word} with a deadline of {int} ms is refused as {word}",
  async function (version, timeout, code) {
    const operator = await this.operator();
    assert.equal(await operator.refusal("greeter.greet", { name: "pinned guest" }, { version, timeout }), code);
  },
);

Then("a greeting for version {word} is answered by version {word}", async function (asked, version) {
  const answer = await this.ask("greeter.greet", { name: "late guest" }, { version: asked });
  assert.equal(answer.payload.version, version);
});

Then("{word} has never seen the earlier greetings", async function (name) {
  const version = name.split("@")[1];
  const { payload } = await this.ask("greeter.list", {}, { version });
  assert.deepEqual(payload, ["late guest"]);
});

When("a greeting is sent", async function () {
  const operator = await this.operator();
  this.greeting = { answered: false };
  this.greeting.answer = operator.ask("greeter.greet", { name: "early guest" }).finally(() => {
    this.greeting.answered = true;
  });
  this.greeting.answer.catch(() => {});
});

// A refusal that comes back on the same connection shows that the bus has taken the greeting before it.
Then("the greeting is not answered yet", async function () {
  const operator = await this.operator();
  assert.equal(await operator.refusal("nobody.hears"), "no-receiver");
  assert.equal(this.greeting.answered, false);
});

Then("the greeting is answered by version {word}", async function (version) {
  const { payload } = await this.greeting.answer;
  assert.deepEqual(payload, { text: "Hello early guest", version });
});

Then("a greeting with a deadline of {int} ms is refused as {word}", async function (timeout, code) {
  const operator = await this.operator();
  assert.equal(await operator.refusal("greeter.greet", { name: "hasty guest" }, { timeout }), code);
});

Then("the message {string} is refused as {word}", async function (name, code) {
  const operator = await this.operator();
  assert.equal(await operator.refusal(name), code);
});

Then(
  "the message {string} kills its receiver and is answered by the next, which knows that it comes again",
  async function (name) {
    const before = (await this.version("greeter@0.0.1")).instances.map(({ pid }) => pid);
    const { payload } = await this.ask(name);
    assert.equal(payload.redelivered, true);
    assert.ok(!before.includes(payload.pid), `${payload.pid} is none of ${before.join(", ")}`);
  },
);

When("greeter is told to send a message that its contract does not hold", async function () {
  this.answer = await this.ask("greeter.overstep");
});

Then("that message is refused as {word}", function (code) {
  assert.equal(this.answer.payload.code, code);
});

Then("the visits are {string}", async function (list) {
  const { payload } = await this.ask("visits.list");
  assert.equal(payload.join(", "), list);
});
