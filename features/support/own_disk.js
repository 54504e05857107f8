"use strict";

const { execFileSync, spawn } = require("node:child_process");
const { mkdirSync, mkdtempSync, rmSync } = require("node:fs");
const path = require("node:path");
const { Lines } = require("./lines");
const { eventually } = require("./eventually");

const images = {
  // Small, so that filling it takes no time.
  full: () => ["true", "mount -t tmpfs -o size=6m none"],
  // A file that holds a file system of its own, which can be made to give up as after an error of the disk.
  failing: (folder) => {
    const image = path.join(folder, "image");
    return [`truncate --size 24M ${image} && mkfs.ext4 -q -O ^has_journal ${image}`, `mount -o loop ${image}`];
  },
};

// A file system of its own in the place of an application's `.exo`, in a mount namespace that lives as long as this
// does. Whoever is to see it is started with `prefix` before the command. Root alone may make one.
class OwnDisk {
  #holder;
  #folder = mkdtempSync("/tmp/exof-disk-");

  static async mount(application, kind) {
    const disk = new OwnDisk();
    disk.place = path.join(application, ".exo");
    mkdirSync(disk.place);
    const [make, mount] = images[kind](disk.#folder);
    disk.mounting = `${mount} ${disk.place}`;
    const script = `${make} && ${disk.mounting} && echo mounted && exec sleep infinity`;
    disk.#holder = spawn("unshare", ["--mount", "--propagation", "private", "sh", "-c", script], { stdio: ["ignore", "pipe", "pipe"] });
    const output = new Lines(disk.#holder.stdout);
    const errors = new Lines(disk.#holder.stderr);
    await eventually("a file system to be mounted", () => {
      if (disk.#holder.exitCode !== null) throw new Error(`it cannot be mounted: ${errors.text}`);
      return output.find(/^mounted$/);
    });
    return disk;
  }

  // Of a command in `folder` that is to see the disk.
  prefix(folder) {
    return ["nsenter", `--target=${this.#holder.pid}`, "--mount", `--wdns=${folder}`];
  }

  // Where its files are for who does not see it.
  outside(file) {
    return `/proc/${this.#holder.pid}/root${file}`;
  }

  #run(command) {
    const [program, ...args] = [...this.prefix("/"), "sh", "-c", command];
    return execFileSync(program, args, { stdio: "pipe" });
  }

  fill() {
    this.#run(`dd if=/dev/zero of=${this.place}/ballast bs=4k 2>/dev/null; test -s ${this.place}/ballast`);
  }

  makeRoom() {
    this.#run(`rm ${this.place}/ballast`);
  }

  // Nothing can be written from now on, until it is mounted anew.
  giveUp() {
    this.#run(`mount -o remount,abort ${this.place}`);
  }

  mountAnew() {
    this.#run(`umount ${this.place} && ${this.mounting}`);
  }

  end() {
    this.#holder.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true });
  }
}

module.exports = { OwnDisk };
