"use strict";

const assert = require("node:assert/strict");
const { mkdtempSync, rmSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { test } = require("node:test");
const { curveKeyPair, Reply } = require("zeromq");
const { ExoRelay } = require("..");
const { FakeBroker } = require("./support/fake_broker");
const { makeRelay } = require("./support/fleet");
const { readCurveFile } = require("../lib/curve_file");

const server = curveKeyPair();
const own = curveKeyPair();
const lines = [`server ${server.publicKey}`, `public ${own.publicKey}`, `secret ${own.secretKey}`];

function keysFile(t, content, mode = 0o600) {
  const folder = mkdtempSync(join(tmpdir(), "exo-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "keys");
  writeFileSync(file, content, { mode });
  return file;
}

const curve = (keys) => ({ serverKey: server.publicKey, publicKey: keys.publicKey, secretKey: keys.secretKey });

async function startBroker(t) {
  const broker = await FakeBroker.start({
    endpoint: "tcp://127.0.0.1:*",
    security: { curveServer: true, curveSecretKey: server.secretKey },
  });
  t.after(() => broker.close());
  return broker;
}

test("a relay with keys joins a bus over TCP", async (t) => {
  const broker = await startBroker(t);
  const { relay } = makeRelay(t, broker, { curve: curve(own) });
  await relay.connect();
  assert.equal(broker.registrations.length, 1);
});

test("who is no part of the fleet joins with a person's file of keys, and needs no token", async (t) => {
  const broker = await startBroker(t);
  const relay = ExoRelay.asOperator({ bus: broker.endpoint, keyFile: keysFile(t, lines.join("\n")) });
  t.after(() => relay.close({ timeout: 0 }));
  await relay.connect();
  const [{ role, version, instance, token }] = broker.registrations;
  assert.deepEqual([role, version, token], ["exo-operator", "", ""]);
  assert.match(instance, /^operator-[0-9a-f]{16}$/);
});

test("who is no part of the fleet joins on the same machine with the environment's key", async (t) => {
  const broker = await FakeBroker.start();
  t.after(() => broker.close());
  const relay = ExoRelay.asOperator({ bus: broker.endpoint, keyFile: keysFile(t, "f00d\n"), log: () => {} });
  t.after(() => relay.close({ timeout: 0 }));
  await relay.connect();
  assert.equal(broker.registrations[0].token, "f00d");
});

test("a key file that is missing, or none, is named", (t) => {
  const as = (bus, keyFile) => () => ExoRelay.asOperator({ bus, keyFile });
  assert.throws(as("tcp://h:1", "/nowhere"), /^Error: keyFile names '\/nowhere', which cannot be read/);
  assert.throws(as("ipc:///bus", keysFile(t, "")), /is empty; it is the file 'key' of the environment's folder/);
  assert.throws(() => ExoRelay.asOperator({ keyFile: "k" }), /the option 'bus' is missing/);
});

test("a relay whose key is not admitted is told so and gives up", async (t) => {
  const zap = new Reply({ linger: 0 });
  await zap.bind("inproc://zeromq.zap.01");
  t.after(() => zap.close());
  (async () => {
    for await (const [version, id] of zap) await zap.send([version, id, "400", "not admitted", "", ""]);
  })().catch(() => {}); // ends when it is closed
  const broker = await FakeBroker.start({
    endpoint: "tcp://127.0.0.1:*",
    security: { curveServer: true, curveSecretKey: server.secretKey, zapDomain: "exo" },
  });
  t.after(() => broker.close());
  const { relay } = makeRelay(t, broker, { curve: curve(own) });
  await assert.rejects(relay.connect(), { code: "not-admitted", reason: /EXO_CURVE_FILE/ });
});

test("a wrong key of the bus is told as such", async (t) => {
  const broker = await startBroker(t);
  const { relay } = makeRelay(t, broker, { curve: { ...curve(own), serverKey: own.publicKey }, connectMs: 3_000 });
  const told = /the server key may not be that of this bus; EXO_CURVE_FILE/;
  await assert.rejects(relay.connect(), { code: "bus-lost", reason: told });
});

test("a relay without keys is told that the bus may want them", async (t) => {
  const broker = await startBroker(t);
  const { relay } = makeRelay(t, broker, { connectMs: 3_000 });
  await assert.rejects(relay.connect(), { code: "bus-lost", reason: /this program has no keys/ });
});

test("keys that do not belong together are refused at once, without telling the secret", () => {
  const relay = (keys) => () => new ExoRelay({ role: "web", instance: "web-1", token: "t", endpoint: "tcp://h:1", curve: keys });
  assert.throws(relay({ ...curve(own), publicKey: server.publicKey }), ({ message }) => {
    return /publicKey of the option 'curve' is not that of its secretKey/.test(message) && !message.includes(own.secretKey);
  });
  assert.throws(relay({ ...curve(own), secretKey: "short" }), /secretKey of the option 'curve' is no key/);
});

test("EXO_CURVE_FILE names the keys", (t) => {
  const file = keysFile(t, ["# of web-1", "", ...lines, ""].join("\n"));
  assert.deepEqual(readCurveFile(file), curve(own));
});

test("a file of keys that is none is named with line and value", (t) => {
  const faults = [
    [["servant x"], /keys:1: "servant" is none of server, public and secret/],
    [[lines[0], "public short"], /keys:2: "short" is no key/],
    [[lines[0], lines[1], "secret nearly"], /keys:3: what follows secret is no key/],
    [[lines[0], lines[0]], /keys:2: server is there twice/],
    [lines.slice(0, 2), /keys: there is no line secret/],
    [[lines[0], `public ${server.publicKey}`, lines[2]], /keys: the public key is not that of the secret one/],
  ];
  for (const [content, words] of faults) {
    assert.throws(() => readCurveFile(keysFile(t, content.join("\n"))), words);
  }
});

test("a file of keys that others may read is refused", (t) => {
  const file = keysFile(t, lines.join("\n"), 0o644);
  assert.throws(() => readCurveFile(file), /others may read it; type: chmod 600/);
});

test("a file of keys that is missing is named", () => {
  const environment = { ROLE: "web", EXO_BUS: "tcp://127.0.0.1:1", EXO_INSTANCE: "web-1", EXO_TOKEN_FILE: __filename };
  assert.throws(
    () => ExoRelay.fromEnvironment({}, { environment: { ...environment, EXO_CURVE_FILE: "/nowhere" } }),
    /EXO_CURVE_FILE names '\/nowhere'/,
  );
});
