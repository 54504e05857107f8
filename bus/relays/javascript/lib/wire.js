"use strict";

// The bytes of the two frames of a message; docs/protocol.md is the source.

const { ExoError } = require("./exo_error");
const { pack, unpack, unpackRoughly } = require("./msgpack");

const PROTOCOL_VERSION = 1;
const PAYLOAD_LIMIT_BYTES = 16 * 1024 * 1024;
const NAME_LIMIT_BYTES = 255;
const REASON_LIMIT_BYTES = 4096;

// Of the keys that a header may have for a relay.
const KEY_TYPES = new Map([
  ...["name", "id", "activityId", "responseTo", "sender", "senderVersion"].map((key) => [key, "string"]),
  ...["contentType", "expects", "code", "reason"].map((key) => [key, "string"]),
  ...["timestamp", "timeoutMs", "sequence", "page", "pages"].map((key) => [key, "count"]),
  ...["redelivered", "acknowledged", "more"].map((key) => [key, "boolean"]),
]);

const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f]/;

const HEADER_LIMIT_BYTES = 16 * 1024;
const EMPTY = Buffer.alloc(0);

function encodeHeader(header) {
  return pack(header);
}

// Returns the header as an object without keys that are nil, which is the same as absent; throws `malformed` when the
// frame is no header.
function decodeHeader(frame) {
  let header;
  try {
    if (frame.length > HEADER_LIMIT_BYTES) throw new Error(`it has more than ${HEADER_LIMIT_BYTES} bytes`);
    header = unpackRoughly(frame);
  } catch (error) {
    throw new ExoError({ code: "malformed", reason: `the header is no msgpack: ${error.message}` });
  }
  if (header === null || typeof header !== "object" || typeof header.kind !== "string") {
    throw new ExoError({ code: "malformed", reason: "the header is no map with a kind" });
  }
  checkHeader(header);
  return header;
}

function checkHeader(header) {
  for (const key in header) {
    const value = header[key];
    if (value === null) delete header[key];
    else if (KEY_TYPES.has(key) && !isOfType(value, KEY_TYPES.get(key))) {
      throw new ExoError({ code: "malformed", reason: `header: '${key}' is no ${KEY_TYPES.get(key)}` });
    }
  }
}

const isOfType = (value, type) => (type === "count" ? Number.isInteger(value) && value >= 0 : typeof value === type);

// Absent payloads are empty frames. Throws a TypeError that names the message when the value cannot be sent, and
// `too-large` when it is over the limit.
function encodePayload(value, contentType, messageName, limit = PAYLOAD_LIMIT_BYTES) {
  const frame = encodeValue(value, contentType, messageName);
  if (frame.length > limit) {
    throw new ExoError({
      code: "too-large",
      messageName,
      reason: `the payload has ${frame.length} bytes, more than ${limit}; send it in pages (reply.write) or in parts`,
    });
  }
  return frame;
}

function encodeValue(value, contentType = "msgpack", messageName) {
  if (value === undefined) return EMPTY;
  switch (contentType) {
    case "msgpack":
    case "json":
      try {
        return contentType === "json" ? Buffer.from(JSON.stringify(value)) : pack(value);
      } catch (error) {
        throw new TypeError(`the payload of '${messageName}' cannot be sent as ${contentType}: ${error.message}`);
      }
    case "raw":
      if (typeof value === "string") return Buffer.from(value);
      if (value instanceof Uint8Array) return Buffer.from(value);
      throw new TypeError(`the payload of '${messageName}' is raw, so it must be a Buffer or a string`);
    default:
      throw new TypeError(`contentType '${contentType}' of '${messageName}' is not msgpack, json or raw`);
  }
}

// Throws `malformed` when the bytes are not what the header says.
function decodePayload(frame, contentType = "msgpack", messageName = "") {
  if (contentType === "raw") return frame;
  if (frame.length === 0) return undefined;
  try {
    if (contentType === "msgpack") return unpack(frame);
    if (contentType === "json") return JSON.parse(frame.toString());
  } catch (error) {
    throw new ExoError({
      code: "malformed",
      messageName,
      reason: `the payload is no ${contentType}: ${error.message}`,
    });
  }
  throw new ExoError({ code: "malformed", messageName, reason: `the content type '${contentType}' is unknown` });
}

// Throws a TypeError when `name` cannot name a message.
function checkName(name) {
  if (typeof name !== "string" || name === "") {
    throw new TypeError(`a message's name is a string with at least one character, not ${JSON.stringify(name)}`);
  }
  if (name.length > NAME_LIMIT_BYTES / 3 && Buffer.byteLength(name) > NAME_LIMIT_BYTES) {
    throw new TypeError(`the name '${name.slice(0, 40)}…' has more than ${NAME_LIMIT_BYTES} bytes`);
  }
  if (CONTROL_CHARACTERS.test(name)) {
    throw new TypeError(`the name ${JSON.stringify(name)} has a control character`);
  }
}

// A reason as it may stand in a header.
function shortened(reason) {
  const text = String(reason);
  if (Buffer.byteLength(text) <= REASON_LIMIT_BYTES) return text;
  const ellipsis = "…";
  const whole = new TextDecoder("utf-8").decode(Buffer.from(text).subarray(0, REASON_LIMIT_BYTES - 6));
  return `${whole.replace(/\uFFFD$/, "")}${ellipsis}`;
}

module.exports = {
  EMPTY,
  PAYLOAD_LIMIT_BYTES,
  PROTOCOL_VERSION,
  checkName,
  decodeHeader,
  decodePayload,
  encodeHeader,
  encodePayload,
  shortened,
};
