"use strict";

// Deadlines are counted by a clock that nobody sets.

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { connected } = require("./support/fleet");

const HOUR_MS = 3_600_000;
const ROUTES = { "todos.list": ["todo"] };

test("a clock that is set forward expires nothing", async (t) => {
  const { broker, relay } = await connected(t, { broker: { routes: ROUTES, grants: { todo: 0 } } });
  const request = relay.request("todos.list", {}, { timeout: 60_000 });
  const { now } = Date;
  t.mock.method(Date, "now", () => now() + HOUR_MS);
  broker.credit(0, { todo: 5 });
  const command = await Promise.race([broker.next("command"), request]);
  assert.ok(command.header.timeoutMs > 1 && command.header.timeoutMs <= 60_000, command.header.timeoutMs);
  broker.reply(command, "todos.listed", []);
  assert.deepEqual((await request).payload, []);
});
