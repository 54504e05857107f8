"use strict";

const { randomBytes } = require("node:crypto");
const { readFileSync } = require("node:fs");
const { readCurveFile } = require("./curve_file");

// The options of a relay that joins as a person, over TCP with a file of keys (`exo key new`), else with the key of the
// environment. Throws an Error that names the file and what is wrong with it.
function operatorOptions({ bus, keyFile }) {
  for (const [option, value] of Object.entries({ bus, keyFile })) {
    if (typeof value !== "string" || value === "") throw new TypeError(`asOperator: the option '${option}' is missing`);
  }
  const who = { role: "exo-operator", instance: `operator-${randomBytes(8).toString("hex")}`, endpoint: bus };
  if (bus.startsWith("tcp://")) return { ...who, token: "", curve: readCurveFile(keyFile, "keyFile") };
  return { ...who, token: readKey(keyFile) };
}

function readKey(file) {
  let key;
  try {
    key = readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new Error(`keyFile names '${file}', which cannot be read: ${error.message}`);
  }
  if (key !== "") return key;
  throw new Error(`keyFile names '${file}', which is empty; it is the file 'key' of the environment's folder`);
}

module.exports = { operatorOptions };
