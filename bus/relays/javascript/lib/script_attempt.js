"use strict";

const { shortened } = require("./wire");

const PHASES = ["offline", "online", "undo", "verify"]; // what a script may be started for

// One attempt at a phase of a deployment script, as its relay sees it: what the script says to the host waits
// until everything that it asked for before is settled, and an error that nobody handled is told to the host as
// `…-failed`, once. After a `…-done` or `…-failed` has gone, nothing else is said.
//
// States: waiting for the start command → running → finishing (done is given, but waits) → finished. A failure
// leads from any but the last to finished; before the start command it waits for it, since the host listens to
// an answer only.
class ScriptAttempt {
  #role;
  #word;
  #sayFinal;
  #start = null; // the start command
  #places = new Map(); // of each `each`: where it is
  #phase = "";
  #finished = false;
  #failure = null; // a failure that waits for the start command
  #handledErrors = 0;
  #ordinal = 0; // of the last thing that the script asked for
  #unsettled = 0;
  #barriers = []; // {ordinal, remaining, go}, oldest first
  #onFailed = [];

  // `sayFinal(start, name, payload, handledErrors)` answers the start command.
  constructor({ role, sayFinal }) {
    this.#role = role;
    this.#word = new RegExp(`^${escaped(role)}-(offline|online|undo|verify)-(done|failed|progress|checkpoint|follow)$`);
    this.#sayFinal = sayFinal;
  }

  static isScript(role) {
    return role.startsWith("deployment-");
  }

  get handledErrors() {
    return this.#handledErrors;
  }

  // The command that started it; undefined before.
  get start() {
    return this.#start ?? undefined;
  }

  get failed() {
    return this.#failure !== null;
  }

  get finished() {
    return this.#finished;
  }

  startNames() {
    return PHASES.map((phase) => `${this.#role}-${phase}-start`);
  }

  // "done", "failed", "progress", "checkpoint" or "follow" when the name is this script's word to the host; else null.
  wordOf(name) {
    if (!name.startsWith(this.#role)) return null;
    return this.#word.exec(name)?.[2] ?? null;
  }

  nameOf(word) {
    return `${this.#role}-${this.#phase}-${word}`;
  }

  // The handler of this command is about to run. Throws when the attempt has failed already.
  begin(incoming, payload) {
    if (this.#start || !this.startNames().includes(incoming.name)) return;
    this.#start = incoming;
    const places = payload?.checkpoint?.each;
    if (places !== null && typeof places === "object") this.#places = new Map(Object.entries(places));
    this.#phase = incoming.name.slice(this.#role.length + 1, -"-start".length);
    if (this.#failure === null) return;
    this.#sayFailed(this.#failure);
    throw new Error(this.#failure);
  }

  // Where the `each` of this name is; undefined before it has saved anything.
  placeOf(name) {
    return this.#places.get(name);
  }

  // The checkpoint that says so of all.
  checkpointWith(name, place) {
    this.#places.set(name, place);
    return { each: Object.fromEntries(this.#places) };
  }

  added(command) {
    if (command.own === "progress") return;
    command.counts = true;
    if (command.ordinal === 0) command.ordinal = this.reserve();
  }

  // Counts something as unsettled that becomes a command with this ordinal later.
  reserve() {
    this.#unsettled += 1;
    this.#ordinal += 1;
    return this.#ordinal;
  }

  settled(command) {
    if (!command.counts) return;
    command.counts = false;
    this.#unsettled -= 1;
    if (this.#barriers.length === 0) return;
    for (const barrier of this.#barriers) if (command.ordinal < barrier.ordinal) barrier.remaining -= 1;
    while (this.#barriers.length > 0 && this.#barriers[0].remaining === 0) this.#barriers.shift().go();
  }

  errorTaken() {
    this.#handledErrors += 1;
  }

  // Calls `go` when everything asked for before is settled, unless the attempt fails first. With an ordinal:
  // everything before that one, which must be the last.
  whenSettled(go, reserved = 0) {
    const remaining = reserved === 0 ? this.#unsettled : this.#unsettled - 1;
    const ordinal = reserved === 0 ? (this.#ordinal += 1) : reserved;
    if (remaining === 0) go();
    else this.#barriers.push({ ordinal, remaining, go });
  }

  // The script has said `…-done` or `…-failed` with this name and payload, as an answer.
  say(word, name, payload) {
    if (this.#finished) return;
    if (word === "failed") this.#finish(name, payload);
    else this.whenSettled(() => this.#finish(name, payload));
  }

  // The script has sent its last word as a command of its own.
  saidByCommand() {
    this.#finished = true;
  }

  // Calls `listener()` when the attempt has failed and that has been told.
  onFailed(listener) {
    this.#onFailed.push(listener);
  }

  // Something went wrong that the script did not handle. `reason` is for people.
  fail(reason) {
    if (this.#finished || this.#failure !== null) return;
    this.#barriers = [];
    this.#failure = reason;
    if (this.#start) this.#sayFailed(reason);
  }

  #sayFailed(reason) {
    this.#finish(this.nameOf("failed"), { reason: shortened(reason) });
    for (const listener of this.#onFailed) listener();
  }

  #finish(name, payload) {
    if (this.#finished) return;
    this.#finished = true;
    this.#barriers = [];
    this.#sayFinal(this.#start, name, payload, this.#handledErrors);
  }
}

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

module.exports = { ScriptAttempt };
