"use strict";

const { spawn } = require("node:child_process");
const { createInterface } = require("node:readline");

const kLines = 10_000; // of its output, the latest; more is in its log

// One `exo run`, from its start to its end. It has a process group of its own, so that Ctrl-C reaches it only through
// us, and ends with us (`--with-parent`) however we end.
class Host {
  #child;
  #ended;
  #waiters = new Set();
  lines = [];
  exit = null; // {code, signal} when it has ended

  constructor(exo, args, environment) {
    this.#child = spawn(exo, ["run", ...args, "--with-parent"], {
      cwd: "/",
      env: environment,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const closed = [this.#child.stdout, this.#child.stderr].map((stream) => this.#read(stream));
    this.#ended = new Promise((resolve) => {
      this.#child.on("error", (error) => resolve({ code: null, signal: null, error }));
      this.#child.on("close", (code, signal) => resolve({ code, signal }));
    }).then(async (exit) => {
      await Promise.all(closed);
      this.exit = exit;
      for (const wake of this.#waiters) wake();
      return exit;
    });
  }

  async #read(stream) {
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
      this.lines.push(line);
      if (this.lines.length > kLines) this.lines.shift();
      for (const wake of this.#waiters) wake();
    }
  }

  get pid() {
    return this.#child.pid;
  }

  get text() {
    return this.lines.join("\n");
  }

  // Resolves with the first line that matches; rejects with all that it said when it ends before.
  says(pattern) {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.lines.find((line) => pattern.test(line));
        if (found === undefined && this.exit === null) return;
        this.#waiters.delete(look);
        if (found !== undefined) resolve(found);
        else reject(new Error(`exo run ended${this.exit.error ? `: ${this.exit.error.message}` : ""}; it said:\n${this.text}`));
      };
      this.#waiters.add(look);
      look();
    });
  }

  signal(name) {
    if (this.exit === null) this.#child.kill(name);
  }

  // Stops it in order; resolves when it and all its processes have ended.
  async stop() {
    this.signal("SIGINT");
    return this.#ended;
  }
}

module.exports = { Host };
