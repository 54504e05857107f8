"use strict";

const { chmodSync, readFileSync, rmSync, symlinkSync, writeFileSync, mkdirSync } = require("node:fs");
const net = require("node:net");
const path = require("node:path");

// What a picture of the gallery may say is given. `early` ones come before the files, since those name what they
// stand for; `needsRoot` ones take the rights of root to bring about, `needsOtherUsers` ones other users who may enter exo's folder.
const situations = [
  {
    form: /^another program listens on PORT$/,
    early: true,
    make: async (stage) => {
      const server = net.createServer();
      await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
      stage.whenOver(() => new Promise((resolve) => server.close(resolve)));
      stage.stands("PORT", server.address().port);
    },
  },
  { form: /^a host runs$/, make: (stage) => stage.runHost() },
  {
    form: /^a host has run$/,
    make: async (stage) => {
      const run = await stage.runHost();
      await run.stop();
    },
  },
  { form: /^exo is started by another user$/, needsOtherUsers: true, make: (stage) => stage.asNobody() },
  { form: /^exo is started by root$/, needsOtherUsers: true, make: () => {} },
  { form: /^what exo makes is closed to others$/, make: (stage) => stage.wrap("sh", "-c", 'umask 077; exec "$@"', "sh") },
  { form: /^(\S+) can be read by nobody but its owner$/, make: (stage, [, name]) => chmodSync(path.join(stage.folder, name), 0o600) },
  { form: /^(\S+) may be entered by nobody but its owner$/, make: (stage, [, name]) => chmodSync(path.join(stage.folder, name), 0o700) },
  { form: /^(\S+) leads to (\S+)$/, make: (stage, [, name, target]) => symlinkSync(target, path.join(stage.folder, name)) },
  { form: /^(\S+) is gone$/, make: (stage, [, name]) => rmSync(path.join(stage.folder, name)) },
  {
    form: /^(\S+) holds other bytes$/,
    make: (stage, [, name]) => {
      const file = path.join(stage.folder, name);
      writeFileSync(file, Buffer.alloc(readFileSync(file).length, "x"));
    },
  },
  { form: /^(\S+) is empty$/, make: (stage, [, name]) => writeFileSync(path.join(stage.folder, name), "") },
  { form: /^(\S+) is a folder$/, make: (stage, [, name]) => mkdirSync(path.join(stage.folder, name), { recursive: true }) },
  { form: /^the variable ([A-Z_]+) is (\S*)$/, make: (stage, [, name, value]) => (stage.environment[name] = stage.filled(value)) },
  {
    form: /^the disk is read-only$/,
    needsRoot: true,
    make: (stage) => inMounts(stage, 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0"'),
  },
  {
    form: /^the disk of \.exo is full$/,
    needsRoot: true,
    make: (stage) => {
      mkdirSync(path.join(stage.folder, ".exo"), { recursive: true });
      inMounts(stage, 'mount -t tmpfs -o size=64k none "$0/.exo" && { head -c 1000000 /dev/zero >"$0/.exo/data" 2>/dev/null; true; }');
    },
  },
  {
    form: /^no process may have more than (\d+) open files$/,
    make: (stage, [, number]) => stage.wrap("sh", "-c", `ulimit -n ${number}; exec "$@"`, "sh"),
  },
  { form: /^standard output is full$/, make: (stage) => stage.wrap("sh", "-c", 'exec "$@" >/dev/full', "sh") },
];

// The command runs among mounts of its own, which go with it.
function inMounts(stage, script) {
  stage.wrap("unshare", "--mount", "sh", "-c", `{ ${script}; } && exec "$@"`, stage.folder);
}

module.exports = { situations };
