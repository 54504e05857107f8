// Rollouts in which scripts fail, stall, are looked after, followed and taken back, and people decide: between them
// they record whatever a ledger may say. Each is a list of acts: one host's life with what people do meanwhile, or a
// verb that they type while no host is there. Acts that only lead up to the next are not killed. What is decided about
// both phases at once is an event for each: of whom a kill has left one half, people decide the `rest`.
"use strict";

const { readdirSync, rmSync } = require("node:fs");
const path = require("node:path");
const { keptLines } = require("./final_state");
const { exo, permit, see, type } = require("./people");

const OLD = "0.0.1";
const NEW = "0.0.2";

const about = (event, version, phase, more = {}) => {
  return { event, role: "greeter", version, ...(phase && { phase }), ...more };
};
const script = (verb, version, ...more) => ["script", verb, `greeter@${version}`, ...more, "--reason", `to ${verb} it`];
const once = (file) => `!fs.existsSync("${file}") && (fs.writeFileSync("${file}", ""), true)`;
const until = (file) => `while (!fs.existsSync("${file}")) await pause(10);`;

// A script whose phases have these bodies, all of which know `start`, `relay`, `done`, `failed` and `note`.
function scriptOf(role, version, bodies) {
  const name = `deployment-${role}-${version}`;
  const handlers = Object.entries(bodies).map(
    ([phase, body]) => `  "${name}-${phase}-start": async (start, relay) => {
    const done = () => relay.reply("${name}-${phase}-done");
    const failed = (why) => relay.reply("${name}-${phase}-failed", why);
    const note = (text) => relay.request("visits.add", { text: \`${version} ${phase} \${text}\` });
    ${body}
  },`,
  );
  return `const fs = require("node:fs");
const { setTimeout: pause } = require("node:timers/promises");
module.exports = {\n${handlers.join("\n")}\n};\n`;
}

const greeters = (application, ...versions) => {
  application.addService("visits");
  for (const version of versions) application.addService("greeter", version);
};

// No attempt at a phase waited for what that verification found.
const isFoundByAPerson = (history) => {
  const asked = history.filter(({ event, verifies }) => event === "verify-started" && !verifies);
  const found = history.filter(({ event, outcome }) => event === "verify-ended" && outcome === "done");
  return found.some(({ attempt }) => asked.some((each) => each.attempt === attempt));
};

// They have a dry run made that does not end, and end it. Where a host has died in between, there is none to end.
const cancelADryRun = (version, phase) => ({
  ...see(about("trial-cancelled", version, phase)),
  async deed(folder) {
    await exo(folder, script("dry-run", version, "--phase", phase));
    return exo(folder, script("cancel", version));
  },
});

// Each attempt fails in another way before one is done; then somebody looks, has it run again, and tries it once more.
const triedAgain = {
  name: "tried again",
  make(application) {
    greeters(application, OLD, "0.0.3");
    application.addScript("greeter", NEW, scriptOf("greeter", NEW, { offline: "done();" })); // never introduced
    application.addScript(
      "greeter",
      "0.0.3",
      scriptOf("greeter", "0.0.3", {
        offline: `if (start.dryRun) return done();
    await note("begins");
    await relay.checkpoint({ at: 7 });
    if (${once("offline-has-failed")}) return failed({ reason: "two are missing", voidsCheckpoint: true });
    done();`,
        verify: `await note("looks");
    if (${once("verify-has-failed")}) return failed({ reason: "one is missing" });
    done();`,
        online: `if (start.dryRun || ${once("online-has-stalled")}) return;
    await note("begins");
    done();`,
      }),
      "attempts: 9\npause: 10ms\ndry-run: true\nonline:\n  stall: 2s\n",
    );
  },
  acts: [
    {
      name: "a host",
      asOftenAsNeeded: ["trial-cancelled"],
      steps: [
        see(about("attempt-done", "0.0.3", "online", { generation: 1 })),
        type(script("verify", "0.0.3"), isFoundByAPerson),
        type(
          script("dry-run", "0.0.3", "--phase", "offline"),
          about("dry-run-ended", "0.0.3", "offline", { outcome: "done" }),
        ),
        type(script("rerun", "0.0.3"), about("rerun-decided", "0.0.3", "offline")),
        type(script("rerun", "0.0.3", "--phase", "online"), about("rerun-decided", "0.0.3", "online")),
        see(about("attempt-done", "0.0.3", "online", { generation: 2 })),
        cancelADryRun("0.0.3", "online"),
      ],
    },
  ],
};

// A person slows one down, sends past its gate, ends it, and lets it go on; vouches for another; skips what nobody
// needs.
const decided = {
  name: "decided",
  make(application) {
    greeters(application, OLD, NEW, "0.0.3");
    application.addScript(
      "greeter",
      NEW,
      scriptOf("greeter", NEW, {
        offline: `${until("may-go-on")} await note("ends"); done();`,
        online: `failed("no disk");`,
      }),
      "attempts: 1\n",
    );
    const failing = { offline: `failed({ reason: "no backup", retry: false });` };
    application.addScript("greeter", "0.0.3", scriptOf("greeter", "0.0.3", failing));
  },
  acts: [
    {
      name: "a host",
      steps: [
        see(about("attempt-started", NEW, "offline")),
        type(script("throttle", NEW, "100/s", "--phase", "offline"), about("throttle-decided", NEW, "offline")),
        type(script("pause", NEW, "--phase", "offline"), about("pause-decided", NEW, "offline")),
        type(["send", "greeter.greet", '{"name": "Ada"}', "--held", "--version", NEW], about("message-past-gate", NEW)),
        type(script("resume", NEW, "--phase", "offline"), about("resume-decided", NEW, "offline")),
        type(script("cancel", NEW), about("cancel-decided", NEW, "offline")),
        see(about("version-failed", NEW)),
        permit("may-go-on"),
        type(script("retry", NEW), about("retry-decided", NEW, "offline")),
        see(about("version-live", NEW)),
        type(script("skip", NEW), about("phase-skipped", NEW, "online")),
        see(about("version-failed", "0.0.3")),
        type(script("mark-done", "0.0.3", "--phase", "offline"), about("phase-marked-done", "0.0.3", "offline")),
        see(about("version-live", "0.0.3")),
      ],
    },
  ],
};

