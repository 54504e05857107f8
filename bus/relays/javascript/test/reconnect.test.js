"use strict";

const assert = require("node:assert/strict");
const { once } = require("node:events");
const { test } = require("node:test");
const { connected, until } = require("./support/fleet");

const ROUTES = { "todo.add": ["todo"], "todos.list": ["todo"] };

test("what was accepted and waits for its answer fails with bus-lost", async (t) => {
  const { broker, relay } = await connected(t, { broker: { routes: ROUTES } });
  const request = relay.request("todos.list");
  await broker.next("command");
  await relay.send("todo.add");
  broker.stop();
  await assert.rejects(request, { code: "bus-lost" });
});

test("what was not accepted is sent again to the next broker, in its order", async (t) => {
  const { broker, relay } = await connected(t, { broker: { routes: ROUTES, accepts: "none", grants: { todo: 2 } } });
  const sends = [1, 2, 3].map((id) => relay.send("todo.add", { id }));
  const [first, second] = await broker.nextCommands(2);
  broker.credit(1);
  await sends[0];
  broker.stop();
  await once(relay, "lost");
  broker.options.accepts = "all";
  broker.options.grants = { todo: 9 };
  await broker.open();
  await once(relay, "connected");
  const again = await broker.nextCommands(2);
  assert.deepEqual(
    again.map(({ payload }) => payload.id),
    [2, 3],
  );
  assert.equal(again[0].header.id, second.header.id);
  assert.notEqual(again[0].header.id, first.header.id);
  await Promise.all(sends);
  assert.equal(broker.registrations.length, 2);
  assert.deepEqual(broker.registrations[0], broker.registrations[1]);
});

test("a broker that says nothing any more counts as lost", async (t) => {
  const { broker, relay } = await connected(t, { broker: { heartbeatMs: 50 }, silenceMs: 300 });
  broker.fallSilent();
  const [error] = await once(relay, "lost");
  assert.equal(error.code, "bus-lost");
  assert.match(error.reason, /said nothing for 300 ms/);
});

test("a broker that does not know the relay any more gets a new registration", async (t) => {
  const { broker, relay } = await connected(t, { broker: { routes: ROUTES } });
  broker.send({ kind: "refused", code: "not-registered", reason: "register first" });
  await once(relay, "connected");
  await relay.send("todo.add");
  assert.equal(broker.registrations.length, 2);
});

test("a registration that is refused after a loss closes the relay", async (t) => {
  const { broker, relay, lines } = await connected(t, { broker: { routes: ROUTES } });
  broker.options.refusal = { code: "not-admitted", reason: "unknown instance" };
  broker.send({ kind: "refused", code: "not-registered", reason: "register first" });
  await once(relay, "closed");
  assert.match(lines[0], /the bus refused this program: unknown instance/);
  await assert.rejects(relay.request("todos.list"), { code: "closed" });
});

test("an instance that the broker believes connected tries again", async (t) => {
  const { broker, relay } = await connected(t, { broker: { routes: ROUTES } });
  broker.options.refusal = { code: "already-connected", reason: "another connection has this instance" };
  broker.send({ kind: "refused", code: "not-registered", reason: "register first" });
  await until(() => broker.registrations.length >= 3);
  delete broker.options.refusal;
  await once(relay, "connected");
});

test("the completion of a command from before the loss is told to nobody", async (t) => {
  let finish;
  const handlers = {
    slow: () => new Promise((resolve) => (finish = resolve)),
    quick: () => {},
  };
  const { broker, relay } = await connected(t, { handlers });
  broker.command("slow");
  await until(() => finish !== undefined);
  broker.send({ kind: "refused", code: "not-registered", reason: "register first" });
  await once(relay, "connected");
  finish();
  broker.command("quick");
  assert.deepEqual((await broker.next("handled")).payload, { sequences: [1] });
  assert.deepEqual(
    broker.received.filter(({ header }) => header.kind === "handled"),
    [],
  );
});

test("a reply from before the loss is dropped with a line", async (t) => {
  let answer;
  const handlers = {
    slow: (_, { reply }) => {
      answer = () => reply("answered");
    },
  };
  const { broker, relay, lines } = await connected(t, { handlers });
  broker.command("slow", {}, { expects: "one" });
  await until(() => answer !== undefined);
  broker.send({ kind: "refused", code: "not-registered", reason: "register first" });
  await once(relay, "connected");
  answer();
  assert.match(lines[0], /dropped the reply 'answered' to 'slow'/);
});

test("a relay that was busy for long does not take that for the broker's silence", async (t) => {
  const { broker, relay } = await connected(t, { broker: { routes: ROUTES, heartbeatMs: 50 }, silenceMs: 1_200 });
  let lost = false;
  relay.on("lost", () => (lost = true));
  const end = Date.now() + 1_500;
  while (Date.now() < end);
  await relay.send("todo.add");
  assert.equal(lost, false);
  assert.equal(broker.registrations.length, 1);
});
