"use strict";

const { ExoError } = require("./exo_error");

const PAGES_AHEAD = 8; // what a replier may send unasked

// What becomes of the replies to one command. Each kind has
//   take(reply)   one reply or page: {name, payload, sender, version, timestamp, more, page}
//   fail(error)   no (further) reply comes; whether the application has taken the error
// and calls `window(pages)` to let the replier go on.

// Gathers the pages of a streamed reply into one reply with one list, then calls `done(reply)`.
class GatheredAnswer {
  #window;
  #done;
  #failed;
  #pages = 0;
  #list = null;

  // `failed(error)` returns whether the application has taken the error.
  constructor({ window, done, failed }) {
    this.#window = window;
    this.#done = done;
    this.#failed = failed;
  }

  take(reply) {
    if (reply.page !== this.#pages) {
      throw malformed(reply, `page ${reply.page} came where page ${this.#pages} was due`);
    }
    this.#pages += 1;
    if (!reply.more && this.#list === null) {
      this.#done(withoutPaging(reply));
      return;
    }
    if (!Array.isArray(reply.payload)) throw malformed(reply, "a page of a streamed reply is no list");
    this.#list ??= [];
    for (const item of reply.payload) this.#list.push(item);
    if (reply.more) this.#window(this.#pages + PAGES_AHEAD);
    else this.#done({ ...withoutPaging(reply), payload: this.#list });
  }

  fail(error) {
    return this.#failed(error);
  }
}

// Hands the replies, or the pages of one, to the application one by one, as an async iterable. The replier goes
// on as they are taken. Leaving the loop early calls `left()`, which cancels what has not come yet.
class StreamedAnswer {
  #window;
  #arrived = [];
  #waiting = [];
  #taken = 0;
  #ended = false;
  #error = null;
  #left;

  constructor({ window, left }) {
    this.#window = window;
    this.#left = left;
  }

  take(reply) {
    if (!reply.more) this.#ended = true;
    this.#arrived.push(reply);
    this.#settle();
  }

  fail(error) {
    this.#error = error;
    this.#settle();
    return true;
  }

  next() {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#settle();
    });
  }

  return(value) {
    this.#arrived = [];
    if (!this.#ended && !this.#error) this.#left();
    this.#ended = true;
    this.#error = null;
    this.#settle();
    return Promise.resolve({ value, done: true });
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  #settle() {
    while (this.#waiting.length > 0) {
      if (this.#arrived.length > 0) {
        const reply = this.#arrived.shift();
        this.#countTaken(reply);
        this.#waiting.shift().resolve({ value: withoutPaging(reply), done: false });
      } else if (this.#error) {
        this.#waiting.shift().reject(this.#error);
        this.#error = null; // as with a generator, what failed has ended
        this.#ended = true;
      } else if (this.#ended) {
        this.#waiting.shift().resolve({ value: undefined, done: true });
      } else {
        return;
      }
    }
  }

  #countTaken(reply) {
    this.#taken += 1;
    if (reply.more) this.#window(this.#taken + PAGES_AHEAD);
  }
}

// The whole reply's name is known with its first page: `first(reply)` is called with it, where the payload is the
// async iterable of all pages' lists.
class PagedAnswer {
  #stream;
  #first;
  #failed;
  #begun = false;

  constructor({ window, first, failed, left }) {
    this.#stream = new StreamedAnswer({ window, left });
    this.#first = first;
    this.#failed = failed;
  }

  take(reply) {
    if (!Array.isArray(reply.payload)) throw malformed(reply, "a page of a streamed reply is no list");
    this.#stream.take(reply);
    if (this.#begun) return;
    this.#begun = true;
    this.#first({ ...withoutPaging(reply), payload: payloadsOf(this.#stream) });
  }

  fail(error) {
    if (this.#begun) return this.#stream.fail(error);
    return this.#failed(error);
  }
}

// Not a generator, which does nothing when it is left before it has begun.
function payloadsOf(stream) {
  return {
    next: async () => {
      const { value, done } = await stream.next();
      return { value: value?.payload, done };
    },
    return: (value) => stream.return(value),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function withoutPaging({ name, payload, sender, version, timestamp }) {
  return { name, payload, sender, version, timestamp };
}

function malformed(reply, reason) {
  return new ExoError({ code: "malformed", messageName: reply.name, reason });
}

module.exports = { GatheredAnswer, PAGES_AHEAD, PagedAnswer, StreamedAnswer };
