"use strict";

const { readFileSync } = require("node:fs");
const { readCurveFile } = require("./curve_file");

// What exo tells each process that it starts. Throws an Error that names every variable that is missing.
function readEnvironment(environment = process.env) {
  const missing = ["ROLE", "EXO_BUS", "EXO_INSTANCE", "EXO_TOKEN_FILE"].filter((name) => !environment[name]);
  if (missing.length > 0) {
    throw new Error(
      `${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} not set. exo sets these variables for the ` +
        "programs that it starts; list the program in application.yml and start it with 'exo run'. " +
        "A program that exo does not start joins with ExoRelay.asOperator.",
    );
  }
  return {
    role: environment.ROLE,
    version: environment.EXO_VERSION ?? "",
    instance: environment.EXO_INSTANCE,
    token: readToken(environment.EXO_TOKEN_FILE),
    endpoint: environment.EXO_BUS,
    curve: environment.EXO_CURVE_FILE ? readCurveFile(environment.EXO_CURVE_FILE) : null,
    ...closeTimeout(environment.EXO_STOP_WITHIN),
  };
}

// Four fifths of what exo leaves between SIGTERM and SIGKILL: the rest is for goodbye, and for the program's own end.
function closeTimeout(stopWithin) {
  if (!stopWithin) return {};
  if (!/^[1-9]\d{0,8}$/.test(stopWithin)) {
    throw new Error(`EXO_STOP_WITHIN is '${stopWithin}'; it is a whole number of milliseconds, and exo sets it`);
  }
  return { closeTimeout: (Number(stopWithin) * 4) / 5 };
}

function readToken(file) {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new Error(`EXO_TOKEN_FILE names '${file}', which cannot be read: ${error.message}`);
  }
}

module.exports = { readEnvironment };
