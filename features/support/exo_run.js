"use strict";

const { spawn } = require("node:child_process");
const { eventually, slowness } = require("./eventually");
const { Lines } = require("./lines");
const { exoBinary } = require("./paths");

// One `exo run` in the foreground of its own, from its start to its end.
class ExoRun {
  #child;
  #ended;
  exit = null; // {code, signal} when it has ended

  constructor(folder, options = [], environment = process.env) {
    this.#child = spawn(exoBinary(), ["run", folder, ...options], {
      cwd: "/",
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
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
    return eventually(
      `a line like ${pattern} from exo run`,
      () => {
        const line = found();
        if (line === undefined && this.exit) throw new Error(`exo run ended: ${JSON.stringify(this.exit)}\n${this.text}`);
        return line;
      },
      { within },
    );
  }

  ready(options) {
    return this.says(/^exo: ready/, options);
  }

  signal(name) {
    this.#child.kill(name);
  }

  // How it ended, within the time that stopping a fleet may take.
  async ended({ within = 30_000 } = {}) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`exo run did not end within ${within} ms; it printed:\n${this.text}`)),
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

module.exports = { ExoRun };
