"use strict";

// What can be taken back, once it is a command: `commands` cancel it.
class Cancelling {
  #commands = null;
  #command = null;

  // For the relay.
  begun(commands, command) {
    this.#commands = commands;
    this.#command = command;
  }

  // Nobody wants the command any more. Does nothing before it is one, and when nothing more is to come of it.
  cancel(reason) {
    this.#commands?.cancel(this.#command, reason);
  }
}

// What `send` returns: a promise in all but weight. A script may send sixty thousand messages in one loop and
// await none of them, so the native promise is made only when somebody asks for it. An error that nobody asked
// about by the end of the current turn is handed to `unhandled`, as Node does with its own promises.
class Delivery extends Cancelling {
  #state = "pending";
  #error;
  #promise = null; // {native, resolve, reject} once somebody has asked

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
    this.#promise?.resolve();
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
    if (this.#promise) {
      this.#promise.reject(error);
      taken();
      return;
    }
    setImmediate(() => (this.#promise ? taken() : unhandled(error)));
  }

  #native() {
    if (this.#promise) return this.#promise.native;
    const promise = { native: null, resolve: null, reject: null };
    promise.native = new Promise((resolve, reject) => Object.assign(promise, { resolve, reject }));
    this.#promise = promise;
    if (this.#state === "delivered") promise.resolve();
    if (this.#state === "failed") promise.reject(this.#error);
    return promise.native;
  }
}

module.exports = { Cancelling, Delivery };
