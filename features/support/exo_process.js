"use strict";

const { spawn } = require("node:child_process");
const { eventually, slowness } = require("./eventually");
const { Lines } = require("./lines");
const { exoBinary } = require("./paths");

// A verb of exo that goes on by itself, from its start to its end.
class ExoProcess {
  #child;
  #ended;
  #name;
  exit = null; // {code, signal} when it has ended

  // `user`: {uid, gid} of whoever types it; root may say so. `prefix`: the command that runs it, if any.
  constructor(args, { cwd = "/", environment = process.env, user = {}, prefix = [] } = {}) {
    this.#name = `exo ${args[0]}`;
    const [program, ...words] = [...prefix, exoBinary(), ...args];
    this.#child = spawn(program, words, { cwd, env: environment, ...user, stdio: ["ignore", "pipe", "pipe"] });
    this.output = new Lines(this.#child.stdout);
    this.errors = new Lines(this.#child.stderr);
    this.#ended = new Promise((resolve) => {
      this.#child.on("error", (error) => resolve({ error }));
      this.#child.on("close", (code, signal) => resolve({ code, signal }));
    }).then((exit) => (this.exit = exit));
  }

  get pid() {
    return this.#child.pid;
  }

  get running() {
    return this.exit === null;
  }

  // All that it printed, for people who read a failure.
  get text() {
    return `${this.output.text}${this.errors.text}`;
  }

  async says(pattern, { within = 30_000, from = 0 } = {}) {
    const found = () => this.output.find(pattern, from) ?? this.errors.find(pattern, from);
    const what = `a line like ${pattern} from ${this.#name}`;
    await eventually(what, () => found() !== undefined || !this.running, { within });
    const line = found();
    if (line === undefined) throw new Error(`${this.#name} ended: ${JSON.stringify(this.exit)}\n${this.text}`);
    return line;
  }

  signal(name) {
    this.#child.kill(name);
  }

  // How it ended, within the time that stopping a fleet may take.
  async ended({ within = 30_000 } = {}) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`${this.#name} did not end within ${within} ms; it printed:\n${this.text}`)),
        within * slowness,
      );
    });
    return Promise.race([this.#ended, late]).finally(() => clearTimeout(timer));
  }

  async stop(signal = "SIGINT") {
    this.signal(signal);
    return this.ended();
  }
}

module.exports = { ExoProcess };
