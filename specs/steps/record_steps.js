"use strict";

const { Then } = require("@cucumber/cucumber");
const { serviceWords } = require("../lib/scenario");

const patiently = { timeout: -1 };
const holds = "(?:still )?(?:knows about|knows|contains|holds|has)";

const step = (words, code) => Then(new RegExp(`^${serviceWords} ${words}$`), patiently, code);

step(`${holds} these (\\S+):`, async function (noun, version, records, table) {
  const found = await this.scenario.list(noun, version ?? undefined, records);
  this.scenario.expectRows(noun, records, found, table);
});

step(`finds these (\\S+) for "([^"]*)":`, async function (noun, version, records, words, table) {
  const found = await this.scenario.search(noun, version ?? undefined, records, words);
  this.scenario.expectRows(noun, records, found, table);
});

step(`${holds} each (\\S+) once`, async function (noun, version, singular) {
  const records = this.scenario.pluralOf(noun, singular);
  const found = await this.scenario.list(noun, version ?? undefined, records);
  this.scenario.expectEachOnce(noun, records, found);
});

step(`${holds} (no|\\d+) (\\S+)`, async function (noun, version, number, word) {
  const records = this.scenario.pluralOf(noun, word);
  const found = await this.scenario.list(noun, version ?? undefined, records);
  const wanted = number === "no" ? 0 : Number(number);
  if (found.length !== wanted) throw new Error(`the ${noun} service holds ${found.length} ${records}, not ${wanted}`);
});
