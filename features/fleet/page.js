"use strict";

// A page on the web, as plain as it gets.
const http = require("node:http");
const { ExoRelay } = require("exorelay");

const server = http.createServer((_, response) => response.end(`${process.env.ROLE} ${process.env.EXO_VERSION}\n`));
server.listen(Number(process.env.PORT), "127.0.0.1", () => ExoRelay.fromEnvironment({}).connect());
