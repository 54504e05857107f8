"use strict";

const assert = require("node:assert/strict");
const { accessSync, constants, existsSync, readFileSync } = require("node:fs");
const path = require("node:path");
const { Given, Then } = require("@cucumber/cucumber");
const { documentedCommands, helpCommands } = require("../support/documented_commands");
const { freePort } = require("../support/free_port");
const { faults } = require("../support/operations_page");
const { exoBinary, root } = require("../support/paths");
const { shellWords } = require("../support/shell_words");

// Commands that prepare exo itself are not run by its features; their verb must be there.
const recognised = [
  { form: /^git clone \S+( \S+)?$/, check: () => {} },
  { form: /^cd \S+$/, check: () => {} },
  { form: /^(bin\/(?:setup|test|tidy|simulate|fuzz|soak|crash)|\.ci\/run)( .*)?$/, check: ([, verb]) => executable(verb) },
  {
    form: /^bin\/bench (\S+)( .*)?$/,
    check: ([, name]) => assert.ok(existsSync(path.join(root, "benchmarks", name)), `there is no benchmark ${name}`),
  },
];

function executable(verb) {
  accessSync(path.join(root, verb), constants.X_OK);
}

// Begins and, once nothing is missed any more, ends as Ctrl-C ends it.
async function tryTap(world, args) {
  const tap = world.begin(...args);
  await tap.says(/from now on/);
  return { ...(await tap.stop()), errors: tap.text };
}

// No host may run meanwhile; those who come afterwards find one again.
async function tryWithoutHost(world, args) {
  await world.stopRun();
  const answer = await world.exo(...args);
  await world.runUntilReady();
  return answer;
}

// What fits depends on how the phase stands; features/script-decisions.feature and features/pause.feature tell of that.
async function tryDecision(world, args) {
  const answer = await world.exo(...args);
  return answer.errors.includes(" does not fit ") ? { code: 0 } : answer;
}

// What those before it have made is not git's yet.
async function tryBuild(world, args) {
  const identity = ["-c", "user.name=feature", "-c", "user.email=feature@localhost"];
  await world.command("git", ["add", "--all"]);
  await world.command("git", [...identity, "commit", "--quiet", "--allow-empty", "--message", "more"]);
  return world.exo(...args);
}

const trials = [
  { form: /^build/, run: tryBuild },
  { form: /^tap/, run: tryTap },
  { form: /^(ledger repair|data rm)/, run: tryWithoutHost },
  { form: /^script (retry|skip|mark-done|cancel|rerun|dry-run|pause|resume|throttle|undo|verify)/, run: tryDecision },
  // All specs, each with a fleet of its own: this only ends one that hangs.
  { form: /^test/, run: (world, args) => world.command(exoBinary(), args, { within: 1_200_000 }) },
  { form: /^run .*--dry-run/, run: tryDryRun },
  { form: /^run/, run: tryRun },
  { form: /^(host|stop)\b/, run: tryHost },
  { form: /^/, run: (world, args) => world.exo(...args) },
];

// A command of exo with the application that this scenario has in place of the example's folder.
async function tryExo(world, words) {
  const args = words.map((word) => (/^examples\/todo-app\/?$/.test(word) ? world.application.folder : word));
  return trials.find(({ form }) => form.test(args.join(" "))).run(world, args);
}

async function tryRun(world, args) {
  if (world.runs.length > 0 && world.run.running) await world.stopRun();
  await world.runUntilReady([...args.filter((word) => word !== "run" && word !== world.application.folder), ...world.freePorts()]);
  return { code: 0 };
}

// It stops by itself; those who come afterwards find a run that does not.
async function tryDryRun(world, args) {
  if (world.runs.length > 0 && world.run.running) await world.stopRun();
  const run = world.startRun([...args.filter((word) => word !== "run" && word !== world.application.folder), ...world.freePorts()]);
  const { code } = await run.ended({ within: 60_000 });
  await world.runUntilReady();
  return { code, errors: run.text };
}

