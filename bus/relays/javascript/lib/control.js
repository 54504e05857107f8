"use strict";

// The payloads of control messages. Each is read as a whole before anything is done with it, and throws `malformed`
// where it is not as the protocol says, so that half of one never takes effect.

const { ExoError } = require("./exo_error");
const wire = require("./wire");

const isCount = (value) => Number.isInteger(value) && value >= 0;
const isText = (value) => typeof value === "string";
const isRange = (value) => Array.isArray(value) && value.length === 2 && value.every(isCount) && isRising(value);
const isRising = ([first, last]) => first >= 1 && first <= last;
const isListOfRanges = (value) => value === undefined || (Array.isArray(value) && value.every(isRange));
const isMap = (value) => value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype;
const isListOfTexts = (value) => Array.isArray(value) && value.every(isText);

// What the broker says of itself and of this connection.
function readRegistered(frame) {
  const registered = readMap(frame, "registered");
  demand(registered.heartbeatMs ?? 0, isCount, "registered: 'heartbeatMs' is no count");
  demand(registered.environment ?? "", isText, "registered: 'environment' is no text");
  return registered;
}

// {accepted, grants: {role: count}, settled: [[first, last]]}; `settled` is undefined when it is absent.
function readCredit(frame) {
  const { accepted, grants, settled } = readMap(frame, "credit");
  return {
    accepted: demand(accepted ?? 0, isCount, "credit: 'accepted' is no count"),
    grants: mapOf(grants, isCount, "credit: 'grants' is no map from roles to counts"),
    settled: demand(settled ?? undefined, isListOfRanges, "credit: 'settled' is no list of ranges"),
  };
}

// {names: {name: [role]}, acknowledged: [name]}
function readRoutes(frame) {
  const { names, acknowledged } = readMap(frame, "routes");
  return {
    names: mapOf(names, isListOfTexts, "routes: 'names' is no map from names to lists of roles"),
    acknowledged: demand(acknowledged ?? [], isListOfTexts, "routes: 'acknowledged' is no list of names"),
  };
}

// [id]
function readIds(frame) {
  const { ids } = readMap(frame, "delivered");
  return demand(ids ?? [], isListOfTexts, "delivered: 'ids' is no list of ids");
}

function readMap(frame, kind) {
  return demand(wire.decodePayload(frame, "msgpack", kind), isMap, `the payload of '${kind}' is no map`);
}

function mapOf(value, fits, otherwise) {
  const map = demand(value ?? {}, isMap, otherwise);
  for (const each of Object.values(map)) demand(each, fits, otherwise);
  return map;
}

function demand(value, fits, otherwise) {
  if (fits(value)) return value;
  throw new ExoError({ code: "malformed", reason: otherwise });
}

module.exports = { readCredit, readIds, readRegistered, readRoutes };
