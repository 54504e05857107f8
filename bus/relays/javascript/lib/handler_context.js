"use strict";

const { timestampOf } = require("./commands");

// The second argument of a handler. What is sent through it belongs to the activity of the command that the
// handler answers. Functions are made when they are asked for, so that a handler may take it apart:
// `(payload, { send, reply }) => …`.
class HandlerContext {
  #relay;
  #incoming;
  #replier;
  #reply;

  // `relay` has send, sendAll, request, requestMany and lock, each with the command that is handled in front, and
  // progress, checkpoint, follow and each.
  constructor(relay, incoming, replier) {
    this.#relay = relay;
    this.#incoming = incoming;
    this.#replier = replier;
  }

  get send() {
    return (...args) => this.#relay.send(this.#incoming, ...args);
  }

  get request() {
    return (...args) => this.#relay.request(this.#incoming, ...args);
  }

  get requestMany() {
    return (...args) => this.#relay.requestMany(this.#incoming, ...args);
  }

  get sendAll() {
    return (...args) => this.#relay.sendAll(this.#incoming, ...args);
  }

  get lock() {
    return (...args) => this.#relay.lock(this.#incoming, ...args);
  }

  get each() {
    return this.#relay.each;
  }

  // Aborted when nobody wants the answer any more.
  get signal() {
    return this.#incoming.signal;
  }

  get reply() {
    this.#reply ??= this.#replier(this.#incoming);
    return this.#reply;
  }

  get progress() {
    return this.#relay.progress;
  }

  get checkpoint() {
    return this.#relay.checkpoint;
  }

  get follow() {
    return this.#relay.follow;
  }

  get message() {
    const { header, expects } = this.#incoming;
    return {
      name: header.name,
      id: header.id,
      activityId: header.activityId,
      sender: header.sender,
      version: header.senderVersion,
      timestamp: timestampOf(header),
      timeoutMs: header.timeoutMs,
      redelivered: header.redelivered === true,
      expects,
    };
  }
}

module.exports = { HandlerContext };
