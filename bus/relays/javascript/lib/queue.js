"use strict";

// First in, first out, in constant time however long it is. (Array.shift moves the whole rest, which the sixty
// thousand messages of a script would feel.)
class Queue {
  #items = [];
  #head = 0;

  get length() {
    return this.#items.length - this.#head;
  }

  push(item) {
    this.#items.push(item);
  }

  // The oldest item, which stays; undefined when there is none.
  peek() {
    return this.#items[this.#head];
  }

  // Removes and returns the oldest item; undefined when there is none.
  shift() {
    if (this.#head === this.#items.length) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head >= 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  // Removes everything and returns it, oldest first.
  takeAll() {
    const items = this.#items.slice(this.#head);
    this.#items = [];
    this.#head = 0;
    return items;
  }
}

module.exports = { Queue };
