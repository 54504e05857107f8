"use strict";

const assert = require("node:assert/strict");
const { setTimeout: pause } = require("node:timers/promises");
const { test } = require("node:test");
const { RestlessClient } = require("./support/restless_client");

test("a bus that refuses at once holds up nobody else in the process", { timeout: 10_000 }, async () => {
  const client = new RestlessClient();
  client.begin(
    async () => {},
    async () => {
      throw new Error("closed");
    },
  );
  await pause(1);
  await client.stop();
  assert.ok(client.errors.length > 0 && client.errors.length <= 100, `${client.errors.length} errors`);
});

test("it asks from the moment on when it may, until it is stopped", async () => {
  const client = new RestlessClient();
  let may;
  let asked = 0;
  client.begin(
    () => new Promise((resolve) => (may = resolve)),
    async () => (asked += 1),
  );
  await pause(1);
  assert.equal(asked, 0);
  may();
  while (asked < 3) await pause(1);
  await client.stop();
  assert.deepEqual(client.answers, Array.from({ length: asked }, (_, index) => index + 1));
  const before = asked;
  await pause(1);
  assert.equal(asked, before);
});

test("whoever stops it hears why it never began", async () => {
  const client = new RestlessClient();
  client.begin(() => Promise.reject(new Error("no fleet")), async () => {});
  await assert.rejects(client.stop(), /no fleet/);
});
