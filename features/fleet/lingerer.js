"use strict";

// Hears that it is to stop, and does not; or not before a file says that it may.
const { ExoRelay } = require("exorelay");
const { waitForFile } = require("./wait_for_file");

const { LINGERER_MAY_END: mayEnd } = process.env;

const relay = ExoRelay.fromEnvironment({}, { signals: false });
process.on("SIGTERM", () => {
  console.log("not done yet");
  if (!mayEnd) return;
  waitForFile(mayEnd).then(() => {
    console.log("done at last");
    process.exit(0);
  });
});
setInterval(() => {}, 1000);
relay.connect();
