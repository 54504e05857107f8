"use strict";

const { Then, When } = require("@cucumber/cucumber");
const { serviceWords } = require("../lib/scenario");
const { lastLines } = require("../lib/story");

const patiently = { timeout: -1 }; // exo bounds how long a script may take, and how long it may be quiet

When(/^the (?:deployment )?script runs$/, patiently, async function () {
  await this.scenario.expectLive(await this.scenario.runScript());
});

When(/^(?:it|the (?:deployment )?script) runs again$/, patiently, async function () {
  await this.scenario.expectLive(await this.scenario.runScriptAgain());
});

When(/^the (?:deployment )?script is undone$/, patiently, async function () {
  await this.scenario.undoScript();
});

When(/^the (?:deployment )?script is verified$/, patiently, async function () {
  await this.scenario.verifyScript();
});

// Counted by the broker, which hears the script no more from then on; what it had sent is delivered before it is killed.
When(/^(?:it|the (?:deployment )?(?:(offline|online) )?script) is killed after (\d+) messages?$/, patiently, async function (phase, count) {
  const { role, version } = this.version;
  const where = `${role}@${version}${phase ? `:${phase}` : ""}`;
  const status = await this.scenario.runScript(["--kill-script", `${where}=${count}`]);
  const killed = (await this.history()).some(({ event, role: of, version: at, reason }) => event === "attempt-failed" && of === role && at === version && /--kill-script/.test(reason ?? ""));
  if (killed) return;
  if (status?.state !== "live" || status.flagged) await this.scenario.expectLive(status);
  throw new Error(`the ${phase ? `${phase} ` : ""}script was done before it had sent ${count} message${count === "1" ? "" : "s"} in one phase; kill it after fewer`);
});

When(/^the (?:deployment )?script fails$/, patiently, async function () {
  const status = await this.scenario.runScript();
  if (status?.state === "live" && !status.flagged) throw new Error("the script was done, and has not failed");
});

Then(/^(?:it|the (?:deployment )?script) says? "(.*)"$/, patiently, async function (text) {
  const attempts = (await this.history()).filter(({ event, role, version }) => event === "attempt-started" && role === this.version.role && version === this.version.version);
  const logs = attempts.map(({ run, attempt }) => this.scenario.environment.logOf(run, attempt));
  if (logs.some((log) => log.includes(text))) return;
  throw new Error(`none of its logs holds ${JSON.stringify(text)}; the last lines of the latest:\n${lastLines(logs.at(-1) ?? "").join("\n")}`);
});

// Of the script's own role it is the version that the script brings in.
Then(new RegExp(`^${serviceWords} is (live|held)$`), patiently, async function (noun, version, state) {
  await this.scenario.expectState(noun, version ?? undefined, state);
});
