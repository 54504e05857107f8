"use strict";

const { createPrivateKey, createPublicKey } = require("node:crypto");

// Z85, in which ZeroMQ writes keys: five characters are four bytes.
const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
const KEY = /^[0-9a-zA-Z.\-:+=^!/*?&<>()[\]{}@%$#]{40}$/;
const PRIVATE_KEY_PREFIX = Buffer.from("302e020100300506032b656e04220420", "hex"); // of PKCS #8, for X25519

function isCurveKey(text) {
  return typeof text === "string" && KEY.test(text) && decoded(text) !== null;
}

// Whether the public key is that of the secret one. Both are keys.
function belongTogether(publicKey, secretKey) {
  const pkcs8 = Buffer.concat([PRIVATE_KEY_PREFIX, decoded(secretKey)]);
  const derived = createPublicKey(createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" }));
  return derived.export({ format: "der", type: "spki" }).subarray(-32).equals(decoded(publicKey));
}

// null where five characters are more than four bytes.
function decoded(text) {
  const bytes = Buffer.alloc((text.length / 5) * 4);
  for (let at = 0; at < text.length; at += 5) {
    let value = 0;
    for (const character of text.slice(at, at + 5)) value = value * 85 + ALPHABET.indexOf(character);
    if (value > 0xffffffff) return null;
    bytes.writeUInt32BE(value, (at / 5) * 4);
  }
  return bytes;
}

module.exports = { belongTogether, isCurveKey };
