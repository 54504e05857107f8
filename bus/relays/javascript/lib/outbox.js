"use strict";

const { Queue } = require("./queue");

const NO_ROLES = [];

// The commands that the bus has not taken over yet, and the credit by which they go. Knows no socket: what may go
// is handed to `transmit`, what the broker took over to `accepted`, what waited past its deadline to `expired`.
//
// A command goes when every role that receives its name has credit left and no older command waits for that role:
// order holds for each role, and a slow role holds up no other. Commands whose name nobody receives need no
// credit; the broker answers them with the error.
//
// A command is {number, name, bytes, deadline, accepted, settled}; `settled` ones are skipped. `number` rises.
class Outbox {
  #budget;
  #transmit;
  #accepted;
  #expired;
  #routes = null; // Map name → roles; null until the broker has said them
  #roles = new Map(); // role's name → {sent, granted, waiting}
  #unrouted = new Queue(); // what waits for the routes
  #sent = new Queue(); // on the wire, not accepted
  #acceptedCount = 0;
  #held = 0;

  constructor({ budget, transmit, accepted, expired }) {
    this.#budget = budget;
    this.#transmit = transmit;
    this.#accepted = accepted;
    this.#expired = expired;
  }

  // How many commands the broker has not taken over.
  get size() {
    return this.#held;
  }

  // Throws `overloaded` when the budget is spent, and then has not taken the command.
  add(command) {
    this.#budget.take(command.bytes, command.name);
    command.held = true;
    this.#held += 1;
    if (this.#routes === null) this.#unrouted.push(command);
    else this.#route(command);
  }

  // Replaces the routes: a map from names to lists of roles. What waits is routed anew, in its old order.
  setRoutes(names) {
    const waiting = this.#takeWaiting();
    this.#routes = new Map();
    for (const [name, roles] of Object.entries(names)) {
      this.#routes.set(
        name,
        roles.map((role) => this.#role(role)),
      );
    }
    for (const command of waiting) this.#route(command);
  }

  // Both are totals of this connection: commands accepted, and credits granted for each role.
  setCredit(accepted, grants) {
    while (this.#acceptedCount < accepted && this.#sent.length > 0) {
      const command = this.#sent.shift();
      this.#acceptedCount += 1;
      this.#release(command);
      this.#accepted(command);
    }
    for (const [name, granted] of Object.entries(grants)) this.#role(name).granted = granted;
    let progress = true;
    while (progress) {
      progress = false;
      for (const role of this.#roles.values()) if (this.#drain(role)) progress = true;
    }
  }

  // The connection is gone with all its counts: what was not accepted waits again, in its old order.
  connectionLost() {
    const commands = [...this.#sent.takeAll(), ...this.#takeWaiting()];
    this.#routes = null;
    this.#roles = new Map();
    this.#acceptedCount = 0;
    commands.sort((a, b) => a.number - b.number);
    for (const command of commands) {
      command.sent = false;
      if (command.settled || command.accepted) this.#release(command);
      else this.#unrouted.push(command);
    }
  }

  // Gives up what has waited past its deadline. Looks at the oldest of each queue only, which have waited longest.
  expire(now) {
    for (const role of this.#roles.values()) this.#expireHeads(role.waiting, now);
    this.#expireHeads(this.#unrouted, now);
    for (const role of this.#roles.values()) this.#drain(role);
  }

  // The command was settled while it was here: nothing of it is sent (again).
  forget(command) {
    this.#release(command);
  }

  #expireHeads(queue, now) {
    for (let head = queue.peek(); head && (head.settled || head.deadline <= now); head = queue.peek()) {
      queue.shift();
      if (!head.settled) this.#expired(head);
      this.#release(head);
    }
  }

  #role(name) {
    let role = this.#roles.get(name);
    if (!role) {
      role = { sent: 0, granted: 0, waiting: new Queue() };
      this.#roles.set(name, role);
    }
    return role;
  }

  #route(command) {
    command.roles = this.#routes.get(command.name) ?? NO_ROLES;
    if (command.roles.every((role) => role.waiting.length === 0 && role.sent < role.granted)) this.#send(command);
    else for (const role of command.roles) role.waiting.push(command);
  }

  // Sends what may go for this role; whether anything did.
  #drain(role) {
    let progress = false;
    for (let head = skipSettled(role.waiting); head; head = skipSettled(role.waiting)) {
      const next = head;
      if (!next.roles.every((each) => skipSettled(each.waiting) === next && each.sent < each.granted)) break;
      for (const each of next.roles) each.waiting.shift();
      this.#send(next);
      progress = true;
    }
    return progress;
  }

  #send(command) {
    if (command.deadline <= Date.now()) {
      this.#expired(command);
      this.#release(command);
      return;
    }
    for (const role of command.roles) role.sent += 1;
    command.sent = true;
    this.#sent.push(command);
    this.#transmit(command);
  }

  #takeWaiting() {
    const waiting = new Set(this.#unrouted.takeAll());
    for (const role of this.#roles.values()) {
      for (const command of role.waiting.takeAll()) waiting.add(command);
    }
    return [...waiting].filter((command) => !command.settled).sort((a, b) => a.number - b.number);
  }

  #release(command) {
    if (!command.held) return;
    command.held = false;
    this.#held -= 1;
    command.frame = null;
    this.#budget.release(command.bytes);
  }
}

function skipSettled(queue) {
  let head = queue.peek();
  while (head && head.settled) {
    queue.shift();
    head = queue.peek();
  }
  return head;
}

module.exports = { Outbox };
