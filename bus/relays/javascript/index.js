"use strict";

const { ExoRelay } = require("./lib/relay");
const { ExoError } = require("./lib/exo_error");

module.exports = { ExoRelay, ExoError };
