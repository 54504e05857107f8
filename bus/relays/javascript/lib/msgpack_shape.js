"use strict";

// Whether bytes are one value of msgpack that may be decoded. The library makes room for all that a list announces
// before it has seen any of it, so that a few bytes, nested, would take more memory than there is; and it takes what is
// nested without end.

// By a value's first byte: the bytes of the count or length that follows, and how many bytes come besides.
const COUNT_BYTES = table({ 1: [0xc4, 0xc7, 0xd9], 2: [0xc5, 0xc8, 0xda, 0xdc, 0xde], 4: [0xc6, 0xc9, 0xdb, 0xdd, 0xdf] });
const BYTES_BESIDES = table({
  ...Object.fromEntries(Array.from({ length: 32 }, (_, length) => [length, [0xa0 + length]])), // short texts
  1: [0xa1, 0xcc, 0xd0, 0xc7, 0xc8, 0xc9], // integers; an extension has its type besides
  2: [0xa2, 0xcd, 0xd1, 0xd4],
  3: [0xa3, 0xd5],
  4: [0xa4, 0xca, 0xce, 0xd2],
  5: [0xa5, 0xd6],
  8: [0xa8, 0xcb, 0xcf, 0xd3],
  9: [0xa9, 0xd7],
  17: [0xb1, 0xd8],
});

function table(headsByValue) {
  const values = new Uint8Array(256);
  for (const [value, heads] of Object.entries(headsByValue)) for (const head of heads) values[head] = value;
  return values;
}

// Throws an Error that says what is wrong. `nesting`: lists and maps within each other; `elements`: in all.
function checkShape(frame, { nesting, elements }) {
  const open = []; // of each list or map that is not complete, how many values are to come
  let at = 0;
  let seen = 0;
  let left = 1;
  for (;;) {
    while (left === 0) {
      if (open.length === 0) return demandEnd(frame, at);
      left = open.pop();
    }
    if (at >= frame.length) throw new Error("it ends within a value");
    if (++seen > elements) throw new Error("it has too many elements");
    left -= 1;
    const head = frame[at++];
    const countBytes = COUNT_BYTES[head];
    const count = countBytes === 0 ? head & 0x0f : bigEndian(frame, at, countBytes);
    at += countBytes;
    if (isContainer(head)) {
      if (open.length === nesting) throw new Error("it is nested too deeply");
      open.push(left);
      left = isMap(head) ? 2 * count : count;
    } else {
      at += BYTES_BESIDES[head] + (countBytes === 0 ? 0 : count);
    }
  }
}

const isContainer = (head) => head >= 0x80 && (head < 0xa0 || (head >= 0xdc && head < 0xe0));
const isMap = (head) => head < 0x90 || head >= 0xde;

function bigEndian(frame, at, bytes) {
  if (at + bytes > frame.length) throw new Error("it ends within a value");
  let number = 0;
  for (let i = 0; i < bytes; ++i) number = number * 256 + frame[at + i];
  return number;
}

function demandEnd(frame, at) {
  if (at > frame.length) throw new Error("it ends within a value");
  if (at < frame.length) throw new Error(`${frame.length - at} bytes follow its value`);
}

module.exports = { checkShape };
