"use strict";

const path = require("node:path");
const { After, Before, Status, World, setDefaultTimeout, setWorldConstructor } = require("@cucumber/cucumber");
const { Plan } = require("../lib/plan");
const { Scenario } = require("../lib/scenario");

setDefaultTimeout(60_000);

// What steps have as `this`. Those of an application itself may use all that is not marked as exo's own.
class SpecWorld extends World {
  #scenario = null;

  // Of exo's own steps.
  begin(pickle) {
    const plan = new Plan(this.parameters.plan);
    const spec = plan.specOf(path.resolve(plan.application, pickle.uri));
    const givens = pickle.steps.filter(({ type }) => type === "Context").map(({ text }) => text);
    this.#scenario = new Scenario(plan, spec, pickle.name, givens);
  }

  // Of exo's own steps.
  get scenario() {
    return this.#scenario;
  }

  // The version that the spec is about: {role, version}.
  get version() {
    return this.#scenario.version;
  }

  // The service is there, by its role or by what specs call it; in all its versions where none is said.
  async bringIn(noun, version) {
    this.#scenario.name(noun, version, false);
    await this.#scenario.ready();
  }

  // A request to the fleet by a message's public name: resolves with the reply, {name, payload, sender, version}.
  async ask(name, payload = {}, options = {}) {
    await this.#scenario.ready();
    return this.#scenario.environment.ask(name, payload, options);
  }

  // What `exo status --json` and `exo history --json` print.
  status() {
    return this.#scenario.environment.status();
  }

  history() {
    return this.#scenario.environment.history();
  }
}

setWorldConstructor(SpecWorld);

Before(function begin({ pickle }) {
  this.begin(pickle);
});

// Whatever a scenario was about: nothing of it is left behind.
After({ timeout: -1 }, async function end({ result }) {
  const failed = result.status !== Status.PASSED;
  for (const line of await this.scenario.end({ failed })) this.attach(line, "text/plain");
});
