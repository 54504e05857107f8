"use strict";

const { mkdirSync, rmSync } = require("node:fs");
const path = require("node:path");
const { loadConfiguration, runCucumber } = require("@cucumber/cucumber/api");
const { Environment } = require("./environment");
const { addLacks } = require("./lacks_report");

const exits = { done: 0, failed: 1 };

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

// Exit code of a run of the specs of a plan (see plan.js).
async function runSpecs(plan) {
  endOnSignals();
  rmSync(plan.logs, { recursive: true, force: true });
  const environment = { cwd: plan.application, stdout: process.stdout, stderr: process.stderr, env: variables() };
  const { runConfiguration } = await loadConfiguration({ file: false, provided: configurationOf(plan) }, environment);
  let scenarios = 0;
  const { success } = await runCucumber(runConfiguration, environment, ({ testCase }) => {
    if (testCase) scenarios += 1;
  });
  const lacks = success && scenarios === 0 ? [whyNone(plan)] : plan.lacks;
  addLacks({ ...plan, lacks });
  for (const lack of lacks) console.error(`exo: ${lack}`);
  return success && lacks.length === 0 ? exits.done : exits.failed;
}

const whyNone = ({ options: { name } }) => (name ? `no scenario is called like "${name}"` : "the specs hold no scenario");

function configurationOf(plan) {
  const terminal = process.stdout.isTTY === true;
  const colors = terminal && !process.env.NO_COLOR;
  return {
    paths: plan.specs.flatMap(({ files }) => files).map(literally),
    require: [path.join(__dirname, "../steps/*.js"), ...plan.steps.map(literally)],
    format: [path.join(__dirname, "people_formatter.js"), ...reportsOf(plan.options)],
    formatOptions: { colorsEnabled: colors, people: { colors, terminal }, junit: { suiteName: plan.name } },
    name: plan.options.name ? [escaped(plan.options.name)] : [],
    worldParameters: { plan },
    publish: false,
  };
}

// Cucumber takes paths for patterns.
const literally = (file) => file.replace(/[*?[\]{}()!\\]/g, "\\$&");

function reportsOf({ junit, json }) {
  const reports = [];
  if (junit) reports.push(["junit", prepared(junit)]);
  if (json) reports.push(["json", prepared(json)]);
  return reports;
}

function prepared(file) {
  mkdirSync(path.dirname(file), { recursive: true });
  return file;
}

// Nothing of the user's own cucumber says how exo's runs.
function variables() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("CUCUMBER_")));
}

// Ctrl-C ends what runs in order, and again at once; either way nothing is left behind.
function endOnSignals() {
  let ending = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      if (ending) return Environment.hurryAll();
      ending = true;
      process.stderr.write("\nexo: stopping; press Ctrl-C again to end everything at once\n");
      Environment.removeAll().finally(() => process.exit(exits.failed));
    });
  }
}

module.exports = { runSpecs };
