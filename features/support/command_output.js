"use strict";

const { spawn } = require("node:child_process");
const { slowness } = require("./eventually");

// Runs a program to its end: {code, output, errors}, where the code is the signal's name when one ended it. `input`
// is its standard input, none when it is not given. It is ended when it takes longer than `within` milliseconds.
async function commandOutput(program, args, { cwd, env, input, within = 60_000 } = {}) {
  const child = spawn(program, args, { cwd, env, stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"] });
  const timer = setTimeout(() => end(child), within * slowness);
  if (input !== undefined) child.stdin.end(input);
  let output = "";
  let errors = "";
  child.stdout.on("data", (text) => (output += text));
  child.stderr.on("data", (text) => (errors += text));
  const code = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode, signal) => resolve(exitCode ?? signal));
  }).finally(() => clearTimeout(timer));
  return { code, output, errors };
}

// What it has started may hold its output open; nobody waits for that.
function end(child) {
  child.kill("SIGKILL");
  child.stdout.destroy();
  child.stderr.destroy();
}

module.exports = { commandOutput };
