"use strict";

// A command that failed, or a relay that cannot go on. `code` is one of the stable words of the protocol;
// `reason` is a sentence for people; `messageId` and `messageName` say which command it was, where it was one.
class ExoError extends Error {
  constructor({ code, reason, messageName = "", messageId = "" }) {
    super(messageName === "" ? `${reason} (${code})` : `${messageName}: ${reason} (${code})`);
    this.name = "ExoError";
    this.code = code;
    this.reason = reason;
    this.messageName = messageName;
    this.messageId = messageId;
  }

  // The application has cancelled this command; `cause` is the reason that it gave.
  static cancelled(messageName, cause) {
    const error = ExoError.fromBus({ code: "cancelled", reason: "it was cancelled here", messageName });
    if (cause !== undefined) error.cause = cause;
    return error;
  }

  // An error that came over the bus, which has no place in this program.
  static fromBus(fields) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      return new ExoError(fields);
    } finally {
      Error.stackTraceLimit = limit;
    }
  }
}

module.exports = { ExoError };
