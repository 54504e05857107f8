"use strict";

// The scenarios that have begun and not ended, of a file of cucumber's messages, which may break off anywhere:
// {where, scenario, step, since}; `step` is empty before the first one, `since` is in seconds since 1970.
function scenariosUnderWay(text) {
  const pickles = new Map();
  const cases = new Map();
  const underWay = new Map();
  const take = {
    pickle: (pickle) => pickles.set(pickle.id, pickle),
    testCase: (each) => cases.set(each.id, each),
    testCaseStarted: ({ id, testCaseId, timestamp }) => underWay.set(id, begun(cases.get(testCaseId), pickles, timestamp)),
    testStepStarted: ({ testCaseStartedId, testStepId, timestamp }) => enter(underWay.get(testCaseStartedId), testStepId, timestamp),
    testCaseFinished: ({ testCaseStartedId }) => underWay.delete(testCaseStartedId),
  };
  for (const line of text.split("\n").slice(0, -1)) {
    for (const [kind, message] of Object.entries(JSON.parse(line))) take[kind]?.(message);
  }
  return [...underWay.values()].map(({ names: _, ...told }) => told);
}

function begun(testCase, pickles, { seconds }) {
  const { uri, name, steps } = pickles.get(testCase.pickleId);
  const texts = new Map(steps.map(({ id, text }) => [id, text]));
  const names = new Map(testCase.testSteps.map(({ id, pickleStepId }) => [id, texts.get(pickleStepId) ?? "a hook"]));
  return { where: uri, scenario: name, step: "", since: seconds, names };
}

function enter(scenario, testStepId, { seconds }) {
  scenario.step = scenario.names.get(testStepId);
  scenario.since = seconds;
}

module.exports = { scenariosUnderWay };
