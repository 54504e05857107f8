"use strict";

const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const { join } = require("node:path");
const { test } = require("node:test");

const FILL = join(__dirname, "support/fill.js");

for (const way of ["send", "callback", "request"]) {
  test(`what waits for the bus takes no more memory than the limit says: ${way}`, () => {
    const said = execFileSync(process.execPath, ["--expose-gc", FILL, way], { encoding: "utf8" });
    const { limit, taken } = JSON.parse(said);
    assert.ok(taken <= limit, `${taken} bytes are taken where ${limit} are counted`);
    assert.ok(taken >= limit / 2, `${taken} bytes are taken, much less than the ${limit} that are counted`);
  });
}
