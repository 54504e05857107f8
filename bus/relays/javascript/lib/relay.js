"use strict";

const { EventEmitter } = require("node:events");
const { Budget } = require("./budget");
const { Commands } = require("./commands");
const { Connection } = require("./connection");
const { each } = require("./each");
const { ErrorLog } = require("./error_log");
const { ExoError } = require("./exo_error");
const { HandlerContext } = require("./handler_context");
const { HeldLocks } = require("./held_locks");
const { Inbox } = require("./inbox");
const { monotonicNow } = require("./monotonic_clock");
const { ScriptAttempt } = require("./script_attempt");
const control = require("./control");
const { operatorOptions } = require("./operator");
const { readEnvironment } = require("./environment");
const wire = require("./wire");
const { Sending, closedError } = require("./sending");
const { NO_OPTIONS, checkOptions } = require("./arguments");
const { version: packageVersion } = require("../package.json");

const CONNECT_TIMEOUT_MS = 30_000;
const CLOSE_TIMEOUT_MS = 8_000; // where exo does not say how long it leaves until SIGKILL
const GOODBYE_PART = 1 / 8; // of the close timeout, on top of it
const EXPIRY_INTERVAL_MS = 1_000;

// Joins a program to an exo bus. index.d.ts describes the surface; here is how it is made:
//
//   Connection   socket, registration, liveness, reconnecting
//   Commands     what we sent: credit (Outbox), acceptance, answers, errors
//   Sending      makes commands of what the application says
//   HeldLocks    the locks that outlive a connection
//   Inbox        what was sent to us: handlers, completions, replies and their streams
//   ScriptAttempt   only for deployment scripts: done means done, and failures are told
//
// This class wires them, and leads the relay from `new` by `connect` to `close`.
class ExoRelay extends EventEmitter {
  #role;
  #log;
  #errorLog;
  #connection;
  #commands;
  #inbox;
  #attempt = null;
  #connectMs;
  #connecting = null; // {promise, resolve, reject, timer}
  #closing = null;
  #closeTimeout;
  #locks = new HeldLocks((error) => this.#unhandled(error));
  #sending;
  #frameLimit = wire.PAYLOAD_LIMIT_BYTES;
  #expiryTimer = null;
  #closeWaiters = new Map(); // "draining", "goodbye", "accepted" → resolve
  #contextFunctions;
  #removeSignals = () => {};

