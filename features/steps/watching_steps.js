"use strict";

const assert = require("node:assert/strict");
const { Then, When } = require("@cucumber/cucumber");
const { eventually } = require("../support/eventually");
const { shellWords } = require("../support/shell_words");

const kBegun = /this shows what goes over the bus from now on/;

async function beginTap(world, words) {
  const tap = world.begin("tap", ...shellWords(words));
  world.taps = [...(world.taps ?? []), tap];
  await tap.says(kBegun);
  return tap;
}

const theTap = (world) => world.taps.at(-1);

// "kind name activity" of each object that a tap has printed.
function objectsOf(tap) {
  const lines = tap.output.all.filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line)).map(({ kind, name, activity }) => `${kind} ${name} ${activity}`);
}

When(/^somebody taps with (.*?)(, and stops reading)?$/, async function (words, stops) {
  const tap = await beginTap(this, words);
  if (!stops) return;
  process.kill(tap.pid, "SIGSTOP");
  this.whenOver(() => tap.running && process.kill(tap.pid, "SIGCONT"));
});

Then(/^the tap shows a line with (["'])(.*)\1 and (["'])(.*)\3$/, async function (_, first, __, second) {
  await eventually(`a line with ${first} and ${second}`, () => {
    const found = theTap(this).output.all.some((line) => line.includes(first) && line.includes(second));
    if (!found) throw new Error(theTap(this).text);
    return true;
  });
});

When("the tap gets SIGINT", function () {
  theTap(this).signal("SIGINT");
});

Then("the tap ends with code 0", async function () {
  assert.deepEqual(await theTap(this).ended(), { code: 0, signal: null }, theTap(this).text);
});

Then(/^tap (\d) has shown the objects "(.*?)"(?: and "(.*)")?$/, async function (number, first, second) {
  const tap = this.taps[Number(number) - 1];
  const wanted = [first, second].filter((object) => object !== undefined);
  await eventually(`${wanted.join(" and ")} from tap ${number}`, () => objectsOf(tap).length >= wanted.length);
  assert.deepEqual(objectsOf(tap), wanted);
});

When("greeter is asked {int} times with payloads of {int} bytes", async function (times, bytes) {
  const name = "x".repeat(bytes);
  const operator = await this.operator();
  await Promise.all(Array.from({ length: times }, () => operator.ask("greeter.greet", { name })));
});

When("the tap is read again", function () {
  process.kill(theTap(this).pid, "SIGCONT");
});

Then("the tap says that messages were left out", async function () {
  await eventually("what was left out", () => {
    const line = theTap(this).output.all.find((text) => text.startsWith('{"left_out":'));
    return line !== undefined && JSON.parse(line).left_out > 0;
  });
});

Then(
  "the JSON that it prints has a command {word} that is handled, and below it {word} that has failed",
  function (above, below) {
    const { activity, overwritten, commands } = JSON.parse(this.answer.output);
    assert.equal(activity, "step-1");
    assert.equal(overwritten, 0);
    assert.deepEqual(commands.map(({ name, state }) => [name, state]), [[above, "handled"]]);
    assert.ok(commands[0].handling_ms >= 0 && commands[0].first_reply_ms >= 0, this.answer.output);
    assert.deepEqual(commands[0].commands.map(({ name, state, code }) => [name, state, code]), [[below, "failed", "not-allowed"]]);
  },
);

async function routesOf(world, wanted) {
  const { traffic } = await world.status();
  return traffic.filter((route) => Object.entries(wanted).every(([key, value]) => route[key] === value));
}

Then(
  /^exo status --json counts (\d+) commands (\S+) to (\S+)@(\S+), (\d+) replies and no error$/,
  async function (commands, name, receiver, version, replies) {
    const routes = await routesOf(this, { name, receiver, version });
    assert.equal(routes.length, 1);
    const [route] = routes;
    assert.deepEqual([route.sender, route.commands, route.replies], ["exo-operator", Number(commands), Number(replies)]);
    assert.deepEqual([route.queued, route.redelivered, route.errors], [0, 0, {}]);
    for (const latency of ["queued_ms", "handling_ms", "first_reply_ms"]) {
      const { count, p50, p99, max } = route[latency];
      assert.equal(count, Number(commands), latency);
      assert.ok(0 <= p50 && p50 <= p99 && p99 <= max, JSON.stringify(route[latency]));
    }
    assert.ok(route.handling_ms.max > 0);
  },
);

Then("it counts {int} command that was refused as {word}", async function (count, code) {
  const [route] = await routesOf(this, { name: "", receiver: "" });
  assert.deepEqual([route.sender, route.errors], ["exo-operator", { [code]: count }]);
});

Then("exo status --json knows no traffic", async function () {
  assert.equal((await this.status()).traffic, null);
});

When("exo runs the application with --metrics 0", async function () {
  await this.runUntilReady([...this.freePorts(), "--metrics", "0"]);
});

Then("the metrics are text of the format 0.0.4", async function () {
  const [, url] = /metrics are at (http:\/\/127\.0\.0\.1:\d+\/metrics)/.exec(await this.run.says(/metrics are at /));
  const answer = await fetch(url);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  this.metrics = await answer.text();
  const line = /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z_]+="([^"\\]|\\.)*",?)+\})? [0-9.e+-]+)$/;
  assert.deepEqual(this.metrics.trimEnd().split("\n").filter((text) => !line.test(text)), []);
});

Then("they hold {string}", function (line) {
  assert.ok(this.metrics.split("\n").includes(line), this.metrics);
});
