"use strict";

const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { test } = require("node:test");
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
  for (const { title, header, payload } of examples()) {
    const decoded = wire.decodeHeader(header);
    const hasTimestamp = decoded.timestamp !== undefined; // which this language's numbers cannot hold exactly
    if (!hasTimestamp) assert.deepEqual(wire.encodeHeader(decoded), header, title);
    const value = wire.decodePayload(payload);
    assert.deepEqual(wire.encodePayload(value, "msgpack", title), payload, title);
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
