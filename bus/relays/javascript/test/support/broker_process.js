"use strict";

const { spawn } = require("node:child_process");
const { once } = require("node:events");
const { mkdtempSync, rmSync } = require("node:fs");
const path = require("node:path");

const binaries = process.env.EXO_BIN ?? path.resolve(__dirname, "../../../../../build/release/bin");
const program = path.join(binaries, "../tests/bus/broker_process");

// exo's own broker in a process of its own, to be killed and started again at the same place; ended with the test. Its
// fleet is in tests/bus/broker_process.cc.
class BrokerProcess {
  #folder = mkdtempSync("/tmp/exo-lost-");
  #child;

  constructor(test) {
    this.start();
    test.after(async () => {
      await this.kill();
      rmSync(this.#folder, { recursive: true });
    });
  }

  get endpoint() {
    return `ipc://${this.#folder}/bus`;
  }

  start() {
    this.#child = spawn(program, [this.#folder], { stdio: ["ignore", "ignore", "inherit"] });
  }

  async kill() {
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }
}

module.exports = { BrokerProcess };
