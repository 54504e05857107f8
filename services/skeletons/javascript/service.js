"use strict";

const { ExoRelay } = require("exorelay");

// Each handler has the message's payload, and with the second argument what it needs to answer, ask and send.
ExoRelay.fromEnvironment({
  "greeter.greet": ({ name = "you" }, { reply }) => {
    reply("greeter.greeted", { text: `Hello ${name}` });
  },
})
  .connect()
  .then(() => console.log("ready to greet"));
