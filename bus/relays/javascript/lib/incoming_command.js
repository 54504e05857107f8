"use strict";

// One command that the bus delivered, until its handler has completed and its stream has ended. A plain record:
// Inbox changes it.
class IncomingCommand {
  returned = false; // the handler has returned and gave no promise
  answered = false; // the last reply was given
  replied = false; // at least one reply was given
  completed = false; // the broker was told, or is about to be
  stream = null;

  constructor(header, connection) {
    this.connection = connection; // on which it came; its sequence means nothing on another
    this.sequence = header.sequence;
    this.name = header.name;
    this.id = header.id;
    this.activityId = header.activityId;
    this.expects = header.expects ?? "none";
    this.header = header;
  }
}

module.exports = { IncomingCommand };
