"use strict";

// One command from its making until nothing more is to come of it. A plain record: Outbox and Commands change it.
class OutgoingCommand {
  roles = null;  // that receive it, while it is in the outbox
  held = false;  // it counts in the budget
  sent = false;  // it is on this connection's wire
  accepted = false;  // the broker has taken it over
  delivered = false;  // nothing is left but the answer
  answered;  // the last reply came, or none is expected
  settled = false;  // nothing more is to come
  timer = null;

  constructor(fields) {
    const { number, id, name, frame, deadline, options, activityId, expects, answer, delivery } = fields;
    const { own, handledErrors, ordinal = 0 } = fields;
    this.number = number;
    this.id = id;
    this.name = name;
    this.frame = frame;
    this.bytes = frame.length + 200;  // and what the record itself takes
    this.deadline = deadline;  // Unix milliseconds; Infinity when there is none
    this.options = options;
    this.activityId = activityId;
    this.expects = expects;  // "none", "one", "many"
    this.answer = answer;  // null exactly when expects is "none"
    this.answered = answer === null;
    this.delivery = delivery;  // null for requests, whose answer's promise tells all
    this.own = own;  // "done", "failed", "progress", "checkpoint": a script's word to the host; else null
    this.handledErrors = handledErrors;
    this.ordinal = ordinal;  // among what a script asked for; the ScriptAttempt gives it
    this.counts = false;  // a script's `…-done` waits for it
  }

  header() {
    const header = { kind: "command", name: this.name, id: this.id };
    if (this.activityId) header.activityId = this.activityId;
    if (this.options.version) header.version = this.options.version;
    if (this.options.contentType) header.contentType = this.options.contentType;
    if (this.deadline !== Infinity) header.timeoutMs = Math.max(1, Math.ceil(this.deadline - Date.now()));
    if (this.expects !== "none") header.expects = this.expects;
    if (this.handledErrors !== undefined) header.handledErrors = this.handledErrors;
    return header;
  }
}

module.exports = { OutgoingCommand };