  constructor(options) {
    super();
    const { role, version = "", instance, token, endpoint, curve = null, handlers = {}, window = 256 } = options ?? {};
    checkOptions({ role, version, instance, token, endpoint, curve, window });
    this.#role = role;
    this.#closeTimeout = options.closeTimeout ?? CLOSE_TIMEOUT_MS;
    this.#errorLog = new ErrorLog((line) => this.#log(line));
    this.#connectMs = options.connectMs ?? CONNECT_TIMEOUT_MS;
    this.#log = options.log ?? ((line) => console.error(`exorelay: ${line}`));
    const budget = new Budget(options.limits);
    if (ScriptAttempt.isScript(role)) this.#attempt = this.#makeAttempt();
    this.#commands = new Commands({ budget, hooks: this.#commandHooks() });
    this.#inbox = new Inbox({ budget, remembered: options.remembered, hooks: this.#inboxHooks() });
    for (const [name, handler] of Object.entries(handlers)) this.#inbox.handle(name, handler);
    this.#connection = new Connection({
      endpoint,
      curve,
      silenceMs: options.silenceMs,
      registration: this.#registration({ role, version, instance, token, window }),
      events: this.#connectionEvents(),
    });
    const sending = new Sending({
      commands: this.#commands,
      attempt: this.#attempt,
      locks: this.#locks,
      window: (id, pages) => this.#sendWindow(id, pages),
      unhandled: (error) => this.#unhandled(error),
    });
    this.#sending = sending;
    this.#contextFunctions = {
      send: (incoming, ...args) => sending.send(incoming, args),
      sendAll: (...args) => sending.sendAll(...args),
      request: (...args) => sending.request(...args),
      requestMany: (...args) => sending.requestMany(...args),
      progress: this.#attempt ? (done, total, note) => sending.progress(done, total, note) : undefined,
      follow: this.#attempt ? (commands) => sending.follow(commands) : undefined,
      checkpoint: this.#attempt ? (value) => sending.checkpoint(value) : undefined,
      lock: (incoming, ...args) => sending.lock(incoming, args),
      each: this.#attempt ? (...args) => this.#each(...args) : undefined,
    };
  }

  static fromEnvironment(handlers = {}, options = {}) {
    const relay = new ExoRelay({ ...readEnvironment(options.environment), ...options, handlers });
    if (options.signals !== false) relay.#closeOnSignals();
    return relay;
  }

  static asOperator({ bus, keyFile, ...options } = NO_OPTIONS) {
    return new ExoRelay({ ...options, ...operatorOptions({ bus, keyFile }) });
  }

  get role() {
    return this.#role;
  }

  get connected() {
    return this.#connection.registered;
  }

  get frameLimit() {
    return this.#frameLimit;
  }

  // For the script loader.
  get attempt() {
    return this.#attempt;
  }

  handle(name, handler) {
    if (this.#connecting) throw new Error(`handle '${name}': handlers are given before connect()`);
    this.#inbox.handle(name, handler);
    return this;
  }

  connect() {
    if (this.#closing) return Promise.reject(closedError());
    if (this.#connecting) return this.#connecting.promise;
    const connecting = {};
    connecting.promise = new Promise((resolve, reject) => Object.assign(connecting, { resolve, reject }));
    this.#connecting = connecting;
    try {
      this.#connection.open();
    } catch (error) {
      connecting.reject(error);
      return connecting.promise;
    }
    connecting.timer = setTimeout(() => this.#connectFailed(), this.#connectMs);
    this.#expiryTimer = setInterval(() => this.#commands.expire(monotonicNow()), EXPIRY_INTERVAL_MS);
    return connecting.promise;
  }

  send(...args) {
    return this.#sending.send(undefined, args);
  }

  sendAll(name, items, options) {
    return this.#sending.sendAll(undefined, name, items, options);
  }

  request(name, payload, options) {
    return this.#sending.request(undefined, name, payload, options);
  }

  requestMany(name, payload, options) {
    return this.#sending.requestMany(undefined, name, payload, options);
  }

  lock(...args) {
    return this.#sending.lock(undefined, args);
  }

  close({ timeout = this.#closeTimeout } = NO_OPTIONS) {
    this.#closing ??= this.#close(timeout);
    return this.#closing;
  }

  #each(records, options, act) {
    const attempt = this.#attempt;
    const script = {
      place: (name) => attempt.placeOf(name),
      save: (name, place) => this.#sending.checkpoint(attempt.checkpointWith(name, place)),
      progress: (done, total) => this.#sending.progress(done, total),
      changed: (text) => this.#log(text),
    };
    return typeof options === "function" ? each(script, records, {}, options) : each(script, records, options ?? {}, act);
  }

  #sendWindow(id, pages) {
    this.#connection.send({ kind: "window", responseTo: id, pages });
  }

  #makeAttempt() {
    return new ScriptAttempt({
      role: this.#role,
      sayFinal: (start, name, payload, handledErrors) => {
        const frame = wire.encodePayload(payload, "msgpack", name);
        this.#inbox.transmitReply(start, { name, handledErrors }, frame);
      },
    });
  }

  // Wiring

  #registration({ role, version, instance, token, window }) {
    const inbox = this.#inbox;
    const locks = this.#locks;
    return {
      protocols: [wire.PROTOCOL_VERSION],
      role,
      version,
      instance,
      token,
      window,
      relay: `exorelay-javascript ${packageVersion}`,
      packs: true,
      get handles() {
        return inbox.names;
      },
      get locks() {
        return locks.restated;
      },
    };
  }

  #commandHooks() {
    const attempt = this.#attempt;
    return {
      transmit: (header, frame) => this.#connection.send(header, frame),
      frameLimit: () => this.#frameLimit,
      acknowledged: () => attempt !== null,
      added: (command) => attempt?.added(command),
      settled: (command) => {
        attempt?.settled(command);
      },
      errorTaken: () => attempt?.errorTaken(),
      unhandled: (error) => this.#unhandled(error),
    };
  }

  #inboxHooks() {
    return {
      transmit: (header, frame) => this.#connection.send(header, frame),
      frameLimit: () => this.#frameLimit,
      nextId: () => this.#commands.nextId(),
      context: (incoming, payload) => {
        this.#attempt?.begin(incoming, payload);
        return new HandlerContext(this.#contextFunctions, incoming, (command) => this.#inbox.replier(command));
      },
      handlerFailed: (error, incoming) => this.#handlerFailed(error, incoming),
      takeReply: (incoming, name, payload) => this.#takeReply(incoming, name, payload),
      unhandled: (error) => this.#unhandled(error),
      dropped: (text) => this.#log(`dropped ${text}`),
    };
  }

  // A script's replies to its start command wait as they must; its progress and checkpoints go as commands, which
  // are acknowledged and leave the answer open.
  #takeReply(incoming, name, payload) {
    const word = this.#attempt ? this.#attempt.wordOf(name) : null;
    if (word === null) return false;
    if (word === "done" || word === "failed") this.#attempt.say(word, name, payload);
    else this.#sending.send(incoming, [name, payload]);
    return true;
  }

  #connectionEvents() {
    return {
      registered: (reply) => this.#onRegistered(reply),
      message: (header, payload) => this.#onMessage(header, payload),
      lost: (error) => this.#onLost(error),
      refused: (error) => this.#onRefused(error),
      fault: (error) => this.#unhandled(error),
    };
  }

  #onRegistered(reply) {
    clearTimeout(this.#connecting.timer);
    if (Number.isSafeInteger(reply.frameLimit) && reply.frameLimit > 0) this.#frameLimit = reply.frameLimit;
    this.#connecting.resolve();
    if (reply.locks !== true) this.#locks.loseAll("this exo is too old to keep it for this program");
    this.emit("connected", { connection: reply.connection, environment: reply.environment });
  }

  #onMessage(header, payload) {
    switch (header.kind) {
      case "command":
        this.#inbox.deliver(header, payload);
        return;
      case "reply":
        this.#commands.onReply(header, payload);
        return;
      case "error":
        this.#onError(header);
        return;
      case "credit": {
        this.#commands.onCredit(control.readCredit(payload));
        if (this.#commands.unaccepted === 0) this.#closeWaiters.get("accepted")?.();
        return;
      }
      case "delivered":
        this.#commands.onDelivered(control.readIds(payload));
        return;
      case "routes":
        this.#commands.onRoutes(control.readRoutes(payload));
        return;
      case "window":
        this.#inbox.onWindow(header);
        return;
      case "cancel":
        this.#inbox.onCancel(header);
        return;
      case "draining":
      case "goodbye":
        this.#closeWaiters.get(header.kind)?.();
        return;
      default: // a kind of a later protocol, which this one may ignore
    }
  }

  // An error about a command that is finished here is one that its sender did not wait for.
  #onError(header) {
    if (header.code === "lock-lost") {
      this.#locks.lose(header.responseTo, header.reason ?? "the bus gave no reason");
      return;
    }
    if (this.#commands.onError(header) || this.#inbox.onError(header)) return;
    const { name: messageName, responseTo: messageId, code = "malformed", reason = "the bus gave no reason" } = header;
    // Each page that was on its way when its asker had gone comes back, and the first has ended the stream.
    if (code === "receiver-lost" && !this.#commands.isOurs(messageId)) return;
    if (!this.#commands.isLate(messageId)) this.#unhandled(ExoError.fromBus({ code, reason, messageName, messageId }));
  }

  #onLost(error) {
    this.#inbox.connectionLost(error);
    this.#commands.connectionLost(error);
    this.emit("lost", error);
    for (const wake of this.#closeWaiters.values()) wake();
  }

  #onRefused(error) {
    const { timer, reject } = this.#connecting;
    clearTimeout(timer);
    reject(error);
    this.#end("closed", error.reason);
    if (this.listenerCount("refused") > 0) this.emit("refused", error);
    else this.#log(`the bus refused this program: ${error.message}`);
  }

  #connectFailed() {
    const { reject } = this.#connecting;
    const trouble = this.#connection.handshakeTrouble;
    const silence = `the bus did not answer within ${this.#connectMs / 1000} s; is exo running?`;
    const reason = trouble || silence;
    this.#connection.close();
    reject(new ExoError({ code: "bus-lost", reason }));
    this.#end("bus-lost", reason);
  }

  // Something failed and the application was not there to take it: a script's attempt has failed then; a service
  // goes on.
  #unhandled(error) {
    if (this.#attempt) this.#failAttempt(error);
    else if (this.listenerCount("error") > 0) this.emit("error", error);
    else this.#errorLog.add(error);
  }

  #handlerFailed(error, incoming) {
    if (this.#attempt?.failed) return;
    if (this.#attempt) this.#failAttempt(error);
    else this.#log(`the handler for '${incoming.name}' failed: ${error?.stack ?? error}`);
  }

  #failAttempt(error) {
    if (this.listenerCount("error") > 0) this.emit("error", error);
    else {
      this.#log(error?.stack ?? String(error));
      this.#attempt.fail(error instanceof Error ? error.message : String(error));
    }
  }

  // Closing

  async #close(timeoutMs) {
    this.#removeSignals();
    if (!this.#connection.registered) {
      this.#end("closed", "the relay was closed before the bus took it");
      return;
    }
    const deadline = monotonicNow() + timeoutMs;
    this.#connection.send({ kind: "drain" });
    await this.#until(this.#woken("draining"), deadline);
    await this.#until(this.#inbox.whenIdle(), deadline);
    this.#inbox.flush();
    if (this.#commands.unaccepted > 0) await this.#until(this.#woken("accepted"), deadline);
    this.#inbox.flush();
    this.#sending.closed = true;
    this.#connection.send({ kind: "goodbye" });
    if (this.#connection.registered) await this.#until(this.#woken("goodbye"), monotonicNow() + this.#closeTimeout * GOODBYE_PART);
    this.#end("closed", "the relay was closed before this was answered");
  }

  #woken(kind) {
    return new Promise((resolve) => this.#closeWaiters.set(kind, resolve));
  }

  // Waits for the promise, but not beyond the deadline.
  #until(promise, deadline) {
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, Math.max(0, deadline - monotonicNow()));
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
  }

  #end(code, reason) {
    this.#sending.closed = true;
    this.#locks.end();
    this.#closing ??= Promise.resolve();
    clearInterval(this.#expiryTimer);
    clearTimeout(this.#connecting?.timer);
    this.#connection.close();
    this.#commands.failAll(code, reason);
    this.#connecting?.reject(closedError());
    setImmediate(() => this.#errorLog.flush());
    this.emit("closed");
  }

  #closeOnSignals() {
    const stop = () => this.close().then(() => process.exit(0));
    for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, stop);
    this.#removeSignals = () => {
      for (const signal of ["SIGTERM", "SIGINT"]) process.removeListener(signal, stop);
    };
  }
}

module.exports = { ExoRelay };
