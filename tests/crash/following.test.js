"use strict";

const fs = require("node:fs");
const { test } = require("node:test");
const { FollowingApplication } = require("./following_application");
const { PRELOADED } = require("./killed_run");

const skip = fs.existsSync(PRELOADED) ? false : "kill_points is built for the release preset only";
const LOG = "register-2.0.0-offline-1."; // and then the numbers of its follow and of its host

// Each of them: [what the name of a moment begins with, which of those]. One host after the other is killed there.
async function survives(moments) {
  const application = new FollowingApplication();
  try {
    await application.make();
    for (const moment of moments) await application.isKilledAt(...moment);
    await application.check();
  } finally {
    await application.remove();
  }
}

for (const moment of [
  ["note of append follow-started", 1],
  [`before sync of ${LOG}`, 1],
  [`after sync of ${LOG}`, 1],
  [`before sync of ${LOG}`, 30],
  [`after sync of ${LOG}`, 30],
  ["note of append checkpoint-saved", 1],
  [`after sync of ${LOG}`, 80],
  ["note of append follow-done", 1],
  ["note of append attempt-done", 1],
  ["note of append gate-opened", 1],
]) {
  test(`a host killed at "${moment.join(" ")}" loses and doubles nothing of what is followed`, { skip }, () => survives([moment]));
}

test("hosts that are killed one after the other lose and double nothing of what is followed", { skip }, () =>
  survives([
    [`after sync of ${LOG}`, 80],
    [`before sync of ${LOG}`, 10], // what it takes up is followed before its script has begun
    ["note of append follow-done", 1],
    ["note of append attempt-done", 1],
    ["note of append gate-opened", 1],
  ]),
);
