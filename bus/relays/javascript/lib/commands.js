"use strict";

const { randomBytes } = require("node:crypto");
const { ExoError } = require("./exo_error");
const { monotonicNow } = require("./monotonic_clock");
const { OutgoingCommand } = require("./outgoing_command");
const { Outbox } = require("./outbox");
const wire = require("./wire");

const LATE_LIMIT = 10_000; // ids; they only keep the log free of news that is none
const LONGEST_TIMER_MS = 2 ** 31 - 1; // what setTimeout can hold

// The commands that this relay has sent and of which something is still to come: their acceptance, their delivery
// (where it is acknowledged), their answer or their error. Hooks, all of which the owner provides:
//   transmit(header, frame)   writes to the bus
//   frameLimit()              bytes that a payload may have
//   acknowledged()            whether commands of this relay are acknowledged, as a script's are
//   added(command)            it will be settled
//   settled(command)          it is delivered, or failed with an error that the application has taken
//   errorTaken(command)       the application has taken its error
//   unhandled(error)          nobody has
class Commands {
  #hooks;
  #budget;
  #outbox;
  #pending = new Map(); // by id
  #late = new Set(); // ids that were cancelled or expired here, of which the broker may still say something
  #idPrefix = randomBytes(8).toString("base64url");
  #number = 0;

  constructor({ budget, hooks }) {
    this.#hooks = hooks;
    this.#budget = budget;
    this.#outbox = new Outbox({
      budget,
      transmit: (command) => hooks.transmit(command.header(), command.frame),
      accepted: (command) => this.#onAccepted(command),
      expired: (command) => this.#expired(command),
    });
  }

  // How many the broker has not taken over.
  get unaccepted() {
    return this.#outbox.size;
  }

  nextId() {
    return `${this.#idPrefix}-${(++this.#number).toString(36)}`;
  }

  // Resolves when there may be room for a command that was refused with `overloaded`; null when there never is.
  room() {
    return this.#budget.released();
  }

  // Throws `overloaded` or `too-large`, and a TypeError when the arguments make no message; then nothing was
  // sent. `answer(id)` makes what takes the replies; `frame` is the payload where it is encoded already.
  submit(spec) {
    const { name, payload, options, timeoutMs } = spec;
    const frame = spec.frame ?? wire.encodePayload(payload, options.contentType, name, this.#hooks.frameLimit());
    const id = this.nextId();
    const deadline = timeoutMs === undefined ? Infinity : monotonicNow() + timeoutMs;
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
    return command;
  }

  // The application does not want it any more: it fails here, and the bus hears of it where it has it.
  cancel(command, reason) {
    if (command.settled) return;
    const error = ExoError.cancelled(command.name, reason);
    error.messageId = command.id;
    this.#tellCancel(command);
    this.fail(command, error);
  }

  // The application has left the replies to this command: nothing more of it is of interest.
  abandon(id) {
    const command = this.#pending.get(id);
    if (!command) return;
    this.#tellCancel(command);
    this.#finish(command);
    this.#outbox.forget(command);
    this.#hooks.settled(command);
  }

  onRoutes({ names, acknowledged }) {
    this.#outbox.setRoutes(names, acknowledged);
  }

  onCredit({ accepted, grants, settled }) {
    this.#outbox.setCredit(accepted, grants, settled);
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
    command.begun = header.more === true;
    try {
      const payload = wire.decodePayload(frame, header.contentType, header.name);
      if (!header.more) command.answered = true;
      command.answer.take(replyOf(header, payload));
    } catch (error) {
      command.answered = false;
      this.#tellCancel(command);
      this.fail(command, error);
      return;
    }
    if (!command.answered) return;
    if (!this.#hooks.acknowledged()) this.#outbox.forget(command);
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

  // Whether this relay has made the id.
  isOurs(id) {
    return id === undefined || id.startsWith(`${this.#idPrefix}-`);
  }

  // Whether the command was given up here before the broker said something of it; true once. The broker counts such
  // an error of a script's as one that has to be handled, and giving the command up has done that.
  isLate(id) {
    const late = this.#late.delete(id);
    if (late) this.#hooks.errorTaken();
    return late;
  }

  // What the broker may have lost fails; what it had not accepted, or what is safe to be sent twice, waits for the
  // next connection.
  connectionLost(error) {
    const lost = this.#outbox.connectionLost(this.#hooks.acknowledged());
    for (const command of lost) {
      if (command.settled) this.#hooks.unhandled(about(command, error.code, error.reason));
    }
    for (const command of [...this.#pending.values()]) {
      if (!command.held) this.fail(command, about(command, error.code, error.reason));
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
    if (command.cancelled) {
      this.#failGivenUp(command, error);
      return;
    }
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

  // The broker counts no error of it, so none is to be handled; and who cancels knows of it without looking.
  #failGivenUp(command, error) {
    const unhandled = error.code === "cancelled" ? ignore : (unhandledError) => this.#hooks.unhandled(unhandledError);
    const taken = command.answer !== null && !command.answered && command.answer.fail(error);
    if (command.delivery) command.delivery.fail(error, ignore, taken ? ignore : unhandled);
    else if (!taken) unhandled(error);
    setImmediate(() => this.#hooks.settled(command));
  }

  #tellCancel(command) {
    command.cancelled = true;
    if (!command.sent) return;
    if (this.#late.size >= LATE_LIMIT) this.#late.clear();
    this.#late.add(command.id);
    this.#hooks.transmit({ kind: "cancel", responseTo: command.id }, wire.EMPTY);
  }

  // It waited past its deadline. One that was accepted once, and was to be sent again, has nobody left who waits.
  #expired(command) {
    if (command.settled) this.#hooks.unhandled(expiredError(command));
    else this.fail(command, expiredError(command));
  }

  #onAccepted(command) {
    command.accepted = true;
    if (command.settled) return;
    if (!this.#hooks.acknowledged() || command.own) this.#onDelivered(command);
  }

  #onDelivered(command) {
    if (!command.delivered) {
      command.delivered = true;
      if (this.#hooks.acknowledged()) this.#outbox.forget(command);
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
    command.finished?.();
    this.#pending.delete(command.id);
  }

  #startTimer(command, timeoutMs) {
    if (timeoutMs > LONGEST_TIMER_MS) return;
    command.timer = setTimeout(this.#expire, timeoutMs, command);
  }

  // One for all timers.
  #expire = (command) => {
    this.#tellCancel(command);
    this.fail(command, expiredError(command));
  };
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
