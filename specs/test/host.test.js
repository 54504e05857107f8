"use strict";

const assert = require("node:assert/strict");
const { chmodSync, mkdtempSync, rmSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const path = require("node:path");
const { after, before, test } = require("node:test");
const { Host } = require("../lib/host");

let folder;
before(() => (folder = mkdtempSync(path.join(tmpdir(), "exo-specs-"))));
after(() => rmSync(folder, { recursive: true }));

// A program in place of exo.
function program(name, script) {
  const file = path.join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

test("a host that ends before it says what is waited for is told with all that it said", async () => {
  const host = new Host(program("broken", 'echo "exo: one"; echo "exo: two" >&2; exit 1'), [], process.env);
  await assert.rejects(host.says(/^exo: ready/), (error) => {
    assert.match(error.message, /^exo run ended; it said:\n/);
    assert.match(error.message, /exo: one/);
    assert.match(error.message, /exo: two/);
    return true;
  });
  assert.deepEqual(host.exit, { code: 1, signal: null });
});

test("a program that cannot be started is told by its name", async () => {
  const host = new Host(path.join(folder, "nowhere"), [], process.env);
  await assert.rejects(host.says(/./), /exo run ended: .*nowhere.* ENOENT/);
});

test("a host is asked to end with who has started it, and stopped as Ctrl-C stops it", async () => {
  const host = new Host(program("good", 'trap "echo exo: stopping; exit 0" INT; echo "exo: ready: $*"; while :; do sleep 0.01; done'), ["app"], process.env);
  assert.equal(await host.says(/^exo: ready/), "exo: ready: run app --with-parent");
  assert.deepEqual(await host.stop(), { code: 0, signal: null });
  assert.ok(host.text.endsWith("exo: stopping"), host.text);
});
