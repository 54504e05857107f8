"use strict";

const SHOWN = 100; // todos on a page
const PATIENCE_MS = 5_000;

// The todos as the page needs them, asked for over the bus. A search service may be missing, or not be open yet:
// a fleet without it keeps todos all the same.
class Todos {
  #relay;

  constructor(relay) {
    this.#relay = relay;
  }

  // Resolves to {count, todos}: how many there are, and the newest of them, newest first.
  async newest() {
    const { count } = await this.#ask("todos.count", {});
    const todos = await this.#ask("todos.list", { limit: SHOWN, offset: Math.max(0, count - SHOWN) });
    return { count, todos: todos.reverse() };
  }

  // Resolves to the todos that fit, the best first.
  search(text) {
    return this.#ask("todo-search.search", { text, limit: SHOWN });
  }

  // Resolves when the todo is kept. That it can be found is the search service's task from then on; a todo that
  // it missed because it was not there yet is brought to it by its deployment script.
  async add(title) {
    const todo = await this.#ask("todo.add", { title });
    this.#relay
      .send("todo-search.add", todo)
      .catch((error) => console.error(`todo ${todo.id} cannot be found yet: ${error.message}`));
  }

  async #ask(name, payload) {
    const reply = await this.#relay.request(name, payload, { timeout: PATIENCE_MS });
    return reply.payload;
  }
}

module.exports = { SHOWN, Todos };
