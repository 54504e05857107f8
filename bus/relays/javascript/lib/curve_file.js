"use strict";

const { readFileSync, statSync } = require("node:fs");
const { capability } = require("zeromq");
const { belongTogether, isCurveKey } = require("./curve_key");

const FIELDS = { server: "serverKey", public: "publicKey", secret: "secretKey" };
const FOR_OTHERS = 0o077;

// The keys that prove on a bus over TCP who this program is: {serverKey, publicKey, secretKey}. Throws an Error that
// names the file, the line and what is wrong; never what is secret.
// `from` is what has named the file.
function readCurveFile(file, from = "EXO_CURVE_FILE") {
  if (!capability.curve) throw new Error(`${from} is set, but the npm package zeromq was built without CURVE`);
  return parse(file, readKeys(file, from));
}

function readKeys(file, from) {
  try {
    const text = readFileSync(file, "utf8");
    if ((statSync(file).mode & FOR_OTHERS) === 0) return text;
  } catch (error) {
    throw new Error(`${from} names '${file}', which cannot be read: ${error.message}`);
  }
  throw new Error(`${file} holds a secret key, and others may read it; type: chmod 600 ${file}`);
}

function parse(file, text) {
  const keys = {};
  for (const [index, line] of text.split("\n").map((each) => each.trim()).entries()) {
    if (line === "" || line === "#" || line.startsWith("# ")) continue;
    const [word, ...rest] = line.split(" ");
    const fault = faultOf(word, rest.join(" ").trim(), keys);
    if (fault) throw new Error(`${file}:${index + 1}: ${fault}`);
    keys[FIELDS[word]] = rest.join(" ").trim();
  }
  for (const [word, field] of Object.entries(FIELDS)) {
    if (!(field in keys)) throw new Error(`${file}: there is no line ${word}`);
  }
  if (!belongTogether(keys.publicKey, keys.secretKey)) {
    throw new Error(`${file}: the public key is not that of the secret one`);
  }
  return keys;
}

function faultOf(word, key, keys) {
  if (!Object.hasOwn(FIELDS, word)) {
    return `"${word}" is none of server, public and secret, with one of which a line begins`;
  }
  if (!isCurveKey(key)) {
    return `${word === "secret" ? "what follows secret" : `"${key}"`} is no key, which is 40 characters of Z85`;
  }
  return FIELDS[word] in keys ? `${word} is there twice` : null;
}

module.exports = { readCurveFile };
