"use strict";

// As much of a broker as the relay's tests need: one ROUTER socket that speaks the protocol, admits everybody,
// and for the rest does what the test says. Everything that came in is kept until the test takes it.

const { mkdtempSync, rmSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { Router } = require("zeromq");
const { encode, decode } = require("@msgpack/msgpack");

const PLENTY = 1_000_000;
const PATIENCE_MS = 30_000; // a machine that compiles beside the tests is slow

class FakeBroker {
  received = []; // {peer, header, payload}, oldest first, not yet taken
  registrations = [];
  #options;
  #folder = mkdtempSync(join(tmpdir(), "exo-"));
  #socket = null;
  #bound = null;
  #peers = new Map(); // hex of the routing id → peer
  #waiters = [];
  #connections = 0;

  // routes: {name: [role]}; grants: {role: credits}, plenty for the roles that it does not name; accepts: "all"
  // tells each command's acceptance at once, "none" leaves it to the test; delivers: "all" acknowledges each
  // command at once; refusal: {code, reason} answers every registration; endpoint: an ipc one of its own by
  // default; security: further options of its socket.
  constructor(options = {}) {
    this.#options = { routes: {}, grants: {}, accepts: "all", delivers: "none", heartbeatMs: 5_000, ...options };
  }

  static async start(options) {
    const broker = new FakeBroker(options);
    await broker.open();
    return broker;
  }

  get endpoint() {
    return this.#bound ?? this.#options.endpoint ?? `ipc://${join(this.#folder, "bus")}`;
  }

  get options() {
    return this.#options;
  }

  // The peer that registered last.
  get peer() {
    return [...this.#peers.values()].at(-1);
  }

  async open() {
    const marks = { sendHighWaterMark: 0, receiveHighWaterMark: 0 };
    this.#socket = new Router({ linger: 0, ...marks, sendTimeout: 0, ...this.#options.security });
    await this.#socket.bind(this.endpoint);
    this.#bound = this.#socket.lastEndpoint;
    this.#receive(this.#socket);
  }

  // The broker's process ends; open() starts another one at the same place.
  stop() {
    this.#socket.close();
    this.#peers.clear();
  }

  close() {
    this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  // From now on nothing is answered and nothing is kept.
  fallSilent() {
    this.#options.silent = true;
  }

  send(header, value, peer = this.peer) {
    const payload = value === undefined ? Buffer.alloc(0) : encode(value);
    this.#socket.send([peer.id, encode(header, { ignoreUndefined: true, useBigInt64: true }), payload]);
  }

  sendRaw(frames, peer = this.peer) {
    this.#socket.send([peer.id, ...frames]);
  }

  // Delivers a command; returns its id.
  command(name, payload, header = {}) {
    const peer = this.peer;
    peer.sequence += 1;
    const id = `command-${peer.sequence}`;
    this.send(
      {
        kind: "command",
        name,
        id,
        activityId: `activity-${peer.sequence}`,
        sender: "web",
        senderVersion: "0.0.1",
        sequence: peer.sequence,
        timestamp: 1_700_000_000_000_000_000n,
        ...header,
      },
      payload,
    );
    return header.id ?? id;
  }

  reply(command, name, payload, header = {}) {
    this.send(
      {
        kind: "reply",
        name,
        id: "reply",
        responseTo: command.header.id,
        sender: "todo",
        senderVersion: "0.0.2",
        ...header,
      },
      payload,
    );
  }

  error(command, code, reason) {
    this.send({ kind: "error", responseTo: command.header.id, name: command.header.name, code, reason });
  }

  delivered(...commands) {
    this.send({ kind: "delivered" }, { ids: commands.map((command) => command.header.id) });
  }

  // `settled`: [[first, last]], absent from an older broker.
  credit(accepted, grants = {}, settled = undefined) {
    this.send({ kind: "credit" }, { accepted, grants, ...(settled && { settled }) });
  }

  routes(names, acknowledged = []) {
    this.send({ kind: "routes" }, { names, acknowledged });
  }

  cancel(responseTo) {
    this.send({ kind: "cancel", responseTo });
  }

  // The oldest message that is not taken and that fits; waits for it. `what` is a kind, or a function.
  next(what) {
    const fits = typeof what === "function" ? what : ({ header }) => header.kind === what;
    const at = this.received.findIndex(fits);
    if (at !== -1) return Promise.resolve(this.received.splice(at, 1)[0]);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${what} came, but: ${this.#summary()}`)), PATIENCE_MS);
      this.#waiters.push({ fits, resolve, timer });
    });
  }

  nextCommand(name) {
    return this.next(({ header }) => header.kind === "command" && header.name === name);
  }

  nextReply(name) {
    return this.next(({ header }) => header.kind === "reply" && header.name === name);
  }

  async nextCommands(count) {
    const commands = [];
    while (commands.length < count) commands.push(await this.next("command"));
    return commands;
  }

  #summary() {
    const names = this.received.slice(-20).map(({ header }) => `${header.kind} ${header.name ?? ""}`);
    return `${this.received.length} others, in the end ${names.join(", ")}`;
  }

  async #receive(socket) {
    for (;;) {
      let frames;
      try {
        frames = await socket.receive();
      } catch {
        return;
      }
      if (!this.#options.silent) this.#take(frames);
    }
  }

  #take([id, head, body]) {
    const header = decode(head);
    const payload = body.length === 0 ? undefined : header.contentType === undefined ? decode(body) : body;
    const key = id.toString("hex");
    if (header.kind === "register") {
      this.#register(key, id, payload);
      return;
    }
    const peer = this.#peers.get(key);
    if (!peer) return;
    if (header.kind === "ping") this.send({ kind: "pong" }, undefined, peer);
    if (header.kind === "drain") this.send({ kind: "draining" }, undefined, peer);
    if (header.kind === "goodbye") this.send({ kind: "goodbye" }, undefined, peer);
    if (header.kind === "command") this.#takeCommand(peer, header);
    this.#keep({ peer, header, payload });
  }

  #register(key, id, registration) {
    this.registrations.push(registration);
    const peer = { id, accepted: 0, sequence: 0, unsettled: [], registration };
    if (this.#options.refusal) {
      this.send({ kind: "refused", ...this.#options.refusal }, undefined, peer);
      return;
    }
    this.#peers.set(key, peer);
    this.#connections += 1;
    const { role, version, instance } = registration;
    const { heartbeatMs, routes, grants, acknowledged = [], knowsLocks = true } = this.#options;
    const registered = {
      protocol: 1,
      role,
      version,
      instance,
      connection: this.#connections,
      environment: "local",
      heartbeatMs,
      frameLimit: 16 << 20,
      locks: knowsLocks,
    };
    this.send({ kind: "registered" }, registered, peer);
    this.send({ kind: "routes" }, { names: routes, acknowledged }, peer);
    const roles = [...new Set(Object.values(routes).flat())];
    const granted = Object.fromEntries(roles.map((role) => [role, grants[role] ?? PLENTY]));
    this.send({ kind: "credit" }, { accepted: 0, grants: granted }, peer);
  }

  #takeCommand(peer, header) {
    peer.accepted += 1;
    peer.unsettled.push(header.id);
    if (peer.unsettled.length === 1) setImmediate(() => this.#settle(peer));
  }

  #settle(peer) {
    const ids = peer.unsettled.splice(0);
    if (this.#socket.closed) return;
    if (this.#options.accepts === "all") this.send({ kind: "credit" }, { accepted: peer.accepted, grants: {} }, peer);
    if (this.#options.delivers === "all") this.send({ kind: "delivered" }, { ids }, peer);
  }

  #keep(message) {
    const at = this.#waiters.findIndex(({ fits }) => fits(message));
    if (at === -1) {
      this.received.push(message);
      return;
    }
    const [{ resolve, timer }] = this.#waiters.splice(at, 1);
    clearTimeout(timer);
    resolve(message);
  }
}

module.exports = { FakeBroker, PLENTY };
