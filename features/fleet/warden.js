"use strict";

// Holds a lock until it is told to give it back, and writes to the vault under it. With WARDEN_BUS its bus is there.
const { existsSync } = require("node:fs");
const { ExoRelay } = require("exorelay");

const { ROLE, WARDEN_BUS, WARDEN_MAY_WRITE } = process.env;
let lock = null;
let lost = null; // the code with which it was
let outcome = null; // of what was written last

const numbered = ({ number, held }) => ({ number, held, lost });

async function write(request, text) {
  const believed = lock.held;
  const answer = await request("vault.write", { number: lock.number, text }).catch((error) => error);
  outcome = { believed, code: answer.code ?? "written", reason: answer.reason ?? "" };
  return outcome;
}

ExoRelay.fromEnvironment(
  {
    [`${ROLE}.take`]: async ({ key, timeout }, { lock: take, reply }) => {
      lock = await take(key, { timeout });
      lost = null;
      lock.signal.addEventListener("abort", () => (lost = lock.signal.reason.code));
      reply("taken", numbered(lock));
    },
    [`${ROLE}.tell`]: (_, { reply }) => reply("told", { ...numbered(lock), outcome }),
    [`${ROLE}.write`]: async ({ text }, { request, reply }) => reply("tried", await write(request, text)),
    // Its whole program stands still before it writes, after it has seen that the lock is its own.
    [`${ROLE}.write-late`]: async ({ text }, { request, reply }) => {
      const sleeper = new Int32Array(new SharedArrayBuffer(4));
      console.log("about to write");
      while (!existsSync(WARDEN_MAY_WRITE)) Atomics.wait(sleeper, 0, 0, 10);
      reply("tried", await write(request, text));
    },
    [`${ROLE}.give-back`]: async (_, { reply }) => {
      await lock.release();
      reply("given-back");
    },
  },
  WARDEN_BUS ? { endpoint: WARDEN_BUS } : {},
).connect();