// A host whose fleet outlives it is begun for the example that ends it; those who come afterwards find a run again.
async function tryHost(world, [verb, ...args]) {
  await world.stopRun();
  world.startHost([...args.filter((word) => word !== world.application.folder && verb === "host"), ...world.freePorts()]);
  await world.run.ready({ within: 60_000 });
  const answer = verb === "stop" ? await world.exo(verb, ...args) : { code: 0 };
  if (world.run.running) await world.stopRun();
  await world.exo("stop");
  await world.runUntilReady();
  return answer;
}

async function succeeds(verb) {
  const { code, errors, output } = await verb;
  if (code !== 0) throw new Error(`it ended with ${code}: ${errors || output}`);
}

// Each that does not work, with where it is written and why.
async function failuresOf(world, commands) {
  const failures = [];
  for (const { where, text } of commands) {
    try {
      const known = recognised.find(({ form }) => form.test(text));
      const exo = /^(?:bin\/)?exo (.*)$/.exec(text);
      if (known) known.check(known.form.exec(text));
      else if (exo) await succeeds(tryExo(world, shellWords(exo[1])));
      else throw new Error("no command that the features know");
    } catch (error) {
      failures.push(`${where}: ${text}: ${error.message}`);
    }
  }
  return failures;
}

Then("each command of the documentation works in it or prepares exo", { timeout: 2_400_000 }, async function () {
  const commands = documentedCommands();
  assert.ok(commands.some(({ text }) => text.startsWith("bin/exo run")), "the README shows bin/exo run");
  assert.deepEqual(await failuresOf(this, commands), []);
});

Then(/^each fault of docs\/operations\.md has a scenario that leads out of it$/, function () {
  const scenarios = readFileSync(path.join(root, "features/ledger.feature"), "utf8");
  const isTried = (fault) => new RegExp(`^ *(\\||Scenario:) ${fault}\\b`, "m").test(scenarios);
  assert.ok(faults().length >= 8, String(faults()));
  assert.deepEqual(faults().filter((fault) => !isTried(fault)), []);
});

// Of the machine, not of the file: the user that it names is none here, and root is bound by no limit of processes.
function ofThisMachine(text) {
  return text.replace(/^user: .*\n(?: +#.*\n)*/m, "").replace(/^ +processes: .*\n/m, "");
}

Given("the service.yml of the docs as one of its services", async function () {
  const page = readFileSync(path.join(root, "docs/applications.md"), "utf8");
  const [, shown] = /## service\.yml\n\n```yaml\n([^]*?)```/.exec(page);
  const { application } = this;
  const versions = "\n  shown:\n    versions:\n      - location: ./older\n      - location: ./shown\n  accounts: {location: ./accounts}\n";
  application.write("application.yml", application.read("application.yml").trimEnd() + versions);
  const port = await freePort(); // for the one that the page states, which somebody may have
  const older = `type: public\nversion: 0.0.1\ndevelopment:\n  port: ${port}\n  scripts:\n    run: node server.js\n`;
  application.write("older/service.yml", older);
  application.write("accounts/service.yml", "version: 2.0.0\ndevelopment: {scripts: {run: node server.js}}\n");
  application.write("shown/service.yml", ofThisMachine(shown).replace(/port: 3000/, `port: ${port}`));
});

Then("exo check has nothing to say about that service", async function () {
  const environment = { ...this.environment, API_KEY: "a secret" };
  const { code, output, errors } = await this.command(exoBinary(), ["check"], { environment });
  const said = `${output}${errors}`.split("\n").filter((line) => line.includes("shown/service.yml"));
  assert.deepEqual({ code, said }, { code: 0, said: [] }, `${output}${errors}`);
});

Then("each command that --help shows works in it", { timeout: 2_400_000 }, async function () {
  await this.runUntilReady();
  assert.deepEqual(await failuresOf(this, helpCommands()), []);
});
