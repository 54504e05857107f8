"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { each } = require("../lib/each");
const { ROLE, Script } = require("./support/script");

// The attempts at one phase, as the host sees them: what an attempt saves is what the next one begins with.
class Attempts {
  places = {};
  saves = [];
  changes = [];
  told = [];

  attempt(records, options, act) {
    const script = {
      place: (name) => this.places[name],
      save: async (name, place) => {
        this.places[name] = place;
        this.saves.push(place);
      },
      progress: (done, total) => this.told.push([done, total]),
      changed: (text) => this.changes.push(text),
    };
    return each(script, records, options, act);
  }
}

const records = (...ids) => ids.map((id) => ({ id }));

async function* pages(...lists) {
  yield* lists;
}

// Fails when it comes to the record with this id; remembers those before.
function until(id, into) {
  return (record) => {
    if (record.id === id) throw new Error("killed");
    into.push(record.id);
  };
}

test("each refuses what makes no sense", async () => {
  const attempts = new Attempts();
  await assert.rejects(attempts.attempt([], { every: 0 }, () => {}), /'every' is a whole number of records above 0, not 0/);
  await assert.rejects(attempts.attempt([], { key: 7 }, () => {}), /'key' is the name of a property/);
  await assert.rejects(attempts.attempt([], {}), /a function that takes a record/);
  await assert.rejects(attempts.attempt(7, {}, () => {}), /an iterable, or an async iterable/);
});

for (const [name, key] of [["counting", undefined], ["by key", "id"]]) {
  test(`each does every record once over several attempts, and goes on exactly behind its checkpoint (${name})`, async () => {
    const attempts = new Attempts();
    const all = pages.bind(null, records(1, 2, 3), [], records(4, 5), records(6, 7));
    const [first, second, third] = [[], [], []];
    await assert.rejects(attempts.attempt(all(), { key, every: 2 }, until(6, first)), /killed/);
    assert.deepEqual(first, [1, 2, 3, 4, 5]);
    assert.equal(attempts.places.records.done, 4);
    await assert.rejects(attempts.attempt(all(), { key, every: 2 }, until(7, second)), /killed/);
    assert.deepEqual(second, [5, 6]);
    assert.equal(await attempts.attempt(all(), { key, every: 2 }, until(0, third)), 7);
    assert.deepEqual(third, [7]);
    assert.deepEqual(attempts.changes, []);
    assert.equal(attempts.places.records.finished, true);
    assert.equal(await attempts.attempt(all(), { key, every: 2 }, () => assert.fail("it is finished")), 7);
  });
}

test("each takes single records, a promise of a reply in pages, and tells how far it is", async () => {
  const attempts = new Attempts();
  assert.equal(await attempts.attempt(records(1, 2), { name: "one by one" }, () => {}), 2);
  const reply = Promise.resolve({ name: "listed", payload: pages(records(1), records(2, 3)) });
  assert.equal(await attempts.attempt(reply, { name: "pages", total: 3 }, () => {}), 3);
  assert.deepEqual(attempts.told.at(-1), [3, 3]);
  assert.deepEqual(Object.keys(attempts.places), ["one by one", "pages"]);
});

test("each waits for what is done with a record, and gives it its number", async () => {
  const seen = [];
  await new Attempts().attempt(records(5, 6), {}, async ({ id }, index) => {
    seen.push(`begin ${id} ${index}`);
    await new Promise(setImmediate);
    seen.push(`end ${id}`);
  });
  assert.deepEqual(seen, ["begin 5 0", "end 5", "begin 6 1", "end 6"]);
});

test("each by key passes over what was done, and names what has come and gone before it", async () => {
  const attempts = new Attempts();
  const seen = [];
  await assert.rejects(attempts.attempt(records(1, 3, 5, 7), { key: "id", every: 3 }, until(7, seen)), /killed/);
  assert.equal(await attempts.attempt(records(1, 2, 4, 5, 6, 7), { key: "id", every: 3 }, until(0, seen)), 5);
  assert.deepEqual(seen, [1, 3, 5, 6, 7]);
  assert.deepEqual(attempts.changes, [
    "each 'records': the stream has changed: 3 records were done up to the key 5, and 4 are there now",
  ]);
});

