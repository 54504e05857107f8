"use strict";

const { createServer } = require("node:net");

const takes = (port) =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });

// One that nobody listens on, below those that the kernel gives to whoever asks for any.
async function unusedPort() {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 10_000);
    if (await takes(port)) return port;
  }
}

module.exports = { unusedPort };
