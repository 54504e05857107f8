// Every word that exo writes into a ledger, as its source lists them: what must have a moment at which it was killed.
"use strict";

const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const path = require("node:path");
const { root } = require("../../features/support/paths");

const HEADER = path.join(root, "ledger/event.h");

// Nobody has a keeper who is not a host.
const WITHOUT_KEEPER = {
  "ledger-repaired": "exo ledger repair appends it, while no host owns the ledger",
  "removal-decided": "so does exo data rm",
};

function eventTypes() {
  const [, listed] = /^namespace event_type \{$(.*?)^\}/ms.exec(readFileSync(HEADER, "utf8"));
  const found = listed.matchAll(/^inline constexpr std::string_view k\w+ = "([a-z-]+)";$/gm);
  const words = [...found].map(([, word]) => word);
  assert.equal(words.length, listed.match(/;$/gm).length, `a line of ${HEADER} is not as it is read here`);
  return words;
}

// Names of moments around one append, in their order: nothing is in the ledger; it is, and its head does not know;
// all is durable, and nothing has come of it.
const AROUND = ["append of", "after sync of ledger.db-wal for", "after sync of ledger.head for"];

// What was killed where: `host` and `keeper` are sets of names of moments.
class Coverage {
  #killed = { host: new Set(), keeper: new Set() };

  add(who, name) {
    this.#killed[who].add(name);
  }

  // Throws where a word of the ledger has no such moment.
  check() {
    const missing = [];
    for (const type of eventTypes()) {
      const names = AROUND.map((words) => `${words} ${type}`);
      missing.push(...names.filter((name) => !this.#killed.host.has(name)).map((name) => `the host at "${name}"`));
      if (type in WITHOUT_KEEPER || this.#killed.keeper.has(names[0])) continue;
      missing.push(`the keeper at "${names[0]}"`);
    }
    assert.deepEqual(missing, [], "each word of the ledger has moments at which it is killed");
    return eventTypes().length;
  }
}

module.exports = { AROUND, Coverage, WITHOUT_KEEPER, eventTypes };
