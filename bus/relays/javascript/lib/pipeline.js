"use strict";

const { checkSignal } = require("./arguments");
const { ExoError } = require("./exo_error");

const IN_FLIGHT = 256; // what one instance takes at a time by default, see the window of a relay

// Sends one command for each of `items`, which is iterable or async iterable, by `way.send(payload, options)`, so that
// at most `inFlight` are unsettled. Where that throws `overloaded`, it waits for `way.room()`. Resolves with their
// number. The first error, of a command or of the iterable, ends it, and is thrown when everything in flight has
// settled.
async function sendAll({ send, room }, name, items, { inFlight = IN_FLIGHT, signal, ...options } = {}) {
  if (!Number.isInteger(inFlight) || inFlight < 1) {
    throw new TypeError(`sendAll '${name}': inFlight is a whole number from 1 upwards, not ${inFlight}`);
  }
  if (typeof items?.[Symbol.asyncIterator] !== "function" && typeof items?.[Symbol.iterator] !== "function") {
    throw new TypeError(`sendAll '${name}': what is to be sent is no iterable`);
  }
  checkSignal(signal);
  const flight = new Flight();
  const aborted = () => flight.abort(ExoError.cancelled(name, signal.reason));
  if (signal?.aborted) aborted();
  signal?.addEventListener("abort", aborted, { once: true });
  try {
    return await fly(flight, { send: (payload) => send(payload, options), room }, items, inFlight);
  } finally {
    signal?.removeEventListener("abort", aborted);
  }
}

async function fly(flight, way, items, inFlight) {
  let count = 0;
  try {
    if (!flight.failed) {
      for await (const payload of items) {
        if (flight.failed) break;
        if (!take(flight, way, payload)) await takeWithRoom(flight, way, payload);
        if (flight.failed) break;
        count += 1;
        if (flight.size >= inFlight) await flight.below(inFlight);
        if (flight.failed) break;
      }
    }
  } catch (error) {
    flight.fail(error);
  }
  await flight.below(1);
  if (flight.failed) throw flight.error;
  return count;
}

// False when the relay has no room for it, but will have.
function take(flight, { send, room }, payload) {
  try {
    flight.add(send(payload));
    return true;
  } catch (error) {
    if (error?.code !== "overloaded" || room() === null) throw error;
    return false;
  }
}

// The relay may be full of what others have sent, or of what it keeps for the bus although its sender waits no more.
async function takeWithRoom(flight, way, payload) {
  do {
    await Promise.race([way.room(), flight.failure]);
  } while (!flight.failed && !take(flight, way, payload));
}

// What is sent and not settled, and the first error of it.
class Flight {
  failed = false;
  error = undefined;
  #tellFailure;
  failure = new Promise((resolve) => (this.#tellFailure = resolve)); // never rejects
  #deliveries = new Set();
  #limit = 0;
  #wake = null;

  get size() {
    return this.#deliveries.size;
  }

  add(delivery) {
    this.#deliveries.add(delivery);
    delivery.then(
      () => this.#landed(delivery),
      (error) => {
        this.fail(error);
        this.#landed(delivery);
      },
    );
  }

  fail(error) {
    if (this.failed) return;
    this.failed = true;
    this.error = error;
    this.#tellFailure();
  }

  abort(error) {
    this.fail(error);
    for (const delivery of [...this.#deliveries]) delivery.cancel();
  }

  // Resolves when fewer than `limit` are in flight.
  below(limit) {
    if (this.size < limit) return Promise.resolve();
    this.#limit = limit;
    return new Promise((resolve) => (this.#wake = resolve));
  }

  #landed(delivery) {
    this.#deliveries.delete(delivery);
    if (this.#wake === null || this.size >= this.#limit) return;
    const wake = this.#wake;
    this.#wake = null;
    wake();
  }
}

module.exports = { sendAll };
