"use strict";

const { monotonicNow } = require("./monotonic_clock");
const { Queue } = require("./queue");

const NO_ROLES = [];
const ON_THE_WAY_BYTES = 8 * 1024 * 1024;

// The commands that the bus has not settled yet, and the credit by which they go. Knows no socket: what may go
// is handed to `transmit`, what the broker took over to `accepted`, what waited past its deadline to `expired`.
// A broker that does not tell what is settled has settled what it has accepted.
//
// A command goes when every role that receives its name has credit left and no older command waits for that role:
// order holds for each role, and a slow role holds up no other. Commands whose name nobody receives need no
// credit; the broker answers them with the error. What needs credit waits, too, while more than 8 MiB are sent and not
// accepted: credit counts commands, and the broker can take it back only before it is used.
//
// A command is {number, name, bytes, deadline, accepted, held}; those that are not `held` any more are skipped.
// `number` rises.
class Outbox {
  #budget;
  #transmit;
  #accepted;
  #expired;
  #routes = null; // Map name → roles; null until the broker has said them
  #roles = new Map(); // role's name → {sent, granted, waiting}
  #unrouted = new Queue(); // what waits for the routes
  #sent = new Queue(); // on the wire, not accepted
  #sentBytes = 0; // of these
  #acceptedCount = 0;
  #acknowledged = new Set(); // names whose every receiver takes them at least once
  #unsettled = new Map(); // ordinal → accepted command
  #told = false; // this broker tells what is settled
  #unaccepted = 0;

  constructor({ budget, transmit, accepted, expired }) {
    this.#budget = budget;
    this.#transmit = transmit;
    this.#accepted = accepted;
    this.#expired = expired;
  }

  // How many commands the broker has not taken over.
  get size() {
    return this.#unaccepted;
  }

