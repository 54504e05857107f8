"use strict";

const COMMAND_LIMIT = 10_000;
const BYTE_LIMIT = 16 * 1024 * 1024; // of all replies together

// The acknowledged commands that this relay has completed last, with their replies: each is run once, however often it
// is delivered. The oldest are forgotten first, and all with the process.
class CompletedCommands {
  #commandLimit;
  #byteLimit;
  #replies = new Map(); // id → {name, contentType, frame}, null where there was none; oldest first
  #bytes = 0;

  constructor({ commands = COMMAND_LIMIT, bytes = BYTE_LIMIT } = {}) {
    this.#commandLimit = commands;
    this.#byteLimit = bytes;
  }

  // A command whose reply is over the limit is not remembered: it is run again.
  add(id, reply) {
    this.#forget(id);
    if (bytesOf(reply) > this.#byteLimit) return;
    this.#replies.set(id, reply);
    this.#bytes += bytesOf(reply);
    for (const oldest of this.#replies.keys()) {
      if (this.#replies.size <= this.#commandLimit && this.#bytes <= this.#byteLimit) return;
      this.#forget(oldest);
    }
  }

  // The reply, null where there was none; undefined when the command is not remembered.
  find(id) {
    return this.#replies.get(id);
  }

  #forget(id) {
    this.#bytes -= bytesOf(this.#replies.get(id));
    this.#replies.delete(id);
  }
}

function bytesOf(reply) {
  return reply ? reply.frame.length : 0;
}

module.exports = { CompletedCommands };
