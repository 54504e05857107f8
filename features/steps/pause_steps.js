"use strict";

const assert = require("node:assert/strict");
const os = require("node:os");
const { When, Then } = require("@cucumber/cucumber");
const { eventually } = require("../support/eventually");

const me = os.userInfo().username;
// At the rates of these scenarios a script that goes on writes more than a hundred records meanwhile.
const longEnoughMs = 1500;

async function bookOf(world) {
  return (await world.ask("visits.list", {})).payload;
}

function passed(since) {
  return Date.now() - since >= longEnoughMs;
}

When("the book has come to hold {int} records", async function (count) {
  await eventually(`${count} records`, async () => (await bookOf(this)).length >= count);
});

Then("the book stands still", async function () {
  let seen = { length: -1, since: Date.now() };
  await eventually("the book to stand still", async () => {
    const { length } = await bookOf(this);
    if (length !== seen.length) seen = { length, since: Date.now() };
    return passed(seen.since);
  });
});

Then(
  /^exo status tells that the (offline|online) phase of (\S+) is (\w+), paused (.*)$/,
  async function (phase, name, state, whose) {
    await eventually("the pause", async () => {
      const { state: found, paused } = (await this.version(name)).scripts[phase];
      return found === state && paused === whose.replace("by me", `by ${me}`);
    });
  },
);

Then("exo run is ready, and tells that {word} is paused", async function (name) {
  await this.run.says(new RegExp(`ready: .*${name} \\w+ \\(paused\\)`));
});

Then("the book holds records 1 to {int} once each, in order", async function (last) {
  const wanted = Array.from({ length: last }, (_, at) => `record ${at + 1}`);
  assert.deepEqual(await bookOf(this), wanted);
});

Then("the book holds records 1 to {int}, of which at most {int} are there twice", async function (last, most) {
  const book = await bookOf(this);
  assert.equal(new Set(book).size, last);
  assert.ok(book.length - last <= most, `${book.length - last} are there twice`);
});

Then("the offline attempt of {word} took at least {int} ms", async function (name, least) {
  const [role, version] = name.split("@");
  const at = (event) =>
    this.history().then((all) =>
      Date.parse(all.find((each) => each.event === event && each.role === role && each.version === version).at),
    );
  const took = (await at("attempt-done")) - (await at("attempt-started"));
  assert.ok(took >= least, `it took ${took} ms`);
});
