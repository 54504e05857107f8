// A register into whose second version a script copies all records, while a client goes on to put 200 a second into
// it: what is killed, and what must be true in the end.
"use strict";

const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const { rmSync } = require("node:fs");
const path = require("node:path");
const { Application } = require("../../features/support/application");
const { eventually } = require("../../features/support/eventually");
const { ExoRun } = require("../../features/support/exo_run");
const { Operator } = require("../../features/support/operator");
const { exoBinary } = require("../../features/support/paths");
const { runToBeKilled } = require("./killed_run");
const { SteadyWriter } = require("../../features/support/steady_writer");

const RECORDS = 1_200; // pages of 500
const PER_SECOND = 200;
const NEW = "2.0.0";
const MAY_START = "may-start"; // the new version, when this file is there

// What is put behind its checkpoint, the next attempt has from the record only. Then it waits until the client has put
// a good deal.
const SCRIPT = `
module.exports = {
  "deployment-register-${NEW}-offline-start": async ({ checkpoint: saved }, { reply, send, request, checkpoint }) => {
    if (!saved) {
      const { payload: pages } = await request("register.list", {}, { version: "1.0.0", pages: true });
      for await (const page of pages) for (const record of page) send("register.put", { ...record, copied: true });
      await checkpoint("copied");
    }
    const written = () => request("register.get", { id: "written-401" }, { version: "1.0.0" });
    while ((await written()).payload.value === undefined) continue;
    reply("deployment-register-${NEW}-offline-done");
  },
};
`;

class FollowingApplication {
  #application = new Application();
  #operator;
  #run;
  folder = this.#application.folder;

  // With the records in its first version, and the second about to come.
  async make() {
    this.#addRegister("1.0.0");
    this.#run = new ExoRun(this.folder);
    await this.#run.ready({ within: 60_000 });
    await this.#join();
    const records = Array.from({ length: RECORDS }, (_, i) => ({ id: `first-${i}`, value: `first value ${i}` }));
    await Promise.all(records.map((record) => this.#operator.ask("register.put", record)));
    this.writer = new SteadyWriter(records);
    await this.#leave();
    await this.#run.stop();
    this.#addRegister(NEW, { REGISTER_WAITS_FOR: path.join(this.folder, MAY_START) });
    this.#application.addScript("register", NEW, SCRIPT, "offline:\n  follow: [register.put]\n");
  }

  // A host is killed at that moment of those whose names begin so, while the client puts.
  async isKilledAt(like, number) {
    rmSync(path.join(this.folder, MAY_START), { force: true });
    this.#run = runToBeKilled(this.folder, like, number);
    await this.#write();
    const { signal } = await this.#run.ended({ within: 60_000 });
    await this.#leave();
    assert.equal(signal, "SIGKILL", this.#run.text);
    this.writer.errors = []; // of those that it had asked when its bus was gone
  }

  // A host that nothing disturbs comes to the end.
  async check() {
    this.#run = new ExoRun(this.folder);
    await this.#write();
    await this.#run.ready({ within: 60_000 });
    await eventually("an answer of the new version", () => this.writer.answeredBy.at(-1) === NEW);
    await this.writer.stop();
    assert.deepEqual(this.writer.errors, []);
    const { payload } = await this.#operator.ask("register.list", {}, { version: NEW });
    assert.deepEqual(this.writer.faultsOf(payload), []);
    this.#checkHistory();
    assert.equal(execFileSync("find", [path.join(this.folder, ".exo"), "-name", "*.follow*"], { encoding: "utf8" }), "");
  }

  async remove() {
    this.writer?.halt();
    await this.#leave();
    if (this.#run?.running) await this.#run.stop();
    this.#application.removeFolder();
  }

  // Followed once, whoever died; done and open once, in this order, and behind a replay of all.
  #checkHistory() {
    const lines = execFileSync(exoBinary(), ["history", this.folder, "--json"], { encoding: "utf8" }).trim().split("\n");
    const events = lines.map((line) => JSON.parse(line)).filter(({ version }) => version === NEW);
    const names = ["follow-started", "attempt-done", "gate-opened", "follow-abandoned"];
    const seen = events.map(({ event }) => event).filter((event) => names.includes(event));
    assert.deepEqual(seen, names.slice(0, -1), lines.join("\n"));
    const replays = events.slice(0, events.findIndex(({ event }) => event === "attempt-done"));
    const { recorded, replayed, leftOut } = replays.findLast(({ event }) => event === "follow-done");
    assert.ok(recorded > 0 && replayed + leftOut === recorded, `${recorded} ${replayed} ${leftOut}`);
  }

  // The new version comes when the client is at it.
  async #write() {
    await this.#run.says(/register@1\.0\.0 is live/, { within: 60_000 });
    await this.#join();
    const operator = this.#operator;
    const before = this.writer.acknowledged;
    this.writer.begin((record) => operator.ask("register.put", record), PER_SECOND);
    const isAtIt = () => this.writer.acknowledged > before + 20 || !this.#run.running;
    await eventually("what the client puts to be kept", isAtIt);
    this.#application.write(MAY_START, "");
  }

  async #join() {
    this.#operator = await Operator.join(this.folder, this.#application.read(".exo/local/bus").trim());
  }

  async #leave() {
    this.writer?.halt();
    await this.#operator?.leave();
    await this.writer?.stop();
    this.#operator = undefined;
  }

  #addRegister(version, variables = {}) {
    this.#application.addService("register", version, { variables, more: ["data: own"] });
  }
}

module.exports = { FollowingApplication };
