"use strict";

const { setTimeout: pause } = require("node:timers/promises");

// Sanitizers make everything slower; what is waited for is the same.
const slowness = /build\/(asan|tsan)\//.test(process.env.EXO_BINARY ?? "") ? 5 : 1;

// Asks again and again until `condition()` gives something true, and gives that. `what` says in the failure what
// was waited for; an error of the condition counts as "not yet" and is told when time is up.
async function eventually(what, condition, { within = 40_000 } = {}) {
  const deadline = Date.now() + within * slowness;
  let last;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) {
      const why = last ? `; the last try failed with: ${last.message}` : "";
      throw new Error(`waited ${(within * slowness) / 1000} s in vain for ${what}${why}`);
    }
    await pause(20);
  }
}

module.exports = { eventually, slowness };
