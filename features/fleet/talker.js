"use strict";

// Writes what it is told to its output and its errors.
const { ExoRelay } = require("exorelay");

ExoRelay.fromEnvironment({
  "talker.say": ({ text, errors }, { reply }) => {
    (errors ? process.stderr : process.stdout).write(`${text}\n`);
    reply("talker.said", {});
  },
}).connect();
