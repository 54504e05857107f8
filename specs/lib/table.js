"use strict";

const types = {
  text: { read: (cell) => cell, expected: "" },
  number: { read: (cell) => (cell.trim() === "" || Number.isNaN(Number(cell)) ? undefined : Number(cell)), expected: "a number" },
  boolean: { read: (cell) => ({ true: true, yes: true, false: false, no: false })[cell.trim().toLowerCase()], expected: "true or false" },
};

// What the columns of tables are called in messages, for one kind of records.
class Columns {
  #fields;
  #place;

  // `fields`: [{column, name, type}]; without any, each column is named in lower case.
  constructor({ fields, place }) {
    this.#fields = fields;
    this.#place = place;
  }

  field(column) {
    if (this.#fields.length === 0) return { column, name: column.toLowerCase(), type: "text" };
    const found = this.#fields.find((each) => each.column === column);
    if (found) return found;
    const known = this.#fields.map((each) => each.column).join(", ");
    throw new Error(`${this.#place}: there is no column "${column}" among the fields; there are: ${known}`);
  }

  // A row of a table as the payload of a message.
  toPayload(row) {
    return Object.fromEntries(Object.entries(row).map(([column, cell]) => this.#toValue(this.field(column), cell)));
  }

  #toValue({ column, name, type }, cell) {
    const value = types[type].read(cell);
    if (value === undefined) throw new Error(`the column "${column}" holds "${cell}"; expected ${types[type].expected}`);
    return [name, value];
  }

  // What a service answered as rows with these columns.
  toRows(records, columns) {
    return records.map((record) => Object.fromEntries(columns.map((column) => [column, this.#toCell(record, column)])));
  }

  // A number that a service gives as text is the number all the same, as a person would say.
  #toCell(record, column) {
    const { name, type } = this.field(column);
    const value = record?.[name];
    if (value === undefined || value === null) return "";
    const cell = typeof value === "object" ? JSON.stringify(value) : String(value);
    return types[type].read(cell) === undefined ? cell : String(types[type].read(cell));
  }

  // The cells of a table, written as toRows() writes them.
  written(rows) {
    return rows.map((row) => Object.fromEntries(Object.entries(row).map(([column, cell]) => [column, String(this.#toValue(this.field(column), cell)[1])])));
  }
}

const keyOf = (row) => JSON.stringify(Object.entries(row).sort(([left], [right]) => (left < right ? -1 : 1)));

// Counts by content: how often each row is there.
function counted(rows) {
  const counts = new Map();
  for (const row of rows) counts.set(keyOf(row), { row, count: (counts.get(keyOf(row))?.count ?? 0) + 1 });
  return counts;
}

// What distinguishes two lists of rows in any order: {missing, surplus, repeated}; null when nothing does. `repeated`
// are rows that are wanted and there, but more often.
function difference(wanted, found) {
  const want = counted(wanted);
  const have = counted(found);
  const result = { missing: [], surplus: [], repeated: [] };
  for (const [key, { row, count }] of want) {
    const there = have.get(key)?.count ?? 0;
    for (let i = there; i < count; i += 1) result.missing.push(row);
    if (there > count) result.repeated.push({ row, count: there });
  }
  for (const [key, { row, count }] of have) if (!want.has(key)) for (let i = 0; i < count; i += 1) result.surplus.push(row);
  return Object.values(result).every((list) => list.length === 0) ? null : result;
}

const shown = (row) => Object.values(row).join(" | ");
const kShown = 10;

function listed(title, rows) {
  if (rows.length === 0) return [];
  const more = rows.length > kShown ? [`  … and ${rows.length - kShown} more`] : [];
  return [`${title}:`, ...rows.slice(0, kShown).map((row) => `  ${row}`), ...more];
}

// The difference for people.
function describe({ missing, surplus, repeated }) {
  return [
    ...listed("missing", missing.map(shown)),
    ...listed("there, and not wanted", surplus.map(shown)),
    ...listed("there more than once", repeated.map(({ row, count }) => `${shown(row)}  (${count} times)`)),
  ].join("\n");
}

module.exports = { Columns, describe, difference };
