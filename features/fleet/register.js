"use strict";

// A register of records: {id, value}, one for each id, the last value that was put. It outlives its process, as does
// each put of which it consists. A value that begins with the text in REFUSES fails its command; that put which is,
// of those that no script has copied, the one with the number in HOLDS is kept, and never answered. Nor is one that
// names this version as `unanswered`.
const { appendFileSync, existsSync, readFileSync } = require("node:fs");
const path = require("node:path");
const { ExoRelay } = require("exorelay");
const { waitForFile } = require("./wait_for_file");

const PAGE = 500;
const { EXO_DATA, EXO_VERSION, REFUSES, HOLDS, REGISTER_WAITS_FOR } = process.env;
const file = path.join(EXO_DATA, "records");
const records = new Map();
let written = 0;
const keep = ({ id, value, copied }) => {
  records.set(id, value);
  if (!copied) written += 1;
};
if (existsSync(file)) {
  for (const line of readFileSync(file, "utf8").split("\n").slice(0, -1)) {
    keep(JSON.parse(line));
  }
}

const relay = ExoRelay.fromEnvironment({
  "register.put": async (put, { reply }) => {
    const { id, value } = put;
    if (REFUSES && value.startsWith(REFUSES)) throw new Error(`a value must not begin with "${REFUSES}"`);
    appendFileSync(file, `${JSON.stringify(put)}\n`);
    keep(put);
    if (!put.copied && written === Number(HOLDS)) await new Promise(() => {});
    if (put.unanswered === EXO_VERSION) await new Promise(() => {});
    reply("register.kept", { id });
  },
  "register.get": ({ id }, { reply }) => reply("register.got", { id, value: records.get(id) }),
  "register.list": async (_, { reply }) => {
    const all = [...records].map(([id, value]) => ({ id, value }));
    for (let i = 0; i < all.length; i += PAGE) await reply.write("register.listed", all.slice(i, i + PAGE));
    reply.end("register.listed");
  },
});

waitForFile(REGISTER_WAITS_FOR).then(() => relay.connect());
