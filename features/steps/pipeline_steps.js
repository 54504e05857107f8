"use strict";

const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const path = require("node:path");
const { Then, When } = require("@cucumber/cucumber");
const { eventually } = require("../support/eventually");
const { exoBinary } = require("../support/paths");
const { shellWords } = require("../support/shell_words");

When(/^exo run (--.*) is (ready|started)$/, async function (words, state) {
  const run = this.startRun([...shellWords(words), ...this.freePorts()]);
  if (state === "ready") await run.ready();
});

When(/^exo run ?(--.*)? is started, and is to write (\S+) and (\S+)$/, function (words, junit, json) {
  const file = (name) => path.join(this.application.folder, name);
  this.startRun([...shellWords(words ?? ""), "--junit", file(junit), "--json", file(json), ...this.freePorts()]);
});

Then(/^(\S+) tells of rollout (\d+), in which (\S+) is (\w+) and (\S+) is (\w+)$/, function (file, number, one, oneIs, other, otherIs) {
  const { application, environment, rollout, versions } = JSON.parse(this.application.read(file));
  assert.deepEqual({ application, environment }, { application: "feature", environment: "local" });
  assert.deepEqual({ number: rollout.number, end: rollout.end }, { number: Number(number), end: "stopped" });
  assert.match(rollout.host, /^host-/);
  const outcomes = Object.fromEntries(versions.map(({ role, version, outcome }) => [`${role}@${version}`, outcome]));
  assert.deepEqual({ [one]: outcomes[one], [other]: outcomes[other] }, { [one]: oneIs, [other]: otherIs });
});

Then(/^(\S+) says that exo run ended with (\d): "(.*)"$/, function (file, code, reason) {
  const { run } = JSON.parse(this.application.read(file));
  assert.deepEqual({ command: run.command, code: run.exit_code }, { command: "exo run", code: Number(code) });
  assert.ok(run.reason.includes(reason), run.reason);
});

Then(/^(\S+) lists (\d+) rollouts, each of which exo report tells by its host$/, async function (file, count) {
  const { rollouts } = JSON.parse(this.application.read(file));
  assert.deepEqual(rollouts.map(({ number, end }) => [number, end]), Array.from({ length: Number(count) }, (_, i) => [i + 1, "stopped"]));
  for (const { number, host, began, ended } of rollouts) {
    assert.ok(began < ended, `${began} ${ended}`);
    const { output, errors } = await this.exo("report", "--rollout", host, "--json", "-");
    assert.equal(JSON.parse(output).rollout.number, number, errors);
  }
});

Then("exo run exits with code {int}, after it has said {string}", { timeout: 60_000 }, async function (code, text) {
  assert.deepEqual(await this.run.ended({ within: 60_000 }), { code, signal: null }, this.run.text);
  assert.ok(this.run.text.includes(text), this.run.text);
});

Then(/^exo status lists (\S+@\S+)(?: and (\S+@\S+))? alone$/, async function (one, other) {
  const names = other ? [one, other] : [one];
  const { services } = await this.status();
  assert.deepEqual(services.map(({ role, version }) => `${role}@${version}`).sort(), names.sort());
});

Then(
  /^the report says of (\S+)@(\S+): (\w+), its (\w+) phase (\w+) in (\d+) attempts, saying "(.*)"$/,
  function (role, version, outcome, phase, phaseOutcome, attempts, text) {
    const { application, environment, versions } = JSON.parse(this.answer.output);
    assert.deepEqual({ application, environment }, { application: "feature", environment: "local" });
    const found = versions.find((each) => each.role === role && each.version === version);
    assert.equal(found.outcome, outcome);
    const told = found.phases.find((each) => each.phase === phase);
    assert.deepEqual([told.outcome, told.attempts, told.generation], [phaseOutcome, Number(attempts), 1]);
    assert.ok(told.seconds > 0, JSON.stringify(told));
    assert.ok(told.lines.includes(text), JSON.stringify(told));
  },
);

When("a program starts exo run --with-parent, and is killed", async function () {
  const script = '"$0" run "$1" --with-parent & wait';
  const starter = spawn("sh", ["-c", script, exoBinary(), this.application.folder], { env: this.environment, stdio: "ignore" });
  await eventually("exo run to be ready", async () => (await this.status()).services.some(({ state }) => state === "live"));
  starter.kill("SIGKILL");
});
