"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { Budget } = require("../lib/budget");
const { monotonicNow } = require("../lib/monotonic_clock");
const { Outbox } = require("../lib/outbox");

const ROUTES = { add: ["search"], list: ["todo"], both: ["search", "todo"] };

// An outbox whose doings are lists of numbers.
function outbox(limits) {
  const doings = { transmitted: [], accepted: [], expired: [] };
  const budget = new Budget(limits);
  const box = new Outbox({
    budget,
    transmit: (command) => doings.transmitted.push(command.number),
    accepted: (command) => doings.accepted.push(command.number),
    expired: (command) => doings.expired.push(command.number),
  });
  let number = 0;
  const add = (name, fields = {}) => {
    const command = {
      number: ++number,
      name,
      bytes: 10,
      deadline: Infinity,
      accepted: false,
      settled: false,
      ...fields,
    };
    box.add(command);
    return command;
  };
  return { ...doings, box, add, budget };
}

test("too many messages are refused with the way out, and the refused one is not kept", () => {
  const { add, budget } = outbox({ messages: 2, bytes: 1000 });
  add("add");
  add("add");
  assert.throws(
    () => add("add"),
    (error) => error.code === "overloaded" && /await send\(\)/.test(error.reason),
  );
  assert.equal(budget.messages, 2);
});

test("too many bytes are refused", () => {
  const { add } = outbox({ messages: 100, bytes: 25 });
  add("add");
  add("add");
  assert.throws(() => add("add"), { code: "overloaded" });
});

const MEBIBYTE = 1024 * 1024;

test("no more bytes go before they are accepted than 8 MiB and one command", () => {
  const { box, add, transmitted } = outbox();
  box.setRoutes(ROUTES);
  box.setCredit(0, { search: 100, todo: 100 });
  add("add", { bytes: 7 * MEBIBYTE });
  add("add", { bytes: 9 * MEBIBYTE });
  add("add");
  add("list");
  add("unknown");
  assert.deepEqual(transmitted, [1, 2, 5]);
  box.setCredit(1, {});
  assert.deepEqual(transmitted, [1, 2, 5]);
  box.setCredit(2, {});
  assert.deepEqual(transmitted, [1, 2, 5, 3, 4]);
});

test("what was on its way on a lost connection counts no more", () => {
  const { box, add, transmitted } = outbox();
  box.setRoutes(ROUTES);
  box.setCredit(0, { search: 100 });
  add("add", { bytes: 9 * MEBIBYTE });
  add("add");
  assert.deepEqual(transmitted, [1]);
  box.connectionLost();
  box.setRoutes(ROUTES);
  box.setCredit(0, { search: 100 });
  assert.deepEqual(transmitted, [1, 1]);
});

test("nothing goes before the routes are known", () => {
  const { box, add, transmitted } = outbox();
  add("add");
  box.setCredit(0, { search: 5 });
  assert.deepEqual(transmitted, []);
});

test("nothing goes without credit", () => {
  const { box, add, transmitted } = outbox();
  box.setRoutes(ROUTES);
  add("add");
  assert.deepEqual(transmitted, []);
});

test("a name that nobody receives needs no credit", () => {
  const { box, add, transmitted } = outbox();
  box.setRoutes(ROUTES);
  add("unknown");
  assert.deepEqual(transmitted, [1]);
});

test("as many go as there is credit, and the rest when more is granted", () => {
  const { box, add, transmitted } = outbox();
  box.setRoutes(ROUTES);
  box.setCredit(0, { search: 2 });
  for (let i = 0; i < 5; i++) add("add");
  assert.deepEqual(transmitted, [1, 2]);
  box.setCredit(0, { search: 4 });
  assert.deepEqual(transmitted, [1, 2, 3, 4]);
});

test("a role without credit holds up no other", () => {
  const { box, add, transmitted } = outbox();
  box.setRoutes(ROUTES);
  box.setCredit(0, { todo: 1 });
  add("add");
  add("list");
  assert.deepEqual(transmitted, [2]);
});

