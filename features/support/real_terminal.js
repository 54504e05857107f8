"use strict";

const { execFile } = require("node:child_process");
const { mkdtempSync, rmSync } = require("node:fs");
const path = require("node:path");
const { promisify } = require("node:util");
const { eventually } = require("./eventually");

const run = promisify(execFile);

const LIMIT_MS = 20_000; // of one word with tmux

// tmux closes a terminal when its program has ended, whether or not it has read what that printed. So a shell stays
// there, which says in the terminal's title, behind all of the output, that the program has ended. Ctrl-C is meant for
// the program.
const staying = `trap : INT QUIT; "$@"; printf '\\033]2;ended\\033\\\\'; exec cat >/dev/null`;

// A terminal of so many columns and rows, in which one command runs: what people see, as text. It is tmux's, with a
// server of its own.
class RealTerminal {
  #folder = mkdtempSync("/tmp/exof-terminal-");
  #socket = path.join(this.#folder, "tmux");

  // `words`: a program and its arguments.
  static async open(words, { columns = 80, rows = 24, cwd = "/", environment = {} } = {}) {
    const terminal = new RealTerminal();
    // tmux would give the program its own environment.
    const only = ["env", "--ignore-environment", "TERM=screen-256color", ...Object.entries(environment).map(([k, v]) => `${k}=${v}`)];
    const options = ["-f", "/dev/null", "new-session", "-d", "-x", `${columns}`, "-y", `${rows}`, "-c", cwd];
    await terminal.#tmux(...options, "--", ...only, "sh", "-c", staying, "sh", ...words);
    return terminal;
  }

  // As if it was typed.
  async type(text) {
    await this.#tmux("send-keys", "-l", "--", text);
  }

  // "Tab", "Enter", "C-c"
  async press(...keys) {
    await this.#tmux("send-keys", ...keys);
  }

  // The lines of the screen, without what is empty at its end. `colors`: with escape sequences.
  async screen({ colors = false } = {}) {
    const { stdout } = await this.#tmux("capture-pane", "-p", ...(colors ? ["-e"] : []));
    return stdout.replace(/\s+$/, "").split("\n");
  }

  async shows(pattern, options) {
    return eventually(
      `${pattern} on the terminal`,
      async () => {
        const screen = (await this.screen()).join("\n");
        if (!pattern.test(screen)) throw new Error(`it shows:\n${screen}`);
        return screen;
      },
      options,
    );
  }

  // Until the program has ended and the screen shows all that it printed; that stays.
  async ended(options) {
    await eventually(
      "the program in the terminal to end",
      async () => (await this.#tmux("display-message", "-p", "#{pane_title}")).stdout.trim() === "ended",
      options,
    );
  }

  async close() {
    await this.#tmux("kill-server").catch(() => {});
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #tmux(...args) {
    const env = { PATH: process.env.PATH, LANG: "C.UTF-8", TERM: "xterm-256color" };
    return run("tmux", ["-S", this.#socket, ...args], { env, timeout: LIMIT_MS, killSignal: "SIGKILL" });
  }
}

module.exports = { RealTerminal };
