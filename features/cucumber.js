"use strict";

// Run from the root of the clone: node_modules/.bin/cucumber-js --config features/cucumber.js
module.exports = {
  default: {
    require: ["features/support/**/*.js", "features/steps/**/*.js"],
    parallel: 2,
    format: [process.stdout.isTTY ? "progress-bar" : "progress"],
  },
};
