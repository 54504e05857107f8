"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { Plan } = require("../lib/plan");

const entries = { add: "todo.add", list: "", search: "", by: "text", in: "", fields: [], place: "deployment-scripts/nouns.yml:3" };
const plan = new Plan({
  services: { todos: { role: "todo", records: { entries } } },
  roles: { todo: ["0.0.1"], "todo-search": ["0.0.1", "0.0.2", "0.0.10"] },
  specs: [{ role: "todo-search", version: "0.0.1", script: "x.js", files: ["/app/deployment-scripts/todo-search-0.0.1.feature"] }],
});

test("a noun that means nothing is told with what is known, and with what to write", () => {
  assert.throws(() => plan.service("tasks"), (error) => {
    assert.match(error.message, /nothing says what "tasks" is/);
    assert.match(error.message, /known are todos, todo, todo-search\. Write there:\ntasks:\n {2}role: todo$/);
    return true;
  });
});

test("a noun is a service of nouns.yml, else a role", () => {
  assert.equal(plan.service("todos").role, "todo");
  assert.deepEqual(plan.service("todo-search"), { role: "todo-search", records: {} });
});

test("records without the message that a step needs are told with their place", () => {
  assert.throws(() => plan.records("todos", "entries", "list"), {
    message:
      'deployment-scripts/nouns.yml:3: "entries" of todos has no "list:"; write there, with the message that todo receives:\n' +
      "todos:\n  role: todo\n  entries:\n    list: todo.list",
  });
});

test("records that nobody has named are told with what to write", () => {
  assert.throws(() => plan.records("todo-search", "documents", "list"), (error) => {
    assert.match(error.message, /^deployment-scripts\/nouns\.yml does not say what "documents" of todo-search are/);
    assert.ok(error.message.endsWith("todo-search:\n  documents:\n    list: todo-search.list"), error.message);
    return true;
  });
});

test("records with that message are given", () => {
  assert.equal(plan.records("todos", "entries", "add"), entries);
});

test("older versions are those before it in the application's order", () => {
  assert.deepEqual(plan.olderVersions({ role: "todo-search", version: "0.0.10" }), ["0.0.1", "0.0.2"]);
  assert.deepEqual(plan.olderVersions({ role: "todo-search", version: "0.0.1" }), []);
});

test("a scenario's spec is the one of its file", () => {
  assert.equal(plan.specOf("/app/deployment-scripts/todo-search-0.0.1.feature").role, "todo-search");
  assert.throws(() => plan.specOf("/app/other.feature"), /other\.feature is the spec of no deployment script/);
});
