"use strict";

const { dirname, resolve, sep } = require("node:path");
const { pathToFileURL } = require("node:url");
const { ExoRelay } = require("./relay");

// Runs one deployment script: a file that exports its handlers by name. Gives it the globals `send` and `sendAll`,
// registers it with the bus, and sees to it that whatever goes wrong in it reaches the host as `…-failed`, once, and
// stderr in full. One process is one attempt, so the globals belong to the attempt's activity.
class ScriptLoader {
  #file;
  #relay = null;
  #ending = false;

  constructor(file) {
    this.#file = resolve(file);
  }

  // Resolves when the script is registered. The process then lives until exo ends it.
  async run() {
    this.#watchProcess();
    this.#relay = ExoRelay.fromEnvironment({}, { signals: false });
    this.#relay.on("error", (error) => this.#failed(error));
    this.#relay.on("refused", (error) => this.#quit(error));
    if (this.#relay.attempt === null) {
      throw new Error(`ROLE is '${this.#relay.role}', which is no deployment script's (deployment-<role>-<version>)`);
    }
    this.#relay.attempt.onFailed(() => this.#end());
    globalThis.send = (...args) => this.#relay.send(...args);
    globalThis.sendAll = (...args) => this.#relay.sendAll(...args);
    await this.#load();
    await this.#relay.connect();
  }

  async #load() {
    const startNames = this.#relay.attempt.startNames();
    let handlers = {};
    try {
      handlers = await importHandlers(this.#file);
      if (!startNames.some((name) => name in handlers)) {
        throw new Error(`the script exports no handler for '${startNames.join("' or '")}'`);
      }
      for (const [name, handler] of Object.entries(handlers)) this.#relay.handle(name, handler);
    } catch (error) {
      // The host learns of the phases from the handlers, so a script that has none must still be asked.
      for (const name of startNames) this.#relay.handle(name, () => {});
      this.#failed(error);
    }
  }

  // What fails because the process ends is no failure of the script.
  #failed(error) {
    if (this.#ending) return;
    process.exitCode = 1;
    console.error(describe(error));
    this.#relay.attempt.fail(reasonOf(error, this.#file));
  }

  async #quit(error) {
    console.error(error.message);
    process.exit(1);
  }

  // The broker's answer to our goodbye tells that it has read everything before it.
  async #end() {
    this.#ending = true;
    if (this.#relay) await this.#relay.close({ timeout: 0 });
    process.exit(process.exitCode ?? 0);
  }

  #watchProcess() {
    process.on("unhandledRejection", (error) => this.#unexpected(error));
    process.on("uncaughtException", (error) => this.#unexpected(error));
    for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => this.#end());
  }

  #unexpected(error) {
    if (this.#ending) return;
    if (this.#relay?.attempt && !this.#relay.attempt.finished) {
      this.#failed(error);
      return;
    }
    console.error(describe(error));
    process.exit(1);
  }
}

// A CommonJS file's module.exports, or an ES module's default export or exports.
async function importHandlers(file) {
  let exported;
  try {
    exported = require(file);
  } catch (error) {
    if (error.code !== "ERR_REQUIRE_ESM") throw error;
    exported = await import(pathToFileURL(file).href);
  }
  const handlers = exported.default ?? exported;
  if (handlers === null || typeof handlers !== "object") {
    throw new Error("the script exports no handlers; it should have module.exports = { name: handler }");
  }
  return handlers;
}

// What its author needs of an error: the frames in the relay that led to the handler say nothing about the script.
function describe(error) {
  if (!(error instanceof Error)) return `Error: ${String(error)}`;
  const ours = (line) => /^ +at /.test(line) && (line.includes(__dirname + sep) || line.includes("node:internal"));
  const lines = (error.stack ?? error.message).split("\n");
  return lines.filter((line) => !ours(line)).join("\n");
}

// The error's sentence, and where in the script it happened: the first line of the stack that is in its folder.
function reasonOf(error, file) {
  if (!(error instanceof Error)) return String(error);
  const sentence = error instanceof SyntaxError ? `SyntaxError: ${error.message}` : error.message || error.name;
  const folder = dirname(file) + sep;
  const line = (error.stack ?? "").split("\n").find((each) => /^ +at /.test(each) && each.includes(folder));
  const place = line && /([^\s(]+:\d+:\d+)\)?$/.exec(line)?.[1];
  return place ? `${sentence} (at ${place.slice(place.indexOf(folder) + folder.length)})` : sentence;
}

module.exports = { ScriptLoader };
