"use strict";

// Puts records into the register at a steady pace, each with an id of its own, every fourth an id that was put
// before, with another value. It knows what the register must hold in the end: of each id the last value that was
// acknowledged, or one whose fate nobody knows that was put after it.
class SteadyWriter {
  #ask;
  #timer;
  #last = 0;
  #due = 0;
  #began = 0;
  #asked = new Set();
  #possible = new Map(); // id → values, the oldest possible first
  acknowledged = 0;
  errors = []; // [code, …] of what was not
  answeredBy = []; // the version of each acknowledgement

  // What was there before it began.
  constructor(records = []) {
    for (const { id, value } of records) this.#possible.set(id, [value]);
  }

  // `ask(payload)` puts one record and resolves with the reply. May begin again after a halt.
  begin(ask, perSecond) {
    this.#ask = ask;
    this.#began = performance.now();
    this.#due = 0;
    this.#timer = setInterval(() => {
      const due = ((performance.now() - this.#began) / 1000) * perSecond;
      for (; this.#due < due; this.#due += 1) this.#put();
    }, 2);
  }

  halt() {
    clearInterval(this.#timer);
  }

  // Until all that it has asked is answered.
  async stop() {
    this.halt();
    await Promise.all(this.#asked);
  }

  // What is wrong with these records, compared one by one: [] when nothing is missing, stale, foreign or there twice.
  faultsOf(records) {
    const held = new Map();
    const faults = [];
    for (const { id, value } of records) {
      if (held.has(id)) faults.push(`${id} is there twice`);
      held.set(id, value);
      const possible = this.#possible.get(id);
      if (!possible) faults.push(`${id} was never put`);
      else if (!possible.includes(value)) faults.push(`${id} is ${value}, expected ${possible.join(" or ")}`);
    }
    for (const [id, values] of this.#possible) {
      if (values[0] !== undefined && !held.has(id)) faults.push(`${id} is missing`);
    }
    return faults;
  }

  get size() {
    return this.#possible.size;
  }

  #put() {
    this.#last += 1;
    const known = this.#last % 4 === 0 ? this.#last - 3 : this.#last;
    const record = { id: `written-${known}`, value: `value ${this.#last}` };
    const values = this.#possible.get(record.id) ?? [undefined]; // undefined: perhaps not there
    this.#possible.set(record.id, [...values, record.value]);
    const asked = this.#ask(record).then(
      (reply) => this.#acknowledge(record, reply),
      (error) => this.errors.push(error.code ?? error.message),
    );
    this.#asked.add(asked);
    asked.finally(() => this.#asked.delete(asked));
  }

  #acknowledge({ id, value }, reply) {
    this.acknowledged += 1;
    this.answeredBy.push(reply.version);
    const values = this.#possible.get(id);
    this.#possible.set(id, values.slice(values.indexOf(value)));
  }
}

module.exports = { SteadyWriter };
