"use strict";

const path = require("node:path");
const { Given, When } = require("@cucumber/cucumber");
const { deploymentScript, scriptWithSyntaxError } = require("../support/scripts");
const { example } = require("../support/paths");
const { unusedPort } = require("../support/unused_port");

// "greeter@0.0.2", or "greeter" for its first version.
function nameAndVersion(text) {
  const [role, version = "0.0.1"] = text.split("@");
  return { role, version };
}

function addService(world, text, options) {
  const { role, version } = nameAndVersion(text);
  world.application.addService(role, version, options);
  if (role === "page") world.publicRoles.push(role);
  world.underTest = { role, version };
}

function addScript(world, { role, version }, phases) {
  world.underTest = { role, version };
  world.application.addScript(role, version, deploymentScript(role, version, phases));
}

Given(/^the services? ((?:[a-z]+(?:@[0-9.]+)?(?:, | and )?)+)$/, function (list) {
  for (const name of list.split(/, | and /)) addService(this, name);
});

Given(
  /^the service (\S+) with a deployment script whose (offline|online) phase (.*?)(?: and whose (online|undo|verify) phase (.*))?$/,
  function (name, phase, deed, secondPhase, secondDeed) {
    addService(this, name);
    addScript(this, this.underTest, { [phase]: deed, ...(secondPhase ? { [secondPhase]: secondDeed } : {}) });
  },
);

Given("the service {word} with a deployment script that has a syntax error", function (name) {
  addService(this, name);
  const { role, version } = this.underTest;
  this.application.addScript(role, version, scriptWithSyntaxError(role, version));
});

Given(/^a deployment script of (\S+) whose (offline|online) phase (.*)$/, function (name, phase, deed) {
  addScript(this, nameAndVersion(name), { [phase]: deed });
});

Given("the service {word} that starts only when it may", function (name) {
  addService(this, name, { variables: { GREETER_WAITS_FOR: path.join(this.application.folder, "may-start") } });
});

Given(
  "the service {word} whose command is {string} and which has {int} s to get ready",
  function (name, command, seconds) {
    addService(this, name, { command, readiness: `${seconds}s` });
  },
);

When("{word} may start", function (_name) {
  this.application.write("may-start", "");
});

Given(/^its deployment script whose (offline|online) phase (.*)$/, function (phase, deed) {
  addScript(this, this.underTest, { [phase]: deed });
});

function limits(world, lines) {
  const { role, version } = world.underTest;
  world.application.write(`deployment-scripts/${role}-${version}.yml`, `${lines.join("\n")}\n`);
}

Given("its script has at most one attempt of {int} s, of which {int} s may be quiet", function (timeout, stall) {
  limits(this, ["attempts: 1", `timeout: ${timeout}s`, `stall: ${stall}s`]);
});

Given("its script has at most {int} attempts with pauses from {int} ms", function (attempts, pause) {
  limits(this, [`attempts: ${attempts}`, `pause: ${pause}ms`]);
});

When(/^the developer mends the script of (\S+), so that its (offline|online|undo|verify) phase (.*)$/, function (name, phase, deed) {
  addScript(this, nameAndVersion(name), { [phase]: deed });
});

Given(/^an? (\S+\.(?:yml|js|feature)) that says:$/, function (file, text) {
  this.application.write(file, text);
});

// With a port that nobody has on this machine: what looks at it finds nobody else's fleet there.
Given("a copy of the example application", async function () {
  this.application.copyOf(example);
  this.changed = { file: "web/service.yml", port: await unusedPort() };
  const { file, port } = this.changed;
  this.application.write(file, this.application.read(file).replace(/port: \d+/, `port: ${port}`));
  this.publicRoles.push("web");
});

Given("the application is committed to git", async function () {
  const identity = ["-c", "user.name=feature", "-c", "user.email=feature@localhost"];
  for (const args of [["init", "--quiet"], ["add", "--all"], [...identity, "commit", "--quiet", "--message", "all"]]) {
    const { code, errors } = await this.command("git", args);
    if (code !== 0) throw new Error(`git ${args.join(" ")}: ${errors}`);
  }
});
