"use strict";

const { randomBytes } = require("node:crypto");
const { readFileSync } = require("node:fs");
const path = require("node:path");
const { ExoRelay } = require("exorelay");

// A person on the bus of a running application: what the steps ask services with.
class Operator {
  #relay;
  unhandled = [];

  static async join(folder, endpoint) {
    const operator = new Operator();
    operator.#relay = new ExoRelay({
      role: "exo-operator",
      instance: `operator-${randomBytes(8).toString("hex")}`,
      token: readFileSync(path.join(folder, ".exo/local/key"), "utf8").trim(),
      endpoint,
      log: (line) => operator.unhandled.push(line),
    });
    operator.#relay.on("unhandled", (error) => operator.unhandled.push(error.message));
    await operator.#relay.connect();
    return operator;
  }

  // The whole reply: {name, payload, sender, version}.
  ask(name, payload = {}, options = {}) {
    return this.#relay.request(name, payload, options);
  }

  // Resolves to the code of the error that the bus answers with; throws when the message was answered.
  async refusal(name, payload = {}, options = {}) {
    const outcome = await this.ask(name, payload, options).catch((error) => error);
    if (outcome instanceof Error) return outcome.code;
    throw new Error(`${name} was answered with ${outcome.name}`);
  }

  async leave() {
    await this.#relay.close({ timeout: 1_000 }).catch(() => {});
  }
}

module.exports = { Operator };
