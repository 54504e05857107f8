"use strict";

const assert = require("node:assert/strict");
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { addLacks } = require("../lib/lacks_report");

const lack = 'deployment-scripts/todo-0.0.1.feature: there is no deployment script of "todo@0.0.1" & <none>';

// What becomes of a report.
function reported({ junit, json, lacks = [lack] }, context) {
  const folder = mkdtempSync("/tmp/exof-lacks-");
  context.after(() => rmSync(folder, { recursive: true }));
  const options = {};
  for (const [name, text] of Object.entries({ junit, json })) {
    if (text === undefined) continue;
    options[name] = path.join(folder, name);
    writeFileSync(options[name], text);
  }
  addLacks({ name: "todo-app", lacks, options });
  return Object.fromEntries(Object.entries(options).map(([name, file]) => [name, readFileSync(file, "utf8")]));
}

test("a spec that could not be run is a failed case of the JUnit report", (context) => {
  const before = '<?xml version="1.0"?>\n<testsuite name="todo-app" time="1" tests="2" skipped="0" failures="1" errors="0">\n<testcase/>\n</testsuite>';
  const { junit } = reported({ junit: before }, context);
  assert.match(junit, /<testsuite name="todo-app" time="1" tests="3" skipped="0" failures="2" errors="0">\n<testcase\/>\n<testcase classname="todo-app" /);
  assert.match(junit, /name="deployment-scripts\/todo-0\.0\.1\.feature" time="0"><failure type="refused" message="there is no deployment script of &quot;todo@0\.0\.1&quot; &amp; &lt;none&gt;">/);
  assert.match(junit, /<\/testcase>\n<\/testsuite>$/);
});

test("a JUnit report without a case gets one", (context) => {
  const { junit } = reported({ junit: '<testsuite name="todo-app" tests="0" failures="0" errors="0"/>' }, context);
  assert.match(junit, /^<testsuite name="todo-app" tests="1" failures="1" errors="0">\n<testcase [^]*<\/testcase>\n<\/testsuite>$/);
});

test("a spec that could not be run is a failed scenario of the JSON report", (context) => {
  const { json } = reported({ json: JSON.stringify([{ name: "search" }]) }, context);
  const [first, second] = JSON.parse(json);
  assert.equal(first.name, "search");
  assert.equal(second.uri, "deployment-scripts/todo-0.0.1.feature");
  const [{ status, error_message: message }] = second.elements[0].steps.map(({ result }) => result);
  assert.deepEqual({ status, message }, { status: "failed", message: lack.slice(lack.indexOf(": ") + 2) });
});

test("reports are left alone where nothing is lacking", (context) => {
  const before = { junit: "<testsuite/>", json: "[]", lacks: [] };
  assert.deepEqual(reported(before, context), { junit: "<testsuite/>", json: "[]" });
});
