"use strict";

// Fills a relay that no bus empties, in one turn after another, until it takes nothing more; then writes its
// limit and what the process has taken for it, in bytes, as JSON. Run with --expose-gc: fill.js send|callback|request.

const { setImmediate: turn } = require("node:timers/promises");
const { ExoRelay } = require("../..");

const LIMIT_BYTES = 32 * 1024 * 1024;
const PAYLOAD = "x".repeat(92);
const WAYS = {
  send: (relay, payload) => relay.send("todo.add", payload),
  callback: (relay, payload) => relay.send("todo.add", payload, () => {}),
  request: (relay, payload, failed) => relay.request("todo.add", payload).catch(failed),
};

function memory() {
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

async function fill(way) {
  const about = { role: "web", instance: "web-1", token: "secret", endpoint: "ipc:///nowhere" };
  const relay = new ExoRelay({ ...about, limits: { bytes: LIMIT_BYTES } });
  const before = memory();
  let full = false;
  for (let count = 0; !full; ) {
    try {
      for (const end = count + 1000; count < end; ++count) way(relay, `${PAYLOAD}${1e7 + count}`, () => (full = true));
    } catch {
      full = true;
    }
    await turn();
  }
  const taken = memory() - before;
  return { limit: LIMIT_BYTES, taken, connected: relay.connected }; // which keeps the relay until it is measured
}

fill(WAYS[process.argv[2]]).then((outcome) => {
  process.stdout.write(JSON.stringify(outcome));
  process.exit(); // nobody waits for what is left
});
