"use strict";

const assert = require("node:assert/strict");
const { mkdtempSync, rmSync, symlinkSync } = require("node:fs");
const path = require("node:path");
const { Then, When } = require("@cucumber/cucumber");
const { eventually } = require("../support/eventually");
const { exoBinary } = require("../support/paths");
const { RealTerminal } = require("../support/real_terminal");

// How each shell is started without anybody's settings, and told of exo's completion.
const shells = {
  bash: { words: ["bash", "--norc", "--noprofile", "-i"], setUp: ["PS1='$ '", "source <(exo completion bash)"] },
  zsh: {
    words: ["zsh", "-f", "-i"],
    setUp: ["PS1='$ '", "autoload -Uz compinit && compinit -u -D", "source <(exo completion zsh)"],
  },
  fish: {
    words: ["fish", "--no-config", "-i"],
    setUp: ["function fish_prompt; echo '$ '; end", "exo completion fish | source"],
  },
};

// A folder for PATH in which exo is the program under test.
function folderOfExo(world) {
  const folder = mkdtempSync("/tmp/exof-path-");
  world.whenOver(() => rmSync(folder, { recursive: true }));
  symlinkSync(exoBinary(), path.join(folder, "exo"));
  return folder;
}

When("somebody opens {word} with exo's completion in the application's folder", async function (shell) {
  const { words, setUp } = shells[shell];
  const home = this.emptyFolder();
  const environment = { ...this.environment, HOME: home, LANG: "C.UTF-8", PATH: `${folderOfExo(this)}:${process.env.PATH}` };
  this.terminal = await RealTerminal.open(words, { columns: 120, cwd: this.application.folder, environment });
  this.whenOver(() => this.terminal.close());
  for (const command of [...setUp, "clear; echo set; echo up"]) {
    await this.terminal.type(command);
    await this.terminal.press("Enter");
  }
  await this.terminal.shows(/set\nup\n\$$/);
});

Then("Tab completes:", async function (table) {
  for (const { typed, becomes } of table.hashes()) {
    await this.terminal.press("C-u", "C-l");
    await this.terminal.shows(/^\$$/);
    await this.terminal.type(typed);
    await this.terminal.press("Tab");
    await eventually(`"${typed}" to become "${becomes}"`, async () => {
      const [line] = await this.terminal.screen();
      if (line.trimEnd() !== `$ ${becomes}`) throw new Error((await this.terminal.screen()).join("\n"));
      return true;
    });
  }
});

Then("exo --complete logs, and then nothing typed, prints nothing", async function () {
  const { code, output, errors } = await this.command(exoBinary(), ["--complete", "logs", ""], { cwd: this.emptyFolder() });
  assert.deepEqual({ code, output, errors }, { code: 0, output: "", errors: "" });
});

Then("exo --complete, and then nothing typed, prints every verb that exo --help names", async function () {
  const [completed, helped] = await Promise.all([this.exo("--complete", ""), this.exo("--help")]);
  const verbs = completed.output.trim().split("\n").map((line) => line.split("\t")[0]);
  const named = [...helped.output.split("Subcommands:")[1].matchAll(/^ {2}(\w[\w-]*) /gm)].map(([, verb]) => verb);
  assert.deepEqual(verbs, named.filter((verb) => verb !== "exo"));
  assert.ok(verbs.includes("status") && verbs.includes("completion"), verbs.join(" "));
});
