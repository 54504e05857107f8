"use strict";

const net = require("node:net");

// Leads a program to a bus over ipc by a socket of its own, which can be broken and mended.
class FrailLine {
  #path;
  #target;
  #ends = new Set();
  #server = null;

  // `target` gives the path of the bus's socket, and is asked for each connection.
  constructor(path, target) {
    this.#path = path;
    this.#target = target;
  }

  get endpoint() {
    return `ipc://${this.#path}`;
  }

  mend() {
    this.#server = net.createServer((near) => this.#connect(near));
    return new Promise((resolve, reject) => this.#server.once("error", reject).listen(this.#path, resolve));
  }

  // Resolves when nobody can come over it.
  async break() {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const end of this.#ends) end.destroy();
    await closed;
  }

  #connect(near) {
    const far = net.connect(this.#target());
    near.pipe(far);
    far.pipe(near);
    for (const [end, other] of [
      [near, far],
      [far, near],
    ]) {
      this.#ends.add(end);
      end.on("error", () => {}); // its close follows
      end.on("close", () => {
        this.#ends.delete(end);
        other.destroy();
      });
    }
  }
}

module.exports = { FrailLine };
