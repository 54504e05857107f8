"use strict";

const { ExoRelay } = require("exorelay");

// Each handler has the message's payload, and with the second argument what it needs to answer, ask and send.
ExoRelay.fromEnvironment({
  "greeter.greet": ({ name = "you" }, { reply }) => {
    reply("greeter.greeted", { text: `Hello ${name}` });
  },
  // exo asks; an error, or no answer, says that this instance is not fit to serve.
  "greeter.health": (_, { reply }) => reply("greeter.well"),
})
  .connect()
  .then(() => console.log("ready to greet"));
