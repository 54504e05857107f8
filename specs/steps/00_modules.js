"use strict";

// Before any step of the application is loaded, in each process that runs scenarios.
require("../lib/exos_modules").shareModules();
