"use strict";

const { CompletedCommands } = require("./completed_commands");
const { ExoError } = require("./exo_error");
const { IncomingCommand } = require("./incoming_command");
const { ReplyStream } = require("./reply_stream");
const wire = require("./wire");

const HANDLED_BATCH = 64; // completions told to the broker at once while more are coming

// The commands that the bus has delivered here: runs their handlers, tells the broker of each exactly once how it
// went, and sends their replies. A handler completes when its promise settles; without one, with its first reply
// where a reply is expected, else with its return. An acknowledged command that comes again is not run again: it is
// completed with the one that runs, or answered as that was. Hooks:
//   transmit(header, frame)   writes to the bus
//   nextId()                  an id for a reply
//   context(incoming)         the handler's second argument
//   handlerFailed(error, incoming)
//   takeReply(incoming, name, payload)   whether it was a script's word to the host, which goes its own way
//   unhandled(error)          a page that was not awaited could not be sent
//   dropped(text)             something was not sent because the bus was lost meanwhile
class Inbox {
  #hooks;
  #budget;
  #handlers = new Map();
  #connection = 0; // counts the connections seen here
  #open = new Set(); // not completed, or with a stream that has not ended
  #streams = new Map(); // by the command's id
  #handled = [];
  #flushing = false;
  #idleWaiters = [];
  #running = new Map(); // acknowledged and not completed, by id
  #completed;

  constructor({ budget, remembered, hooks }) {
    this.#completed = new CompletedCommands(remembered);
    this.#budget = budget;
    this.#hooks = hooks;
  }

  handle(name, handler) {
    wire.checkName(name);
    if (typeof handler !== "function") throw new TypeError(`the handler for '${name}' is no function`);
    this.#handlers.set(name, handler);
  }

