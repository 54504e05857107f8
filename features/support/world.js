"use strict";

const { mkdtempSync, rmSync } = require("node:fs");
const { After, BeforeStep, setDefaultTimeout, setWorldConstructor, Status, World } = require("@cucumber/cucumber");
const { Application } = require("./application");
const { commandOutput } = require("./command_output");
const { eventually, slowness } = require("./eventually");
const { ExoProcess } = require("./exo_process");
const { ExoRun } = require("./exo_run");
const { Operator } = require("./operator");
const { exoBinary, root } = require("./paths");
const { processesOf } = require("./processes");
const { watchEventLoop } = require("./watchdog");

setDefaultTimeout(90_000 * slowness);

// Only what runs scenarios for another process.
if (process.env.CUCUMBER_WORKER_ID !== undefined) {
  const watchdog = watchEventLoop();
  BeforeStep(({ pickle, pickleStep }) => watchdog.at(`${pickle.uri}: ${pickle.name}, after the beginning of: ${pickleStep.text}`));
}

// What one scenario works with: an application in a folder of its own, its `exo run`s, and a person on its bus.
class ExoWorld extends World {
  #application = null;
  #operator = null;
  #cleanUps = [];
  runs = [];
  disk = null; // an OwnDisk in the place of the application's .exo
  answer = null; // of the last message, or of the last verb

  get application() {
    this.#application ??= new Application();
    return this.#application;
  }

  get run() {
    return this.runs.at(-1);
  }

  get environment() {
    const { PATH, HOME, LANG, TMPDIR, ASAN_OPTIONS, UBSAN_OPTIONS, TSAN_OPTIONS } = process.env;
    const options = { ASAN_OPTIONS, UBSAN_OPTIONS, TSAN_OPTIONS };
    const wanted = { PATH, HOME, LANG, TMPDIR, ...options, EXO_ROOT: root, ...this.variables };
    return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
  }

  // Where no application is.
  emptyFolder() {
    const folder = mkdtempSync("/tmp/exof-empty-");
    this.whenOver(() => rmSync(folder, { recursive: true }));
    return folder;
  }

  // Public ports are chosen by the system unless the feature is about them.
  startRun(options = this.freePorts(), more = {}) {
    const run = new ExoRun(this.application.folder, options, { ...this.environment, ...more }, this.user, this.#prefix(this.application.folder));
    this.runs.push(run);
    return run;
  }

  // Its services go on without it, at the longest until the scenario is over.
  startHost(options = this.freePorts()) {
    if (this.runs.length === 0) this.whenOver(() => this.exo("stop"));
    const host = new ExoRun(this.application.folder, options, this.environment, this.user, [], "host");
    this.runs.push(host);
    return host;
  }

  freePorts() {
    return this.publicRoles.flatMap((role) => ["--port", `${role}=0`]);
  }

  publicRoles = [];
  variables = {}; // of exo's environment, besides the usual
  user = {}; // who types `exo run`: {uid, gid}; whoever runs the features where it is empty

  async runUntilReady(options) {
    const run = this.startRun(options);
    await run.ready({ within: 60_000 });
    return run;
  }

  async stopRun(signal = "SIGINT") {
    await this.leaveBus();
    return this.run.stop(signal);
  }

  // SIGKILL for the host, or for the keeper below it; resolves when the run has ended.
  async kill(victim) {
    const pid = victim === "host" ? this.run.pid : this.keeper().pid;
    process.kill(pid, "SIGKILL");
    await this.run.ended();
    await this.leaveBus();
    await this.noneLeft();
  }

  // What lets a command in `folder` see the disk that the scenario has made, where it has.
  #prefix(folder) {
    return this.disk?.prefix(folder) ?? [];
  }

  processes() {
    return this.#application ? processesOf(this.#application.folder) : [];
  }

  // What the keepers have recorded of processes that ended; a line that is only being written has no end.
  recordedExits() {
    const lines = this.application.read(".exo/local/keeper.jsonl").split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line));
  }

  keeper() {
    const keeper = this.processes().find(({ program, parent }) => program === "exo-keeper" && parent === this.run.pid);
    if (!keeper) throw new Error(`exo run (${this.run.pid}) has no keeper`);
    return keeper;
  }

  async noneLeft({ within = 15_000 } = {}) {
    await eventually(
      "the last process of the application to end",
      () => {
        const left = this.processes();
        if (left.length > 0) throw new Error(left.map(({ pid, command }) => `${pid} ${command}`).join("; "));
        return true;
      },
      { within },
    );
  }

  // A verb of exo, to its end: {code, output, errors}.
  async exo(...args) {
    const [program, ...words] = [...this.#prefix(this.application.folder), exoBinary(), ...args];
    return this.command(program, words);
  }

  // A verb of exo that goes on until it is stopped, at the latest when the scenario is over.
  begin(...args) {
    const verb = new ExoProcess(args, { cwd: this.application.folder, environment: this.environment });
    this.whenOver(() => (verb.running ? verb.stop("SIGKILL") : undefined));
    return verb;
  }

  command(program, args, { cwd = this.application.folder, environment = this.environment, input, within } = {}) {
    return commandOutput(program, args, { cwd, env: environment, input, within });
  }

  async status() {
    const { code, output, errors } = await this.exo("status", "--json");
    if (code !== 0) throw new Error(`exo status --json ended with ${code}: ${errors}`);
    return JSON.parse(output);
  }

  async history() {
    const { code, output, errors } = await this.exo("history", "--json");
    if (code !== 0) throw new Error(`exo history --json ended with ${code}: ${errors}`);
    return output.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  }

  async version(name) {
    const [role, version] = name.split("@");
    const { services } = await this.status();
    const found = services.find((service) => service.role === role && service.version === version);
    if (!found) throw new Error(`exo status does not know ${name}: ${JSON.stringify(services)}`);
    return found;
  }

  async operator() {
    if (this.#operator === null) {
      const endpoint = await eventually("a host in exo status", async () => (await this.status()).host?.bus);
      this.#operator = await Operator.join(this.disk?.outside(this.application.folder) ?? this.application.folder, endpoint);
    }
    return this.#operator;
  }

  async ask(name, payload, options) {
    return (await this.operator()).ask(name, payload, options);
  }

  async leaveBus() {
    const operator = this.#operator;
    this.#operator = null;
    await operator?.leave();
  }

  // Calls `cleanUp()` when the scenario is over, last one first.
  whenOver(cleanUp) {
    this.#cleanUps.push(cleanUp);
  }

  async cleanUp() {
    const failures = [];
    for (const cleanUp of this.#cleanUps.reverse()) await Promise.resolve().then(cleanUp).catch((error) => failures.push(error));
    if (this.#application !== null) await this.#endApplication();
    if (failures.length > 0) throw failures[0];
  }

  async #endApplication() {
    await this.leaveBus();
    for (const run of this.runs.filter(({ running }) => running)) await run.stop("SIGTERM").catch(() => run.signal("SIGKILL"));
    await this.noneLeft().finally(() => {
      for (const { pid } of this.processes()) process.kill(pid, "SIGKILL");
      this.#application.removeFolder();
    });
  }
}

setWorldConstructor(ExoWorld);

// Whatever a scenario was about: it leaves no process behind.
After({ timeout: 60_000 * slowness }, async function leaveNothingBehind({ result }) {
  if (result.status === Status.FAILED) {
    for (const [number, run] of this.runs.entries()) {
      const lines = run.text.split("\n").slice(-60).join("\n");
      this.attach(`exo run ${number + 1} (${JSON.stringify(run.exit)}) printed:\n${lines}`, "text/plain");
    }
  }
  await this.cleanUp();
});
