"use strict";

const assert = require("node:assert/strict");
const { readdirSync, readFileSync, statSync } = require("node:fs");
const path = require("node:path");
const { Given, Then, When } = require("@cucumber/cucumber");
const { eventually } = require("../support/eventually");

async function logs(world, ...args) {
  const { code, output, errors } = await world.exo("logs", ...args);
  assert.equal(code, 0, errors);
  return output;
}

// What may be another number each time: times, durations with their unit, sizes.
function pattern(line) {
  const escaped = line.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replace(/\bN\b/g, "[0-9][0-9 .:a-z-]*?")}$`);
}

Then(/^exo logs (\S+) shows these lines, in which N is any number:$/, async function (run, table) {
  const wanted = table.raw().map(([line]) => line);
  await eventually(`the lines of ${run}`, async () => {
    const lines = (await logs(this, run)).trimEnd().split("\n");
    if (lines.length !== wanted.length) throw new Error(lines.join("\n"));
    for (const [at, line] of lines.entries()) assert.match(line, pattern(wanted[at]));
    return true;
  });
});

Then("exo logs greeter-0.0.1-offline-1 --json tells which logs were deleted, and the last words of all", async function () {
  const entries = (await logs(this, "greeter-0.0.1-offline-1", "--json")).trim().split("\n").map((line) => JSON.parse(line));
  const heads = entries.filter(({ outcome }) => outcome !== undefined);
  assert.deepEqual(heads.map(({ attempt, log_deleted }) => [attempt, log_deleted]), [[1, true], [2, true], [3, true], [4, false], [5, false]]);
  for (const { lines, lines_left_out } of heads) {
    assert.ok(lines.includes("last words: no disk"), JSON.stringify(lines));
    assert.equal(lines_left_out, 0);
  }
  assert.deepEqual([...new Set(entries.filter(({ text }) => text !== null).map(({ attempt }) => attempt))], [4, 5]);
});

Then(
  /^exo logs (\S+) --json tells that attempt 1 failed with "(.*)" and attempt 2 was done with "(.*)"$/,
  async function (run, failed, done) {
    const entries = (await logs(this, run, "--json")).trim().split("\n").map((line) => JSON.parse(line));
    const heads = entries.filter(({ outcome }) => outcome !== undefined);
    assert.deepEqual(
      heads.map(({ attempt, outcome, status, text }) => ({ attempt, outcome, status, text })),
      [
        { attempt: 1, outcome: "failed", status: failed, text: null },
        { attempt: 2, outcome: "done", status: done, text: null },
      ],
    );
    for (const head of heads) {
      assert.ok(head.duration_ms > 0 && head.peak_memory_kib > 1024, JSON.stringify(head));
      assert.ok(head.at < head.ended, JSON.stringify(head));
    }
    assert.deepEqual(entries.map(({ attempt }) => attempt), [1, 1, 2, 2]);
  },
);

Then("the history tells for each attempt of {word} how its process ended", async function (name) {
  const [role, version] = name.split("@");
  const events = (await this.history()).filter((each) => each.role === role && each.version === version && each.attempt);
  const ends = events.filter(({ status }) => status !== undefined);
  assert.deepEqual(ends.map(({ event, attempt }) => [event, attempt]), [["attempt-failed", 1], ["attempt-exited", 2]]);
  for (const end of ends) {
    assert.ok(end.durationMs > 0 && end.peakMemoryKib > 1024 && end.userMs > 0, JSON.stringify(end));
    assert.deepEqual(end.lines, [`this is attempt ${end.attempt}`]);
    assert.ok(readFileSync(end.log, "utf8").includes(`this is attempt ${end.attempt}`));
  }
});

function filesOfLogs(world, prefix) {
  const folder = path.join(world.application.folder, ".exo/local/logs");
  return readdirSync(folder).filter((file) => file.startsWith(prefix)).map((file) => path.join(folder, file));
}

Then(/^the logs of (\S+) that are left are of attempts (\d+) and (\d+)$/, async function (run, first, second) {
  const wanted = [first, second].map((attempt) => `${run}-${attempt}.log`);
  await eventually(`only ${wanted.join(" and ")}`, () => {
    const left = filesOfLogs(this, `${run}-`).map((file) => path.basename(file)).sort();
    if (JSON.stringify(left) !== JSON.stringify(wanted)) throw new Error(left.join(", "));
    return true;
  });
});

Given(/^application\.yml limits logs to (\S+)(?: bytes)?$/, function (size) {
  this.application.write("application.yml", `${this.application.read("application.yml")}logs:\n  size: ${size}\n`);
});

When("talker says more than that on its output", async function () {
  for (let i = 0; i < 40; i += 1) await this.ask("talker.say", { text: `${i} `.padEnd(40_000, "x") });
});

Then("the logs of talker@0.0.1 take no more than that, and say that their oldest part was deleted", async function () {
  const file = () => filesOfLogs(this, "talker-0.0.1.log");
  await eventually("the last line in the log", () => file().some((each) => readFileSync(each, "utf8").includes(" 39 x")));
  const bytes = file().map((each) => statSync(each).size).reduce((sum, size) => sum + size, 0);
  assert.ok(bytes < 1.25 * 1024 * 1024, `${bytes} bytes`); // each of the four files ends with what was too much
  assert.ok(file().some((each) => readFileSync(each, "utf8").includes("its oldest part was deleted")));
});
