"use strict";

// Leaves a grandchild in a session of its own that ignores every polite signal: what must not outlive exo run.
const { spawn } = require("node:child_process");
const { ExoRelay } = require("exorelay");

const stubborn = "for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(name, () => {}); setInterval(() => {}, 1000)";
const child = spawn(process.execPath, ["-e", stubborn], { detached: true, stdio: "ignore" });
child.unref();

ExoRelay.fromEnvironment({
  "brood.child": (_, { reply }) => reply("brood.told", { pid: child.pid }),
}).connect();
