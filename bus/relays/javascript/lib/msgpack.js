"use strict";

// msgpack, in which integers keep their value: those beyond 2^53 are BigInts here, since a number would lose their
// last digits, and all others are numbers. The library has either numbers or BigInts for all that is longer than 32
// bits, so what holds such an integer takes a second look; nothing else pays for it.

const { Decoder, Encoder } = require("@msgpack/msgpack");
const { checkShape } = require("./msgpack_shape");

const UINT64 = 0xcf; // the first byte of an unsigned integer of 64 bits
const INT64 = 0xd3;
const LONGEST_OF_32_BITS = 2 ** 32;
const LIST16 = 0xdc; // the first byte of a list with more than 15 elements
const LIST32 = 0xdd;
const PAYLOAD_LIMITS = { nesting: 64, elements: 4 * 1024 * 1024 };
const HEADER_LIMITS = { nesting: 16, elements: 64 * 1024 };

const encoder = new Encoder({ ignoreUndefined: true });
const decoder = new Decoder();
const bigEncoder = new Encoder({ ignoreUndefined: true, useBigInt64: true });
const bigDecoder = new Decoder({ useBigInt64: true });

// The encoder's memory is used again by the next call, so its bytes are copied out. Throws where the value cannot be
// sent.
function pack(value) {
  try {
    return Buffer.from(encoder.encodeSharedRef(value));
  } catch (error) {
    if (!holdsBigInt(value)) throw error;
    return Buffer.from(bigEncoder.encodeSharedRef(widened(value)));
  }
}

// Throws when the bytes are not one value, or more than a payload may be.
function unpack(frame) {
  checkShape(frame, PAYLOAD_LIMITS);
  if (!frame.includes(UINT64) && !frame.includes(INT64)) return decoder.decode(frame);
  return narrowed(bigDecoder.decode(frame));
}

// For headers, whose timestamp is the only such integer, and is not read to its last digit. They are short, and only
// long lists could take much memory all the same.
function unpackRoughly(frame) {
  if (frame.includes(LIST16) || frame.includes(LIST32)) checkShape(frame, HEADER_LIMITS);
  return decoder.decode(frame);
}

const isPlain = (value) => value !== null && typeof value === "object" && isOfPlainKind(Object.getPrototypeOf(value));
const isOfPlainKind = (prototype) => prototype === Object.prototype || prototype === null;

function holdsBigInt(value) {
  if (typeof value === "bigint") return true;
  if (Array.isArray(value)) return value.some(holdsBigInt);
  return isPlain(value) && Object.values(value).some(holdsBigInt);
}

// The same, in which every integer of more than 32 bits is a BigInt: other numbers of that size would become doubles.
function widened(value) {
  if (typeof value === "bigint") return checked(value);
  if (typeof value === "number") {
    return Number.isSafeInteger(value) && Math.abs(value) >= LONGEST_OF_32_BITS / 2 ? BigInt(value) : value;
  }
  return mapped(value, widened);
}

function checked(integer) {
  const fits = integer < 0n ? BigInt.asIntN(64, integer) === integer : BigInt.asUintN(64, integer) === integer;
  if (!fits) throw new RangeError(`${integer} does not fit into 64 bits`);
  return integer;
}

// The same, with BigInts only where a number is too short.
function narrowed(value) {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  return mapped(value, narrowed);
}

function mapped(value, change) {
  if (Array.isArray(value)) return value.map(change);
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, change(each)]));
}

module.exports = { pack, unpack, unpackRoughly };
