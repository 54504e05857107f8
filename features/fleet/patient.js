"use strict";

// Gets ready step by step: says so, listens, and answers when asked for its health, each when a file says that it may.
const http = require("node:http");
const path = require("node:path");
const { existsSync } = require("node:fs");
const { ExoRelay } = require("exorelay");
const { waitForFile } = require("./wait_for_file");

const folder = process.env.PATIENT_FOLDER;
const at = (name) => path.join(folder, name);

const relay = ExoRelay.fromEnvironment({
  "patient.health": (_, { reply }) => {
    if (existsSync(at("ill"))) throw new Error("not feeling well");
    reply("patient.well");
  },
  "patient.limits": (_, { reply }) => {
    const { execSync } = require("node:child_process");
    reply("patient.limited", { openFiles: Number(execSync("ulimit -n", { shell: "/bin/sh" })) });
  },
  "patient.ponder": () => {
    console.log("pondering");
    return new Promise(() => {});
  },
});
relay.on("closed", () => console.log("its relay is closed"));
relay.connect().then(() => console.log("joined the bus"));
waitForFile(at("may-say")).then(() => console.log("now open for business"));
waitForFile(at("may-listen")).then(() => {
  http.createServer((_, response) => response.end()).listen(Number(process.env.PORT), "127.0.0.1");
});
