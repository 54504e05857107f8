"use strict";

const assert = require("node:assert/strict");
const { once } = require("node:events");
const { test } = require("node:test");
const { CompletedCommands } = require("../lib/completed_commands");
const { connected, until } = require("./support/fleet");

const AGAIN = { id: "c-1", expects: "one", acknowledged: true };

const reply = (bytes) => ({ name: "added", frame: Buffer.alloc(bytes) });

test("the oldest are forgotten first, by number and by bytes", () => {
  const few = new CompletedCommands({ commands: 2, bytes: 100 });
  for (const id of ["a", "b", "c"]) few.add(id, null);
  assert.deepEqual([few.find("a"), few.find("b"), few.find("c")], [undefined, null, null]);
  few.add("d", reply(60));
  few.add("e", reply(60));
  assert.deepEqual([few.find("d"), few.find("e").frame.length], [undefined, 60]);
  few.add("f", reply(101));
  assert.equal(few.find("f"), undefined);
  assert.equal(few.find("e").frame.length, 60);
});

test("a command that has completed is answered again and not run again", async (t) => {
  let runs = 0;
  const { broker } = await connected(t, { handlers: { add: (_, { reply }) => reply("added", (runs += 1)) } });
  for (const redelivered of [false, true]) {
    broker.command("add", {}, { ...AGAIN, redelivered });
    assert.equal((await broker.nextReply("added")).payload, 1);
    assert.deepEqual((await broker.next("handled")).payload.sequences, [redelivered ? 2 : 1]);
  }
  assert.equal(runs, 1);
});

test("a command that is not acknowledged runs as often as it comes", async (t) => {
  let runs = 0;
  const { broker } = await connected(t, { handlers: { add: () => (runs += 1) } });
  for (let i = 0; i < 2; i++) broker.command("add", {}, { id: "c-1" });
  await until(() => runs === 2);
});

test("a command that runs is not run twice, and both deliveries complete with it", async (t) => {
  let runs = 0;
  let finish;
  const add = async () => {
    runs += 1;
    await new Promise((resolve) => (finish = resolve));
  };
  const { broker } = await connected(t, { handlers: { add, ping: (_, { reply }) => reply("pong") } });
  for (let i = 0; i < 2; i++) broker.command("add", {}, AGAIN);
  broker.command("ping", {}, { expects: "one" });
  await broker.nextReply("pong");
  finish();
  await until(() => broker.received.flatMap(({ payload }) => payload?.sequences ?? []).length === 3);
  assert.equal(runs, 1);
});

test("a command that failed is run again", async (t) => {
  let runs = 0;
  const add = () => {
    runs += 1;
    throw new Error("no");
  };
  const { broker } = await connected(t, { handlers: { add } });
  for (let i = 0; i < 2; i++) broker.command("add", {}, AGAIN);
  assert.deepEqual([(await broker.next("failed")).header.sequence, (await broker.next("failed")).header.sequence], [1, 2]);
  assert.equal(runs, 2);
});

test("a command that outlives its connection is answered on the next", async (t) => {
  let finish;
  const add = async (_, { reply }) => {
    await new Promise((resolve) => (finish = resolve));
    reply("added", 1);
  };
  const { broker, relay } = await connected(t, { handlers: { add } });
  broker.command("add", {}, AGAIN);
  await until(() => finish !== undefined);
  broker.send({ kind: "refused", code: "not-registered", reason: "register first" });
  await once(relay, "connected");
  broker.command("add", {}, { ...AGAIN, redelivered: true });
  broker.command("none");
  await broker.next("failed");
  finish();
  assert.equal((await broker.nextReply("added")).payload, 1);
  assert.deepEqual((await broker.next("handled")).payload.sequences, [1]);
});

const ROUTES = { "todo.add": ["todo"], "todos.list": ["todo"] };

async function lostWithUnsettled(t, acknowledged) {
  const fleet = await connected(t, { broker: { routes: ROUTES, acknowledged, accepts: "none" } });
  const sends = [1, 2, 3].map((id) => fleet.relay.send("todo.add", { id }));
  const [, second] = await fleet.broker.nextCommands(3);
  fleet.broker.credit(3, {}, [
    [1, 1],
    [3, 3],
  ]);
  await Promise.all(sends);
  fleet.broker.stop();
  await until(() => !fleet.relay.connected);
  return { ...fleet, second };
}

test("what was accepted, not settled and acknowledged is sent again as redelivered", async (t) => {
  const { broker, relay, lines, second } = await lostWithUnsettled(t, ["todo.add"]);
  await broker.open();
  await once(relay, "connected");
  const { header, payload } = await broker.next("command");
  assert.deepEqual([header.id, header.redelivered, payload], [second.header.id, true, { id: 2 }]);
  assert.deepEqual([broker.received, lines], [[], []]);
});

test("what was accepted, not settled and not acknowledged is reported lost", async (t) => {
  const { lines } = await lostWithUnsettled(t, []);
  assert.equal(lines.length, 1);
  assert.match(lines[0], /^todo.add: .*\(bus-lost\)$/);
});

test("a request that was accepted is asked again where that is acknowledged", async (t) => {
  const broker = { routes: ROUTES, acknowledged: ["todos.list"], accepts: "none" };
  const { broker: bus, relay } = await connected(t, { broker });
  const request = relay.request("todos.list");
  const { header } = await bus.next("command");
  bus.credit(1, {}, []);
  bus.stop();
  await once(relay, "lost");
  await bus.open();
  await once(relay, "connected");
  const again = await bus.next("command");
  assert.deepEqual([again.header.id, again.header.redelivered], [header.id, true]);
  bus.reply(again, "todos.listed", [1]);
  assert.deepEqual((await request).payload, [1]);
});
