"use strict";

const { ExoProcess } = require("./exo_process");

// One `exo run`, or `exo host`, in the foreground of its own.
class ExoRun extends ExoProcess {
  constructor(folder, options = [], environment = process.env, user = {}, prefix = [], verb = "run") {
    super([verb, folder, ...options], { environment, user, prefix });
  }

  ready(options) {
    return this.says(/^exo: ready/, options);
  }
}

module.exports = { ExoRun };
