"use strict";

// Tells whom it runs as, and tries what that user may do.
const { readdirSync, readFileSync, writeFileSync } = require("node:fs");
const path = require("node:path");
const { ExoRelay } = require("exorelay");

const { EXO_DATA, EXO_TOKEN_FILE, HOME, USER, LOGNAME } = process.env;
const note = path.join(EXO_DATA, "note");

// "done", or the code of what the system said.
function attempt(deed) {
  try {
    deed();
    return "done";
  } catch (error) {
    return error.code;
  }
}

ExoRelay.fromEnvironment({
  "lodger.who": (_, { reply }) =>
    reply("lodger.told", {
      uid: process.getuid(),
      gid: process.getgid(),
      groups: process.getgroups(),
      token: EXO_TOKEN_FILE,
      environment: { HOME, USER, LOGNAME },
    }),
  "lodger.read": ({ file }, { reply }) => reply("lodger.tried", attempt(() => readFileSync(file))),
  "lodger.list": ({ folder }, { reply }) => reply("lodger.tried", attempt(() => readdirSync(folder))),
  "lodger.note": ({ text }, { reply }) => reply("lodger.tried", attempt(() => writeFileSync(note, text))),
  "lodger.limits": (_, { reply }) => reply("lodger.told", readFileSync("/proc/self/limits", "utf8")),
  "lodger.noted": (_, { reply }) => reply("lodger.told", readFileSync(note, "utf8")),
}).connect();
