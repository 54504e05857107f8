"use strict";

const assert = require("node:assert/strict");
const { Then, When } = require("@cucumber/cucumber");
const { eventually } = require("../support/eventually");
const { exoBinary } = require("../support/paths");
const { shellWords } = require("../support/shell_words");

When(/^somebody sends (.*?)(?: with '(.*)' on standard input)?$/, async function (words, input) {
  this.answer = await this.command(exoBinary(), ["send", ...shellWords(words)], { input: input ?? undefined });
});

When(/^somebody begins to send (.*)$/, function (words) {
  this.sending = this.begin("send", ...shellWords(words));
});

Then(/^it ends with code (\d+)(?:, saying "(.*)")?$/, function (code, message) {
  assert.equal(this.answer.code, Number(code), this.answer.errors);
  assert.ok(this.answer.errors.includes(message ?? ""), this.answer.errors);
});

Then("it prints {string}", function (text) {
  assert.ok(this.answer.output.includes(text), `${this.answer.output}${this.answer.errors}`);
});

// A receiver says that it has handled a command after its reply, which may be there first.
Then("exo trace {word} comes to print {string}", async function (activity, text) {
  await eventually(`${text} from exo trace ${activity}`, async () => {
    const { output, errors } = await this.exo("trace", activity);
    if (!output.includes(text)) throw new Error(`${output}${errors}`);
    return true;
  });
});

Then("it prints only {string}", function (line) {
  assert.equal(this.answer.output, `${line}\n`, this.answer.errors);
});

Then("it prints nothing", function () {
  assert.equal(this.answer.output, "");
});

Then("exo send shows {string}", async function (text) {
  await eventually(`${text} from exo send`, () => {
    if (!this.sending.output.text.includes(text)) throw new Error(this.sending.text);
    return true;
  });
});

Then("exo send ends with code 0 and has introduced its answer once", async function () {
  assert.deepEqual(await this.sending.ended(), { code: 0, signal: null }, this.sending.text);
  assert.equal(this.sending.output.text.split("--[ narrator.told ]->").length, 2, this.sending.text);
});

async function passedGates(world) {
  return (await world.history()).filter(({ event }) => event === "message-past-gate");
}

Then("the ledger holds that {word} has passed the gate of {word}", async function (name, version) {
  const passed = (await passedGates(this)).map((event) => [event.name, `${event.role}@${event.version}`]);
  assert.deepEqual(passed, [[name, version]]);
});

Then(/^(\d+) messages? ha(?:s|ve) passed a gate$/, async function (count) {
  assert.equal((await passedGates(this)).length, Number(count));
});

Then("narrator has noted {string}", async function (text) {
  await eventually(`the note "${text}"`, async () => (await this.ask("narrator.notes")).payload.includes(text));
});
