"use strict";

const fs = require("node:fs");
const path = require("node:path");

// Everything alive that has to do with one application folder: exo knows it as an argument, the fleet by its
// working directory or in its environment (EXO_DATA and others are below it). Zombies are not alive.
function processesOf(folder) {
  const found = [];
  for (const entry of fs.readdirSync("/proc")) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    const known = describe(entry, folder);
    if (known) found.push(known);
  }
  return found;
}

function describe(pid, folder) {
  const command = read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
  if (command === "") return null;
  const concerns = [command, read(`/proc/${pid}/environ`), link(`/proc/${pid}/cwd`)].some((text) =>
    text.includes(folder),
  );
  if (!concerns) return null;
  const status = read(`/proc/${pid}/status`);
  if (/^State:\s+[ZX]/m.test(status)) return null;
  return {
    pid: Number(pid),
    parent: Number(/^PPid:\s+(\d+)/m.exec(status)?.[1] ?? 0),
    program: path.basename(link(`/proc/${pid}/exe`)),
    command,
  };
}

function read(file) {
  try {
    return fs.readFileSync(file, "latin1");
  } catch {
    return "";
  }
}

function link(file) {
  try {
    return fs.readlinkSync(file);
  } catch {
    return "";
  }
}

function isAlive(pid) {
  const status = read(`/proc/${pid}/status`);
  return status !== "" && !/^State:\s+[ZX]/m.test(status);
}

module.exports = { processesOf, isAlive };
