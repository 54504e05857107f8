"use strict";

// Prints the page docs/screens.md. Run by bin/screens.
const { screensPage } = require("../../features/support/screens");

screensPage().then((page) => process.stdout.write(page));
