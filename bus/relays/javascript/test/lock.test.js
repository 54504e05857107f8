"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { connected, until } = require("./support/fleet");
const { ROLE, Script } = require("./support/script");

// A service and its broker.
const service = (t) => connected(t);

async function granted(broker, number) {
  const asked = await broker.nextCommand("exo.lock");
  broker.reply(asked, "exo.locked", { key: asked.payload.key, number });
  return asked;
}

test("a lock without a key, or with a timeout that is none, is refused", async (t) => {
  const { relay } = await service(t);
  await assert.rejects(relay.lock(""), /the key of a lock is a text/);
  await assert.rejects(relay.lock("accounts", { timeout: 0 }), /a number of milliseconds above 0, not 0/);
});

test("a service waits a minute for a lock where it does not say otherwise", async (t) => {
  const { broker, relay } = await service(t);
  const taken = relay.lock("accounts");
  const { header, payload } = await granted(broker, 7);
  assert.deepEqual(payload, { key: "accounts", timeoutMs: 60_000 });
  assert.equal(header.expects, "one");
  const lock = await taken;
  assert.deepEqual([lock.key, lock.number, lock.held], ["accounts", 7, true]);
  relay.lock("stock", { timeout: Infinity }).catch(() => {});
  assert.deepEqual((await broker.nextCommand("exo.lock")).payload, { key: "stock" });
});

test("a lock is given back once, by the id with which it was asked for", async (t) => {
  const { broker, relay } = await service(t);
  const taken = relay.lock("accounts");
  const { header } = await granted(broker, 7);
  const lock = await taken;
  const released = Promise.all([lock.release(), lock.release()]);
  assert.deepEqual((await broker.nextCommand("exo.unlock")).payload, { key: "accounts", lock: header.id });
  await released;
  assert.equal(lock.held, false);
  relay.send("next", {}).catch(() => {});
  await broker.nextCommand("next");
  assert.ok(broker.received.every(({ header: { name } }) => name !== "exo.unlock"));
});

test("what is done under a lock has it, and gives it back whatever comes of it", async (t) => {
  const { broker, relay } = await service(t);
  const done = relay.lock("accounts", async (lock) => [lock.number, lock.held]);
  await granted(broker, 9);
  assert.deepEqual(await done, [9, true]);
  await broker.nextCommand("exo.unlock");
  const failed = relay.lock("accounts", { timeout: 500 }, () => {
    throw new Error("no such account");
  });
  failed.catch(() => {});
  await granted(broker, 10);
  await assert.rejects(failed, /no such account/);
  await broker.nextCommand("exo.unlock");
});

test("a lock that does not come in time is an error with the code of the bus", async (t) => {
  const { broker, relay } = await service(t);
  const taken = relay.lock("accounts", { timeout: 20 });
  broker.error(await broker.nextCommand("exo.lock"), "expired", "the lock was not free in time");
  await assert.rejects(taken, { code: "expired" });
});

test("who does not want to wait any more says so", async (t) => {
  const { broker, relay } = await service(t);
  const controller = new AbortController();
  const taken = relay.lock("accounts", { signal: controller.signal });
  const { header } = await broker.nextCommand("exo.lock");
  controller.abort();
  await assert.rejects(taken, { code: "cancelled" });
  assert.deepEqual((await broker.nextCommand("exo.unlock")).payload, { key: "accounts", lock: header.id });
});

test("a lock is lost with the connection", async (t) => {
  const { broker, relay } = await service(t);
  const taken = relay.lock("accounts");
  await granted(broker, 7);
  const lock = await taken;
  broker.stop();
  await until(() => !lock.held, "the loss");
  await lock.release();
  await broker.open();
});

test("a script waits for its lock without a deadline, and its done waits for no lock", async (t) => {
  const source = `module.exports = { "${ROLE}-online-start": async (_, { lock, reply }) => {
    const taken = await lock("accounts");
    reply("${ROLE}-online-done", { number: taken.number });
  } };`;
  const script = await Script.start(t, source, { broker: { delivers: "none" } });
  await script.begin();
  const { payload } = await granted(script.broker, 3 * 2 ** 32 + 1);
  assert.deepEqual(payload, { key: "accounts" });
  assert.deepEqual((await script.broker.nextReply(`${ROLE}-online-done`)).payload, { number: 3 * 2 ** 32 + 1 });
});
