"use strict";

const { monotonicNow } = require("./monotonic_clock");

const EVERY = 100;
const TELL_EVERY_MS = 200; // people see no more

// Does something for each record of a stream, and saves from time to time where it is, so that the next attempt goes
// on exactly there. The stream gives records, or lists of them (pages). What is saved is how many records are done and,
// where records have a key, the key of the last one:
//
//   with a key      the stream is in its ascending order, and records up to the saved key are passed over; records that
//                   have come or gone before it are named and do no harm
//   without one     so many records are passed over as were done; a stream that has become shorter is refused
//
// `script` has place(name), save(name, place), progress(done, total) and changed(text). Resolves with how many records
// are done in all.
async function each(script, records, options, act) {
  const { key, every = EVERY, total, name = "records" } = options;
  check(every, key, act);
  const saved = script.place(name) ?? { done: 0 };
  if (saved.finished) return saved.done;
  const loop = { name, saved, done: saved.done, last: saved.key, passed: 0, unsaved: 0, toldAt: -Infinity };
  const keyOf = typeof key === "string" ? (record) => record[key] : key;
  const order = keyOf ? new KeyOrder(name) : null;
  for await (const record of recordsOf(records)) {
    const at = order?.next(keyOf(record));
    if (isDone(loop, at)) {
      loop.passed += 1;
      continue;
    }
    if (loop.done === saved.done && loop.unsaved === 0) nameChange(script, loop, order !== null);
    await act(record, loop.done);
    loop.last = at;
    loop.done += 1;
    loop.unsaved += 1;
    tell(script, loop, total);
    if (loop.unsaved >= every) await save(script, loop, false);
  }
  nameChange(script, loop, order !== null);
  await save(script, loop, true);
  script.progress(loop.done, total ?? loop.done);
  return loop.done;
}

function check(every, key, act) {
  if (typeof act !== "function") throw new TypeError("each: the last argument is a function that takes a record");
  if (!Number.isInteger(every) || every < 1) {
    throw new TypeError(`each: 'every' is a whole number of records above 0, not ${every}`);
  }
  if (key !== undefined && typeof key !== "function" && typeof key !== "string") {
    throw new TypeError("each: 'key' is the name of a property, or a function that takes a record");
  }
}

// Also of a promise of them, and of a reply whose payload they are.
async function* recordsOf(source) {
  const given = await source;
  const isIterable = (value) => value != null && (value[Symbol.asyncIterator] || value[Symbol.iterator]);
  const records = isIterable(given) ? given : given?.payload;
  if (!isIterable(records)) throw new TypeError("each: the records are an iterable, or an async iterable");
  for await (const item of records) {
    if (Array.isArray(item)) yield* item;
    else yield item;
  }
}

function isDone({ saved, passed }, at) {
  if (saved.done === 0) return false;
  return at === undefined ? passed < saved.done : !isAbove(at, saved.key);
}

// The records before the saved place are not those that were done. Said once, before the first record that is new.
function nameChange(script, loop, hasKey) {
  const { name, saved, passed } = loop;
  if (passed === saved.done || loop.changeNamed) return;
  loop.changeNamed = true;
  if (!hasKey) {
    throw new Error(`each '${name}': the stream has changed: ${saved.done} records were done, and it has only ${passed}`);
  }
  script.changed(
    `each '${name}': the stream has changed: ${saved.done} records were done up to the key ${JSON.stringify(saved.key)}, ` +
      `and ${passed} are there now`,
  );
}

async function save(script, loop, finished) {
  const place = { done: loop.done };
  if (loop.last !== undefined) place.key = loop.last;
  if (finished) place.finished = true;
  loop.unsaved = 0;
  await script.save(loop.name, place);
}

function tell(script, loop, total) {
  const now = monotonicNow();
  if (now - loop.toldAt < TELL_EVERY_MS) return;
  loop.toldAt = now;
  script.progress(loop.done, total);
}

// Sees to it that each key is above the one before.
class KeyOrder {
  #name;
  #last;
  #number = 0;

  constructor(name) {
    this.#name = name;
  }

  next(key) {
    this.#number += 1;
    if (!["number", "bigint", "string"].includes(typeof key) || Number.isNaN(key)) {
      throw new TypeError(`each '${this.#name}': the key of record ${this.#number} is no number and no text`);
    }
    if (this.#last !== undefined && !isAbove(key, this.#last)) {
      throw new Error(
        `each '${this.#name}': record ${this.#number} has the key ${shown(key)} after ${shown(this.#last)}; ` +
          "records with a key come in its ascending order, each key once",
      );
    }
    this.#last = key;
    return key;
  }
}

// Numbers by size, texts by their bytes; all numbers are below all texts.
function isAbove(key, other) {
  if (typeof key === "string" && typeof other === "string") return Buffer.compare(Buffer.from(key), Buffer.from(other)) > 0;
  if (typeof key === "string" || typeof other === "string") return typeof key === "string";
  return key > other;
}

function shown(key) {
  return typeof key === "string" ? JSON.stringify(key) : String(key);
}

module.exports = { each };
