"use strict";

const http = require("node:http");
const { ExoRelay } = require("exorelay");
const { Site } = require("./site");
const { Todos } = require("./todos");

// The page is there before the bus knows of it, so that "ready" means that people can see it.
async function main() {
  const relay = ExoRelay.fromEnvironment({}, { signals: false });
  const site = new Site(new Todos(relay));
  const server = http.createServer((request, response) => site.answer(request, response));
  const port = Number(process.env.PORT ?? 3000);
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => stop(server, relay));
  await relay.connect();
  console.log("the page is ready");
}

// Requests that are under way are answered, which takes the bus.
async function stop(server, relay) {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  await closed;
  await relay.close();
  process.exit(0);
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
