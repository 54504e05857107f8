"use strict";

const { readFileSync, writeFileSync } = require("node:fs");

// Adds to the reports of a run what the specs lack that could not be run: a case, and a scenario, that has failed for
// each. Cucumber knows nothing of them, and a report without them would look green. `plan`: see plan.js.
function addLacks({ name, lacks, options: { junit, json } }) {
  if (lacks.length === 0) return;
  if (junit) rewrite(junit, (text) => withCases(text, name, lacks));
  if (json) rewrite(json, (text) => `${JSON.stringify([...JSON.parse(text), ...lacks.map(featureOf)], null, 2)}\n`);
}

const rewrite = (file, change) => writeFileSync(file, change(readFileSync(file, "utf8")));

// "deployment-scripts/todo-0.0.1.feature: there is no …" → the spec, and what it lacks.
function parted(lack) {
  const at = lack.indexOf(": ");
  return at < 0 ? { spec: lack, why: lack } : { spec: lack.slice(0, at), why: lack.slice(at + 2) };
}

// What may not be at all in XML 1.0 is shown as unknown.
const escapes = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const inXml = (text) => text.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/g, "\ufffd").replace(/[&<>"]/g, (character) => escapes[character]);

function withCases(report, suite, lacks) {
  const cases = lacks.map(parted).map(
    ({ spec, why }) =>
      `<testcase classname="${inXml(suite)}" name="${inXml(spec)}" time="0">` +
      `<failure type="refused" message="${inXml(why)}">${inXml(why)}</failure></testcase>\n`,
  );
  const more = (tag) => tag.replace(/ (tests|failures)="(\d+)"/g, (_, what, count) => ` ${what}="${Number(count) + lacks.length}"`);
  const [, before, tag, after] = /^([^]*?)(<testsuite\b[^>]*>)([^]*)$/.exec(report);
  if (tag.endsWith("/>")) return `${before}${more(tag.slice(0, -2).trimEnd())}>\n${cases.join("")}</testsuite>${after}`;
  const end = after.lastIndexOf("</testsuite>");
  return `${before}${more(tag)}${after.slice(0, end)}${cases.join("")}${after.slice(end)}`;
}

// As Cucumber's JSON has a feature.
function featureOf(lack) {
  const { spec, why } = parted(lack);
  const result = { status: "failed", duration: 0, error_message: why };
  const steps = [{ keyword: "Given ", name: "the version of this spec and its script", line: 0, result }];
  const scenario = { id: `${spec};refused`, keyword: "Scenario", name: "the spec can be run", line: 0, type: "scenario", tags: [], steps };
  return { uri: spec, id: spec, keyword: "Feature", name: spec, line: 0, tags: [], elements: [scenario] };
}

module.exports = { addLacks };
