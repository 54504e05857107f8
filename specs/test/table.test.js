"use strict";

const assert = require("node:assert/strict");
const { describe: about, test } = require("node:test");
const { Columns, describe, difference } = require("../lib/table");

const place = "deployment-scripts/nouns.yml:3";
const fields = [
  { column: "TITLE", name: "title", type: "text" },
  { column: "DAYS", name: "days", type: "number" },
  { column: "DONE", name: "isDone", type: "boolean" },
];
const columns = new Columns({ fields, place });

about("the columns of a table", () => {
  test("a column that nouns.yml does not name is an error that says where its fields are", () => {
    assert.throws(() => columns.toPayload({ TITEL: "one" }), {
      message: `${place}: there is no column "TITEL" among the fields; there are: TITLE, DAYS, DONE`,
    });
  });

  test("a cell that is not of the column's type is an error that says what was expected", () => {
    assert.throws(() => columns.toPayload({ DAYS: "many" }), { message: 'the column "DAYS" holds "many"; expected a number' });
    assert.throws(() => columns.toPayload({ DAYS: " " }), /expected a number/);
    assert.throws(() => columns.toPayload({ DONE: "perhaps" }), /expected true or false/);
  });

  test("a row becomes a payload by the fields", () => {
    assert.deepEqual(columns.toPayload({ TITLE: "1", DAYS: "2", DONE: "yes" }), { title: "1", days: 2, isDone: true });
  });

  test("without fields a column is named in lower case", () => {
    assert.deepEqual(new Columns({ fields: [], place }).toPayload({ TITLE: "one" }), { title: "one" });
  });

  test("what a service answers becomes rows of those columns alone, and what it lacks is empty", () => {
    const records = [{ id: 1, title: "one", days: 3, isDone: false }, { title: null }, "odd"];
    assert.deepEqual(columns.toRows(records, ["TITLE", "DAYS", "DONE"]), [
      { TITLE: "one", DAYS: "3", DONE: "false" },
      { TITLE: "", DAYS: "", DONE: "" },
      { TITLE: "", DAYS: "", DONE: "" },
    ]);
  });

  test("the same value is written the same way by people and services", () => {
    const written = columns.written([{ DAYS: "03.0", DONE: "YES" }]);
    assert.deepEqual(written, columns.toRows([{ days: "3", isDone: true }], ["DAYS", "DONE"]));
  });
});

about("the difference of two lists of rows", () => {
  const rows = (...titles) => titles.map((TITLE) => ({ TITLE }));

  test("is none for the same rows in another order", () => {
    assert.equal(difference(rows("one", "two", "two"), rows("two", "one", "two")), null);
  });

  test("is none where the columns are in another order", () => {
    assert.equal(difference([{ A: "1", B: "2" }], [{ B: "2", A: "1" }]), null);
  });

  test("tells what is missing, what is too much, and what is there more often than it should be", () => {
    assert.deepEqual(difference(rows("one", "two", "two", "four"), rows("one", "one", "two", "three")), {
      missing: rows("two", "four"),
      surplus: rows("three"),
      repeated: [{ row: { TITLE: "one" }, count: 2 }],
    });
  });

  test("is told to people with no more than ten rows of a kind", () => {
    const text = describe(difference(rows(...Array.from({ length: 12 }, (_, i) => `t${i}`)), rows("x", "t0")));
    assert.equal(text.split("\n")[0], "missing:");
    assert.ok(text.includes("  … and 1 more"), text);
    assert.ok(text.endsWith("there, and not wanted:\n  x"), text);
  });
});
