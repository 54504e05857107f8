"use strict";

// Holds up whoever waits for a signal until somebody gives it: how a feature decides when a script goes on.
const { ExoRelay } = require("exorelay");

const given = new Set();
const waiting = new Map(); // name → replies

ExoRelay.fromEnvironment({
  "signals.await": ({ name }, { reply }) => {
    if (given.has(name)) reply("signals.came", { name });
    else waiting.set(name, [...(waiting.get(name) ?? []), reply]);
  },
  "signals.give": ({ name }, { reply }) => {
    given.add(name);
    for (const answer of waiting.get(name) ?? []) answer("signals.came", { name });
    waiting.delete(name);
    reply("signals.given", { name });
  },
  "signals.waiting": (_, { reply }) => reply("signals.waited-for", [...waiting.keys()]),
}).connect();
