"use strict";

const { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } = require("node:fs");
const path = require("node:path");
const { example, fleet } = require("./paths");

// What the fleet's services say and hear.
const contracts = {
  greeter: { receives: ["greeter.greet", "greeter.list", "greeter.overstep", "greeter.die", { name: "greeter.endure", delivery: "at-least-once" }] },
  visits: { receives: ["visits.add", "visits.list"] },
  register: { receives: ["register.put", "register.get", "register.list"] },
  signals: { receives: ["signals.await", "signals.give", "signals.waiting"] },
  brood: { receives: ["brood.child"] },
  talker: { receives: ["talker.say"] },
  narrator: { receives: ["narrator.tell", "narrator.go-on", "narrator.note", "narrator.notes"] },
  lingerer: {},
  patient: { receives: ["patient.health", "patient.limits", "patient.ponder"] },
  lodger: { receives: ["lodger.who", "lodger.read", "lodger.list", "lodger.note", "lodger.noted", "lodger.limits"] },
  page: { type: "public", port: 4123 },
  cover: { type: "public", port: 4124 },
  vault: { receives: ["vault.write", "vault.read"] },
  warden: { sends: ["vault.write"], receives: ["warden.take", "warden.tell", "warden.write", "warden.write-late", "warden.give-back"] },
  rival: { sends: ["vault.write"], receives: ["rival.take", "rival.tell", "rival.write", "rival.write-late", "rival.give-back"] },
};

const notMadeByRuns = (source) => !/\/(node_modules|\.exo)(\/|$)/.test(source);

// An application in a folder of its own, made piece by piece as a feature describes it.
class Application {
  #services = new Map(); // role → folders of its versions, oldest first

  #top = mkdtempSync("/tmp/exof-");
  folder = this.#top;

  constructor() {
    this.write("application.yml", "name: feature\nservices: {}\n");
  }

  // A service of features/fleet, in this version.
  addService(role, version = "0.0.1", { variables = {}, command = `node ${path.join(fleet, role)}.js`, readiness = "60s", more = [] } = {}) {
    const { type = "worker", port, sends = [], receives = [] } = contracts[role];
    const location = `${role}-${version}`;
    this.write(
      `${location}/service.yml`,
      [
        `type: ${type}`,
        `version: ${version}`,
        "development:",
        ...(port ? [`  port: ${port}`] : []),
        "  scripts:",
        `    run: ${command}`,
        ...(more.some((line) => line.startsWith("readiness:")) ? [] : [`readiness: ${readiness}`]),
        ...more,
        "messages:",
        `  sends: ${JSON.stringify(sends)}`,
        `  receives: ${JSON.stringify(receives)}`,
        "local:",
        `  environment-variables: ${JSON.stringify(variables)}`,
        "",
      ].join("\n"),
    );
    this.#place(role, location);
  }

  // A service of the example application, as it is; its first version where no folder is named.
  addExample(role, folder = role) {
    cpSync(path.join(example, folder), path.join(this.folder, folder), { recursive: true, filter: notMadeByRuns });
    this.#place(role, folder);
  }

  // All of another application, but what its runs have left.
  copyOf(source) {
    cpSync(source, this.folder, { recursive: true, filter: notMadeByRuns });
  }

  // The deployment script of the example application that brings this version in, without its specs; returns its name.
  addExampleScript(role, version) {
    const names = readdirSync(path.join(example, "deployment-scripts"));
    const isIt = ({ name, ext }) => name === `${role}-${version}` && ext !== ".feature";
    const name = `deployment-scripts/${names.find((each) => isIt(path.parse(each)))}`;
    cpSync(path.join(example, name), path.join(this.folder, name));
    return name;
  }

  // `settings` are the lines of the file beside the script.
  addScript(role, version, text, settings = "") {
    this.write(`deployment-scripts/${role}-${version}.js`, text);
    if (settings !== "") this.write(`deployment-scripts/${role}-${version}.yml`, settings);
  }

  removeScript(role, version) {
    rmSync(path.join(this.folder, `deployment-scripts/${role}-${version}.js`));
  }

  // One of several: its folder stays.
  removeVersion(role, version) {
    this.#services.set(role, this.#services.get(role).filter((location) => location !== `${role}-${version}`));
    this.#writeServices();
  }

  // One whose folder is there.
  returnVersion(role, version) {
    this.#place(role, `${role}-${version}`);
  }

  // Its folders stay: it is not named in application.yml any more.
  removeService(role) {
    this.#services.delete(role);
    this.#writeServices();
  }

  write(name, text) {
    const file = path.join(this.folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  read(name) {
    return readFileSync(path.join(this.folder, name), "utf8");
  }

  // For applications that exo makes itself.
  becomeEmpty() {
    rmSync(path.join(this.folder, "application.yml"));
  }

  // The application is in this folder of the one before.
  enter(name) {
    this.folder = path.join(this.folder, name);
  }

  removeFolder() {
    rmSync(this.#top, { recursive: true, force: true });
  }

  #place(role, location) {
    const locations = this.#services.get(role) ?? [];
    if (!locations.includes(location)) locations.push(location);
    this.#services.set(role, locations);
    this.#writeServices();
  }

  #writeServices() {
    const lines = ["name: feature", "services:"];
    for (const [name, places] of this.#services) {
      lines.push(`  ${name}:`);
      if (places.length === 1) lines.push(`    location: ./${places[0]}`);
      else lines.push("    versions:", ...places.map((place) => `      - location: ./${place}`));
    }
    this.write("application.yml", `${lines.join("\n")}\n`);
  }
}

module.exports = { Application };
