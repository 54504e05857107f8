"use strict";

// Several small messages in one: the payload of a `pack`; docs/protocol.md is the source.

const { ExoError } = require("./exo_error");

const PACK_MESSAGES = 64;
const PACK_BYTES = 64 * 1024;
const PACKED_PAYLOAD_BYTES = 4 * 1024; // a larger payload is cheaper sent by itself
const READ_MESSAGES = 1024;
const SIZES_BYTES = 6; // two of the header's size, four of the payload's, big-endian

// Messages on their way into one pack.
class Pack {
  #frames = [];
  #bytes = 0;

  get count() {
    return this.#frames.length / 3;
  }

  hasRoomFor(header, payload) {
    return this.count < PACK_MESSAGES && this.#bytes + SIZES_BYTES + header.length + payload.length <= PACK_BYTES;
  }

  add(header, payload) {
    const sizes = Buffer.allocUnsafe(SIZES_BYTES);
    sizes.writeUInt16BE(header.length, 0);
    sizes.writeUInt32BE(payload.length, 2);
    this.#frames.push(sizes, header, payload);
    this.#bytes += SIZES_BYTES + header.length + payload.length;
  }

  // Takes everything out: the frames of the only message, or the header and the payload of the pack.
  take(packHeader) {
    const frames = this.#frames;
    const bytes = this.#bytes;
    this.#frames = [];
    this.#bytes = 0;
    return frames.length === 3 ? [frames[1], frames[2]] : [packHeader, Buffer.concat(frames, bytes)];
  }
}

function isSmall(payload) {
  return payload.length <= PACKED_PAYLOAD_BYTES;
}

// Gives the two frames of each message. Throws `malformed` where the rest is none.
function* unpack(pack) {
  let at = 0;
  for (let count = 0; at < pack.length; ++count) {
    if (count === READ_MESSAGES) throw broken(`it has more than ${READ_MESSAGES} messages`);
    if (pack.length - at < SIZES_BYTES) throw broken("it ends within the sizes of a message");
    const header = at + SIZES_BYTES;
    const payload = header + pack.readUInt16BE(at);
    const end = payload + pack.readUInt32BE(at + 2);
    if (end > pack.length) throw broken("it ends within a message");
    yield [pack.subarray(header, payload), pack.subarray(payload, end)];
    at = end;
  }
}

function broken(why) {
  return new ExoError({ code: "malformed", reason: `pack: ${why}` });
}

module.exports = { Pack, isSmall, unpack };
