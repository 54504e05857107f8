"use strict";

// A register of records: {id, value}, one for each id, the last value that was put. It outlives its process. A value
// that begins with the text in REFUSES fails its command.
const { appendFileSync, existsSync, readFileSync } = require("node:fs");
const path = require("node:path");
const { ExoRelay } = require("exorelay");

const PAGE = 500;
const { EXO_DATA, REFUSES } = process.env;
const file = path.join(EXO_DATA, "records");
const records = new Map();
if (existsSync(file)) {
  for (const line of readFileSync(file, "utf8").split("\n").slice(0, -1)) {
    const { id, value } = JSON.parse(line);
    records.set(id, value);
  }
}

ExoRelay.fromEnvironment({
  "register.put": ({ id, value }, { reply }) => {
    if (REFUSES && value.startsWith(REFUSES)) throw new Error(`a value must not begin with "${REFUSES}"`);
    appendFileSync(file, `${JSON.stringify({ id, value })}\n`);
    records.set(id, value);
    reply("register.kept", { id });
  },
  "register.get": ({ id }, { reply }) => reply("register.got", { id, value: records.get(id) }),
  "register.list": async (_, { reply }) => {
    const all = [...records].map(([id, value]) => ({ id, value }));
    for (let i = 0; i < all.length; i += PAGE) await reply.write("register.listed", all.slice(i, i + PAGE));
    reply.end("register.listed");
  },
}).connect();