test("a command with two receivers waits for the credit of both", () => {
  const { box, add, transmitted } = outbox();
  box.setRoutes(ROUTES);
  box.setCredit(0, { search: 5 });
  add("both");
  assert.deepEqual(transmitted, []);
  box.setCredit(0, { todo: 5 });
  assert.deepEqual(transmitted, [1]);
});

test("order holds for each role across names that share it", () => {
  const { box, add, transmitted } = outbox();
  box.setRoutes(ROUTES);
  box.setCredit(0, { search: 5 });
  add("both");
  add("add");
  add("both");
  add("list");
  assert.deepEqual(transmitted, []);
  box.setCredit(0, { todo: 5 });
  assert.deepEqual(transmitted, [1, 2, 3, 4]);
});

test("acceptance frees the budget, oldest first", () => {
  const { box, add, accepted, budget } = outbox();
  box.setRoutes(ROUTES);
  box.setCredit(0, { search: 5 });
  for (let i = 0; i < 3; i++) add("add");
  box.setCredit(2, {});
  assert.deepEqual(accepted, [1, 2]);
  assert.equal(budget.messages, 1);
});

test("an acceptance of more than was sent accepts what was sent", () => {
  const { box, add, accepted } = outbox();
  box.setRoutes(ROUTES);
  add("unknown");
  box.setCredit(7, {});
  assert.deepEqual(accepted, [1]);
});

test("new routes keep the order of what waits", () => {
  const { box, add, transmitted } = outbox();
  box.setRoutes(ROUTES);
  add("add");
  add("list");
  add("add");
  box.setRoutes({ add: ["todo"], list: ["todo"] });
  box.setCredit(0, { todo: 3 });
  assert.deepEqual(transmitted, [1, 2, 3]);
});

test("a name that left the routes goes at once, for the broker to answer", () => {
  const { box, add, transmitted } = outbox();
  box.setRoutes(ROUTES);
  add("add");
  box.setRoutes({});
  assert.deepEqual(transmitted, [1]);
});

test("after a loss what was not accepted goes again, in its order and with new credit", () => {
  const { box, add, transmitted, accepted } = outbox();
  box.setRoutes(ROUTES);
  box.setCredit(0, { search: 2, todo: 5 });
  for (const name of ["add", "add", "add", "list", "add"]) add(name);
  assert.deepEqual(transmitted, [1, 2, 4]);
  box.setCredit(1, {});
  box.connectionLost();
  transmitted.length = 0;
  box.setRoutes(ROUTES);
  assert.deepEqual(transmitted, []);
  box.setCredit(0, { search: 3, todo: 1 });
  assert.deepEqual([...transmitted].sort(), [2, 3, 4, 5]);
  assert.ok(transmitted.indexOf(2) < transmitted.indexOf(3) && transmitted.indexOf(3) < transmitted.indexOf(5));
  box.setCredit(4, {});
  assert.equal(accepted.length, 5);
});

test("what was settled meanwhile does not go, and holds up nothing", () => {
  const { box, add, transmitted, budget } = outbox();
  box.setRoutes(ROUTES);
  const first = add("add");
  add("add");
  first.settled = true;
  box.forget(first);
  assert.equal(budget.messages, 1);
  box.setCredit(0, { search: 1 });
  assert.deepEqual(transmitted, [2]);
});

test("what waits past its deadline expires", () => {
  const { box, add, expired, transmitted, budget } = outbox();
  box.setRoutes(ROUTES);
  const late = monotonicNow() + 1_000;
  add("add", { deadline: late });
  add("add");
  box.expire(late - 1);
  assert.deepEqual(expired, []);
  box.expire(late);
  assert.deepEqual(expired, [1]);
  assert.equal(budget.messages, 1);
  box.setCredit(0, { search: 2 });
  assert.deepEqual(transmitted, [2]);
});

test("what is past its deadline when its credit comes expires instead of going", () => {
  const { box, add, expired, transmitted } = outbox();
  box.setRoutes(ROUTES);
  add("add", { deadline: monotonicNow() - 1 });
  box.setCredit(0, { search: 1 });
  assert.deepEqual([expired, transmitted], [[1], []]);
});
