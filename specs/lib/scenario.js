"use strict";

const path = require("node:path");
const { Environment, ignoredFolder } = require("./environment");
const { Columns, describe, difference } = require("./table");
const { tellFailure } = require("./story");
const { eventually } = require("./waiting");

const patience = 24 * 60 * 60 * 1000; // the script has limits of its own

// "a todos service v0.0.1": who, and in which version.
const serviceWords = "(?:an?|the) (\\S+) service(?: v(\\d\\S*))?";
// The same as a whole step, and what it holds: "with the entries:".
const serviceStep = new RegExp(`^${serviceWords}(?: with (?:the|these) (\\S+):)?$`);

const slug = (text) => text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60) || "scenario";

// What a noun may be in the singular: "entry" of "entries".
const isSingularOf = (word, noun) => [word, `${word}s`, `${word}es`, word.replace(/y$/, "ies")].includes(noun);

// One scenario of a spec: the services that it names, and the environment in which they and the script run.
class Scenario {
  #plan;
  #spec;
  #name;
  #before = new Set(); // versions that are there before the script runs
  #started = []; // those that the host was started with
  #environment = null;
  #scriptHasRun = false;
  given = []; // {columns, rows}: what the services were given

  // `steps` are the texts of its Givens: who is named in any of them is there from the first one on.
  constructor(plan, spec, name, steps) {
    this.#plan = plan;
    this.#spec = spec;
    this.#name = name;
    for (const text of steps) {
      const [, noun, version, records] = serviceStep.exec(text) ?? [];
      if (noun) this.#tryToName(noun, version, records);
    }
  }

