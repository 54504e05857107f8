"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { connected, until } = require("./support/fleet");

const ROUTES = { "todos.list": ["todo"], "todo.add": ["todo"] };

const asking = (test, broker = {}) => connected(test, { broker: { routes: ROUTES, ...broker } });

test("a signal that is none is refused in the call", async (t) => {
  const { relay } = await asking(t);
  await assert.rejects(relay.request("todos.list", {}, { signal: 7 }), TypeError);
  assert.throws(() => relay.send("todos.list", {}, { signal: 7 }), TypeError);
});

test("a request whose signal is aborted before is not sent", async (t) => {
  const { broker, relay } = await asking(t);
  const request = relay.request("todos.list", {}, { signal: AbortSignal.abort("no time") });
  await assert.rejects(request, { code: "cancelled", cause: "no time" });
  await relay.send("todo.add");
  assert.deepEqual(
    broker.received.map(({ header }) => header.name),
    ["todo.add"],
  );
});

test("an aborted request rejects at once, and the bus hears of it once", async (t) => {
  const { broker, relay, lines } = await asking(t);
  const controller = new AbortController();
  const request = relay.request("todos.list", {}, { signal: controller.signal });
  const command = await broker.next("command");
  controller.abort();
  await assert.rejects(request, { code: "cancelled", messageName: "todos.list", messageId: command.header.id });
  request.cancel();
  assert.equal((await broker.next("cancel")).header.responseTo, command.header.id);
  broker.error(command, "receiver-lost", "too late");
  broker.reply(command, "todos.listed", []);
  await relay.send("todo.add");
  await broker.nextCommand("todo.add");
  assert.deepEqual([broker.received, lines], [[], []]);
});

test("a request that waits for credit is cancelled without a word", async (t) => {
  const { broker, relay } = await asking(t, { grants: { todo: 0 } });
  const request = relay.request("todos.list");
  request.cancel("why not");
  await assert.rejects(request, { code: "cancelled", cause: "why not" });
  broker.credit(0, { todo: 5 });
  await relay.send("todo.add");
  await broker.nextCommand("todo.add");
  assert.deepEqual(broker.received, []);
});

test("a request whose deadline passes cancels the command", async (t) => {
  const { broker, relay } = await asking(t);
  const request = relay.request("todos.list", {}, { timeout: 30 });
  await assert.rejects(request, { code: "expired" });
  const command = await broker.next("command");
  assert.equal((await broker.next("cancel")).header.responseTo, command.header.id);
});

test("a send with a callback is cancelled by what it returned", async (t) => {
  const { broker, relay, lines } = await asking(t);
  const failure = new Promise((resolve) => {
    const delivery = relay.send("todos.list", {}, (_, { error }) => resolve(error));
    broker.next("command").then(() => delivery.cancel());
  });
  assert.equal((await failure).code, "cancelled");
  await broker.next("cancel");
  assert.deepEqual(lines, []);
});

test("leaving the loop over the pages cancels the rest", async (t) => {
  const { broker, relay } = await asking(t);
  const request = relay.request("todos.list", {}, { pages: true });
  const command = await broker.next("command");
  broker.reply(command, "todos.listed", [1], { more: true });
  for await (const page of (await request).payload) {
    assert.deepEqual(page, [1]);
    break;
  }
  assert.equal((await broker.next("cancel")).header.responseTo, command.header.id);
});

test("leaving the loop after the last reply cancels nothing", async (t) => {
  const { broker, relay } = await asking(t);
  const replies = relay.requestMany("todos.list");
  broker.reply(await broker.next("command"), "todo.found", 1);
  for await (const reply of replies) if (reply) break;
  await relay.send("todo.add");
  await broker.nextCommand("todo.add");
  assert.deepEqual(broker.received, []);
});

test("many replies end with the error when they are cancelled", async (t) => {
  const { broker, relay } = await asking(t);
  const replies = relay.requestMany("todos.list");
  await broker.next("command");
  const next = replies.next();
  replies.cancel();
  await assert.rejects(next, { code: "cancelled" });
  assert.deepEqual(await replies.next(), { value: undefined, done: true });
});

test("the handler of a cancelled command sees it, and its completion is told", async (t) => {
  let ended;
  const list = (_, { signal }) =>
    new Promise((resolve) => {
      signal.addEventListener("abort", () => resolve((ended = signal.reason)));
    });
  const { broker } = await connected(t, { handlers: { list } });
  const id = broker.command("list", {}, { expects: "one" });
  broker.cancel("another");
  broker.cancel(id);
  await broker.next("handled");
  assert.equal(ended.code, "cancelled");
});

test("a stream that is cancelled ends, and the handler that lets the error through is no news", async (t) => {
  let written = 0;
  const list = async (_, { reply }) => {
    for (;;) {
      await reply.write("listed", [written]);
      written += 1;
    }
  };
  const { broker, lines } = await connected(t, { handlers: { list } });
  const id = broker.command("list", {}, { expects: "one" });
  await until(() => written === 8);
  broker.cancel(id);
  assert.equal((await broker.next("failed")).header.code, "handler-failed");
  assert.deepEqual(lines, []);
});

test("a reply to a cancelled command goes nowhere", async (t) => {
  let answer;
  const list = (_, { reply, signal }) => {
    answer = () => reply("listed", []);
    signal.addEventListener("abort", () => answer());
  };
  const { broker } = await connected(t, { handlers: { list } });
  broker.cancel(broker.command("list", {}, { expects: "one" }));
  await broker.next("handled");
  assert.deepEqual(broker.received, []);
});
