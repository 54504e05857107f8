"use strict";

// The source feature speaks of services by their domain nouns; the application has roles.
const roles = { "todos": "todo", "todos-search": "todo-search" };

function roleOf(noun) {
  return roles[noun] ?? noun;
}

module.exports = { roleOf };
