"use strict";

const { existsSync } = require("node:fs");

// Resolves when the file is there; at once when none is named.
function waitForFile(file) {
  if (!file) return Promise.resolve();
  return new Promise((resolve) => {
    const look = () => (existsSync(file) ? resolve() : setTimeout(look, 20));
    look();
  });
}

module.exports = { waitForFile };
