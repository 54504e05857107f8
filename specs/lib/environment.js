"use strict";

const { execFile } = require("node:child_process");
const { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } = require("node:fs");
const { randomBytes } = require("node:crypto");
const { tmpdir } = require("node:os");
const path = require("node:path");
const { promisify } = require("node:util");
const { ExoRelay } = require("exorelay");
const { Host } = require("./host");
const { eventually } = require("./waiting");

const kLargestOutput = 256 * 1024 * 1024;

// What a process of somebody else's fleet was given is nothing for ours.
const notOurs = ["EXO_BUS", "EXO_INSTANCE", "EXO_TOKEN_FILE", "EXO_CURVE_FILE", "EXO_DATA", "EXO_VERSION", "ROLE", "PORT"];

// The application in a throw-away environment: a state folder of its own, free ports, and those versions that were
// brought in. One host runs in it at a time.
class Environment {
  static #all = new Set();

  // Ends and removes every environment that is there, as Ctrl-C does.
  static async removeAll() {
    await Promise.all([...Environment.#all].map((environment) => environment.remove()));
  }

  #plan;
  #home = mkdtempSync(path.join(tmpdir(), "exo-test-"));
  #host = null;
  #relay = null;
  #removed = null;

  constructor(plan) {
    this.#plan = plan;
    Environment.#all.add(this);
  }

  get home() {
    return this.#home;
  }

  get running() {
    return this.#host !== null && this.#host.exit === null;
  }

  // The latest host's output, for people who read a failure.
  get text() {
    return this.#host?.text ?? "";
  }

  get variables() {
    const kept = Object.entries(process.env).filter(([name]) => !notOurs.includes(name));
    return { ...Object.fromEntries(kept), EXO_HOME: this.#home };
  }

  // The state folder; there is one as soon as a host has run.
  get state() {
    const [application] = readdirSync(this.#home);
    return path.join(this.#home, application ?? "", "local");
  }

  // Starts the next host with these versions ("todo", or "todo@0.0.1"), and what they depend on, and waits until each
  // has come in or has failed.
  async run(versions, more = []) {
    await this.stop();
    if (this.#removed) throw new Error("the environment is gone"); // Ctrl-C came meanwhile
    const ports = this.#plan.publicRoles.flatMap((role) => ["--port", `${role}=0`]);
    this.#host = new Host(this.#plan.exo, [this.#plan.application, "--only", versions.join(","), ...ports, ...more], this.variables);
    await this.#host.says(/^exo: ready: /);
  }

  async stop() {
    await this.leaveBus();
    const exit = await this.#host?.stop();
    if (exit && exit.code !== 0) throw new Error(`exo run ended with ${exit.code ?? exit.signal}; it said:\n${this.#host.text}`);
  }

  // A verb of exo, to its end: what it printed.
  async exo(words, input) {
    const run = promisify(execFile)(this.#plan.exo, words, { env: this.variables, maxBuffer: kLargestOutput, cwd: "/" });
    run.child.stdin.on("error", () => {});
    run.child.stdin.end(input ?? "");
    return (await run.catch((error) => Promise.reject(new Error(error.stderr?.trim() || error.message)))).stdout;
  }

  async status() {
    return JSON.parse(await this.exo(["status", this.#plan.application, "--json"]));
  }

  async history() {
    const text = await this.exo(["history", this.#plan.application, "--json"]);
    return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  }

  // The entry of `exo status --json` for a version; undefined where it is not there.
  async version({ role, version }) {
    const { services } = await this.status();
    return services.find((each) => each.role === role && each.version === version);
  }

  // A request of a person's: the reply, {name, payload, sender, version}.
  async ask(name, payload = {}, options = {}) {
    return (await this.#join()).request(name, payload, options);
  }

  // The same past the gate of the version that is held.
  async askHeld(name, payload, version) {
    const words = ["send", name, "-", "--held", "--json", "--version", version, "--application", this.#plan.application];
    const lines = (await this.exo(words, JSON.stringify(payload))).split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
    const pages = lines.map((line) => line.payload);
    return { ...lines.at(-1), payload: pages.every(Array.isArray) ? pages.flat() : pages.at(-1) };
  }

  async #join() {
    if (this.#relay) return this.#relay;
    const endpoint = await eventually("the bus", () => readFileSync(path.join(this.state, "bus"), "utf8").trim());
    const relay = new ExoRelay({
      role: "exo-operator",
      instance: `operator-${randomBytes(8).toString("hex")}`,
      token: readFileSync(path.join(this.state, "key"), "utf8").trim(),
      endpoint,
      log: () => {},
    });
    relay.on("unhandled", () => {});
    await relay.connect();
    return (this.#relay = relay);
  }

  async leaveBus() {
    const relay = this.#relay;
    this.#relay = null;
    await relay?.close({ timeout: 1_000 }).catch(() => {});
  }

  // What an attempt of a script wrote; empty where there is no such log.
  logOf(run, attempt) {
    const file = path.join(this.state, "logs", `${run}-${attempt}.log`);
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  // Copies all logs into a folder that stays, and gives that.
  saveLogs(folder) {
    const logs = path.join(this.state, "logs");
    if (!existsSync(logs)) return null;
    mkdirSync(folder, { recursive: true });
    cpSync(logs, folder, { recursive: true });
    return folder;
  }

  // Ends what runs in it, and removes it unless it is to be kept. Idempotent.
  remove({ keep = false } = {}) {
    this.#removed ??= this.#end(keep);
    return this.#removed;
  }

  async #end(keep) {
    await this.leaveBus();
    await this.#host?.stop();
    if (!keep) rmSync(this.#home, { recursive: true, force: true });
    Environment.#all.delete(this);
  }

  // At once, for who presses Ctrl-C again.
  static hurryAll() {
    for (const environment of Environment.#all) environment.#host?.signal("SIGINT");
  }
}

// A folder beside the application that git does not see.
function ignoredFolder(folder) {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, ".gitignore");
  if (!existsSync(file)) writeFileSync(file, "*\n");
}

module.exports = { Environment, ignoredFolder };
