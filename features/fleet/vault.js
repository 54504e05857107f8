"use strict";

// A store of texts that were written under a lock. It keeps the number of the lock with each, and takes none with a
// lower one than it has seen: who writes with that has held the lock before, and holds it no more.
const { ExoRelay } = require("exorelay");

const written = []; // {number, text}
let highest = 0;

ExoRelay.fromEnvironment({
  "vault.write": ({ number, text }, { reply }) => {
    if (number < highest) throw new Error(`${number} is stale: ${highest} was here`);
    highest = number;
    written.push({ number, text });
    reply("vault.written");
  },
  "vault.read": (_, { reply }) => reply("vault.told", written),
}).connect();
