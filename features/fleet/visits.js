"use strict";

// A book of visits that outlives its process: what deployment scripts write into it shows how often they ran.
const { appendFileSync, existsSync, readFileSync } = require("node:fs");
const path = require("node:path");
const { ExoRelay } = require("exorelay");

const book = path.join(process.env.EXO_DATA, "book");

ExoRelay.fromEnvironment({
  "visits.add": ({ text }, { reply }) => {
    appendFileSync(book, `${text}\n`);
    reply("visits.added", {});
  },
  "visits.list": (_, { reply }) => {
    reply("visits.listed", existsSync(book) ? readFileSync(book, "utf8").split("\n").slice(0, -1) : []);
  },
}).connect();
