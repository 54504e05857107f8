"use strict";

// Whatever bytes come, the decoders give a value or say `malformed`, at once and in little memory. bin/fuzz runs this
// with more mutations: EXO_FUZZ_RUNS says how many, EXO_FUZZ_SEED which.

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { ExoError } = require("../lib/exo_error");
const { readCredit, readIds, readRegistered, readRoutes } = require("../lib/control");
const { Pack, unpack } = require("../lib/pack");
const wire = require("../lib/wire");
const { Mutations, corpus } = require("./support/mutations");

const RUNS = Number(process.env.EXO_FUZZ_RUNS ?? 20_000);
const SEED = Number(process.env.EXO_FUZZ_SEED ?? 20261126);
const LONGEST_MS = 2_000; // of the CPU for one input, however long the machine keeps us waiting
const MOST_MEMORY_BYTES = 400 * 1024 * 1024;

// What `decode` makes of it; undefined where it refuses as it should.
function outcomeOf(decode) {
  try {
    return { value: decode() };
  } catch (error) {
    if (error instanceof ExoError && error.code === "malformed" && error.reason !== "") return undefined;
    throw error;
  }
}

// Lists and maps within each other.
function nestingOf(value) {
  let nesting = 0;
  for (let level = [value]; ; ++nesting) {
    level = level.filter((each) => each !== null && typeof each === "object" && !ArrayBuffer.isView(each));
    if (level.length === 0) return nesting;
    level = level.flatMap((each) => Object.values(each));
  }
}

// What was accepted is written, read, and written again: both bytes must be the same. Under a key that it does not know
// a header may be nested deeper than the library writes; nobody writes such a one again.
function demandStable(encode, decode, value) {
  if (nestingOf(value) > 64) return;
  const once = encode(value);
  assert.ok(encode(decode(once)).equals(once), once.toString("hex"));
}

// The messages of a pack lie within it, one after another; what is written of them is read the same.
function exercisePack(bytes) {
  const messages = [];
  const whole = outcomeOf(() => {
    for (const message of unpack(bytes)) messages.push(message);
  });
  const again = messages.flatMap(([header, payload]) => {
    const pack = new Pack();
    pack.add(header, payload);
    pack.add(header, payload);
    const [, written] = pack.take(header);
    return [written.subarray(written.length / 2)];
  });
  const read = Buffer.concat(again);
  assert.ok(read.equals(whole ? bytes : bytes.subarray(0, read.length)), bytes.toString("hex"));
}

function exercise(bytes) {
  exercisePack(bytes);
  const header = outcomeOf(() => wire.decodeHeader(bytes));
  if (header) demandStable(wire.encodeHeader, wire.decodeHeader, header.value);
  for (const read of [readRegistered, readCredit, readRoutes, readIds]) outcomeOf(() => read(bytes));
  for (const contentType of [undefined, "msgpack", "json", "raw", "yaml"]) {
    const payload = outcomeOf(() => wire.decodePayload(bytes, contentType, "fuzzed"));
    if (!payload || contentType === "yaml") continue;
    const encode = (value) => wire.encodePayload(value, contentType, "fuzzed");
    demandStable(encode, (frame) => wire.decodePayload(frame, contentType), payload.value);
  }
}

function exerciseInTime(bytes) {
  const begun = process.cpuUsage();
  try {
    exercise(bytes);
  } catch (error) {
    throw new Error(`seed ${SEED}, bytes ${bytes.toString("hex")}`, { cause: error });
  }
  const { user, system } = process.cpuUsage(begun);
  const took = (user + system) / 1000;
  assert.ok(took < LONGEST_MS, `${took} ms for ${bytes.toString("hex")}`);
}

test("each file of the corpus is decoded, or refused as malformed", () => {
  const files = corpus();
  assert.ok(files.length > 30);
  files.forEach(exerciseInTime);
});

test(`and so are ${RUNS} mutations of them`, () => {
  const mutations = new Mutations(SEED, corpus());
  for (let run = 0; run < RUNS; ++run) exerciseInTime(mutations.next());
  const { rss } = process.memoryUsage();
  assert.ok(rss < MOST_MEMORY_BYTES, `${rss} bytes of memory`);
  console.log(`# ${RUNS} mutations of seed ${SEED}`);
});

const malformed = { code: "malformed" };

test("of a pack with more than 1024 messages the first 1024 are read", () => {
  const messages = unpack(Buffer.alloc(6 * 1025));
  for (let count = 0; count < 1024; ++count) assert.equal(messages.next().done, false);
  assert.throws(() => messages.next(), malformed);
});

test("lists that announce more than there is take no memory", () => {
  const before = process.memoryUsage().rss;
  for (const head of ["dcffff", "dd00ffffff", "ddffffffff", "deffff", "dfffffffff"]) {
    const nested = Buffer.from(head.repeat(10_000), "hex");
    assert.throws(() => wire.decodePayload(nested), malformed);
    assert.throws(() => wire.decodePayload(Buffer.from(head, "hex")), malformed);
    const header = Buffer.concat([Buffer.from("81a178", "hex"), nested.subarray(0, 16_000)]);
    assert.throws(() => wire.decodeHeader(header), malformed);
  }
  assert.ok(process.memoryUsage().rss - before < 64 * 1024 * 1024);
});

test("a payload has 64 lists and maps within each other, and not one more", () => {
  const nested = (depth) => Buffer.concat([Buffer.alloc(depth, 0x91), Buffer.from([0xc0])]);
  assert.ok(Array.isArray(wire.decodePayload(nested(64))));
  assert.throws(() => wire.decodePayload(nested(65)), malformed);
});

test("what is counted in a header is a whole number from 0 upwards", () => {
  for (const pages of [-1, 1.5, NaN, Infinity]) {
    assert.throws(() => wire.decodeHeader(wire.encodeHeader({ kind: "window", responseTo: "m1", pages })), malformed);
  }
});

test("bytes where a control message must have a map are malformed", () => {
  const bytes = wire.encodePayload(Buffer.from("abc"), "msgpack", "credit");
  for (const read of [readRegistered, readCredit, readRoutes, readIds]) assert.throws(() => read(bytes), malformed);
});
