"use strict";

const { ExoError } = require("./exo_error");

// One command that the bus delivered, until its handler has completed and its stream has ended. A plain record, but
// for its cancelling: Inbox changes it.
class IncomingCommand {
  returned = false; // the handler has returned and gave no promise
  answered = false; // the last reply was given
  replied = false; // at least one reply was given
  completed = false; // the broker was told, or is about to be
  cancelled = false; // nobody wants the answer any more
  reply = null; // of an acknowledged command, as it was given: {name, contentType, frame}
  stream = null;
  #controller = null; // made when the handler asks for its signal

  constructor(header, connection) {
    this.connection = connection; // on which it came; its sequences mean nothing on another
    this.sequences = [header.sequence]; // of all its deliveries on that connection
    this.name = header.name;
    this.id = header.id;
    this.activityId = header.activityId;
    this.expects = header.expects ?? "none";
    this.acknowledged = header.acknowledged === true;
    this.header = header;
  }

  get signal() {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.cancelled) this.#controller.abort(this.cancellation());
    }
    return this.#controller.signal;
  }

  cancel() {
    if (this.cancelled) return;
    this.cancelled = true;
    this.stream?.fail(this.cancellation());
    this.#controller?.abort(this.cancellation());
  }

  cancellation() {
    const reason = "nobody wants the answer any more";
    return ExoError.fromBus({ code: "cancelled", reason, messageName: this.name, messageId: this.id });
  }

  // The same command was delivered once more while it runs.
  comesAgain({ connection, sequences }) {
    if (connection === this.connection) {
      this.sequences.push(...sequences);
      return;
    }
    this.connection = connection;
    this.sequences = sequences;
  }
}

module.exports = { IncomingCommand };
