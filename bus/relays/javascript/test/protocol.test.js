"use strict";

const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { test } = require("node:test");
const { Pack, unpack } = require("../lib/pack");
const wire = require("../lib/wire");

// The messages of docs/protocol.md's section "Byte by byte": {title, header, payload}, both as bytes.
function examples() {
  const page = readFileSync(join(__dirname, "../../../../docs/protocol.md"), "utf8");
  const [, section] = page.split("## Byte by byte");
  return [...section.matchAll(/^### (.+)$[^]*?```hex\n([^]*?)```/gm)].map(([, title, text]) => {
    const [header, payload = ""] = text.replace(/^header\n/, "").split(/^payload\n/m);
    return { title, header: bytesOf(header), payload: bytesOf(payload) };
  });
}

function bytesOf(lines) {
  return Buffer.from(lines.replace(/#.*$/gm, "").replace(/\s/g, ""), "hex");
}

function example(title) {
  const { header, payload } = examples().find((each) => each.title === title);
  return { header: wire.decodeHeader(header), payload: wire.decodePayload(payload) };
}

test("the page has its examples", () => {
  assert.ok(examples().length >= 14, `${examples().length} examples`);
});

test("every example is the relay's own encoding of what it says", () => {
  for (const { title, header, payload } of examples().filter((each) => each.title !== "pack")) {
    const decoded = wire.decodeHeader(header);
    const hasTimestamp = decoded.timestamp !== undefined; // which this language's numbers cannot hold exactly
    if (!hasTimestamp) assert.deepEqual(wire.encodeHeader(decoded), header, title);
    const value = wire.decodePayload(payload);
    assert.deepEqual(wire.encodePayload(value, "msgpack", title), payload, title);
  }
});

test("a pack is its messages, and is written as it is read", () => {
  const { header, payload } = examples().find((each) => each.title === "pack");
  const handled = examples().find((each) => each.title === "handled");
  const ping = wire.encodeHeader({ kind: "ping" });
  assert.deepEqual([...unpack(payload)], [[handled.header, handled.payload], [ping, wire.EMPTY]]);
  const pack = new Pack();
  pack.add(handled.header, handled.payload);
  pack.add(ping, wire.EMPTY);
  assert.deepEqual(pack.take(header), [header, payload]);
  assert.equal(pack.count, 0);
});

test("what was the only one goes by itself, and a pack ends at its limits", () => {
  const pack = new Pack();
  const header = wire.encodeHeader({ kind: "ping" });
  pack.add(header, wire.EMPTY);
  assert.deepEqual(pack.take(Buffer.from("pack")), [header, wire.EMPTY]);
  while (pack.hasRoomFor(header, wire.EMPTY)) pack.add(header, wire.EMPTY);
  assert.equal(pack.count, 64);
  assert.equal(new Pack().hasRoomFor(header, Buffer.alloc(64 * 1024)), false);
});

test("a pack that is cut off gives what comes before, and is malformed wherever that is", () => {
  const { payload } = examples().find((each) => each.title === "pack");
  for (let size = 1; size < payload.length; ++size) {
    const read = [];
    const readAll = () => {
      for (const frames of unpack(payload.subarray(0, size))) read.push(frames);
    };
    if (size === 34) readAll();
    else assert.throws(readAll, { code: "malformed" }, `${size}`);
    assert.equal(read.length, size >= 34 ? 1 : 0, `${size}`);
  }
});

test("a command is read as it is written", () => {
  const { header, payload } = example("command");
  assert.deepEqual(header, { kind: "command", name: "todos.list", id: "web-1.7", timeoutMs: 10_000, expects: "one" });
  assert.deepEqual(payload, { limit: 2 });
});

test("a page is read as it is written", () => {
  const { header, payload } = example("first page");
  assert.deepEqual([header.more, header.responseTo], [true, "web-1.7"]);
  assert.deepEqual(payload, [{ id: 1, title: "one" }]);
});

test("an integer that a number would cut short is a BigInt, and all others are numbers", () => {
  const value = { ids: [2n ** 53n + 1n, -(2n ** 63n), 2n ** 64n - 1n], small: 2 ** 40, negative: -(2 ** 40), half: 0.5 };
  assert.deepEqual(wire.decodePayload(wire.encodePayload(value, "msgpack", "n")), value);
  assert.throws(() => wire.encodePayload([2n ** 64n], "msgpack", "n"), /payload of 'n' .* does not fit into 64 bits/);
});

test("a key of a header that is nil is absent, and one of another type makes it malformed", () => {
  const { encode } = require("@msgpack/msgpack");
  assert.deepEqual(wire.decodeHeader(encode({ kind: "pong", name: null })), { kind: "pong" });
  assert.throws(() => wire.decodeHeader(encode({ kind: "reply", name: 5 })), { code: "malformed" });
});
