"use strict";

const Module = require("node:module");

const ours = ["@cucumber/cucumber", "exorelay"];

// Files with steps lie in the user's application, which needs no packages of its own: what they require of these is
// exo's, also where the application has another one, since only the cucumber that runs may be told of steps.
function shareModules() {
  const resolve = Module._resolveFilename;
  Module._resolveFilename = function resolveShared(request, ...rest) {
    const is = (name) => request === name || request.startsWith(`${name}/`);
    const [parent, ...more] = rest;
    return resolve.call(this, request, ours.some(is) ? module : parent, ...more);
  };
}

module.exports = { shareModules };
