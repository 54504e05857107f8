"use strict";

const { ExoRelay } = require("../..");
const { FakeBroker } = require("./fake_broker");
const { monotonicNow } = require("../../lib/monotonic_clock");

// A broker and a relay that is connected to it, both closed with the test. `lines` collects what the relay logs.
async function connected(test, { broker: brokerOptions = {}, ...relayOptions } = {}) {
  const broker = await FakeBroker.start(brokerOptions);
  test.after(() => broker.close());
  const { relay, lines } = makeRelay(test, broker, relayOptions);
  await relay.connect();
  return { broker, relay, lines };
}

function makeRelay(test, broker, options = {}) {
  const lines = [];
  const relay = new ExoRelay({
    role: "web",
    version: "0.0.1",
    instance: "web-1",
    token: "secret",
    endpoint: broker.endpoint,
    log: (line) => lines.push(line),
    ...options,
  });
  test.after(() => relay.close({ timeout: 0 }));
  return { relay, lines };
}

// Resolves when `condition()` holds.
async function until(condition, what = condition.toString()) {
  const deadline = monotonicNow() + 30_000;
  while (!condition()) {
    if (monotonicNow() > deadline) throw new Error(`waited in vain for: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

module.exports = { connected, makeRelay, until };