  // Throws `overloaded` when the budget is spent, and then has not taken the command.
  add(command) {
    this.#budget.take(command.bytes, command.name);
    command.held = true;
    command.counted = true;
    this.#unaccepted += 1;
    if (this.#routes === null) this.#unrouted.push(command);
    else this.#route(command);
  }

  // Replaces the routes: a map from names to lists of roles. What waits is routed anew, in its old order.
  setRoutes(names, acknowledged = []) {
    const waiting = this.#takeWaiting();
    this.#routes = new Map();
    this.#acknowledged = new Set(acknowledged);
    for (const [name, roles] of Object.entries(names)) {
      this.#routes.set(
        name,
        roles.map((role) => this.#role(role)),
      );
    }
    for (const command of waiting) this.#route(command);
  }

  // Totals of this connection: commands accepted, and credits granted for each role. `settled` has the first and last
  // numbers of ranges of those accepted; undefined when the broker did not say.
  setCredit(accepted, grants, settled) {
    while (this.#acceptedCount < accepted && this.#sent.length > 0) {
      const command = this.#sent.shift();
      this.#acceptedCount += 1;
      this.#sentBytes -= command.bytes;
      this.#unsettled.set(this.#acceptedCount, command);
      this.#noteAccepted(command);
      this.#accepted(command);
      if (command.own) this.#settle(this.#acceptedCount);
    }
    this.#told ||= settled !== undefined;
    for (const range of this.#told ? (settled ?? []) : [[1, this.#acceptedCount]]) this.#settleRange(range);
    for (const [name, granted] of Object.entries(grants)) this.#role(name).granted = granted;
    let progress = true;
    while (progress) {
      progress = false;
      for (const role of this.#roles.values()) if (this.#drain(role)) progress = true;
    }
  }

  // The connection is gone with all its counts. What was not accepted waits again, in its old order, and so does what
  // was accepted and is not settled, where its name or `all` is acknowledged. Returns the rest, which is not kept.
  connectionLost(all = false) {
    const sent = [...this.#unsettled.values(), ...this.#sent.takeAll()].filter((command) => command.held);
    const commands = this.#takeWaiting();
    const lost = [];
    for (const command of sent) {
      const again = !command.accepted || (this.#repeats(command, all) && !command.begun);
      if (again) commands.push(command);
      else lost.push(command);
    }
    for (const command of lost) this.#release(command);
    this.#routes = null;
    this.#roles = new Map();
    this.#unsettled = new Map();
    this.#acceptedCount = 0;
    this.#sentBytes = 0;
    this.#told = false;
    commands.sort((a, b) => a.number - b.number);
    for (const command of commands) this.#waitAgain(command);
    return lost;
  }

  // Gives up what has waited past its deadline. Looks at the oldest of each queue only, which have waited longest.
  expire(now) {
    for (const role of this.#roles.values()) this.#expireHeads(role.waiting, now);
    this.#expireHeads(this.#unrouted, now);
    for (const role of this.#roles.values()) this.#drain(role);
  }

  // Nothing more of the command is of interest: nothing of it is sent (again).
  forget(command) {
    this.#release(command);
  }

  #repeats(command, all) {
    return !command.own && (all || this.#acknowledged.has(command.name));
  }

  #waitAgain(command) {
    if (command.accepted) {
      command.redelivered = true;
      command.accepted = false;
    }
    if (!command.counted) {
      command.counted = true;
      this.#unaccepted += 1;
    }
    command.sent = false;
    this.#unrouted.push(command);
  }

  #noteAccepted(command) {
    command.accepted = true;
    if (!command.counted) return;
    command.counted = false;
    this.#unaccepted -= 1;
  }

  // A range may be longer than what is left of it.
  #settleRange([first, last]) {
    const until = Math.min(last, this.#acceptedCount);
    if (until - first < this.#unsettled.size) {
      for (let ordinal = first; ordinal <= until; ordinal += 1) this.#settle(ordinal);
    } else {
      for (const ordinal of [...this.#unsettled.keys()]) {
        if (ordinal >= first && ordinal <= until) this.#settle(ordinal);
      }
    }
  }

  #settle(ordinal) {
    const command = this.#unsettled.get(ordinal);
    if (!command) return;
    this.#unsettled.delete(ordinal);
    this.#release(command);
  }

  #expireHeads(queue, now) {
    for (let head = queue.peek(); head && (!head.held || head.deadline <= now); head = queue.peek()) {
      queue.shift();
      if (head.held) this.#expired(head);
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
    const { roles } = command;
    const credited = roles.every((role) => role.waiting.length === 0 && role.sent < role.granted);
    if (roles.length === 0 || (credited && this.#sentBytes < ON_THE_WAY_BYTES)) this.#send(command);
    else for (const role of roles) role.waiting.push(command);
  }

  // Sends what may go for this role; whether anything did.
  #drain(role) {
    let progress = false;
    for (let head = skipGone(role.waiting); head && this.#sentBytes < ON_THE_WAY_BYTES; head = skipGone(role.waiting)) {
      const next = head;
      if (!next.roles.every((each) => skipGone(each.waiting) === next && each.sent < each.granted)) break;
      for (const each of next.roles) each.waiting.shift();
      this.#send(next);
      progress = true;
    }
    return progress;
  }

  #send(command) {
    if (command.deadline <= monotonicNow()) {
      this.#expired(command);
      this.#release(command);
      return;
    }
    for (const role of command.roles) role.sent += 1;
    command.sent = true;
    this.#sentBytes += command.bytes;
    this.#sent.push(command);
    this.#transmit(command);
  }

  #takeWaiting() {
    const waiting = new Set(this.#unrouted.takeAll());
    for (const role of this.#roles.values()) {
      for (const command of role.waiting.takeAll()) waiting.add(command);
    }
    return [...waiting].filter((command) => command.held).sort((a, b) => a.number - b.number);
  }

  #release(command) {
    if (!command.held) return;
    command.held = false;
    if (command.counted) this.#unaccepted -= 1;
    command.counted = false;
    command.frame = null;
    this.#budget.release(command.bytes);
  }
}

function skipGone(queue) {
  let head = queue.peek();
  while (head && !head.held) {
    queue.shift();
    head = queue.peek();
  }
  return head;
}

module.exports = { Outbox };