test("each by key goes on although the last record that was done has gone", async () => {
  const attempts = new Attempts();
  const seen = [];
  await assert.rejects(attempts.attempt(records("a", "b", "c"), { key: ({ id }) => id, every: 2 }, until("c", seen)), /killed/);
  await attempts.attempt(records("a", "c", "d"), { key: ({ id }) => id }, until("", seen));
  assert.deepEqual(seen, ["a", "b", "c", "d"]);
  assert.equal(attempts.changes.length, 1);
});

test("each without a key refuses a stream that has become shorter", async () => {
  const attempts = new Attempts();
  await assert.rejects(attempts.attempt(records(1, 2, 3, 4), { every: 3 }, until(4, [])), /killed/);
  await assert.rejects(
    attempts.attempt(records(1, 2), { every: 3 }, () => {}),
    /the stream has changed: 3 records were done, and it has only 2/,
  );
});

test("each refuses keys that are out of order, twice there, or none", async () => {
  const attempt = (...ids) => new Attempts().attempt(records(...ids), { key: "id" }, () => {});
  await assert.rejects(attempt(1, 3, 2), /record 3 has the key 2 after 3/);
  await assert.rejects(attempt("b", "b"), /record 2 has the key "b" after "b"/);
  await assert.rejects(attempt(1, undefined), /the key of record 2 is no number and no text/);
  await attempt(9, 10, "10", "9", "é", "\uffee", "😀"); // numbers by size, then texts by their bytes
});

test("a script's each saves its place in checkpoints, told when all before it is delivered", async (t) => {
  const source = `module.exports = { "${ROLE}-online-start": async (_, { each, reply, send }) => {
    const done = await each([[{ id: 1 }, { id: 2 }], [{ id: 3 }]], { key: "id", every: 2, total: 3 }, ({ id }) => {
      send("todo-search.add", { id });
    });
    reply("${ROLE}-online-done", { done });
  } };`;
  const script = await Script.start(t, source, { broker: { delivers: "none" } });
  const { broker } = script;
  await script.begin("online", { checkpoint: { each: { others: { done: 9, finished: true } } } });
  const adds = [await broker.nextCommand("todo-search.add"), await broker.nextCommand("todo-search.add")];
  assert.deepEqual(adds.map(({ payload }) => payload.id), [1, 2]);
  broker.delivered(...adds);
  const checkpoint = await broker.nextCommand(`${ROLE}-online-checkpoint`);
  const others = { done: 9, finished: true };
  assert.deepEqual(checkpoint.payload, { each: { others, records: { done: 2, key: 2 } } });
  broker.reply(checkpoint, `${ROLE}-online-checkpointed`);
  broker.delivered(await broker.nextCommand("todo-search.add"));
  const last = await broker.nextCommand(`${ROLE}-online-checkpoint`);
  assert.deepEqual(last.payload, { each: { others, records: { done: 3, key: 3, finished: true } } });
  broker.reply(last, `${ROLE}-online-checkpointed`);
  assert.deepEqual((await broker.nextReply(`${ROLE}-online-done`)).payload, { done: 3 });
});

test("a script's each goes on from the checkpoint of the attempt before", async (t) => {
  const source = `module.exports = { "${ROLE}-online-start": (_, { each, reply, send }) =>
    each([1, 2, 3], { key: (id) => id }, (id) => { send("todo-search.add", { id }); })
      .then((done) => reply("${ROLE}-online-done", { done })) };`;
  const script = await Script.start(t, source);
  await script.begin("online", { checkpoint: { each: { records: { done: 2, key: 2 } } } });
  assert.deepEqual((await script.broker.nextCommand("todo-search.add")).payload, { id: 3 });
});
