"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { connected, until } = require("./support/fleet");

const ROUTES = { "todos.list": ["todo"] };

function asking(test) {
  return connected(test, { broker: { routes: ROUTES } });
}

test("a page that is missing fails the request", async (t) => {
  const { broker, relay } = await asking(t);
  const request = relay.request("todos.list");
  const command = await broker.next("command");
  broker.reply(command, "todos.listed", [1], { more: true });
  broker.reply(command, "todos.listed", [3], { page: 2 });
  await assert.rejects(request, { code: "malformed" });
});

test("a page that is no list fails the request", async (t) => {
  const { broker, relay } = await asking(t);
  const request = relay.request("todos.list");
  broker.reply(await broker.next("command"), "todos.listed", { a: 1 }, { more: true });
  await assert.rejects(request, { code: "malformed", reason: /no list/ });
});

test("an error in the middle of a streamed reply fails the request", async (t) => {
  const { broker, relay } = await asking(t);
  const request = relay.request("todos.list");
  const command = await broker.next("command");
  broker.reply(command, "todos.listed", [1], { more: true });
  broker.error(command, "receiver-lost", "todo ended");
  await assert.rejects(request, { code: "receiver-lost" });
});

test("pages are gathered into one list, and the replier is let on after each", async (t) => {
  const { broker, relay } = await asking(t);
  const answer = new Promise((resolve) => relay.send("todos.list", resolve));
  const command = await broker.next("command");
  broker.reply(command, "todos.listed", [1, 2], { more: true });
  broker.reply(command, "todos.listed", [3], { more: true, page: 1 });
  broker.reply(command, "todos.listed", [4], { page: 2 });
  assert.deepEqual(await answer, [1, 2, 3, 4]);
  const windows = [await broker.next("window"), await broker.next("window")];
  assert.deepEqual(
    windows.map(({ header }) => [header.responseTo, header.pages]),
    [
      [command.header.id, 9],
      [command.header.id, 10],
    ],
  );
});

test("a page of a hundred thousand entries is gathered", async (t) => {
  const { broker, relay } = await asking(t);
  const request = relay.request("todos.list");
  const command = await broker.next("command");
  const page = Array.from({ length: 100_000 }, (_, i) => i);
  broker.reply(command, "todos.listed", page, { more: true });
  broker.reply(command, "todos.listed", page, { page: 1 });
  assert.equal((await request).payload.length, 200_000);
});

test("an application that asks for pages gets each, and the replier waits for it", async (t) => {
  const { broker, relay } = await asking(t);
  const request = relay.request("todos.list", {}, { pages: true });
  const command = await broker.next("command");
  broker.reply(command, "todos.listed", [1], { more: true });
  broker.reply(command, "todos.listed", [2], { page: 1 });
  const { name, payload } = await request;
  assert.equal(name, "todos.listed");
  assert.deepEqual(broker.received, []);
  const pages = [];
  for await (const page of payload) pages.push(page);
  assert.deepEqual(pages, [[1], [2]]);
  assert.equal((await broker.next("window")).header.pages, 9);
});

test("many replies are iterated over as they come", async (t) => {
  const { broker, relay } = await asking(t);
  const replies = relay.requestMany("todos.list");
  const command = await broker.next("command");
  broker.reply(command, "todo.found", { id: 1 }, { more: true });
  broker.reply(command, "todo.found", { id: 2 }, { page: 1 });
  const found = [];
  for await (const { name, payload } of replies) found.push([name, payload.id]);
  assert.deepEqual(found, [
    ["todo.found", 1],
    ["todo.found", 2],
  ]);
});

test("leaving the loop early cancels the rest", async (t) => {
  const { broker, relay } = await asking(t);
  const replies = relay.requestMany("todos.list");
  const command = await broker.next("command");
  broker.reply(command, "todo.found", 1, { more: true });
  for await (const reply of replies) {
    assert.equal(reply.payload, 1);
    break;
  }
  assert.equal((await broker.next("cancel")).header.responseTo, command.header.id);
});

test("many replies end with the error of the command", async (t) => {
  const { broker, relay } = await asking(t);
  const replies = relay.requestMany("todos.list");
  const command = await broker.next("command");
  broker.reply(command, "todo.found", 1, { more: true });
  broker.error(command, "receiver-lost", "todo ended");
  await replies.next();
  await assert.rejects(replies.next(), { code: "receiver-lost" });
});

function replying(test, handler) {
  return connected(test, { handlers: { list: handler } });
}

test("a page that is no list is refused in the call", async (t) => {
  const { broker } = await replying(t, async (_, { reply }) => reply.write("listed", { a: 1 }));
  broker.command("list", {}, { expects: "one" });
  assert.match((await broker.next("failed")).header.reason, /a page of a streamed reply is a list/);
});

test("a page after the last is refused in the call", async (t) => {
  const { broker } = await replying(t, async (_, { reply }) => {
    reply.end("listed", []);
    reply.end("listed", []);
  });
  broker.command("list", {}, { expects: "one" });
  assert.match((await broker.next("failed")).header.reason, /the last page was given before/);
});

test("eight pages go unasked, and the others as the asker lets them", async (t) => {
  const written = [];
  const { broker } = await replying(t, async (_, { reply }) => {
    for (let page = 0; page < 11; page++) {
      await reply.write("listed", [page]);
      written.push(page);
    }
    await reply.end("listed", [11]);
  });
  const id = broker.command("list", {}, { expects: "one" });
  const pages = [];
  while (pages.length < 8) pages.push(await broker.nextReply("listed"));
  await until(() => written.length === 8);
  broker.send({ kind: "window", responseTo: id, pages: 10 });
  while (pages.length < 10) pages.push(await broker.nextReply("listed"));
  await until(() => written.length === 10);
  assert.deepEqual(broker.received, []);
  broker.send({ kind: "window", responseTo: id, pages: 100 });
  while (pages.length < 12) pages.push(await broker.nextReply("listed"));
  assert.deepEqual(
    pages.map(({ payload }) => payload[0]),
    [...Array(12).keys()],
  );
  assert.deepEqual(
    pages.map(({ header }) => header.page ?? 0),
    [...Array(12).keys()],
  );
  assert.deepEqual(
    pages.map(({ header }) => header.more === true),
    [...Array(11).fill(true), false],
  );
  await broker.next("handled");
});

test("a replier whose asker has gone is told", async (t) => {
  let failure;
  const { broker } = await replying(t, async (_, { reply }) => {
    try {
      for (;;) await reply.write("listed", [1]);
    } catch (error) {
      failure = error;
    }
  });
  const id = broker.command("list", {}, { expects: "one" });
  for (let i = 0; i < 8; i++) await broker.nextReply("listed");
  broker.send({ kind: "error", responseTo: id, name: "listed", code: "receiver-lost", reason: "the asker has gone" });
  await broker.next("handled");
  assert.equal(failure.code, "receiver-lost");
});

test("a stream to nobody goes nowhere and holds nobody up", async (t) => {
  const { broker } = await replying(t, async (_, { reply }) => {
    for (let page = 0; page < 20; page++) await reply.write("listed", [page]);
    await reply.end("listed");
  });
  broker.command("list", {});
  await broker.next("handled");
  assert.deepEqual(broker.received, []);
});
