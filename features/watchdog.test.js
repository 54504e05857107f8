"use strict";

const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const { once } = require("node:events");
const path = require("node:path");
const { test } = require("node:test");

// A process that is watched and does this; what it has printed, and how it ended.
async function watched(deed) {
  const watchdog = JSON.stringify(path.join(__dirname, "support/watchdog"));
  const script = `const { at } = require(${watchdog}).watchEventLoop({ limitSeconds: 2 }); at("a scenario"); ${deed}`;
  const child = spawn(process.execPath, ["--eval", script], { stdio: ["ignore", "ignore", "pipe"], timeout: 30_000 });
  let errors = "";
  child.stderr.on("data", (text) => (errors += text));
  const [code, signal] = await once(child, "close");
  return { code, signal, errors };
}

for (const [title, deed] of [
  ["a call that blocks", 'require("node:child_process").execFileSync("sleep", ["20"], { stdio: "ignore" });'],
  ["a loop that never waits", "(async () => { for (;;) await null; })();"],
]) {
  test(`${title} is ended, and named`, async () => {
    const { signal, errors } = await watched(deed);
    assert.equal(signal, "SIGKILL");
    assert.equal(errors, "\nended, since it did nothing else for 2 s: a scenario\n");
  });
}

test("what only waits goes on, and ends by itself", async () => {
  assert.deepEqual(await watched("setTimeout(() => {}, 4_000);"), { code: 0, signal: null, errors: "" });
});
