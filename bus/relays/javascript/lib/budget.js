"use strict";

const { ExoError } = require("./exo_error");

// What a relay may hold in memory while the bus does not take it. Both limits are the protocol's: a program that
// produces faster than the fleet consumes must learn it before its machine does.
const MESSAGE_LIMIT = 1_000_000;
const BYTE_LIMIT = 256 * 1024 * 1024;

class Budget {
  #messageLimit;
  #byteLimit;
  #messages = 0;
  #bytes = 0;
  #released = null; // {promise, resolve} of those who wait

  constructor({ messages = MESSAGE_LIMIT, bytes = BYTE_LIMIT } = {}) {
    this.#messageLimit = messages;
    this.#byteLimit = bytes;
  }

  get messages() {
    return this.#messages;
  }

  // Throws `overloaded` when the message does not fit any more, and then holds nothing of it.
  take(bytes, messageName) {
    if (this.#messages >= this.#messageLimit || this.#bytes + bytes > this.#byteLimit) {
      throw new ExoError({
        code: "overloaded",
        messageName,
        reason:
          `${this.#messages} messages (${this.#bytes} bytes) wait for the bus to take them, which is all that ` +
          "a relay holds; await send() to go at the pace of the receivers",
      });
    }
    this.#messages += 1;
    this.#bytes += bytes;
  }

  release(bytes) {
    this.#messages -= 1;
    this.#bytes -= bytes;
    this.#released?.resolve();
    this.#released = null;
  }

  // Resolves when something is released; null when nothing is held: what does not fit then fits at no time.
  released() {
    if (this.#messages === 0) return null;
    if (this.#released === null) {
      let resolve;
      const promise = new Promise((done) => (resolve = done));
      this.#released = { promise, resolve };
    }
    return this.#released.promise;
  }
}

module.exports = { Budget };
