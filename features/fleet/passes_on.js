"use strict";

// As npm and its like: runs a command, and passes on each Ctrl-C, though the terminal has sent it to both.
const { spawn } = require("node:child_process");

const [program, ...args] = process.argv.slice(2);
const child = spawn(program, args, { stdio: "inherit" });
process.on("SIGINT", () => {
  child.kill("SIGINT");
  console.log("passed on");
});
child.on("exit", (code) => process.exit(code ?? 1));
