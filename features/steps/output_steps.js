"use strict";

const assert = require("node:assert/strict");
const { existsSync, readdirSync, readFileSync } = require("node:fs");
const path = require("node:path");
const { Then, When } = require("@cucumber/cucumber");
const { eventually } = require("../support/eventually");

// Every file that the text names with its whole path.
function namedFiles(text) {
  const names = text.match(/\/[^\s"',;()]+/g) ?? [];
  return [...new Set(names.map((name) => name.replace(/[.:]+$/, "")))].filter((name) => existsSync(name));
}

Then("exo run says that {word} failed because of {string}", async function (name, reason) {
  const [role, version] = name.split("@");
  const about = this.run.text.split("\n").filter((line) => line.includes(role) && line.includes(version));
  assert.ok(about.some((line) => /fail/.test(line)), `no line says that ${name} failed:\n${this.run.text}`);
  assert.ok(this.run.text.includes(reason), `"${reason}" is not in:\n${this.run.text}`);
});

Then("exo run names a log file that holds {string}", function (words) {
  const files = namedFiles(this.run.text).filter((name) => name.endsWith(".log"));
  assert.notDeepEqual(files, [], `no log file is named in:\n${this.run.text}`);
  assert.ok(
    files.some((file) => readFileSync(file, "utf8").includes(words)),
    `"${words}" is in none of ${files.join(", ")}`,
  );
});

Then("exo run says what to do next about {word}", function (name) {
  const [role, version] = name.split("@");
  const advice = this.run.text.split("\n").filter((line) => /next:|then |again|mend|fix/i.test(line));
  assert.ok(
    advice.some((line) => line.includes("exo ") || line.includes(`${role}-${version}`) || line.includes(name)),
    `no advice in:\n${this.run.text}`,
  );
});

When(/^talker says "(.*)" on its (output|errors)$/, async function (text, stream) {
  await this.ask("talker.say", { text, errors: stream === "errors" });
});

When(/^talker@(\S+) says "(.*)"$/, async function (version, text) {
  await this.ask("talker.say", { text }, { version });
});

Then("exo run shows {string} behind the role talker", async function (text) {
  await this.run.says(new RegExp(`^\\s*talker\\b.*${text}$`));
});

Then("the log files of talker hold {string} and {string}", async function (first, second) {
  const folder = path.join(this.application.folder, ".exo/local/logs");
  await eventually(`both texts in ${folder}`, () => {
    const logs = readdirSync(folder, { recursive: true }).filter((name) => name.includes("talker"));
    const text = logs.map((name) => readFileSync(path.join(folder, name), "utf8")).join("");
    return text.includes(first) && text.includes(second);
  });
});
