"use strict";

const { randomBytes } = require("node:crypto");
const { ExoError } = require("./exo_error");
const { OutgoingCommand } = require("./outgoing_command");
const { Outbox } = require("./outbox");
const wire = require("./wire");

const LATE_LIMIT = 10_000; // ids; they only keep the log free of news that is none
const LONGEST_TIMER_MS = 2 ** 31 - 1; // what setTimeout can hold

// The commands that this relay has sent and of which something is still to come: their acceptance, their delivery
// (where it is acknowledged), their answer or their error. Hooks, all of which the owner provides:
//   transmit(header, frame)   writes to the bus
//   acknowledged()            whether commands of this relay are acknowledged, as a script's are
//   added(command)            it will be settled
//   settled(command)          it is delivered, or failed with an error that the application has taken
//   errorTaken(command)       the application has taken its error
//   unhandled(error)          nobody has
class Commands {
  #hooks;
  #outbox;
  #pending = new Map(); // by id
  #late = new Set(); // ids that expired here, of which the broker may still say something
  #idPrefix = randomBytes(8).toString("base64url");
  #number = 0;

  constructor({ budget, hooks }) {
    this.#hooks = hooks;
    this.#outbox = new Outbox({
      budget,
      transmit: (command) => hooks.transmit(command.header(), command.frame),
      accepted: (command) => this.#onAccepted(command),
      expired: (command) => this.fail(command, expiredError(command)),
    });
  }

  // How many the broker has not taken over.
  get unaccepted() {
    return this.#outbox.size;
  }

  nextId() {
    return `${this.#idPrefix}-${(++this.#number).toString(36)}`;
  }

  // Throws `overloaded` or `too-large`, and a TypeError when the arguments make no message; then nothing was
  // sent. `answer(id)` makes what takes the replies; `frame` is the payload where it is encoded already.
  submit(spec) {
    const { name, payload, options, timeoutMs } = spec;
    const frame = spec.frame ?? wire.encodePayload(payload, options.contentType, name);
    const id = this.nextId();
    const deadline = timeoutMs === undefined ? Infinity : Date.now() + timeoutMs;
    const command = new OutgoingCommand(spec, { number: this.#number, id, frame, deadline });
    if (spec.answer) {
      command.answer = spec.answer(id);
      command.answered = false;
    }
    this.#pending.set(id, command);
    this.#hooks.added(command);
    try {
      this.#outbox.add(command);
    } catch (error) {
      this.#finish(command);
      this.#hooks.settled(command);
      throw error;
    }
    if (command.answer && deadline !== Infinity && !command.settled) this.#startTimer(command, timeoutMs);
  }

  onRoutes(names) {
    this.#outbox.setRoutes(names);
  }

  onCredit(accepted, grants) {
    this.#outbox.setCredit(accepted, grants);
  }

  onDelivered(ids) {
    for (const id of ids) {
      const command = this.#pending.get(id);
      if (!command) continue;
      command.accepted = true;
      this.#onDelivered(command);
    }
  }

  // Replies to commands that are unknown here are late: their command has expired or failed.
  onReply(header, frame) {
    const command = this.#pending.get(header.responseTo);
    if (!command || command.answered) return;
    command.accepted = true;
    try {
      const payload = wire.decodePayload(frame, header.contentType, header.name);
      if (!header.more) command.answered = true;
      command.answer.take(replyOf(header, payload));
    } catch (error) {
      command.answered = false;
      this.fail(command, error);
      return;
    }
    if (!command.answered) return;
    if (!this.#hooks.acknowledged() || command.own) this.#onDelivered(command);
    else this.#finishIfDone(command);
  }

  // Whether the error was about a command of this relay.
  onError(header) {
    const command = this.#pending.get(header.responseTo);
    if (!command) return false;
    this.fail(command, errorOf(header));
    return true;
  }

  // Whether the command expired here before the broker said something of it; true once.
  isLate(id) {
    return this.#late.delete(id);
  }

  // What was accepted and waits for something fails; what was not accepted waits for the next connection.
  connectionLost(error) {
    this.#outbox.connectionLost();
    for (const command of [...this.#pending.values()]) {
      if (command.accepted) this.fail(command, about(command, error.code, error.reason));
    }
  }

  failAll(code, reason) {
    for (const command of [...this.#pending.values()]) this.fail(command, about(command, code, reason));
  }

  expire(now) {
    this.#outbox.expire(now);
  }

  fail(command, error) {
    if (command.settled) return;
    this.#finish(command);
    this.#outbox.forget(command);
    // Only the end of this turn shows whether the application's promises let the error through; Node tells of
    // unhandled ones before setImmediate.
    const taken = () =>
      setImmediate(() => {
        this.#hooks.errorTaken(command);
        this.#hooks.settled(command);
      });
    const unhandled = (unhandledError) => this.#hooks.unhandled(unhandledError);
    if (command.answer && !command.answered && command.answer.fail(error)) {
      taken();
      if (command.delivery) command.delivery.fail(error, ignore, ignore);
    } else if (command.delivery) {
      command.delivery.fail(error, taken, unhandled);
    } else {
      unhandled(error);
    }
  }

  #onAccepted(command) {
    command.accepted = true;
    if (command.settled) return;
    if (!this.#hooks.acknowledged() || command.own) this.#onDelivered(command);
  }

  #onDelivered(command) {
    if (!command.delivered) {
      command.delivered = true;
      if (command.delivery) command.delivery.succeed();
      this.#hooks.settled(command);
    }
    this.#finishIfDone(command);
  }

  #finishIfDone(command) {
    if (command.delivered && command.answered) this.#finish(command);
  }

  #finish(command) {
    command.settled = true;
    clearTimeout(command.timer);
    this.#pending.delete(command.id);
  }

  #startTimer(command, timeoutMs) {
    if (timeoutMs > LONGEST_TIMER_MS) return;
    command.timer = setTimeout(() => this.#expire(command), timeoutMs);
  }

  #expire(command) {
    if (this.#late.size >= LATE_LIMIT) this.#late.clear();
    this.#late.add(command.id);
    this.fail(command, expiredError(command));
  }
}

function ignore() {}

function replyOf(header, payload) {
  return {
    name: header.name,
    payload,
    sender: header.sender,
    version: header.senderVersion,
    timestamp: timestampOf(header),
    more: header.more === true,
    page: header.page ?? 0,
  };
}

// The bus counts nanoseconds; a Date holds milliseconds, which is what it is read for.
function timestampOf(header) {
  return header.timestamp === undefined ? undefined : new Date(Number(header.timestamp) / 1e6);
}

function errorOf(header) {
  return ExoError.fromBus({
    code: header.code ?? "malformed",
    reason: header.reason ?? "the bus gave no reason",
    messageName: header.name,
    messageId: header.responseTo,
  });
}

function about(command, code, reason) {
  return ExoError.fromBus({ code, reason, messageName: command.name, messageId: command.id });
}

function expiredError(command) {
  return about(command, "expired", command.sent ? "no answer came in time" : "it waited past its deadline");
}

module.exports = { Commands, timestampOf };