const register = (event, phase, more = {}) => ({ ...about(event, "2.0.0", phase, more), role: "register" });
const ofRegister = (verb) => ["script", verb, "register@2.0.0", "--reason", `to ${verb} it`];

// Production puts a record; done when it is kept.
const put = (id) => ({
  what: `put ${id}`,
  isDone: (folder) => Object.values(keptLines(folder)).flat().some((line) => line.includes(`"id":"${id}"`)),
  deed: (folder) => exo(folder, ["send", "register.put", `{"id": "${id}", "value": "the ${id}"}`, "--timeout", "2s"]),
});

// What production writes is followed; that is given up, begun anew, and what came of it taken back.
const followed = {
  name: "followed and taken back",
  make(application) {
    application.addService("visits");
    application.addService("register", "1.0.0", { more: ["data: own"] });
  },
  acts: [
    { name: "the version before", leadsUp: true, steps: [put("first"), put("second")] },
    {
      name: "a host",
      change(application) {
        application.addService("register", "2.0.0", { more: ["data: own"] });
        application.addScript(
          "register",
          "2.0.0",
          scriptOf("register", "2.0.0", {
            offline: `const { payload: pages } = await relay.request("register.list", {}, { version: "1.0.0", pages: true });
    for await (const page of pages) for (const record of page) relay.send("register.put", { ...record, copied: true });
    await relay.checkpoint("copied");
    ${until("may-go-on")}
    done();`,
            undo: `await note("begins"); done();`,
          }),
          "offline:\n  follow: [register.put]\n",
        );
      },
      steps: [
        see(register("checkpoint-saved", "offline")),
        put("third"),
        type(ofRegister("cancel"), register("cancel-decided", "offline")),
        see(register("version-failed")),
        permit("may-go-on"),
        type(ofRegister("retry"), register("retry-decided", "offline")),
        see(register("version-live")),
        type(ofRegister("undo"), register("undo-decided")),
        see(register("attempt-done", "undo")),
      ],
    },
  ],
};

// It is recorded before it is removed: where it is still there, it is typed again.
const removeData = (name) => ({
  ...type(["data", "rm", name, "--force", "--reason", "nobody needs it"], { event: "removal-decided" }),
  isDone: (folder) => !readdirSync(path.join(folder, ".exo/local/data")).some((each) => each.endsWith(name)),
});

// A fleet that was there before exo; then a person has it run again, and taken back, between hosts.
const withoutHost = {
  name: "decided without a host",
  make(application) {
    greeters(application, OLD, NEW);
    const phase = `await note("begins"); done();`;
    application.addScript("greeter", NEW, scriptOf("greeter", NEW, { offline: phase, undo: phase }));
  },
  acts: [
    {
      name: "exo baseline",
      verb: type(["baseline", "--reason", "by hand in May"], about("phase-marked-done", NEW, "online")),
    },
    { name: "a host", leadsUp: true, steps: [see(about("version-live", NEW))] },
    {
      name: "exo script rerun",
      verb: type(script("rerun", NEW), about("rerun-decided", NEW, "offline")),
      rest: [type(script("rerun", NEW, "--phase", "online"), about("rerun-decided", NEW, "online"))],
    },
    { name: "a host that runs it", steps: [see(about("attempt-done", NEW, "offline", { generation: 2 }))] },
    { name: "exo script undo", verb: type(script("undo", NEW), about("undo-decided", NEW)) },
    { name: "a host that takes it back", steps: [see(about("attempt-done", NEW, "undo"))] },
    { name: "exo data rm", verb: removeData("greeter"), asOftenAsNeeded: ["removal-decided"] },
  ],
};

// A person's word for each attempt whose host has died.
const retryWhereInterrupted = (about) => ({
  ...see(about),
  async deed(folder) {
    const { output } = await exo(folder, ["script", "list", "--json"]);
    if (/"state": ?"interrupted"/.test(output)) await exo(folder, script("retry", NEW));
  },
});

// A host dies under a script that must not be run twice without a person's word.
const interrupted = {
  name: "interrupted",
  make(application) {
    greeters(application, OLD, NEW);
    application.addScript(
      "greeter",
      NEW,
      scriptOf("greeter", NEW, { offline: `${until("may-go-on")} await note("ends"); done();` }),
      "on-interrupted: ask\n",
    );
  },
  acts: [
    { name: "a host that dies", leadsUp: true, dies: true, steps: [see(about("attempt-started", NEW, "offline"))] },
    {
      name: "the next host",
      asOftenAsNeeded: ["retry-decided"],
      steps: [
        see(about("version-failed", NEW)),
        permit("may-go-on"),
        retryWhereInterrupted(about("version-live", NEW)),
      ],
    },
  ],
};

const repaired = {
  name: "repaired",
  make: (application) => greeters(application, OLD),
  acts: [
    { name: "a host", leadsUp: true, steps: [see(about("version-live", OLD))] },
    {
      name: "exo ledger repair",
      change: (application) => rmSync(path.join(application.folder, ".exo/local/ledger.head")),
      verb: type(["ledger", "repair", "--reason", "the head is lost"], { event: "ledger-repaired" }),
    },
  ],
};

module.exports = { decidedRollouts: [triedAgain, decided, followed, withoutHost, interrupted, repaired] };
