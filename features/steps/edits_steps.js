"use strict";

const assert = require("node:assert/strict");
const path = require("node:path");
const { Given, Then, When } = require("@cucumber/cucumber");
const { fleet } = require("../support/paths");

const edition = (number) => `console.log("this is edition ${number}");\n`;

function startsFrom(world, file) {
  const place = path.dirname(file);
  world.application.addService("greeter", "0.0.1", { command: "node start.js" });
  world.application.write("greeter-0.0.1/start.js", `require("./${place}/edition");\nrequire("${path.join(fleet, "greeter.js")}");\n`);
  world.application.write(`greeter-0.0.1/${file}`, edition(1));
}

async function pidOf(world, role) {
  const { services } = await world.status();
  return services.find((version) => version.role === role).instances[0].pid;
}

Given("the service greeter@0.0.1, of which the developer writes edition 1", function () {
  startsFrom(this, "lib/edition.js");
});

Given("greeter@0.0.1 runs what its build leaves in dist, and names that", function () {
  startsFrom(this, "dist/edition.js");
  const name = "greeter-0.0.1/service.yml";
  this.application.write(name, `${this.application.read(name)}artifact: {files: [start.js, dist]}\n`);
});

Given("git ignores {word}", function (name) {
  this.application.write(".gitignore", `${name}\n`);
});

When("exo runs the application and watches it", async function () {
  await this.runUntilReady([...this.freePorts(), "--watch"]);
  this.visits = await pidOf(this, "visits");
});

When("the developer writes edition {int}", function (number) {
  this.application.write("greeter-0.0.1/lib/edition.js", edition(number));
});

When("the developer builds edition {int} into dist", function (number) {
  this.application.write("greeter-0.0.1/dist/edition.js", edition(number));
});

When("the developer writes something that is no JavaScript", function () {
  this.application.write("greeter-0.0.1/lib/edition.js", "const edition = ;\n");
});

When(/^the developer builds into greeter-0\.0\.1\/dist, and saves lib\/edition\.js as it was$/, function () {
  for (const name of ["a.js", "deep/b.js"]) this.application.write(`greeter-0.0.1/dist/${name}`, "built\n");
  this.application.write("greeter-0.0.1/lib/edition.js", edition(1));
});

When("the process of greeter@0.0.1 is killed by the developer", async function () {
  process.kill(await pidOf(this, "greeter"), "SIGKILL");
});

Then("visits is the process that it was", async function () {
  assert.equal(await pidOf(this, "visits"), this.visits);
});

// Each start prints its edition.
Then(/^greeter@0\.0\.1 was started (\d+) times?$/, async function (times) {
  const { services } = await this.status();
  const { instances } = services.find(({ role }) => role === "greeter");
  assert.equal(this.run.text.match(/this is edition \d/g).length, Number(times), this.run.text);
  assert.ok(instances[0].id.endsWith(`-${times}`), instances[0].id);
});
