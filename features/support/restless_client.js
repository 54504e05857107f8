"use strict";

const { setImmediate: turn } = require("node:timers/promises");

const MOST_ERRORS = 100; // more say nothing new

// Asks the bus all the time, from `begin` to `stop`. Whoever made it halts it when its scenario is over, however that
// went. `answers` and `errors` (their texts) are in the order of their arrival.
class RestlessClient {
  answers = [];
  errors = [];
  #halted = false;
  #done = Promise.resolve();

  // Asks with `ask()` once `ready()` has resolved.
  begin(ready, ask) {
    this.#done = this.#askOn(ready, ask);
    this.#done.catch(() => {}); // told by stop()
  }

  // An answer may come at once, as a refusal of a closed bus does; the others in this process have their turn anyway.
  async #askOn(ready, ask) {
    await ready();
    while (!this.#halted && this.errors.length < MOST_ERRORS) {
      await ask().then(
        (answer) => this.answers.push(answer),
        (error) => this.errors.push(error.message),
      );
      await turn();
    }
  }

  halt() {
    this.#halted = true;
  }

  // Until what it has asked last is answered.
  async stop() {
    this.halt();
    await this.#done;
  }
}

module.exports = { RestlessClient };
