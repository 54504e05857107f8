// Each of the rollouts in which people decide, killed at its moments: the host and its keeper, several side by side,
// since most of the time of each goes by waiting.
"use strict";

const os = require("node:os");
const { DecidedApplication } = require("./decided_application");
const { decidedRollouts } = require("./decided_rollouts");

const SIDE_BY_SIDE = os.cpus().length + 1;
const FAILURES = 3;

// Of those with one name the first and the last: [{who, moment, ofHost}, …]. What was written is there after a
// SIGKILL whether it was synced or not, so that the moments before and after a sync are one.
function killsOf({ act, moments }) {
  const isLast = (all, { name, nth }) => !all.some((each) => each.name === name && each.nth > nth);
  const differs = ({ name }) => !name.startsWith("before sync of ");
  const named = (all) => all.filter((each) => differs(each) && (each.nth === 1 || isLast(all, each)));
  const kills = ["host", "keeper"].flatMap((who) => named(moments[who]).map((moment) => ({ who, moment })));
  const appends = act.verb ? [] : moments.host.filter(({ name, nth }) => nth === 1 && name.startsWith("append of "));
  return [...kills, ...appends.map((moment) => ({ who: "keeper", moment, ofHost: true }))];
}

// What a verb appends besides its own event, as a repair does, it has only copied.
function count(coverage, { act }, { who, moment, ofHost }) {
  const isCopied = act.verb && !moment.name.endsWith(` ${act.verb.about.event}`);
  if (!isCopied && (who === "host" || ofHost)) coverage.add(who, moment.name);
}

// As if it were killed at all of them.
function countAll(coverage, added) {
  killsOf(added).forEach((kill) => count(coverage, added, kill));
}

// Resolves to how many times it was killed. The first failures are told together: one says less than three.
async function killInAct(application, added, kills, coverage) {
  const left = [...kills];
  const failures = [];
  let killed = 0;
  const work = async () => {
    for (let kill = left.shift(); kill && failures.length < FAILURES; kill = left.shift()) {
      try {
        if (!(await application.isKilledAt(added, kill.who, kill.moment, kill))) continue;
        killed += 1;
        count(coverage, added, kill);
      } catch (error) {
        failures.push(error.message);
      }
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  if (failures.length > 0) throw new Error(failures.join("\n"));
  return killed;
}

// At every Nth of the moments. `seen` is given all that there are, `killed` those at which one was killed.
async function killDecided(every, { seen, killed }) {
  const applications = [];
  for (const rollout of decidedRollouts) applications.push(await DecidedApplication.make(rollout));
  const actsOf = (application) => application.acts.map((added) => ({ application, added, kills: killsOf(added) }));
  const acts = applications.flatMap(actsOf);
  for (const { added } of acts) countAll(seen, added);
  seen.check();
  for (const { application, added, kills } of acts) {
    const chosen = kills.filter((_, index) => index % every === 0);
    const times = await killInAct(application, added, chosen, killed);
    console.log(`${added.name}: killed at ${times} of ${chosen.length} moments, all as if undisturbed`);
    // What people do comes a little earlier or later in each run, so that the last of several may not come.
    if (times < chosen.length * 0.8) throw new Error(`${added.name}: killed at ${times} of ${chosen.length} moments`);
  }
  for (const application of applications) application.remove();
}

module.exports = { countAll, killDecided };
