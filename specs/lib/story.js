"use strict";

const path = require("node:path");

const kLastLines = 12;

// What became of a version's script in the latest run of an environment, from `exo status --json`: the phases that did
// not end well, [{phase, state, reason, run, attempt}].
function failuresOf({ scripts }) {
  return ["offline", "online"]
    .map((phase) => ({ phase, ...scripts[phase] }))
    .filter(({ state }) => !["none", "done", "skipped"].includes(state));
}

// The last lines of a log, without the time that each begins with.
function lastLines(log) {
  const lines = log.split("\n").filter((line) => line !== "");
  return lines.slice(-kLastLines).map((line) => line.replace(/^\d{4}-\d\d-\d\dT\S+Z /, ""));
}

// Why a version did not come in, for people. `logs` is the folder where they may be read afterwards.
function tellFailure(environment, { role, version }, status, logs) {
  const name = `${role}@${version}`;
  if (!status) return `${name} is not there; exo run said:\n${environment.text}`;
  const failures = failuresOf(status);
  if (failures.length === 0) {
    return [`${name} is ${status.state}${status.reason ? `: ${status.reason}` : ""}; exo run said:`, environment.text].join("\n");
  }
  return failures.map((failure) => tellPhase(environment, name, failure, logs)).join("\n");
}

function tellPhase(environment, name, { phase, state, reason, run, attempt }, logs) {
  const lines = run === null ? [] : lastLines(environment.logOf(run, attempt));
  return [
    `the ${phase} script of ${name} ${state === "failed" ? "has failed" : `is ${state}`}${reason ? `: ${reason}` : ""}`,
    ...(lines.length > 0 ? ["its last lines:", ...lines.map((line) => `  ${line}`)] : ["it wrote nothing"]),
    ...(run !== null && logs ? [`its log: ${path.join(logs, `${run}-${attempt}.log`)}`] : []),
  ].join("\n");
}

module.exports = { lastLines, tellFailure };
