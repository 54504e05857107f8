"use strict";

// What applications may pass, and what it means. Everything here throws a TypeError that says what is wrong.

const { belongTogether, isCurveKey } = require("./curve_key");
const wire = require("./wire");

const NO_OPTIONS = Object.freeze({});

// `send(name, payload?, options?, callback?)`; a function in an earlier place is the callback.
function sendArguments([name, ...rest]) {
  wire.checkName(name);
  const at = rest.findIndex((argument) => typeof argument === "function");
  const callback = at === -1 ? null : rest[at];
  const [payload, options = NO_OPTIONS] = at === -1 ? rest : rest.slice(0, at);
  if (options?.signal !== undefined) checkSignal(options.signal);
  return { name, payload, options: options ?? NO_OPTIONS, callback };
}

// A signal that is none would never cancel anything.
function checkSignal(signal) {
  if (signal === undefined || signal instanceof AbortSignal) return;
  throw new TypeError("the option 'signal' of a message is an AbortSignal");
}

function checkOptions({ role, version, instance, token, endpoint, curve, window }) {
  // A key that is listed for a person proves who comes; a token is not looked at then.
  const needed = { role, instance, endpoint, ...(curve && token === "" ? {} : { token }) };
  for (const [option, value] of Object.entries(needed)) {
    if (typeof value !== "string" || value === "") throw new TypeError(`ExoRelay: the option '${option}' is missing`);
  }
  if (typeof version !== "string") throw new TypeError("ExoRelay: the option 'version' is a string");
  if (curve) checkCurve(curve);
  if (!Number.isInteger(window) || window < 1 || window > 4096) {
    throw new TypeError(`ExoRelay: the option 'window' is a whole number from 1 to 4096, not ${window}`);
  }
}

function checkCurve(curve) {
  for (const key of ["serverKey", "publicKey", "secretKey"]) {
    if (typeof curve[key] !== "string") throw new TypeError(`ExoRelay: the option 'curve' lacks ${key}`);
    if (!isCurveKey(curve[key])) {
      throw new TypeError(`ExoRelay: ${key} of the option 'curve' is no key, which is 40 characters of Z85`);
    }
  }
  if (!belongTogether(curve.publicKey, curve.secretKey)) {
    throw new TypeError("ExoRelay: the publicKey of the option 'curve' is not that of its secretKey");
  }
}

module.exports = { NO_OPTIONS, checkOptions, checkSignal, sendArguments };
