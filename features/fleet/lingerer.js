"use strict";

// Hears that it is to stop, and does not.
const { ExoRelay } = require("exorelay");

const relay = ExoRelay.fromEnvironment({}, { signals: false });
process.on("SIGTERM", () => console.log("not done yet"));
setInterval(() => {}, 1000);
relay.connect();
