// One of the rollouts in which people decide, act by act: each begins with a copy of what the acts before have left,
// and has an end that an undisturbed one comes to. Where it is killed the same people go on, with the next host.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { Application } = require("../../features/support/application");
const { ExoRun } = require("../../features/support/exo_run");
const { finalState } = require("./final_state");
const { namedMoments, watched } = require("./killed_run");
const { exo, goThrough, settled } = require("./people");

const MOMENTS = "moments.log";
const PROGRAMS = { host: "exo", keeper: "exo-keeper" };

class DecidedApplication {
  #rollout;
  acts = []; // of those that are to be killed {act, name, before: a folder, end: its state, moments: {host, keeper}}

  // All acts gone through, undisturbed; those that are to be killed once more for each of these who is watched.
  static async make(rollout, watchedOnes = ["host", "keeper"]) {
    const application = new DecidedApplication();
    application.#rollout = rollout;
    const stage = new Application();
    rollout.make(stage);
    for (const act of rollout.acts) {
      act.change?.(stage);
      if (!act.leadsUp) await application.#add(act, stage.folder, watchedOnes);
      if (act !== rollout.acts.at(-1)) await undisturbed(act, stage.folder);
    }
    stage.removeFolder();
    return application;
  }

  async #add(act, folder, watchedOnes) {
    const name = `${this.#rollout.name}, ${act.name}`;
    const added = { act, name, before: copyOf(folder), moments: { host: [], keeper: [] } };
    this.acts.push(added);
    for (const who of act.verb ? ["host"] : watchedOnes) {
      await inCopy(added, `${who} watched`, async (copy) => {
        const log = path.join(copy, MOMENTS);
        const killed = await begin(act, copy, watched(PROGRAMS[who], { EXO_KILL_LOG: log }));
        assert.ok(!killed, "nobody is killed");
        added.moments[who] = namedMoments(log);
        const end = await finalState(copy, act.asOftenAsNeeded);
        added.end ??= end;
        assert.deepEqual(end, added.end, "two undisturbed rollouts come to the same");
      });
    }
  }

  // The host, or its keeper, is killed at the moment; then it must come to the same end. Resolves to whether it came to
  // that moment at all. `{name, nth}` is one of the program's own, but with `ofHost` one of the host's, at which its
  // keeper is killed.
  async isKilledAt(added, who, { name, nth }, { ofHost = false } = {}) {
    const more = { EXO_KILL_LIKE: name, EXO_KILL_AT: String(nth), ...(ofHost && { EXO_KILL_CHILD: "1" }) };
    let killed;
    await inCopy(added, `${who} killed at "${name}" number ${nth}`, async (copy) => {
      killed = await begin(added.act, copy, watched(ofHost ? PROGRAMS.host : PROGRAMS[who], more));
      await undisturbed(added.act, copy);
      assert.deepEqual(await finalState(copy, added.act.asOftenAsNeeded), added.end);
    });
    return killed;
  }

  remove() {
    for (const { before } of this.acts) fs.rmSync(before, { recursive: true, force: true });
  }
}

function copyOf(folder) {
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), "exo-crash-"));
  fs.cpSync(folder, copy, { recursive: true });
  return copy;
}

// In a copy, which stays for who looks for the cause when it fails.
async function inCopy({ name, before }, what, work) {
  const copy = copyOf(before);
  try {
    await work(copy);
  } catch (error) {
    error.message = `${name}: ${what}, in ${copy}: ${error.message}`;
    throw error;
  }
  fs.rmSync(copy, { recursive: true, force: true });
}

// Resolves to whether it was killed.
async function begin(act, folder, environment) {
  if (act.verb) return (await exo(folder, act.verb.words, environment)).code === "SIGKILL";
  const run = new ExoRun(folder, [], environment);
  try {
    if (await goThrough([...act.steps, settled], folder, () => run.running)) run.signal("SIGINT");
    const { code, signal } = await run.ended({ within: 60_000 });
    return signal === "SIGKILL" || code === 1;
  } finally {
    if (run.running) run.signal("SIGKILL");
  }
}

async function undisturbed(act, folder) {
  if (act.verb) return goThrough([act.verb, ...(act.rest ?? [])], folder);
  const run = new ExoRun(folder);
  try {
    assert.ok(await goThrough(act.dies ? act.steps : [...act.steps, settled], folder, () => run.running), run.text);
    run.signal(act.dies ? "SIGKILL" : "SIGINT");
    const { code } = await run.ended({ within: 60_000 });
    if (!act.dies) assert.equal(code, 0, run.text);
  } finally {
    if (run.running) run.signal("SIGKILL");
  }
}

module.exports = { DecidedApplication };
