"use strict";

const assert = require("node:assert/strict");
const { once } = require("node:events");
const { test } = require("node:test");
const { connected } = require("./support/fleet");
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

// Takes the lock of "accounts": the lock, and the id with which it was asked for.
async function taken({ broker, relay }, number = 7) {
  const asked = relay.lock("accounts");
  const { header } = await granted(broker, number);
  return { lock: await asked, id: header.id };
}

// The bus is lost and found again: what the relay has said of its locks.
async function foundAgain({ broker, relay }) {
  broker.send({ kind: "refused", code: "not-registered", reason: "register first" });
  await once(relay, "connected");
  return broker.registrations.at(-1).locks;
}

const lostTo = (broker, id) => broker.send({ kind: "error", name: "exo.lock", responseTo: id, code: "lock-lost", reason: "web has it" });

test("a lock is held on while the bus is lost, and restated to the next", async (t) => {
  const { broker, relay } = await service(t);
  const { lock, id } = await taken({ broker, relay }, 3 * 2 ** 32 + 1);
  broker.stop();
  await once(relay, "lost");
  assert.equal(lock.held, true);
  await broker.open();
  await once(relay, "connected");
  assert.deepEqual(broker.registrations.at(-1).locks, [["accounts", id, 3 * 2 ** 32 + 1]]);
  const released = lock.release();
  assert.deepEqual((await broker.nextCommand("exo.unlock")).payload, { key: "accounts", lock: id });
  await released;
  assert.equal(await foundAgain({ broker, relay }), undefined);
});

test("a lock that is given back while the bus is lost is given back to the next", async (t) => {
  const { broker, relay } = await service(t);
  const { lock, id } = await taken({ broker, relay });
  broker.stop();
  await once(relay, "lost");
  const released = lock.release();
  assert.equal(lock.held, false);
  await broker.open();
  assert.deepEqual((await broker.nextCommand("exo.unlock")).payload, { key: "accounts", lock: id });
  await released;
});

test("who wants to hear that a lock is lost hears it, once, and gives nothing back", async (t) => {
  const { broker, relay, lines } = await service(t);
  const { lock, id } = await taken({ broker, relay });
  const { signal } = lock;
  lostTo(broker, id);
  await once(signal, "abort");
  assert.deepEqual([signal.reason.code, signal.reason.reason, lock.held], ["lock-lost", "web has it", false]);
  lostTo(broker, id);
  await lock.release();
  relay.send("next", {}).catch(() => {});
  await broker.nextCommand("next");
  assert.ok(broker.received.every(({ header: { name } }) => name !== "exo.unlock"));
  assert.deepEqual(lines, []);
});

test("a lock whose loss nobody wants to hear of is an error that nobody handles", async (t) => {
  const { broker, relay } = await service(t);
  const { lock, id } = await taken({ broker, relay });
  const failed = once(relay, "error");
  lostTo(broker, id);
  const [error] = await failed;
  assert.deepEqual([error.code, error.messageId, lock.held], ["lock-lost", id, false]);
});

test("who asks after the loss is told, and after a release there is none", async (t) => {
  const { broker, relay } = await service(t);
  const { lock, id } = await taken({ broker, relay });
  const failed = once(relay, "error");
  lostTo(broker, id);
  const [error] = await failed;
  assert.deepEqual([lock.held, lock.signal.aborted], [false, true]);
  assert.equal(lock.signal.reason, error);
  const { lock: released } = await taken({ broker, relay });
  await released.release();
  assert.deepEqual([released.held, released.signal.aborted], [false, false]);
});

test("a listener that throws keeps no other from hearing that a lock is lost", async (t) => {
  const { broker, relay } = await service(t);
  const { lock, id } = await taken({ broker, relay });
  const thrown = new Promise((resolve) => process.setUncaughtExceptionCaptureCallback(resolve));
  t.after(() => process.setUncaughtExceptionCaptureCallback(null));
  const heard = [];
  lock.signal.addEventListener("abort", () => {
    throw new Error("a bad listener");
  });
  lock.signal.addEventListener("abort", () => heard.push(lock.signal.reason.code));
  lostTo(broker, id);
  assert.equal((await thrown).message, "a bad listener");
  assert.deepEqual(heard, ["lock-lost"]);
});

test("what is done under a lock that was lost meanwhile has failed, if with no other error", async (t) => {
  const { broker, relay } = await service(t);
  for (const [act, error] of [
    [async () => "done", { code: "lock-lost" }],
    [() => Promise.reject(new Error("no such account")), /no such account/],
  ]) {
    const done = relay.lock("accounts", async (lock) => {
      await once(lock.signal, "abort");
      return act();
    });
    const { header } = await granted(broker, 7);
    lostTo(broker, header.id);
    await assert.rejects(done, error);
  }
});

test("a bus that knows nothing of restating keeps no lock", async (t) => {
  const { broker, relay } = await service(t);
  const { lock } = await taken({ broker, relay });
  const { signal } = lock;
  broker.options.knowsLocks = false;
  await foundAgain({ broker, relay });
  assert.deepEqual([signal.reason.code, lock.held], ["lock-lost", false]);
});

test("a lock ends with the relay", async (t) => {
  const { broker, relay } = await service(t);
  const { lock } = await taken({ broker, relay });
  await relay.close();
  assert.equal(lock.held, false);
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
