"use strict";

const { ExoError } = require("./exo_error");

// The locks that this program holds, by the id of the exo.lock. They outlive the connection: the relay restates them when
// it registers again. `unhandled(error)` gets the loss of a lock of which nobody wanted to hear.
class HeldLocks {
  #locks = new Map();
  #unhandled;

  constructor(unhandled) {
    this.#unhandled = unhandled;
  }

  add(id, lock) {
    this.#locks.set(id, lock);
  }

  remove(id) {
    this.#locks.delete(id);
  }

  // As `register` has them; undefined, which is not sent, where there is none.
  get restated() {
    if (this.#locks.size === 0) return undefined;
    return [...this.#locks].map(([id, { key, number }]) => [key, id, number]);
  }

  lose(id, reason) {
    const lock = this.#locks.get(id);
    if (!lock) return;
    this.#locks.delete(id);
    const error = ExoError.fromBus({ code: "lock-lost", reason, messageName: "exo.lock", messageId: id });
    if (!lock.lose(error)) this.#unhandled(error);
  }

  loseAll(reason) {
    for (const id of [...this.#locks.keys()]) this.lose(id, reason);
  }

  // With the relay, as everybody knows who has closed it.
  end() {
    for (const lock of this.#locks.values()) lock.end();
    this.#locks.clear();
  }
}

module.exports = { HeldLocks };
