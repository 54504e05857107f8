"use strict";

// Milliseconds since some moment, with fractions: for deadlines and silence, which a clock that is set must not move.
function monotonicNow() {
  return performance.now();
}

module.exports = { monotonicNow };
