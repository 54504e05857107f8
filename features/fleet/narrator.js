"use strict";

// Tells in pages, the next one only when it may; and takes notes that it answers with nothing.
const { ExoRelay } = require("exorelay");

const notes = [];
let goOn;
const mayGoOn = new Promise((resolve) => (goOn = resolve));

ExoRelay.fromEnvironment({
  "narrator.tell": async (_, { reply }) => {
    await reply.write("narrator.told", ["once upon a time", { there: "was a bus" }]);
    await mayGoOn;
    reply.end("narrator.told", ["the end"]);
  },
  "narrator.go-on": (_, { reply }) => {
    goOn();
    reply("narrator.goes-on", null);
  },
  "narrator.note": ({ text }) => {
    notes.push(text);
  },
  "narrator.notes": (_, { reply }) => reply("narrator.noted", notes),
}).connect();
