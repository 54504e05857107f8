"use strict";

// The output of a process, as the lines that people see.
class Lines {
  #rest = "";
  all = [];

  constructor(stream) {
    stream.setEncoding("utf8");
    stream.on("data", (text) => this.#take(text));
  }

  #take(text) {
    const parts = (this.#rest + text).split("\n");
    this.#rest = parts.pop();
    this.all.push(...parts);
  }

  get text() {
    return [...this.all, this.#rest].join("\n");
  }

  // The first line from `from` onwards that matches, or undefined.
  find(pattern, from = 0) {
    return this.all.slice(from).find((line) => pattern.test(line));
  }
}

module.exports = { Lines };
