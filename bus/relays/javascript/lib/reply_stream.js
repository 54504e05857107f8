"use strict";

const { Delivery } = require("./delivery");
const { ExoError } = require("./exo_error");
const { PAGES_AHEAD } = require("./answer");
const { Queue } = require("./queue");

const STALL_MS = 5 * 60_000; // an asker that takes no page for so long has lost interest without saying so

// The pages of one reply on their way to the asker, who says by `window` how many it takes. Calls `send(page)`
// for each that may go and `ended()` once, after the last or when the stream has failed.
class ReplyStream {
  #budget;
  #send;
  #ended;
  #unhandled;
  #stallMs;
  #waiting = new Queue();
  #allowed = PAGES_AHEAD;
  #sent = 0;
  #closed = false; // the application has given its last page
  #error = null;
  #timer = null;

  constructor({ budget, send, ended, unhandled, stallMs = STALL_MS }) {
    this.#budget = budget;
    this.#send = send;
    this.#ended = ended;
    this.#unhandled = unhandled;
    this.#stallMs = stallMs;
  }

  // Returns the page's Delivery, which settles when the page has gone; throws `overloaded` when the budget is spent.
  push({ name, frame, contentType, last }) {
    if (this.#closed) throw new Error(`reply '${name}': the last page was given before`);
    const delivery = new Delivery();
    if (this.#error) {
      delivery.fail(this.#error, () => {}, this.#unhandled);
      return delivery;
    }
    this.#budget.take(frame.length, name);
    this.#closed = last;
    this.#waiting.push({ name, frame, contentType, last, delivery });
    this.#pump();
    return delivery;
  }

  // The asker takes so many pages in all.
  allow(pages) {
    this.#allowed = Math.max(this.#allowed, pages);
    this.#pump();
  }

  // Nobody takes the pages any more.
  fail(error) {
    if (this.#error) return;
    this.#error = error;
    clearTimeout(this.#timer);
    for (const page of this.#waiting.takeAll()) {
      this.#budget.release(page.frame.length);
      page.delivery.fail(error, () => {}, this.#unhandled);
    }
    this.#ended();
  }

  #pump() {
    while (this.#waiting.length > 0 && this.#sent < this.#allowed) {
      const page = this.#waiting.shift();
      this.#budget.release(page.frame.length);
      this.#send({ ...page, number: this.#sent });
      this.#sent += 1;
      page.delivery.succeed();
      if (page.last) this.#ended();
    }
    clearTimeout(this.#timer);
    if (this.#waiting.length > 0) this.#timer = setTimeout(() => this.#giveUp(), this.#stallMs);
  }

  #giveUp() {
    this.fail(new ExoError({ code: "expired", reason: `the asker took no page for ${this.#stallMs / 1000} s` }));
  }
}

module.exports = { ReplyStream };
