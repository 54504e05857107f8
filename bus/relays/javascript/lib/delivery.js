"use strict";

// What `send` returns: a promise in all but weight. A script may send sixty thousand messages in one loop and
// await none of them, so the native promise is made only when somebody asks for it. An error that nobody asked
// about by the end of the current turn is handed to `unhandled`, as Node does with its own promises.
class Delivery {
  // Nobody wants the command any more; its sender gives this once there is something to cancel.
  cancel = ignore;
  #state = "pending";
  #error;
  #asked = false;
  #promise;
  #resolve;
  #reject;

  get [Symbol.toStringTag]() {
    return "Delivery";
  }

  then(onDelivered, onFailed) {
    return this.#native().then(onDelivered, onFailed);
  }

  catch(onFailed) {
    return this.#native().catch(onFailed);
  }

  finally(onSettled) {
    return this.#native().finally(onSettled);
  }

  // For the relay: each does nothing when it is settled already.
  succeed() {
    if (this.#state !== "pending") return;
    this.#state = "delivered";
    if (this.#promise) this.#resolve();
  }

  // Calls exactly one of `taken` (the application's promise has the error) and `unhandled(error)`, sooner or
  // later.
  fail(error, taken, unhandled) {
    if (this.#state !== "pending") {
      unhandled(error);
      return;
    }
    this.#state = "failed";
    this.#error = error;
    if (this.#asked) {
      this.#reject(error);
      taken();
      return;
    }
    setImmediate(() => (this.#asked ? taken() : unhandled(error)));
  }

  #native() {
    this.#asked = true;
    if (this.#promise) return this.#promise;
    this.#promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (this.#state === "delivered") this.#resolve();
    if (this.#state === "failed") this.#reject(this.#error);
    return this.#promise;
  }
}

function ignore() {}

module.exports = { Delivery };
