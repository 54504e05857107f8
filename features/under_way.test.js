"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { scenariosUnderWay } = require("./support/under_way");

const pickle = (id, name) => ({ pickle: { id, uri: "features/a.feature", name, steps: [{ id: `${id}-step`, text: "it waits" }] } });
const testCase = (id, pickleId) => ({
  testCase: { id, pickleId, testSteps: [{ id: `${id}-1`, pickleStepId: `${pickleId}-step` }, { id: `${id}-2` }] },
});
const started = (id, seconds) => ({ testCaseStarted: { id: `${id}-run`, testCaseId: id, timestamp: { seconds } } });
const step = (id, number, seconds) => ({
  testStepStarted: { testCaseStartedId: `${id}-run`, testStepId: `${id}-${number}`, timestamp: { seconds } },
});
const finished = (id) => ({ testCaseFinished: { testCaseStartedId: `${id}-run` } });
const lines = (...messages) => messages.map((message) => `${JSON.stringify(message)}\n`).join("");

const two = [pickle("p", "one"), pickle("q", "other"), testCase("c", "p"), testCase("d", "q"), started("c", 5), started("d", 6)];

test("what has ended is not under way", () => {
  assert.deepEqual(scenariosUnderWay(lines(...two, finished("c"), finished("d"))), []);
});

test("what has begun is named with its step, or its hook", () => {
  const text = lines(...two, step("c", 1, 7), step("d", 1, 8), step("d", 2, 9));
  assert.deepEqual(scenariosUnderWay(text), [
    { where: "features/a.feature", scenario: "one", step: "it waits", since: 7 },
    { where: "features/a.feature", scenario: "other", step: "a hook", since: 9 },
  ]);
});

test("a file may break off anywhere", () => {
  const text = lines(...two, step("c", 1, 7));
  for (let length = 0; length <= text.length; length += 1) {
    const named = scenariosUnderWay(text.slice(0, length)).map(({ scenario }) => scenario);
    assert.deepEqual(named, ["one", "other"].slice(0, named.length));
  }
});
