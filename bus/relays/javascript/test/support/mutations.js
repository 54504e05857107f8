"use strict";

const { readdirSync, readFileSync } = require("node:fs");
const { join } = require("node:path");

const CORPUS = join(__dirname, "../../../../../tests/fuzz/corpus");
const LONGEST = 20_000;

// What the fuzzers of the decoders in C++ start from: the bytes of headers, control messages, payloads and packs.
function corpus() {
  return ["header", "control", "value", "pack"].flatMap((name) =>
    readdirSync(join(CORPUS, name))
      .sort()
      .map((file) => readFileSync(join(CORPUS, name, file))),
  );
}

// Random bytes made from those of others. The same seed makes the same.
class Mutations {
  #state;
  #originals;

  constructor(seed, originals) {
    this.#state = seed >>> 0;
    this.#originals = originals;
  }

  next() {
    let bytes = Buffer.from(this.#pick(this.#originals));
    for (let edits = 1 + this.#dice(4); edits > 0; --edits) bytes = this.#edited(bytes);
    return bytes.subarray(0, LONGEST);
  }

  #edited(bytes) {
    const at = this.#dice(bytes.length + 1);
    switch (this.#dice(6)) {
      case 0: // a bit is another
        if (at < bytes.length) bytes[at] ^= 1 << this.#dice(8);
        return bytes;
      case 1: // a byte is another, mostly one that announces something
        if (at < bytes.length) bytes[at] = this.#dice(2) === 0 ? 0x80 + this.#dice(128) : this.#dice(256);
        return bytes;
      case 2: // it ends early
        return bytes.subarray(0, at);
      case 3: // something is missing
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + this.#dice(8))]);
      case 4: // something is there again, perhaps often
        return this.#repeated(bytes, at);
      default: // it goes on as another does
        return this.#spliced(bytes.subarray(0, at), this.#pick(this.#originals));
    }
  }

  #repeated(bytes, at) {
    const piece = bytes.subarray(at, at + 1 + this.#dice(4));
    const times = this.#dice(16) === 0 ? this.#dice(3000) : 1 + this.#dice(4);
    return Buffer.concat([bytes.subarray(0, at), ...Array(times).fill(piece), bytes.subarray(at)]);
  }

  #spliced(beginning, other) {
    return Buffer.concat([beginning, other.subarray(this.#dice(other.length + 1))]);
  }

  #pick(list) {
    return list[this.#dice(list.length)];
  }

  // mulberry32
  #dice(sides) {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  }
}

module.exports = { Mutations, corpus };
