"use strict";

const { setTimeout: pause } = require("node:timers/promises");

// Asks again until `condition()` gives something true, and gives that; an error of it counts as "not yet", and is told
// when time is up. `what` says then what was waited for.
async function eventually(what, condition, { within = 30_000 } = {}) {
  const deadline = Date.now() + within;
  for (;;) {
    let last;
    try {
      const value = await condition();
      if (value) return value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`waited ${within / 1000} s in vain for ${what}${last ? `: ${last.message}` : ""}`);
    await pause(20);
  }
}

module.exports = { eventually };
