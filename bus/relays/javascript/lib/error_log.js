"use strict";

const QUIET_MS = 1_000;

// Writes errors that nobody handled as lines. Those that say the same are written once a second with their
// number, so that a loop of sixty thousand failing sends neither floods the log nor vanishes from it.
class ErrorLog {
  #write;
  #kinds = new Map(); // code and message's name → {timer, more}

  constructor(write) {
    this.#write = write;
  }

  add(error) {
    if (!error?.code || error.messageName === undefined) {
      this.#write(error?.stack ?? String(error));
      return;
    }
    const key = `${error.code} ${error.messageName}`;
    const kind = this.#kinds.get(key);
    if (kind) {
      kind.more += 1;
      return;
    }
    this.#write(error.message);
    const timer = setTimeout(() => this.#close(key), QUIET_MS);
    timer.unref();
    this.#kinds.set(key, { error, timer, more: 0 });
  }

  // Writes what was counted and not yet written.
  flush() {
    for (const [key, { timer }] of [...this.#kinds]) {
      clearTimeout(timer);
      this.#close(key);
    }
  }

  #close(key) {
    const { error, more } = this.#kinds.get(key);
    this.#kinds.delete(key);
    if (more > 0) this.#write(`${error.messageName}: ${more} more failed like this (${error.code})`);
  }
}

module.exports = { ErrorLog };
