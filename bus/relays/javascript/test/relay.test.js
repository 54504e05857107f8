"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { ExoError, ExoRelay } = require("..");
const { FakeBroker } = require("./support/fake_broker");
const { connected, makeRelay, until } = require("./support/fleet");

const ROUTES = { "todo.add": ["todo"], "todos.list": ["todo"], "todo-search.add": ["todo-search"] };

test("a relay without a role is refused where it is made", () => {
  assert.throws(
    () => new ExoRelay({ instance: "a", token: "b", endpoint: "ipc:///tmp/x" }),
    /option 'role' is missing/,
  );
});

test("a window of 0 is refused where it is made", () => {
  const options = { role: "web", instance: "a", token: "b", endpoint: "ipc:///tmp/x", window: 0 };
  assert.throws(() => new ExoRelay(options), /from 1 to 4096, not 0/);
});

test("a program that exo did not start is told which variables are missing", () => {
  const environment = { ROLE: "web", EXO_INSTANCE: "web-1" };
  assert.throws(() => ExoRelay.fromEnvironment({}, { environment }), /EXO_BUS, EXO_TOKEN_FILE are not set/);
});

test("a time until SIGKILL that is none is told, not guessed", () => {
  const environment = { ROLE: "web", EXO_INSTANCE: "web-1", EXO_BUS: "ipc:///tmp/x", EXO_TOKEN_FILE: __filename };
  for (const text of ["soon", "0", "-5", "2500ms"]) {
    const bad = { ...environment, EXO_STOP_WITHIN: text };
    assert.throws(() => ExoRelay.fromEnvironment({}, { environment: bad, signals: false }), /EXO_STOP_WITHIN is '/);
  }
});

test("a handler that is no function is refused", () => {
  const options = { role: "web", instance: "a", token: "b", endpoint: "ipc:///tmp/x", handlers: { "todo.add": 1 } };
  assert.throws(() => new ExoRelay(options), /the handler for 'todo.add' is no function/);
});

test("an endpoint that is none fails connect with its text", async (t) => {
  const { relay } = makeRelay(t, { endpoint: "nonsense" });
  await assert.rejects(relay.connect(), (error) => error.code === "bus-lost" && /'nonsense'/.test(error.message));
});

test("a refused registration fails connect with the broker's code and reason", async (t) => {
  const broker = await FakeBroker.start({ refusal: { code: "not-admitted", reason: "wrong token" } });
  t.after(() => broker.close());
  const { relay } = makeRelay(t, broker);
  await assert.rejects(relay.connect(), { name: "ExoError", code: "not-admitted", reason: "wrong token" });
});

test("a message without a name is refused in the call", async (t) => {
  const { relay } = await connected(t);
  assert.throws(() => relay.send(""), TypeError);
  assert.throws(() => relay.send("x".repeat(256)), /more than 255 bytes/);
  assert.throws(() => relay.send("todo\n.add"), /"todo\\n.add" has a control character/);
});

test("a timeout that is none is refused in the call", async (t) => {
  const { relay } = await connected(t);
  assert.throws(() => relay.send("todo.add", {}, { timeout: 0 }), /milliseconds above 0, not 0/);
  await assert.rejects(relay.request("todo.add", {}, { timeout: "1s" }), /not 1s/);
});

test("a payload that msgpack cannot hold is refused in the call, with the message's name", async (t) => {
  const { relay } = await connected(t);
  assert.throws(() => relay.send("todo.add", { title: () => 1 }), /payload of 'todo.add' cannot be sent as msgpack/);
});

test("a payload over the limit is refused in the call", async (t) => {
  const { relay } = await connected(t);
  assert.throws(() => relay.send("todo.add", "x".repeat(17 << 20)), { code: "too-large" });
});

test("more than may wait is refused in the call as overloaded", async (t) => {
  const { relay } = await connected(t, { broker: { routes: ROUTES, grants: { todo: 0 } }, limits: { messages: 3 } });
  for (let i = 0; i < 3; i++) relay.send("todo.add").catch(() => {});
  assert.throws(() => relay.send("todo.add"), { name: "ExoError", code: "overloaded", messageName: "todo.add" });
});

test("a broker's answer that is no header is logged and harms nothing", async (t) => {
  const { broker, relay, lines } = await connected(t, { broker: { routes: ROUTES } });
  broker.sendRaw([Buffer.from([0xc1]), Buffer.alloc(0)]);
  await until(() => lines.length === 1);
  assert.match(lines[0], /malformed/);
  await relay.send("todo.add", {});
});

test("registration says what the protocol asks for", async (t) => {
  const { broker } = await connected(t, { handlers: { "page.get": () => {} }, window: 7 });
  const { relay, ...registration } = broker.registrations[0];
  assert.deepEqual(registration, {
    protocols: [1],
    role: "web",
    version: "0.0.1",
    instance: "web-1",
    token: "secret",
    handles: ["page.get"],
    window: 7,
    packs: true,
  });
  assert.match(relay, /^exorelay-javascript \d/);
});

test("a send that is awaited resolves when the broker has accepted it", async (t) => {
  const { broker, relay } = await connected(t, { broker: { routes: ROUTES, accepts: "none" } });
  let accepted = false;
  const sending = relay.send("todo.add", { title: "one" }).then(() => (accepted = true));
  const { header, payload } = await broker.nextCommand("todo.add");
  assert.deepEqual(payload, { title: "one" });
  assert.equal(header.expects, undefined);
  assert.ok(header.timeoutMs > 59_000 && header.timeoutMs <= 60_000, `timeoutMs is ${header.timeoutMs}`);
  assert.equal(accepted, false);
  broker.credit(1);
  await sending;
});

test("a send that is refused rejects with code, reason and id", async (t) => {
  const { broker, relay } = await connected(t, { broker: { accepts: "none" } });
  const sending = relay.send("nobody.knows");
  const command = await broker.next("command");
  broker.error(command, "no-receiver", "no role receives it");
  broker.credit(1);
  await assert.rejects(sending, (error) => {
    assert.ok(error instanceof ExoError);
    assert.deepEqual(
      [error.code, error.reason, error.messageName],
      ["no-receiver", "no role receives it", "nobody.knows"],
    );
    assert.equal(error.messageId, command.header.id);
    assert.equal(error.stack, "ExoError: nobody.knows: no role receives it (no-receiver)");
    return true;
  });
});

test("an error that nobody handles is logged once with its count, and the service goes on", async (t) => {
  const { broker, relay, lines } = await connected(t, { broker: { routes: ROUTES, accepts: "none" } });
  for (let i = 0; i < 50; i++) relay.send("nobody.knows");
  for (const command of await broker.nextCommands(50)) broker.error(command, "no-receiver", "no role receives it");
  await until(() => lines.length > 0);
  await relay.close();
  await until(() => lines.length > 1);
  assert.deepEqual(lines, [
    "nobody.knows: no role receives it (no-receiver)",
    "nobody.knows: 49 more failed like this (no-receiver)",
  ]);
});

test("an error after the acceptance is logged", async (t) => {
  const { broker, relay, lines } = await connected(t, { broker: { routes: ROUTES } });
  await relay.send("todo.add");
  broker.error(await broker.next("command"), "handler-failed", "disk full");
  await until(() => lines.length === 1);
  assert.equal(lines[0], "todo.add: disk full (handler-failed)");
});

test("a callback makes the send expect one reply and gets its payload", async (t) => {
  const { broker, relay } = await connected(t, { broker: { routes: ROUTES } });
  const answer = new Promise((resolve) => relay.send("todos.list", (...args) => resolve(args)));
  const command = await broker.nextCommand("todos.list");
  assert.equal(command.header.expects, "one");
  assert.equal(command.payload, undefined);
  broker.reply(command, "todos.listed", [{ id: 1 }]);
  const [payload, about] = await answer;
  assert.deepEqual(payload, [{ id: 1 }]);
  assert.deepEqual([about.name, about.sender, about.version, about.error], ["todos.listed", "todo", "0.0.2", null]);
});

test("a callback with a second parameter gets the error", async (t) => {
  const { broker, relay, lines } = await connected(t, { broker: { routes: ROUTES } });
  const answer = new Promise((resolve) =>
    relay.send("todos.list", {}, (payload, { error }) => resolve({ payload, error })),
  );
  broker.error(await broker.next("command"), "receiver-lost", "todo ended");
  const { payload, error } = await answer;
  assert.equal(payload, undefined);
  assert.equal(error.code, "receiver-lost");
  assert.deepEqual(lines, []);
});

test("a callback that throws is logged and the service goes on", async (t) => {
  const { broker, relay, lines } = await connected(t, { broker: { routes: ROUTES } });
  relay.send("todos.list", () => {
    throw new Error("no such field");
  });
  broker.reply(await broker.next("command"), "todos.listed", []);
  await until(() => lines.length === 1);
  assert.match(lines[0], /no such field/);
  await relay.send("todo.add");
});

test("a request resolves with the reply's name, payload, sender and version", async (t) => {
  const { broker, relay } = await connected(t, { broker: { routes: ROUTES } });
  const request = relay.request("todos.list", { limit: 1 }, { version: "0.0.x", timeout: 2_000 });
  const command = await broker.next("command");
  assert.equal(command.header.version, "0.0.x");
  assert.ok(command.header.timeoutMs <= 2_000);
  broker.reply(command, "todos.listed", ["one"]);
  const { name, payload, sender, version } = await request;
  assert.deepEqual(
    { name, payload, sender, version },
    { name: "todos.listed", payload: ["one"], sender: "todo", version: "0.0.2" },
  );
});

test("a request that nobody answers expires", async (t) => {
  const { relay, broker, lines } = await connected(t, { broker: { routes: ROUTES } });
  await assert.rejects(relay.request("todos.list", {}, { timeout: 20 }), { code: "expired" });
  const command = await broker.next("command");
  broker.error(command, "expired", "late");
  broker.reply(command, "todos.listed", []);
  await relay.send("todo.add");
  assert.deepEqual(lines, []);
});

test("json and raw payloads go as they are and come back as they were", async (t) => {
  const { broker, relay } = await connected(t, { broker: { routes: ROUTES } });
  relay.send("todo.add", { a: 1 }, { contentType: "json" });
  relay.send("todo.add", Buffer.from("bytes"), { contentType: "raw" });
  const [json, raw] = await broker.nextCommands(2);
  assert.equal(json.payload.toString(), '{"a":1}');
  assert.equal(raw.payload.toString(), "bytes");
  assert.deepEqual([json.header.contentType, raw.header.contentType], ["json", "raw"]);
});

test("what is sent before connect goes when the bus is there", async (t) => {
  const broker = new FakeBroker({ routes: ROUTES });
  const { relay } = makeRelay(t, broker);
  const sending = relay.send("todo.add", { title: "early" });
  const connecting = relay.connect();
  await broker.open();
  t.after(() => broker.close());
  await connecting;
  await sending;
  assert.deepEqual((await broker.next("command")).payload, { title: "early" });
});

test("a quiet relay pings", async (t) => {
  const { broker } = await connected(t, { broker: { heartbeatMs: 50 } });
  await broker.next("ping");
  await broker.next("ping");
});

test("ids differ between relays", async (t) => {
  const ids = [];
  for (let i = 0; i < 2; i++) {
    const { broker, relay } = await connected(t, { broker: { routes: ROUTES } });
    relay.send("todo.add");
    ids.push((await broker.next("command")).header.id);
  }
  assert.notEqual(ids[0], ids[1]);
  assert.match(ids[0], /^[\x21-\x7e]{1,64}$/);
});
