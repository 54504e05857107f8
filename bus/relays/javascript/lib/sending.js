"use strict";

const { GatheredAnswer, PagedAnswer, StreamedAnswer } = require("./answer");
const { Cancelling, Delivery } = require("./delivery");
const { ExoError } = require("./exo_error");
const { Lock, lockArguments, waitOf } = require("./lock");
const { sendAll } = require("./pipeline");
const wire = require("./wire");
const { NO_OPTIONS, checkSignal, sendArguments } = require("./arguments");

const DEFAULT_TIMEOUT_MS = 60_000;

// Makes commands of what the application says, and a script's words of its own. Every call has the command in whose
// handler it is said in front, undefined outside of handlers. Calls `window(id, pages)` to let a replier go on and
// `unhandled(error)` with what the application did not look at.
class Sending {
  closed = false;
  #commands;
  #attempt;
  #window;
  #unhandled;
  #locks;

  constructor({ commands, attempt, locks, window, unhandled }) {
    this.#commands = commands;
    this.#attempt = attempt;
    this.#locks = locks;
    this.#window = window;
    this.#unhandled = unhandled;
  }

  send(incoming, args) {
    const { name, payload, options, callback } = sendArguments(args);
    const own = this.#wordOf(name);
    const delivery = new Delivery();
    const obstacle = this.#obstacle(name, options);
    if (obstacle) {
      delivery.fail(obstacle, ignore, (error) => this.#unhandled(error));
      return delivery;
    }
    const spec = this.#spec(incoming, name, payload, options);
    spec.delivery = delivery;
    if (callback) {
      spec.expects = "one";
      spec.answer = (id) => this.#callbackAnswer(id, callback);
    }
    if (own === "done" || own === "failed" || own === "checkpoint") this.#sayByCommand(own, spec);
    else this.#submit(spec, delivery);
    return delivery;
  }

  sendAll(incoming, name, items, options) {
    const way = {
      send: (payload, each) => this.send(incoming, [name, payload, each]),
      room: () => this.#commands.room(),
    };
    return sendAll(way, name, items, options);
  }

  // The promise has a function `cancel` besides.
  request(incoming, name, payload, options = NO_OPTIONS) {
    const handle = new Cancelling();
    const promise = new Promise((resolve, reject) => {
      const answer = this.#promisedAnswer(resolve, reject, options.pages);
      this.#ask(handle, "one", incoming, name, payload, options, answer);
    });
    promise.cancel = handle.cancel.bind(handle);
    return promise;
  }

  requestMany(incoming, name, payload, options = NO_OPTIONS) {
    const handle = new Cancelling();
    let answer;
    this.#ask(handle, "many", incoming, name, payload, options, (id) => {
      answer = new StreamedAnswer({
        window: (pages) => this.#window(id, pages),
        left: () => this.#commands.abandon(id),
      });
      return answer;
    });
    answer.cancel = handle.cancel.bind(handle);
    return answer;
  }

  progress(done, total, note) {
    this.send(undefined, [this.#attempt.nameOf("progress"), { done, total, note }]).catch(ignore);
  }

  checkpoint(value) {
    const name = this.#attempt.nameOf("checkpoint");
    return new Promise((resolve, reject) => {
      this.#sayByCommand("checkpoint", {
        ...this.#spec(undefined, name, value, NO_OPTIONS),
        expects: "one",
        answer: () =>
          new GatheredAnswer({
            window: ignore,
            done: () => resolve(),
            failed: (error) => {
              reject(error);
              return true;
            },
          }),
        delivery: null,
      });
    });
  }

  // Resolves with the lock, or where something is to be done under it with what comes of that: the loss of the lock,
  // where it is not held to the end.
  async lock(incoming, args) {
    const { key, act, timeout, signal } = lockArguments(...args);
    const wait = timeout ?? (this.#attempt ? Infinity : DEFAULT_TIMEOUT_MS);
    const lock = await this.#takeLock(incoming, key, wait, signal);
    if (act === null) return lock;
    const { signal: lost } = lock;
    try {
      const result = await act(lock);
      lost.throwIfAborted();
      return result;
    } finally {
      await lock.release();
    }
  }

  // How long it waits is the host's business, so that no lock comes to who is not there any more; who cancels says so.
  #takeLock(incoming, key, wait, signal) {
    checkSignal(signal);
    const obstacle = this.#obstacle("exo.lock", { signal });
    if (obstacle) return Promise.reject(obstacle);
    return new Promise((resolve, reject) => {
      let id;
      const giveBack = async () => {
        this.#locks.remove(id);
        if (!this.closed) await this.#giveBack(incoming, key, id);
      };
      const spec = {
        ...this.#spec(incoming, "exo.lock", { key, ...waitOf(wait) }, { timeout: Infinity, signal }),
        expects: "one",
        answer: (commandId) => {
          id = commandId;
          return new GatheredAnswer({
            window: ignore,
            done: ({ payload }) => {
              const lock = new Lock({ key, number: payload.number, giveBack });
              this.#locks.add(id, lock);
              resolve(lock);
            },
            failed: (error) => {
              if (error.code === "cancelled") this.#giveBack(incoming, key, id);
              reject(error);
              return true;
            },
          });
        },
        delivery: null,
      };
      this.#submit(spec, new Cancelling());
    });
  }

  // A lock that is not there any more is given back already. Without a deadline, since the next host may hear of it by a
  // registration that was on its way.
  #giveBack(incoming, key, id) {
    return this.send(incoming, ["exo.unlock", { key, lock: id }, { timeout: Infinity }]).catch(ignore);
  }

  async follow(commands) {
    await this.request(undefined, this.#attempt.nameOf("follow"), { commands });
  }

  #ask(handle, expects, incoming, name, payload, options, answer) {
    wire.checkName(name);
    checkSignal(options.signal);
    const obstacle = this.#obstacle(name, options);
    if (obstacle?.code === "cancelled") {
      answer("").fail(obstacle);
      return;
    }
    if (obstacle) throw obstacle;
    this.#submit(Object.assign(this.#spec(incoming, name, payload, options), { expects, answer }), handle);
  }

  // Why nothing may be sent; null when it may.
  #obstacle(name, { signal }) {
    if (this.closed) return closedError(name);
    return signal?.aborted ? ExoError.cancelled(name, signal.reason) : null;
  }

  #spec(incoming, name, payload, options) {
    const own = this.#wordOf(name);
    const { activityId, causedBy } = this.#placeOf(options, incoming);
    const timeoutMs = this.#timeoutOf(options, own);
    const plain = { expects: "none", answer: null, delivery: null };
    return { name, payload, options, timeoutMs, activityId, causedBy, own, ...plain };
  }

  // Lets `handle` cancel the command from now on, and the signal as long as that makes sense. A million commands may
  // wait, so that nothing is made for each of them which only a few need.
  #submit(spec, handle) {
    const command = this.#commands.submit(spec);
    handle.begun(this.#commands, command);
    const { signal } = spec.options;
    if (!signal || command.settled) return;
    const aborted = () => handle.cancel(signal.reason);
    signal.addEventListener("abort", aborted, { once: true });
    command.finished = () => signal.removeEventListener("abort", aborted);
  }

  // The activity that a command belongs to, and the command in whose handler it is sent; a script has one handler.
  #placeOf({ activityId }, incoming = this.#attempt?.start) {
    if (activityId !== undefined) return { activityId };
    return { activityId: incoming?.activityId, causedBy: incoming?.id };
  }

  #wordOf(name) {
    if (!this.#attempt) return null;
    return name.startsWith("exo.") ? "exo" : this.#attempt.wordOf(name);
  }

  // A script's commands have no deadline unless it asks for one: its phase's timeout bounds them.
  #timeoutOf({ timeout }, own) {
    if (timeout === undefined) return this.#attempt || own ? undefined : DEFAULT_TIMEOUT_MS;
    if (typeof timeout !== "number" || !(timeout > 0)) {
      throw new TypeError(`the timeout of a message is a number of milliseconds above 0, not ${timeout}`);
    }
    return timeout === Infinity ? undefined : timeout;
  }

  // What takes the answer to a request. Made apart from it, so that it keeps nothing of the request alive, whose
  // payload is encoded by then.
  #promisedAnswer(resolve, reject, pages) {
    const failed = (error) => {
      reject(error);
      return true;
    };
    return (id) => {
      const window = (count) => this.#window(id, count);
      return pages
        ? new PagedAnswer({ window, first: resolve, failed, left: () => this.#commands.abandon(id) })
        : new GatheredAnswer({ window, done: resolve, failed });
    };
  }

  // The callback of a `send`: a parameter after the payload is a callback's way to say that it looks at errors.
  #callbackAnswer(id, callback) {
    const call = (...args) => {
      try {
        const result = callback(...args);
        if (result && typeof result.then === "function") result.then(ignore, (error) => this.#unhandled(error));
      } catch (error) {
        this.#unhandled(error);
      }
    };
    return new GatheredAnswer({
      window: (pages) => this.#window(id, pages),
      done: ({ payload, ...about }) => call(payload, { ...about, error: null }),
      failed: (error) => {
        if (callback.length < 2) return false;
        call(undefined, { error });
        return true;
      },
    });
  }

  // The payload is encoded now, since the script may change the value while its checkpoint waits.
  #sayByCommand(own, { payload, ...spec }) {
    const attempt = this.#attempt;
    if (attempt.finished) {
      spec.delivery?.fail(closedError(spec.name), ignore, ignore);
      return;
    }
    const frame = wire.encodePayload(payload, spec.options.contentType, spec.name);
    const ordinal = own === "checkpoint" ? attempt.reserve() : 0;
    const say = () => {
      if (own !== "checkpoint") attempt.saidByCommand();
      this.#commands.submit({ ...spec, frame, own, ordinal, handledErrors: attempt.handledErrors });
    };
    if (own === "failed") say();
    else attempt.whenSettled(say, ordinal);
  }
}

function closedError(messageName) {
  return new ExoError({ code: "closed", reason: "the relay is closed", messageName });
}

function ignore() {}

module.exports = { Sending, closedError };
