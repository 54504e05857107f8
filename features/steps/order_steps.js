"use strict";

const assert = require("node:assert/strict");
const { Then } = require("@cucumber/cucumber");
const { eventually } = require("../support/eventually");

Then("exo status says {string}", async function (text) {
  await eventually(`exo status to say "${text}"`, async () => {
    const { output } = await this.exo("status");
    if (!output.includes(text)) throw new Error(output);
    return true;
  });
});

Then(
  /^the attempt at the (offline|online) phase of (\S+) began after that of (\S+) was done$/,
  async function (phase, later, earlier) {
    const history = await this.history();
    const place = (event, name) => {
      const found = history.findIndex(
        (entry) => entry.event === event && entry.phase === phase && `${entry.role}@${entry.version}` === name,
      );
      assert.notEqual(found, -1, `no ${event} of ${name}`);
      return found;
    };
    assert.ok(place("attempt-started", later) > place("attempt-done", earlier));
  },
);
