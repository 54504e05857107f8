"use strict";

const { monotonicNow } = require("./monotonic_clock");

// What a command takes of the process's memory beside its payload, as measured; and what besides where somebody waits
// for its answer. The budget counts it, so that its limit is one of memory.
const RECORD_BYTES = 750;
const ANSWER_BYTES = 1_050;

// One command from its making until nothing more is to come of it. A plain record: Outbox and Commands change it.
class OutgoingCommand {
  // `spec` says what is sent: {name, options, activityId, causedBy, expects, delivery, own, handledErrors, ordinal}.
  constructor(spec, { number, id, frame, deadline }) {
    this.number = number;
    this.id = id;
    this.name = spec.name;
    this.frame = frame; // null once nobody needs it any more
    this.bytes = frame.length + RECORD_BYTES + (spec.answer ? ANSWER_BYTES : 0);
    this.deadline = deadline; // Unix milliseconds; Infinity when there is none
    this.version = spec.options.version;
    this.contentType = spec.options.contentType;
    this.activityId = spec.activityId;
    this.causedBy = spec.causedBy;
    this.expects = spec.expects; // "none", "one", "many"
    this.delivery = spec.delivery; // null for requests, whose answer's promise tells all
    this.own = spec.own; // "done", "failed", "progress", "checkpoint", "follow": a script's word to the host; else null
    this.handledErrors = spec.handledErrors;
    this.ordinal = spec.ordinal ?? 0; // among what a script asked for; the ScriptAttempt gives it
    this.counts = false; // a script's `…-done` waits for it
    this.answer = null; // not null exactly when a reply is expected
    this.answered = true; // the last reply came, or none is expected
    this.roles = null; // that receive it, while it is in the outbox
    this.held = false; // it counts in the budget, and may have to be sent (again)
    this.counted = false; // among what the broker has not accepted
    this.sent = false; // it is on this connection's wire
    this.accepted = false; // the broker has taken it over
    this.delivered = false; // nothing is left but the answer
    this.settled = false; // nothing more is to come
    this.begun = false; // a part of its reply has come
    this.redelivered = false; // a broker that is lost had taken it over
    this.cancelled = false; // by the application, or by its deadline
    this.finished = null; // called when nothing more is to come
    this.timer = null;
  }

  header() {
    const header = { kind: "command", name: this.name, id: this.id };
    if (this.activityId) header.activityId = this.activityId;
    if (this.version) header.version = this.version;
    if (this.contentType) header.contentType = this.contentType;
    if (this.deadline !== Infinity) header.timeoutMs = Math.max(1, Math.ceil(this.deadline - monotonicNow()));
    if (this.expects !== "none") header.expects = this.expects;
    if (this.causedBy) header.causedBy = this.causedBy;
    if (this.handledErrors !== undefined) header.handledErrors = this.handledErrors;
    if (this.redelivered) header.redelivered = true;
    return header;
  }
}

module.exports = { OutgoingCommand };
