"use strict";

const { execFileSync } = require("node:child_process");
const { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } = require("node:fs");
const path = require("node:path");

// What may happen to a ledger's files. Each is a person's or a disk's doing, behind exo's back.
class LedgerFiles {
  constructor(application, environment = "local") {
    this.folder = path.join(application, ".exo", environment);
  }

  file(name) {
    return path.join(this.folder, name);
  }

  // A copy of what is there now, for restore(): of a host that has ended.
  backUp(name) {
    for (const each of ["ledger.db", "ledger.head"]) copyFileSync(this.file(each), this.file(`${each}.${name}`));
  }

  copyTo(folder) {
    mkdirSync(folder);
    for (const each of ["ledger.db", "ledger.head"]) copyFileSync(this.file(each), path.join(folder, each));
  }

  // What they hold, by their names.
  locks() {
    const names = ["", "runs"].flatMap((folder) => readdirSync(this.file(folder)).map((name) => path.join(folder, name)));
    return new Map(names.filter((name) => name.endsWith(".lock")).sort().map((name) => [name, readFileSync(this.file(name))]));
  }

  // The log of the newer database goes with it.
  restore(name, files) {
    for (const each of files) copyFileSync(this.file(`${each}.${name}`), this.file(each));
    if (files.includes("ledger.db")) this.#forgetLog();
  }

  copyDatabaseOf(other) {
    copyFileSync(other.file("ledger.db"), this.file("ledger.db"));
    this.#forgetLog();
  }

  cutOff(name, bytes) {
    truncateSync(this.file(name), bytes);
  }

  overwrite(name) {
    writeFileSync(this.file(name), Buffer.alloc(readFileSync(this.file(name)).length, "x"));
  }

  // With a database tool, past the triggers.
  editEvent(sequence) {
    const program = [
      "import sqlite3, sys",
      "ledger = sqlite3.connect(sys.argv[1], isolation_level=None)",
      "triggers = ledger.execute(\"SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'\").fetchall()",
      "for name, _ in triggers: ledger.execute(f'DROP TRIGGER {name}')",
      "ledger.execute(\"UPDATE events SET who = 'eve' WHERE sequence = ?\", (int(sys.argv[2]),))",
      "for _, sql in triggers: ledger.execute(sql)",
    ].join("\n");
    execFileSync("/usr/bin/python3", ["-c", program, this.file("ledger.db"), `${sequence}`]);
  }

  #forgetLog() {
    for (const each of ["ledger.db-wal", "ledger.db-shm"]) rmSync(this.file(each), { force: true });
  }
}

module.exports = { LedgerFiles };
