"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { connected, until } = require("./support/fleet");

const ROUTES = { "todo.add": ["todo"], "todos.list": ["todo"] };

function withHandler(test, handler, options = {}) {
  return connected(test, { handlers: { work: handler }, broker: { routes: ROUTES }, ...options });
}

test("a command without a handler is failed as no-handler", async (t) => {
  const { broker } = await withHandler(t, () => {});
  broker.command("unknown", {});
  const { header } = await broker.next("failed");
  assert.deepEqual([header.sequence, header.code], [1, "no-handler"]);
});

test("a payload that cannot be read is failed as malformed and the handler does not run", async (t) => {
  let ran = false;
  const { broker } = await withHandler(t, () => (ran = true));
  broker.command("work", {}, { contentType: "json" });
  const { header } = await broker.next("failed");
  assert.deepEqual([header.code, ran], ["malformed", false]);
});

test("a handler that throws is failed with its message, and logged", async (t) => {
  const { broker, lines } = await withHandler(t, () => {
    throw new Error("disk full");
  });
  broker.command("work", {});
  const { header } = await broker.next("failed");
  assert.deepEqual([header.sequence, header.code, header.reason], [1, "handler-failed", "disk full"]);
  assert.match(lines[0], /the handler for 'work' failed: Error: disk full/);
});

test("a handler that rejects is failed", async (t) => {
  const { broker } = await withHandler(t, async () => {
    throw new Error("no connection");
  });
  broker.command("work", {});
  assert.equal((await broker.next("failed")).header.reason, "no connection");
});

test("a handler that throws after its reply is failed and not handled too", async (t) => {
  const { broker } = await withHandler(t, (_, { reply }) => {
    reply("worked");
    throw new Error("too late");
  });
  broker.command("work", {}, { expects: "one" });
  await broker.next("failed");
  broker.command("unknown", {});
  await broker.next("failed");
  assert.deepEqual(
    broker.received.map(({ header }) => header.kind),
    ["reply"],
  );
});

test("a reason that is too long for a header is cut", async (t) => {
  const { broker } = await withHandler(t, () => {
    throw new Error("€".repeat(100_000));
  });
  broker.command("work", {});
  const { reason } = (await broker.next("failed")).header;
  assert.ok(
    Buffer.byteLength(reason) > 4_000 && Buffer.byteLength(reason) <= 4_096,
    `${Buffer.byteLength(reason)} bytes`,
  );
  assert.match(reason, /^€+…$/);
});

test("reply.error fails the command with its reason", async (t) => {
  const { broker, lines } = await withHandler(t, (_, { reply }) => reply.error(new Error("no such todo")));
  broker.command("work", {}, { expects: "one" });
  const { header } = await broker.next("failed");
  assert.deepEqual([header.code, header.reason], ["handler-failed", "no such todo"]);
  assert.deepEqual(lines, []);
});

test("answering twice throws", async (t) => {
  const { broker } = await withHandler(t, (_, { reply }) => {
    reply("worked");
    reply("worked");
  });
  broker.command("work", {}, { expects: "one" });
  assert.match((await broker.next("failed")).header.reason, /'work' was answered before/);
});

test("a handler that returns has completed", async (t) => {
  const { broker } = await withHandler(t, () => {});
  broker.command("work", {});
  assert.deepEqual((await broker.next("handled")).payload, { sequences: [1] });
});

test("a handler with a promise has completed when it settles", async (t) => {
  let finish;
  const { broker } = await withHandler(t, (payload) =>
    payload.wait ? new Promise((resolve) => (finish = resolve)) : undefined,
  );
  broker.command("work", { wait: true });
  broker.command("work", { wait: false });
  assert.deepEqual((await broker.next("handled")).payload, { sequences: [2] });
  finish();
  assert.deepEqual((await broker.next("handled")).payload, { sequences: [1] });
});

test("a handler with callbacks has completed with its first reply where one is expected", async (t) => {
  let answer;
  const { broker } = await withHandler(t, (payload, { reply }) => {
    answer = () => reply("worked", 7);
  });
  broker.command("work", {}, { expects: "one" });
  await until(() => answer !== undefined);
  broker.command("unknown");
  await broker.next("failed");
  assert.deepEqual(broker.received, []);
  answer();
  const reply = await broker.nextReply("worked");
  assert.deepEqual([reply.header.responseTo, reply.payload, reply.header.more], ["command-1", 7, undefined]);
  assert.deepEqual((await broker.next("handled")).payload, { sequences: [1] });
});

test("a reply that nobody expects is not sent", async (t) => {
  const { broker } = await withHandler(t, (_, { reply }) => reply("worked"));
  broker.command("work", {});
  await broker.next("handled");
  assert.deepEqual(broker.received, []);
});

test("completions are told in batches, each exactly once", async (t) => {
  const { broker } = await withHandler(t, () => {});
  for (let i = 0; i < 500; i++) broker.command("work", {});
  const seen = [];
  let batches = 0;
  while (seen.length < 500) {
    seen.push(...(await broker.next("handled")).payload.sequences);
    batches += 1;
  }
  assert.deepEqual(
    seen.sort((a, b) => a - b),
    Array.from({ length: 500 }, (_, i) => i + 1),
  );
  assert.ok(batches < 250, `${batches} batches`);
});

test("a handler learns who sent the command", async (t) => {
  let message;
  const { broker } = await withHandler(t, (_, context) => {
    message = context.message;
  });
  broker.command("work", {}, { redelivered: true, expects: "many", timeoutMs: 500 });
  await until(() => message !== undefined);
  assert.deepEqual(message, {
    name: "work",
    id: "command-1",
    activityId: "activity-1",
    sender: "web",
    version: "0.0.1",
    timestamp: new Date(1_700_000_000_000),
    timeoutMs: 500,
    redelivered: true,
    expects: "many",
  });
});

test("what a handler sends belongs to its command's activity", async (t) => {
  const { broker } = await withHandler(t, async (_, { send, request, requestMany }) => {
    send("todo.add");
    request("todos.list").catch(() => {});
    requestMany("todos.list")
      .next()
      .catch(() => {});
  });
  broker.command("work", {});
  const commands = await broker.nextCommands(3);
  assert.deepEqual(
    commands.map(({ header }) => header.activityId),
    ["activity-1", "activity-1", "activity-1"],
  );
  assert.deepEqual(
    commands.map(({ header }) => header.expects),
    [undefined, "one", "many"],
  );
});

test("a handler added after connect is refused", async (t) => {
  const { relay } = await withHandler(t, () => {});
  assert.throws(() => relay.handle("more", () => {}), /before connect/);
});
