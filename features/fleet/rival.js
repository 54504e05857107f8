"use strict";

// Does what warden does, as a role of its own.
require("./warden");
