"use strict";

// A lock that the host has given to this program: held until it is released, or the connection to the bus is lost.
// Its number is higher than that of every grant before it, those of earlier hosts included: whoever stores something
// under the lock stores the number with it, and refuses a lower one.
class Lock {
  #held = true;
  #giveBack;

  constructor({ key, number, giveBack }) {
    this.key = key;
    this.number = number;
    this.#giveBack = giveBack;
  }

  get held() {
    return this.#held;
  }

  // Idempotent. Resolves when the bus has taken it.
  async release() {
    if (!this.#held) return;
    this.#held = false;
    await this.#giveBack(this);
  }

  // The host has given it back with the connection.
  lost() {
    this.#held = false;
  }
}

// For `await using`, in languages of Node that have it.
if (Symbol.asyncDispose) {
  Object.defineProperty(Lock.prototype, Symbol.asyncDispose, {
    value() {
      return this.release();
    },
  });
}

const LONGEST_WAIT_MS = 24 * 60 * 60 * 1000;

// `lock(key, options?, act?)`; a function in an earlier place is what is done under the lock.
function lockArguments(key, ...rest) {
  if (typeof key !== "string" || key === "") throw new TypeError("the key of a lock is a text that is not empty");
  const act = rest.find((argument) => typeof argument === "function") ?? null;
  const options = typeof rest[0] === "object" && rest[0] !== null ? rest[0] : {};
  const { timeout, signal } = options;
  if (timeout !== undefined && !(typeof timeout === "number" && timeout > 0)) {
    throw new TypeError(`the timeout of a lock is a number of milliseconds above 0, not ${timeout}`);
  }
  return { key, act, timeout, signal };
}

// As the host is told it; nothing for one that waits for ever.
function waitOf(timeout) {
  return timeout === undefined || timeout === Infinity ? {} : { timeoutMs: Math.min(Math.ceil(timeout), LONGEST_WAIT_MS) };
}

module.exports = { Lock, lockArguments, waitOf };
