"use strict";

// Words as a shell takes them: "a 'b c'" is two. Quotes are single ones around a whole word.
function shellWords(text) {
  return [...text.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain);
}

module.exports = { shellWords };
