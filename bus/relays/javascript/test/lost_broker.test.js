"use strict";

// A broker that is killed with SIGKILL while messages are on their way, and started again at the same place: what
// relays had accepted is handled, or answered with an error, or sent again. Nothing vanishes.
const assert = require("node:assert/strict");
const { test } = require("node:test");
const { ExoRelay } = require("..");
const { BrokerProcess } = require("./support/broker_process");
const { until } = require("./support/fleet");

const COMMANDS = 400; // of each name
const KILLS = 3;
const UNDER_WAY = 20;
const SENT = ["safe.do", "plain.do"];
const ASKED = ["safe.ask", "plain.ask"];

const byName = (make) => Object.fromEntries([...SENT, ...ASKED].map((name) => [name, make()]));

async function join(t, broker, role, instance, handlers) {
  const options = { endpoint: broker.endpoint, role, version: "1.0.0", instance, token: "f00d", log() {} };
  const relay = new ExoRelay({ ...options, handlers });
  t.after(() => relay.close({ timeout: 0 }));
  await relay.connect();
  return relay;
}

// What all instances of `store` have handled. Some commands are kept under way, so that there are some whenever the
// broker dies.
class Store {
  handled = byName(() => new Set());
  redelivered = 0;
  runs = 0;
  keep = UNDER_WAY;
  #underWay = [];

  handlers() {
    return Object.fromEntries([...SENT, ...ASKED].map((name) => [name, (...args) => this.#handle(name, ...args)]));
  }

  async #handle(name, number, { message, reply }) {
    this.runs += 1;
    if (message.redelivered) this.redelivered += 1;
    this.handled[name].add(number);
    await new Promise((resolve) => {
      this.#underWay.push(resolve);
      this.complete();
    });
    if (message.expects !== "none") reply("done", number);
  }

  get underWay() {
    return this.#underWay.length;
  }

  // All but the last `keep`.
  complete() {
    while (this.#underWay.length > this.keep) this.#underWay.shift()();
  }
}

// What sends, and what it is told of each command.
class Web {
  answers = byName(() => new Set());
  errors = byName(() => 0);
  codes = new Set();
  settled = 0;
  #relay;
  #sent = 0;

  async join(t, broker) {
    this.#relay = await join(t, broker, "web", "web-1", {});
    this.#relay.on("error", (error) => this.#failed(error.messageName, error));
    return this;
  }

  get connected() {
    return this.#relay.connected;
  }

  // Of each name, until so many have been.
  say(until) {
    for (; this.#sent < until; this.#sent += 1) {
      for (const name of SENT) this.#settle(name, this.#relay.send(name, this.#sent), () => {});
      for (const name of ASKED) {
        const number = this.#sent;
        this.#settle(name, this.#relay.request(name, number), ({ payload }) => {
          assert.equal(payload, number);
          this.answers[name].add(number);
        });
      }
    }
  }

  #settle(name, promise, taken) {
    promise.then(taken).catch((error) => this.#failed(name, error)).finally(() => (this.settled += 1));
  }

  #failed(name, error) {
    this.errors[name] += 1;
    this.codes.add(error.code);
  }
}

test("a broker that is killed and started again loses nothing that a relay had accepted", async (t) => {
  const broker = new BrokerProcess(t);
  const store = new Store();
  for (const instance of ["store-1", "store-2"]) await join(t, broker, "store", instance, store.handlers());
  const web = await new Web().join(t, broker);

  for (let kill = 1; kill <= KILLS; kill += 1) {
    const enough = store.runs + COMMANDS / KILLS;
    web.say(Math.floor((kill * COMMANDS) / KILLS));
    await until(() => store.runs >= enough && store.underWay > 0);
    await broker.kill();
    broker.start();
  }
  store.keep = 0;
  store.complete();
  const told = () => store.handled["plain.do"].size + web.errors["plain.do"];
  await until(
    () => web.settled === 4 * COMMANDS && store.handled["safe.do"].size === COMMANDS && told() >= COMMANDS,
    "every command to be handled, or its sender to be told",
  );

  await until(() => web.connected, "the sender to be back on the bus");
  assert.equal(web.errors["safe.do"], 0);
  assert.equal(web.answers["safe.ask"].size, COMMANDS);
  assert.equal(web.errors["safe.ask"], 0);
  assert.equal(web.answers["plain.ask"].size + web.errors["plain.ask"], COMMANDS);
  assert.ok(store.redelivered > 0, "some were sent again");
  assert.deepEqual([...web.codes], ["bus-lost"], "some were not, and that was told");
});
