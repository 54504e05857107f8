"use strict";

// A lock that the host has given to this program: held until it is released, or known to be lost; a bus that is lost is
// told of it when it is found again. Its number is higher than that of every grant before it, those of earlier hosts
// included: whoever stores something under the lock stores the number with it, and refuses a lower one.
class Lock {
  #held = true;
  #giveBack;
  #loss = null; // an AbortController, once it is lost or somebody wants to hear of that

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

  // Aborted when it is lost, or was before anybody asked; the reason is the error.
  get signal() {
    this.#loss ??= new AbortController();
    return this.#loss.signal;
  }

  // Whether somebody hears of it.
  lose(error) {
    this.#held = false;
    const isHeard = this.#loss !== null;
    this.#loss ??= new AbortController();
    this.#loss.abort(error);
    return isHeard;
  }

  // With the relay.
  end() {
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
