// Copies the todos page by page, and saves where it is after each. What it has begun and what is saved it also
// notes in a file of its own, so that a test sees which page was done by which attempt.
"use strict";

const { appendFileSync } = require("node:fs");

const PAGE = 500;
const note = (words) => appendFileSync("copied.log", `${words}\n`);

module.exports = {
  "deployment-todo-search-0.0.1-offline-start": async ({ attempt, checkpoint: saved }, { request, send, checkpoint, reply }) => {
    const { payload: { count } } = await request("todos.count", {});
    for (let offset = saved ?? 0; offset < count; offset += PAGE) {
      const { payload: todos } = await request("todos.list", { offset, limit: PAGE });
      note(`${attempt} begins ${offset}`);
      for (const todo of todos) send("todo-search.add", todo);
      await checkpoint(offset + PAGE);
      note(`${attempt} saved ${offset}`);
    }
    reply("deployment-todo-search-0.0.1-offline-done");
  },
};
