"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { after, before, test } = require("node:test");
const { root } = require("../../features/support/paths");
const { DecidedApplication } = require("./decided_application");
const { countAll } = require("./decided_kills");
const { decidedRollouts } = require("./decided_rollouts");
const { AROUND, Coverage, WITHOUT_KEEPER, eventTypes } = require("./event_types");
const { PRELOADED } = require("./killed_run");

const skip = fs.existsSync(PRELOADED) ? false : "kill_points is built for the release preset only";

test("the words of the ledger are those of its page", () => {
  const page = fs.readFileSync(path.join(root, "docs/ledger.md"), "utf8");
  const [, table] = /^## Events\n\n((?:\|.*\n)+)/m.exec(page);
  const words = [...table.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, word]) => word);
  assert.deepEqual(eventTypes(), words);
});

function coverageBut(who, missing) {
  const coverage = new Coverage();
  for (const type of eventTypes()) {
    for (const words of AROUND) {
      const name = `${words} ${type}`;
      if (who !== "host" || name !== missing) coverage.add("host", name);
      if (!(type in WITHOUT_KEEPER) && (who !== "keeper" || name !== missing)) coverage.add("keeper", name);
    }
  }
  return coverage;
}

test("what was killed around each append is enough", () => {
  assert.equal(coverageBut("nobody").check(), eventTypes().length);
});

for (const [who, moment] of [
  ["host", "append of undo-decided"],
  ["host", "after sync of ledger.db-wal for follow-abandoned"],
  ["host", "after sync of ledger.head for ledger-repaired"],
  ["keeper", "append of dry-run-ended"],
]) {
  test(`a ${who} that is never killed at "${moment}" is missed`, () =>
    assert.throws(() => coverageBut(who, moment).check(), new RegExp(`the ${who} at "${moment}"`)));
}

const applications = new Map(); // name → application
before(async () => {
  if (skip) return;
  for (const rollout of decidedRollouts) applications.set(rollout.name, await DecidedApplication.make(rollout, ["host"]));
});
after(() => applications.forEach((application) => application.remove()));

test("each word of the ledger has moments at which bin/crash kills the host, and its keeper", { skip }, () => {
  const coverage = new Coverage();
  for (const { acts } of applications.values()) acts.forEach((act) => countAll(coverage, act));
  coverage.check();
});

// A slice of what bin/crash does.
for (const [rollout, act, who, name] of [
  ["tried again", "a host", "host", "after sync of ledger.db-wal for attempt-failed"],
  ["tried again", "a host", "host", "after sync of ledger.head for trial-cancelled"],
  ["decided", "a host", "host", "after sync of ledger.head for cancel-decided"],
  ["decided", "a host", "keeper", "append of phase-marked-done"],
  ["followed and taken back", "a host", "host", "append of follow-abandoned"],
  ["followed and taken back", "a host", "host", "after sync of ledger.head for undo-decided"],
  ["decided without a host", "exo baseline", "host", "after sync of ledger.db-wal for phase-marked-done"],
  ["decided without a host", "exo script rerun", "host", "after sync of ledger.db-wal for rerun-decided"],
  ["interrupted", "the next host", "host", "append of attempt-interrupted"],
  ["repaired", "exo ledger repair", "host", "after sync of ledger.head for ledger-repaired"],
]) {
  test(`${rollout}: ${act} whose ${who} is killed at "${name}" comes to the same end`, { skip }, async () => {
    const application = applications.get(rollout);
    const added = application.acts.find((each) => each.act.name === act);
    const killed = await application.isKilledAt(added, who, { name, nth: 1 }, { ofHost: who === "keeper" });
    assert.ok(killed, "it was killed there");
  });
}