  get names() {
    return [...this.#handlers.keys()];
  }

  get openCount() {
    return this.#open.size;
  }

  // Throws `malformed` when the command cannot even be answered.
  deliver(header, frame) {
    if (!header.id || !header.sequence) {
      throw new ExoError({ code: "malformed", reason: "a command came without an id or a sequence" });
    }
    const incoming = new IncomingCommand(header, this.#connection);
    if (incoming.acknowledged && this.#isRepeated(incoming)) return;
    this.#open.add(incoming);
    if (incoming.acknowledged) this.#running.set(incoming.id, incoming);
    this.#run(incoming, frame);
  }

  #run(incoming, frame) {
    const { header } = incoming;
    const handler = this.#handlers.get(header.name);
    if (!handler) {
      this.#fail(
        incoming,
        "no-handler",
        `this ${header.name ? `program has no handler for '${header.name}'` : "command has no name"}`,
      );
      return;
    }
    let result;
    try {
      const payload = wire.decodePayload(frame, header.contentType, header.name);
      result = handler(payload, this.#hooks.context(incoming, payload));
    } catch (error) {
      this.#handlerFailed(incoming, error);
      return;
    }
    if (result && typeof result.then === "function") {
      result.then(
        () => this.#complete(incoming),
        (error) => this.#handlerFailed(incoming, error),
      );
      return;
    }
    incoming.returned = true;
    if (incoming.expects === "none" || incoming.replied) this.#complete(incoming);
  }

  onWindow(header) {
    this.#streams.get(header.responseTo)?.allow(header.pages ?? 0);
  }

  // Nobody wants the answer to this command any more; its handler goes on or stops as it likes.
  onCancel({ responseTo }) {
    for (const incoming of [...this.#open]) if (incoming.id === responseTo) incoming.cancel();
  }

  // Whether the error was about a stream of this relay.
  onError(header) {
    const stream = this.#streams.get(header.responseTo);
    if (!stream) return false;
    const { code = "receiver-lost", reason = "nobody takes the pages any more" } = header;
    stream.fail(new ExoError({ code, reason, messageName: header.name, messageId: header.responseTo }));
    return true;
  }

  // What is under way goes on, but nobody is told of it: the broker has settled it when the connection ended.
  connectionLost(error) {
    this.#connection += 1;
    this.#handled = [];
    for (const stream of [...this.#streams.values()]) stream.fail(error);
  }

  // Resolves when no handler runs and no stream is open.
  whenIdle() {
    if (this.#open.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  // Tells the broker what has completed.
  flush() {
    this.#flushing = false;
    if (this.#handled.length === 0) return;
    const sequences = this.#handled;
    this.#handled = [];
    this.#hooks.transmit({ kind: "handled" }, wire.encodePayload({ sequences }, "msgpack", "handled"));
  }

  // The application's `reply` and what hangs on it.
  replier(incoming) {
    const reply = (name, payload, options = {}) => this.#reply(incoming, name, payload, options);
    reply.write = (name, page, options = {}) => this.#page(incoming, name, page, options, false);
    reply.end = (name, page = [], options = {}) => this.#page(incoming, name, page, options, true);
    reply.error = (reason) => this.#replyError(incoming, reason);
    return reply;
  }

  #reply(incoming, name, payload, options) {
    wire.checkName(name);
    if (this.#hooks.takeReply(incoming, name, payload)) {
      this.#afterReply(incoming);
      return;
    }
    this.#mayReply(incoming, name);
    const frame = wire.encodePayload(payload, options.contentType, name, this.#hooks.frameLimit());
    incoming.answered = true;
    this.#remember(incoming, { name, contentType: options.contentType, frame });
    this.transmitReply(incoming, { name, contentType: options.contentType }, frame);
    this.#afterReply(incoming);
  }

  // Sends one reply, unless nobody expects it or its asker is on a connection that is gone.
  transmitReply(incoming, { name, contentType, page, more, handledErrors }, frame) {
    if (incoming.expects === "none" || incoming.cancelled) return;
    if (incoming.connection !== this.#connection) {
      this.#hooks.dropped(`the reply '${name}' to '${incoming.name}': the bus was lost meanwhile`);
      return;
    }
    const header = { kind: "reply", name, id: this.#hooks.nextId(), responseTo: incoming.id };
    if (contentType) header.contentType = contentType;
    if (page) header.page = page;
    if (more) header.more = true;
    if (handledErrors !== undefined) header.handledErrors = handledErrors;
    this.#hooks.transmit(header, frame);
  }

  #page(incoming, name, page, options, last) {
    wire.checkName(name);
    if (incoming.stream === null) this.#mayReply(incoming, name);
    if (incoming.expects === "one" && !Array.isArray(page)) {
      throw new TypeError(`reply '${name}': a page of a streamed reply is a list`);
    }
    const { contentType } = options;
    const frame = wire.encodePayload(page, contentType, name, this.#hooks.frameLimit());
    incoming.stream ??= this.#openStream(incoming);
    const delivery = incoming.stream.push({ name, frame, contentType, last });
    incoming.answered = true;
    this.#afterReply(incoming);
    return delivery;
  }

  #openStream(incoming) {
    const stream = new ReplyStream({
      budget: this.#budget,
      send: (page) => this.transmitReply(incoming, { ...page, page: page.number, more: !page.last }, page.frame),
      ended: () => {
        this.#streams.delete(incoming.id);
        if (incoming.completed) this.#close(incoming);
      },
      unhandled: (error) => error.code === "cancelled" || this.#hooks.unhandled(error),
    });
    this.#streams.set(incoming.id, stream);
    incoming.stream = stream;
    if (incoming.cancelled) {
      stream.fail(incoming.cancellation());
    } else if (incoming.expects === "none" || incoming.header.sender === "exo") {
      stream.allow(Infinity); // exo takes all that comes
    } else if (incoming.connection !== this.#connection) {
      stream.fail(new ExoError({ code: "bus-lost", reason: "the bus was lost meanwhile", messageName: incoming.name }));
    }
    return stream;
  }

  #replyError(incoming, reason) {
    const text = reason instanceof Error ? reason.message : String(reason);
    if (incoming.answered) throw new Error(`reply.error '${text}': '${incoming.name}' was answered before`);
    incoming.answered = true;
    this.#fail(incoming, "handler-failed", text);
  }

  #mayReply(incoming, name) {
    if (incoming.answered) throw new Error(`reply '${name}': '${incoming.name}' was answered before`);
  }

  #afterReply(incoming) {
    incoming.replied = true;
    if (incoming.returned) this.#complete(incoming);
  }

  #handlerFailed(incoming, error) {
    const stopped = incoming.cancelled && (error?.code === "cancelled" || error?.name === "AbortError");
    if (!stopped) this.#hooks.handlerFailed(error, incoming);
    incoming.answered = true;
    this.#fail(
      incoming,
      error instanceof ExoError && error.code === "malformed" ? "malformed" : "handler-failed",
      messageOf(error),
    );
  }

  #fail(incoming, code, reason) {
    if (incoming.completed) return;
    incoming.completed = true;
    this.#running.delete(incoming.id);
    const header = { kind: "failed", code, reason: wire.shortened(reason) };
    if (incoming.connection === this.#connection) {
      for (const sequence of incoming.sequences) this.#hooks.transmit({ ...header, sequence }, wire.EMPTY);
    }
    this.#close(incoming);
  }

  #complete(incoming) {
    if (incoming.completed) return;
    incoming.completed = true;
    this.#running.delete(incoming.id);
    this.#remember(incoming, incoming.reply);
    this.#close(incoming);
    if (incoming.connection === this.#connection) this.#tellHandled(incoming.sequences);
  }

  #tellHandled(sequences) {
    this.#handled.push(...sequences);
    if (this.#handled.length >= HANDLED_BATCH) {
      this.flush();
    } else if (!this.#flushing) {
      this.#flushing = true;
      setImmediate(() => this.flush());
    }
  }

  // Whether this command runs here already, or has completed and was just answered again.
  #isRepeated(incoming) {
    const running = this.#running.get(incoming.id);
    if (running) {
      running.comesAgain(incoming);
      if (running.reply) this.transmitReply(running, running.reply, running.reply.frame);
      return true;
    }
    const reply = this.#completed.find(incoming.id);
    if (reply === undefined) return false;
    if (reply !== null) this.transmitReply(incoming, reply, reply.frame);
    this.#tellHandled(incoming.sequences);
    return true;
  }

  // A reply in pages is not kept, so its command is not either.
  #remember(incoming, reply) {
    if (!incoming.acknowledged || incoming.stream !== null) return;
    incoming.reply = reply;
    if (incoming.completed) this.#completed.add(incoming.id, reply);
  }

  #close(incoming) {
    if (this.#streams.has(incoming.id)) return;
    this.#open.delete(incoming);
    if (this.#open.size > 0) return;
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }
}

function messageOf(error) {
  return error instanceof Error ? error.message || error.name : String(error);
}

module.exports = { Inbox };
