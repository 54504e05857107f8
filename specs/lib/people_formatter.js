"use strict";

const path = require("node:path");
const { Formatter, Status } = require("@cucumber/cucumber");

const own = path.resolve(__dirname, "..");

const marks = { [Status.PASSED]: "✓", [Status.FAILED]: "✗", [Status.UNDEFINED]: "?", [Status.AMBIGUOUS]: "?", [Status.PENDING]: "…", [Status.SKIPPED]: "-" };

// A failure without what only tells how exo and cucumber are built: where in the user's own files it was stays.
function readable(message) {
  const lines = message.split("\n");
  const isFrame = (line) => /^ +at /.test(line);
  const isTheirs = (line) => !line.includes(own) && !line.includes("node_modules") && !line.includes("node:") && /[/\\]/.test(line);
  return lines.filter((line) => !isFrame(line) || isTheirs(line)).map((line, number) => (number === 0 ? line.replace(/^Error: /, "") : line));
}

const seconds = ({ seconds: whole = 0, nanos = 0 }) => Number(whole) + nanos / 1e9;

// What people see of a run: a line for each scenario, and for one that has failed its steps and why.
class PeopleFormatter extends Formatter {
  #colors;
  #isTerminal;
  #features = new Set();
  #counts = { passed: 0, failed: 0 };

  constructor(options) {
    super(options);
    const { colors, terminal } = options.parsedArgvOptions.people ?? {};
    this.#colors = colors;
    this.#isTerminal = terminal;
    options.eventBroadcaster.on("envelope", (envelope) => {
      if (envelope.testStepStarted) this.#stepStarted(envelope.testStepStarted);
      if (envelope.testCaseFinished && !envelope.testCaseFinished.willBeRetried) this.#finished(envelope.testCaseFinished);
      if (envelope.testRunFinished) this.#runFinished();
    });
  }

  #paint(code, text) {
    return this.#colors ? `\x1b[${code}m${text}\x1b[0m` : text;
  }

  // On a terminal the step that goes on just now, which is written over.
  #stepStarted({ testCaseStartedId, testStepId }) {
    if (!this.#isTerminal) return;
    const { pickle, testCase } = this.eventDataCollector.getTestCaseAttempt(testCaseStartedId);
    const step = testCase.testSteps.find(({ id }) => id === testStepId);
    const text = pickle.steps.find(({ id }) => id === step.pickleStepId)?.text ?? "";
    this.log(`\r\x1b[K  ${pickle.name}${text && `: ${text}`}`.slice(0, (process.stdout.columns || 80) + 3));
  }

  #finished({ testCaseStartedId }) {
    const attempt = this.eventDataCollector.getTestCaseAttempt(testCaseStartedId);
    const { status, duration } = attempt.worstTestStepResult;
    const passed = status === Status.PASSED;
    this.#counts[passed ? "passed" : "failed"] += 1;
    if (this.#isTerminal) this.log("\r\x1b[K");
    this.#introduce(attempt);
    const time = Object.values(attempt.stepResults).reduce((sum, result) => sum + seconds(result.duration), 0);
    const mark = this.#paint(passed ? 32 : 31, marks[status] ?? "✗");
    this.log(`  ${mark} ${attempt.pickle.name}${duration ? this.#paint(2, `  (${time.toFixed(1)} s)`) : ""}\n`);
    if (!passed) this.#explain(attempt);
  }

  #introduce({ gherkinDocument }) {
    if (this.#features.has(gherkinDocument.uri)) return;
    this.#features.add(gherkinDocument.uri);
    this.log(`${gherkinDocument.feature.name}  ${this.#paint(2, `(${gherkinDocument.uri})`)}\n`);
  }

  #explain(attempt) {
    const lines = [];
    for (const step of attempt.testCase.testSteps) {
      const result = attempt.stepResults[step.id];
      if (!result) continue;
      const text = this.#textOf(attempt, step);
      if (text) lines.push(`${marks[result.status] ?? "✗"} ${text}`);
      if (result.status !== Status.PASSED) lines.push(...this.#reasons(attempt, step, result).map((line) => `    ${line}`));
      for (const { body, mediaType } of attempt.stepAttachments[step.id] ?? []) {
        if (mediaType === "text/plain") lines.push(`  ${body}`);
      }
    }
    for (const line of lines) this.log(`      ${line}\n`);
  }

  #textOf({ pickle, gherkinDocument }, step) {
    const found = pickle.steps.find(({ id }) => id === step.pickleStepId);
    if (!found) return null; // a hook
    const line = lineOf(gherkinDocument, found.astNodeIds[0]);
    return `${found.text}${line ? this.#paint(2, `  (${gherkinDocument.uri}:${line})`) : ""}`;
  }

  #reasons(attempt, step, { status, message }) {
    if (status === Status.UNDEFINED) return this.#suggest(attempt, step);
    if (status === Status.SKIPPED) return [];
    return message ? readable(message) : [`it is ${status.toLowerCase()}`];
  }

  #suggest({ pickle }, step) {
    const found = pickle.steps.find(({ id }) => id === step.pickleStepId);
    const keywordType = { Context: "precondition", Action: "event", Outcome: "outcome" }[found.type] ?? "precondition";
    const snippet = this.snippetBuilder.build({ keywordType, pickleStep: found });
    return ["no step says this; look for a slip in it, or write it in a file of deployment-scripts/steps/:", 'const { Given, When, Then } = require("@cucumber/cucumber");', ...snippet.split("\n")];
  }

  #runFinished() {
    const { passed, failed } = this.#counts;
    this.log(`${passed} passed, ${failed} failed\n`);
  }
}

function lineOf({ feature }, id) {
  const steps = feature.children.flatMap(({ background, scenario, rule }) =>
    rule ? rule.children.flatMap((child) => (child.background ?? child.scenario)?.steps ?? []) : ((background ?? scenario)?.steps ?? []),
  );
  return steps.find((step) => step.id === id)?.location.line;
}

module.exports = { default: PeopleFormatter, readable };
