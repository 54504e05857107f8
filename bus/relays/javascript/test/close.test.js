"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { connected, makeRelay, until } = require("./support/fleet");

const ROUTES = { "todo.add": ["todo"], "todos.list": ["todo"] };

test("a send after close rejects with closed", async (t) => {
  const { relay } = await connected(t);
  await relay.close();
  await assert.rejects(Promise.resolve(relay.send("todo.add")), { code: "closed" });
});

test("connect after close rejects with closed", async (t) => {
  const { relay } = await connected(t);
  await relay.close();
  await assert.rejects(relay.connect(), { code: "closed" });
});

test("closing before connecting fails what waits", async (t) => {
  const { relay } = makeRelay(t, { endpoint: "ipc:///tmp/exo-nowhere" });
  const sending = relay.send("todo.add");
  sending.catch(() => {});
  await relay.close();
  await assert.rejects(Promise.resolve(sending), { code: "closed" });
});

test("closing while the bus is not there fails connect", async (t) => {
  const { relay } = makeRelay(t, { endpoint: "ipc:///tmp/exo-nowhere" });
  const connecting = relay.connect();
  relay.close();
  await assert.rejects(connecting, { code: "closed" });
});

test("a request that is not answered by the end fails with closed", async (t) => {
  const { relay } = await connected(t, { broker: { routes: ROUTES } });
  const request = relay.request("todos.list");
  const failed = assert.rejects(request, { code: "closed" });
  await relay.close();
  await failed;
});

test("close drains, lets the handler finish, sends what it has and says goodbye", async (t) => {
  let finish;
  const handlers = {
    work: async (_, { send }) => {
      await new Promise((resolve) => (finish = resolve));
      send("todo.add", { last: true });
    },
  };
  const { broker, relay } = await connected(t, { handlers, broker: { routes: ROUTES } });
  broker.command("work");
  await until(() => finish !== undefined);
  const closing = relay.close();
  await broker.next("drain");
  finish();
  await closing;
  assert.deepEqual(
    broker.received.map(({ header }) => header.kind),
    ["command", "handled", "goodbye"],
  );
});

test("close waits until the broker has taken what was sent", async (t) => {
  const { broker, relay } = await connected(t, { broker: { routes: ROUTES, grants: { todo: 1 }, accepts: "none" } });
  const sends = [relay.send("todo.add", 1), relay.send("todo.add", 2)];
  const closing = relay.close();
  await broker.next("drain");
  broker.credit(1, { todo: 2 });
  await broker.nextCommands(2);
  broker.credit(2);
  await Promise.all([...sends, closing]);
  await broker.next("goodbye");
});

test("close waits for an open stream", async (t) => {
  const handlers = {
    list: (_, { reply }) => {
      for (let page = 0; page < 9; page++) reply.write("listed", [page]);
      reply.end("listed", [9]);
    },
  };
  const { broker, relay } = await connected(t, { handlers });
  const id = broker.command("list", {}, { expects: "one" });
  await broker.next("handled");
  const closing = relay.close();
  await broker.next("drain");
  broker.send({ kind: "window", responseTo: id, pages: 20 });
  await closing;
  const kinds = broker.received.map(({ header }) => header.kind);
  assert.equal(kinds.filter((kind) => kind === "reply").length, 10);
  assert.equal(kinds.at(-1), "goodbye");
});

test("a handler that does not end is not waited for beyond the timeout", async (t) => {
  const handlers = { work: () => new Promise(() => {}) };
  const { broker, relay } = await connected(t, { handlers });
  broker.command("work");
  await relay.close({ timeout: 50 });
  await broker.next("goodbye");
});

test("closing twice is closing once", async (t) => {
  const { broker, relay } = await connected(t);
  await Promise.all([relay.close(), relay.close()]);
  await broker.next("goodbye");
  assert.equal(broker.received.filter(({ header }) => header.kind === "goodbye").length, 0);
});
