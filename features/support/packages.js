"use strict";

const { spawn } = require("node:child_process");
const { createInterface } = require("node:readline");

const MINIMUM = 10_000; // fewer is an index that was never fetched: bin/setup fetches it

// "name: description" of every package that apt knows, as titles for todos.
async function packageDescriptions() {
  const apt = spawn("apt-cache", ["dumpavail"], { stdio: ["ignore", "pipe", "inherit"], timeout: 120_000 });
  const titles = [];
  let name = "";
  for await (const line of createInterface({ input: apt.stdout })) {
    if (line.startsWith("Package: ")) name = line.slice("Package: ".length);
    else if (/^Description(-en)?: /.test(line)) titles.push(`${name}: ${line.slice(line.indexOf(":") + 2)}`);
  }
  if (titles.length < MINIMUM) {
    throw new Error(`apt-cache dumpavail knows ${titles.length} packages, fewer than ${MINIMUM}: run bin/setup`);
  }
  return titles;
}

module.exports = { packageDescriptions };
