"use strict";

const assert = require("node:assert/strict");
const { execFileSync, spawn } = require("node:child_process");
const { once } = require("node:events");
const { chmodSync, readFileSync, writeFileSync } = require("node:fs");
const path = require("node:path");
const { Then, When } = require("@cucumber/cucumber");
const { curveKeyPair } = require("zeromq");
const { eventually } = require("../support/eventually");
const { exoBinary, root } = require("../support/paths");
const { shellWords } = require("../support/shell_words");

// A program that joins as an operator, by what it finds in its environment, and prints the code of its error.
const programs = {
  JavaScript: [
    "node",
    "-e",
    `const { ExoRelay } = require("exorelay");
     ExoRelay.fromEnvironment({}, { log() {} }).connect().then(
       () => console.log("joined"), (error) => console.log(error.code)).then(() => process.exit());`,
  ],
  Python: [
    path.join(root, "bus/relays/python/bin/exo-python"),
    "-c",
    `import asyncio, exorelay
async def main():
    try:
        await exorelay.ExoRelay.from_environment().connect()
        print("joined")
    except exorelay.ExoError as error:
        print(error.code)
asyncio.run(main())`,
  ],
};

// The relay's README, the name of its language in blocks of code, and what runs such a program.
const recipes = {
  JavaScript: { readme: "bus/relays/javascript/README.md", block: "javascript", program: "node", flag: "-e" },
  Python: {
    readme: "bus/relays/python/README.md",
    block: "python",
    program: path.join(root, "bus/relays/python/bin/exo-python"),
    flag: "-c",
  },
};

function recipeOf({ readme, block }) {
  const [, section] = readFileSync(path.join(root, readme), "utf8").split("## Outside the fleet\n");
  return section.split(`\`\`\`${block}\n`)[1].split("```")[0];
}

async function endpointOf(run) {
  const line = await run.says(/the bus listens on tcp:/);
  return /tcp:\/\/\S+/.exec(line)[0];
}

const overTcp = (world) => [...world.freePorts(), "--listen", "tcp://127.0.0.1:0", "--bus", "tcp"];

async function variablesOf(world, keys) {
  return {
    ...world.environment,
    NODE_PATH: path.join(root, "node_modules"),
    PYTHONPATH: path.join(root, "bus/relays/python"),
    ROLE: "greeter",
    EXO_VERSION: "0.0.1",
    EXO_INSTANCE: "greeter-1",
    EXO_TOKEN_FILE: path.join(world.application.folder, "application.yml"),
    EXO_BUS: await endpointOf(world.run),
    ...(keys ? { EXO_CURVE_FILE: keys } : {}),
  };
}

function strangersKeys(world) {
  const own = curveKeyPair();
  const server = /^public (.*)$/m.exec(world.application.read(".exo/local/curve"))[1];
  const file = world.application.write("stranger.keys", `server ${server}\npublic ${own.publicKey}\nsecret ${own.secretKey}\n`);
  chmodSync(file, 0o600);
  return file;
}

const keysOf = (world, who) => path.join(world.application.folder, `${who}.keys`);

// In a folder without an application, as on another machine.
async function fromElsewhere(world, who, words) {
  const environment = { ...world.environment, EXO_BUS: await endpointOf(world.run), EXO_CURVE_FILE: keysOf(world, who) };
  return world.command(exoBinary(), words, { cwd: world.emptyFolder(), environment });
}

When(/^(\S+) runs the program of the README in (\S+) from elsewhere$/, async function (who, language) {
  const { program, flag } = recipes[language];
  const variables = { EXO_BUS: await endpointOf(this.run), EXO_CURVE_FILE: keysOf(this, who) };
  const environment = { PATH: process.env.PATH, NODE_PATH: path.join(root, "node_modules"), ...variables };
  const words = [flag, recipeOf(recipes[language])];
  this.answer = await this.command(program, words, { cwd: this.emptyFolder(), environment });
});

When("exo runs the application over TCP", async function () {
  await this.runUntilReady(overTcp(this));
});

When("exo is started over TCP", function () {
  this.startRun(overTcp(this));
});

When("somebody writes {string} into {}", function (text, file) {
  writeFileSync(path.join(this.application.folder, file), `${text}\n`, { mode: 0o600 });
});

Then("every service has reached the bus over TCP with a key of its own", async function () {
  const endpoint = await endpointOf(this.run);
  const { services } = await this.status();
  const instances = services.flatMap((service) => service.instances);
  assert.ok(instances.length >= 4, JSON.stringify(services));
  const files = instances.map(({ pid }) => {
    const environment = readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
    assert.ok(environment.includes(`EXO_BUS=${endpoint}`));
    return environment.find((entry) => entry.startsWith("EXO_CURVE_FILE=")).slice("EXO_CURVE_FILE=".length);
  });
  const keys = files.map((file) => /^public (.*)$/m.exec(readFileSync(file, "utf8"))[1]);
  assert.equal(new Set(keys).size, instances.length);
});

When(/^a stranger's program in (\S+) joins with a key that nobody has listed$/, async function (language) {
  const environment = await variablesOf(this, strangersKeys(this));
  if (language === "C++") {
    const words = ["status", "--bus", environment.EXO_BUS, "--key", environment.EXO_CURVE_FILE];
    this.answer = await this.command(exoBinary(), words);
    return;
  }
  const [program, ...words] = programs[language];
  this.answer = await this.command(program, words, { environment });
});

Then("the stranger is told not-admitted", function () {
  assert.match(`${this.answer.output}${this.answer.errors}`, /not-admitted|does not admit/);
});

When(/^a program in (\S+) without a key tries to join$/, async function (language) {
  const [program, ...words] = programs[language];
  const peer = spawn(program, words, { env: await variablesOf(this), stdio: "ignore" });
  const ended = once(peer, "exit");
  this.whenOver(() => {
    peer.kill("SIGKILL");
    return ended;
  });
});

When("the key of {word} is made", async function (who) {
  const made = await this.exo("key", "new", who, "--output", keysOf(this, who));
  assert.equal(made.code, 0, made.errors);
});

When("the key of {word} is removed", async function (who) {
  const removed = await this.exo("key", "remove", who);
  assert.equal(removed.code, 0, removed.errors);
});

When("{word} asks for the status from elsewhere", async function (who) {
  this.answer = await eventually("the host to follow the list of keys", async () => {
    const answer = await fromElsewhere(this, who, ["status"]);
    if (answer.code !== 0) throw new Error(answer.errors);
    return answer;
  });
});

When(/^(\w+) sends (.*) from elsewhere$/, async function (who, words) {
  this.answer = await fromElsewhere(this, who, ["send", ...shellWords(words)]);
});

When("{word} looks at the trace of {word} from elsewhere", async function (who, activity) {
  this.answer = await fromElsewhere(this, who, ["trace", activity]);
});

// What it tells to type must arrive as it was meant: keys have all the letters that a shell takes for its own.
function keyAsTyped(errors) {
  const [, word] = /exo key add NAME (.+)$/m.exec(errors);
  return execFileSync("bash", ["-c", `printf %s ${word}`], { encoding: "utf8" });
}

Then("{word} is soon not admitted any more", async function (who) {
  await eventually(`the key of ${who} to be refused`, async () => {
    const { code, errors } = await fromElsewhere(this, who, ["status"]);
    assert.equal(code, 1);
    assert.match(errors, /does not admit/);
    assert.equal(keyAsTyped(errors), /^public (.*)$/m.exec(readFileSync(keysOf(this, who), "utf8"))[1]);
    return true;
  });
});
