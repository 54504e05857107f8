"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { connected, until } = require("./support/fleet");

const adding = (test, broker = {}, options = {}) =>
  connected(test, { broker: { routes: { "todo.add": ["todo"] }, ...broker }, ...options });

test("what is no iterable, and a number in flight that is none, are refused", async (t) => {
  const { relay } = await adding(t);
  await assert.rejects(relay.sendAll("todo.add", 7), TypeError);
  await assert.rejects(relay.sendAll("todo.add", [], { inFlight: 0 }), TypeError);
});

test("everything of an async iterable is sent, and counted", async (t) => {
  const { broker, relay } = await adding(t);
  async function* items() {
    for (let i = 0; i < 1000; i++) yield i;
  }
  assert.equal(await relay.sendAll("todo.add", items(), { inFlight: 7 }), 1000);
  const sent = await broker.nextCommands(1000);
  assert.ok(sent.every(({ payload }, i) => payload === i));
});

test("no more are under way than asked for", async (t) => {
  const { broker, relay } = await adding(t, { accepts: "none" });
  let taken = 0;
  const items = (function* () {
    for (; taken < 5; taken += 1) yield taken;
  })();
  const all = relay.sendAll("todo.add", items, { inFlight: 2 });
  await broker.nextCommands(2);
  assert.equal(taken, 1);
  broker.credit(1);
  await broker.nextCommands(1);
  assert.equal(taken, 2);
  broker.credit(3);
  await broker.nextCommands(2);
  broker.credit(5);
  assert.equal(await all, 5);
});

test("the first error stops it, and is thrown when what is in flight has settled", async (t) => {
  const { broker, relay } = await adding(t, { accepts: "none" });
  let settled = false;
  const all = relay.sendAll("todo.add", [1, 2, 3, 4], { inFlight: 2 });
  all.catch(() => (settled = true));
  const [first] = await broker.nextCommands(2);
  broker.error(first, "held", "not yet");
  await until(() => broker.received.length === 0);
  assert.equal(settled, false);
  broker.credit(2);
  await assert.rejects(all, { code: "held" });
  assert.deepEqual(broker.received, []);
});

test("an error of the iterable, or a payload over the limit, stops it", async (t) => {
  const { relay } = await adding(t);
  const items = (function* () {
    yield 1;
    throw new Error("no more");
  })();
  await assert.rejects(relay.sendAll("todo.add", items), { message: "no more" });
  await assert.rejects(relay.sendAll("todo.add", [Buffer.alloc(relay.frameLimit)]), { code: "too-large" });
});

test("an aborted signal stops it and cancels what is in flight", async (t) => {
  const { broker, relay } = await adding(t, { accepts: "none" });
  const controller = new AbortController();
  const all = relay.sendAll("todo.add", [1, 2, 3], { inFlight: 2, signal: controller.signal });
  await broker.nextCommands(2);
  controller.abort("enough");
  await assert.rejects(all, { code: "cancelled", cause: "enough" });
  await broker.next("cancel");
  await broker.next("cancel");
});

test("what the relay has no room for waits until the bus has settled something", async (t) => {
  const { broker, relay } = await adding(t, { accepts: "none" }, { limits: { bytes: 3_600 } });
  let done = false;
  const all = relay.sendAll("todo.add", new Array(5).fill(Buffer.alloc(1000))).finally(() => (done = true));
  await broker.nextCommands(2);
  broker.credit(2, {}, []);
  broker.command("todo.unknown"); // it has seen the credit when it answers this
  await broker.next("failed");
  assert.deepEqual([broker.received, done], [[], false]);
  for (const number of [1, 2, 3]) {
    broker.credit(number + 1, {}, [[number, number]]);
    await broker.nextCommands(1);
  }
  broker.credit(5, {}, [[4, 5]]);
  assert.equal(await all, 5);
});

test("an error of what is in flight ends the waiting for room", async (t) => {
  const { broker, relay } = await adding(t, { accepts: "none" }, { limits: { messages: 1 } });
  const all = relay.sendAll("todo.add", [1, 2, 3]);
  const [first] = await broker.nextCommands(1);
  broker.error(first, "held", "not yet");
  await assert.rejects(all, { code: "held" });
});

test("an aborted signal ends the waiting for room that others have taken", async (t) => {
  const { broker, relay } = await adding(t, { accepts: "none" }, { limits: { messages: 1 } });
  relay.send("todo.add", 0).catch(() => {});
  await broker.nextCommands(1);
  const controller = new AbortController();
  const all = relay.sendAll("todo.add", [1], { signal: controller.signal });
  setImmediate(() => controller.abort("enough"));
  await assert.rejects(all, { code: "cancelled" });
});

test("what fits at no time is refused", async (t) => {
  const { relay } = await adding(t, {}, { limits: { bytes: 100 } });
  await assert.rejects(relay.sendAll("todo.add", [Buffer.alloc(1000)]), { code: "overloaded" });
});
