"use strict";

const { spawn } = require("node:child_process");
const { mkdtempSync, rmSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { FakeBroker } = require("./fake_broker");
const { until } = require("./fleet");

const LOADER = join(__dirname, "../../bin/exo-script.js");
const ROLE = "deployment-todo-search-0.0.1";
const ROUTES = { "todos.list": ["todo"], "todo-search.add": ["todo-search"] };

// A process with one deployment script, and the broker that it talks to. It is ended with the test.
class Script {
  output = "";
  #process;
  #exited;

  static async start(test, source, { extension = "js", broker: brokerOptions = {}, environment = {} } = {}) {
    const broker = await FakeBroker.start({ routes: ROUTES, delivers: "all", ...brokerOptions });
    const folder = mkdtempSync(join(tmpdir(), "exo-script-"));
    const file = join(folder, `todo-search-0.0.1.${extension}`);
    if (source !== null) writeFileSync(file, source);
    writeFileSync(join(folder, "token"), "secret\n");
    const script = new Script();
    script.broker = broker;
    script.file = file;
    script.#spawn({
      ROLE,
      EXO_BUS: broker.endpoint,
      EXO_INSTANCE: "script-1",
      EXO_VERSION: "0.0.1",
      EXO_TOKEN_FILE: join(folder, "token"),
      PATH: process.env.PATH,
      ...environment,
    });
    test.after(async () => {
      script.kill("SIGKILL");
      await script.exited();
      broker.close();
      rmSync(folder, { recursive: true });
    });
    return script;
  }

  // Resolves with the registration.
  async registered() {
    await until(
      () => this.broker.registrations.length > 0 || this.#process.exitCode !== null,
      `registration: ${this.output}`,
    );
    return this.broker.registrations[0];
  }

  // Lets the host start a phase.
  async begin(phase = "online", payload = {}) {
    await this.registered();
    this.broker.command(`${ROLE}-${phase}-start`, payload, { expects: "many", sender: "exo", activityId: "attempt-1" });
  }

  kill(signal) {
    this.#process.kill(signal);
  }

  // Resolves with {code, signal}.
  exited() {
    return this.#exited;
  }

  #spawn(environment) {
    this.#process = spawn(process.execPath, [LOADER, this.file], {
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream.on("data", (bytes) => (this.output += bytes));
    }
    this.#exited = new Promise((resolve) => this.#process.on("close", (code, signal) => resolve({ code, signal })));
  }
}

module.exports = { ROLE, Script };