  get environment() {
    return (this.#environment ??= new Environment(this.#plan));
  }

  get version() {
    return { role: this.#spec.role, version: this.#spec.version };
  }

  // What cannot be named is told by the step itself.
  #tryToName(noun, version, records) {
    try {
      this.name(noun, version, records !== undefined);
    } catch {}
  }

  // The service is in the environment before the script runs. Of the script's own role these are the older versions,
  // where they are to hold something.
  name(noun, version, holds) {
    const { role } = this.#plan.service(noun);
    if (version !== undefined) return this.#nameVersion(role, version);
    if (role !== this.#spec.role) return this.#before.add(role);
    if (!holds) return;
    const older = this.#plan.olderVersions(this.version);
    if (older.length === 0) throw new Error(`${role} has no version before ${this.#spec.version}, so nothing can hold them before its script has run`);
    for (const each of older) this.#before.add(`${role}@${each}`);
  }

  #nameVersion(role, version) {
    const known = this.#plan.roles[role];
    if (!known.includes(version)) throw new Error(`${role} has no version ${version}; it has ${known.join(", ")}`);
    this.#before.add(`${role}@${version}`);
  }

  // Sees to it that a host runs with all that is named until now.
  async ready() {
    const wanted = [...this.#before, ...(this.#scriptHasRun ? [`${this.#spec.role}@${this.#spec.version}`] : [])];
    if (this.environment.running && wanted.every((version) => this.#started.includes(version))) return;
    if (wanted.length === 0) throw new Error("no service is there yet: name one with \"Given a … service\"");
    await this.#start(wanted);
    await this.#expectAllLive();
  }

  async #start(versions, more = []) {
    this.#started = versions;
    await this.environment.run(versions, more);
  }

  // Of those that are no concern of the script.
  async #expectAllLive() {
    const { services } = await this.environment.status();
    const own = ({ role, version }) => role === this.#spec.role && version === this.#spec.version;
    const failed = services.filter((service) => service.state !== "live" && !own(service));
    if (failed.length > 0) throw new Error(failed.map((each) => tellFailure(this.environment, each, each, this.saveLogs())).join("\n"));
  }

  // Brings the version in with its script; resolves with its entry of `exo status --json`, however it went.
  async runScript(more = []) {
    this.#scriptHasRun = true;
    await this.#start([...this.#before, `${this.#spec.role}@${this.#spec.version}`], more);
    return this.environment.version(this.version);
  }

  // Has the script take back what it did, and waits until it has; the version is held from then on.
  async undoScript() {
    await this.#decide("undo", ["--force"]);
    await eventually("the script to take back what it did", async () => {
      const status = await this.environment.version(this.version);
      const { state } = status?.scripts.undo ?? { state: "none" };
      if (state === "done" && status.state === "failed") return true;
      if (status?.state !== "failed" || state === "running") throw new Error(`its undo is ${state}`);
      return state;
    }, { within: patience }).then(async (outcome) => {
      if (outcome === true) return;
      throw new Error(tellFailure(this.environment, this.version, await this.environment.version(this.version), this.saveLogs()));
    });
  }

  // What was undone is run again only when somebody says so.
  async runScriptAgain() {
    const status = await this.environment.version(this.version);
    const isUndone = status?.scripts.undo?.state === "done" && status.scripts.offline.state === "pending";
    if (!isUndone || !this.environment.running) return this.runScript();
    await this.#decide("retry", []);
    return eventually("the version to come in", async () => {
      const now = await this.environment.version(this.version);
      if (!["live", "failed"].includes(now.state) || now.scripts.offline.state === "pending") throw new Error(`it is ${now.state}`);
      return now;
    }, { within: patience });
  }

  async verifyScript() {
    const { role, version } = this.version;
    await this.environment.exo(["script", "verify", `${role}@${version}`, "--application", this.#plan.application]);
  }

  async #decide(verb, more) {
    const { role, version } = this.version;
    const words = ["script", verb, `${role}@${version}`, ...more, "--reason", "the spec says so", "--application", this.#plan.application];
    await this.environment.exo(words);
  }

  async expectLive(status) {
    if (status?.state === "live" && !status.flagged) return;
    throw new Error(tellFailure(this.environment, this.version, status, this.saveLogs()));
  }

  // Throws unless the version is live, or its gate held; of a role of others all versions.
  async expectState(noun, version, state) {
    await this.ready();
    const { role } = this.#plan.service(noun);
    const pin = version ?? (role === this.#spec.role && this.#scriptHasRun ? this.#spec.version : undefined);
    const { services } = await this.environment.status();
    const meant = services.filter((each) => each.role === role && (pin === undefined || each.version === pin));
    if (meant.length === 0) throw new Error(`${role}${pin === undefined ? "" : `@${pin}`} is not in the environment`);
    const fits = (each) => (state === "live" ? each.state === "live" && !each.flagged : each.gate === "held");
    const wrong = meant.filter((each) => !fits(each));
    if (wrong.length === 0) return;
    if (state === "live") throw new Error(wrong.map((each) => tellFailure(this.environment, each, each, this.saveLogs())).join("\n"));
    throw new Error(`${role}@${wrong[0].version} is ${wrong[0].state}, and its gate ${wrong[0].gate}`);
  }

  // A request to a service by a message's public name. The version that the script brings in is asked itself, also
  // while it is held, and any other service as production would ask it.
  async ask(role, version, name, payload) {
    await this.ready();
    const pin = version ?? (role === this.#spec.role && this.#scriptHasRun ? this.#spec.version : undefined);
    const status = pin === undefined ? undefined : await this.environment.version({ role, version: pin });
    if (status?.gate === "held") return this.environment.askHeld(name, payload, pin);
    return this.environment.ask(name, payload, { version: pin, timeout: 30_000 });
  }

  // Gives a service the rows of a table, one after the other.
  async give(noun, version, recordsNoun, table) {
    const { role } = this.#plan.service(noun);
    const records = this.#plan.records(noun, recordsNoun, "add");
    const columns = new Columns(records);
    const rows = table.hashes();
    const payloads = rows.map((row) => columns.toPayload(row));
    const pin = version ?? (role === this.#spec.role ? this.#plan.olderVersions(this.version).at(-1) : undefined);
    for (const payload of payloads) await this.ask(role, pin, records.add, payload);
    this.given.push({ columns: table.raw()[0], rows: columns.written(rows) });
  }

  // All that a service holds, as it answers.
  async list(noun, version, recordsNoun) {
    const { role } = this.#plan.service(noun);
    const records = this.#plan.records(noun, recordsNoun, "list");
    const { payload } = await this.ask(role, version, records.list, {});
    return listIn(payload, records, records.list, role);
  }

  async search(noun, version, recordsNoun, words) {
    const { role } = this.#plan.service(noun);
    const records = this.#plan.records(noun, recordsNoun, "search");
    const { payload } = await this.ask(role, version, records.search, { [records.by]: words });
    return listIn(payload, records, records.search, role);
  }

  // Throws unless what was found is what the table says, in any order.
  expectRows(noun, recordsNoun, found, table) {
    const columns = new Columns(this.#recordsOf(noun, recordsNoun));
    const [names] = table.raw();
    this.#compare(noun, recordsNoun, columns.written(table.hashes()), columns.toRows(found, names));
  }

  // Throws unless each row that any Given gave is there, once.
  expectEachOnce(noun, recordsNoun, found) {
    if (this.given.length === 0) throw new Error("no Given of this scenario says what there is; give it with \"… service with the entries:\"");
    const columns = new Columns(this.#recordsOf(noun, recordsNoun));
    const names = this.given[0].columns;
    const odd = this.given.find((each) => each.columns.join() !== names.join());
    if (odd) throw new Error(`what was given has different columns (${names.join(", ")}; ${odd.columns.join(", ")}): say with a table what "each" is`);
    for (const name of names) columns.field(name);
    this.#compare(noun, recordsNoun, this.given.flatMap(({ rows }) => rows), columns.toRows(found, names));
  }

  #recordsOf(noun, recordsNoun) {
    return this.#plan.service(noun).records[recordsNoun];
  }

  #compare(noun, recordsNoun, wanted, found) {
    const differs = difference(wanted, found);
    if (differs) throw new Error(`the ${recordsNoun} of the ${noun} service are not those:\n${describe(differs)}`);
  }

  // "document" → "documents", as nouns.yml has it.
  pluralOf(noun, singular) {
    const known = Object.keys(this.#plan.service(noun).records);
    return known.find((each) => isSingularOf(singular, each)) ?? `${singular}s`;
  }

  // The folder of the logs of a scenario that has failed; null where there are none.
  saveLogs() {
    if (this.#plan.options.keep) return path.join(this.environment.state, "logs");
    ignoredFolder(path.dirname(this.#plan.logs));
    return this.environment.saveLogs(path.join(this.#plan.logs, `${this.#spec.role}-${this.#spec.version}`, slug(this.#name)));
  }

  // Ends all that runs. Of a scenario that has failed the logs stay; with --keep all of it does. What stays is told.
  async end({ failed }) {
    if (!this.#environment) return [];
    if (!failed) {
      await this.#environment.remove();
      return [];
    }
    const logs = this.saveLogs();
    const { keep } = this.#plan.options;
    await this.#environment.remove({ keep });
    if (keep) return [`kept: ${this.#environment.home}; look with: EXO_HOME=${this.#environment.home} exo status ${this.#plan.application}`];
    return logs === null ? [] : [`the logs: ${logs}`];
  }
}

function listIn(payload, records, message, role) {
  const list = records.in === "" ? payload : payload?.[records.in];
  if (Array.isArray(list)) return list;
  const keys = payload && typeof payload === "object" && !Array.isArray(payload) ? Object.keys(payload) : [];
  const wanted = records.in === "" ? "a list" : `a list under "${records.in}"`;
  const hint = keys.length > 0 ? `; it has ${keys.join(", ")}: write "in: ${keys[0]}" where the list is` : "";
  throw new Error(`${records.place}: ${role} answered ${message} with no list; expected ${wanted}${hint}`);
}

module.exports = { Scenario, serviceWords };
