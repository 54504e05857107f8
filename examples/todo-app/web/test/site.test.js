"use strict";

const assert = require("node:assert/strict");
const http = require("node:http");
const { test } = require("node:test");
const { ExoError } = require("exorelay");
const { Site } = require("../site");
const { SHOWN, Todos } = require("../todos");

// A bus on which `answers[name](payload)` answers, or throws the code of an error.
class Bus {
  sent = [];

  constructor(answers = {}) {
    this.answers = answers;
  }

  async request(name, payload) {
    this.sent.push(name);
    if (!this.answers[name])
      throw new ExoError({ code: "no-receiver", reason: "no role receives it", messageName: name });
    return { payload: this.answers[name](payload) };
  }

  send(name, payload) {
    return this.request(name, payload);
  }
}

// A fleet with these titles, and with a search service or without.
function fleet({ titles = [], search = true } = {}) {
  const todos = titles.map((title, id) => ({ id, title }));
  const answers = {
    "todos.count": () => ({ count: todos.length }),
    "todos.list": ({ limit, offset }) => todos.slice(offset, offset + limit),
    "todo.add": ({ title }) => {
      todos.push({ id: todos.length, title });
      return todos.at(-1);
    },
  };
  if (search) {
    answers["todo-search.add"] = () => ({});
    answers["todo-search.search"] = ({ text }) => todos.filter(({ title }) => title.includes(text));
  }
  return new Bus(answers);
}

async function open(t, bus) {
  const site = new Site(new Todos(bus));
  const server = http.createServer((request, response) => site.answer(request, response));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const address = `http://127.0.0.1:${server.address().port}`;
  return async (path, options = {}) => {
    const response = await fetch(address + path, { redirect: "manual", ...options });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
}

function adding(title, headers = {}) {
  return { method: "POST", body: new URLSearchParams({ title }), headers };
}

test("a path that is none is answered with 404", async (t) => {
  const ask = await open(t, fleet());
  assert.equal((await ask("/nothing")).status, 404);
});

test("an empty todo is refused with the reason and adds nothing", async (t) => {
  const bus = fleet();
  const ask = await open(t, bus);
  const { status, text } = await ask("/todos", adding("  "));
  assert.equal(status, 422);
  assert.match(text, /role="alert">A todo needs at least one word\./);
  assert.ok(!bus.sent.includes("todo.add"));
});

test("a todo that is too long is refused and stays in the form", async (t) => {
  const ask = await open(t, fleet());
  const { status, text } = await ask("/todos", adding("x".repeat(1001)));
  assert.equal(status, 422);
  assert.match(text, /at most 1000 characters; this one has 1001/);
  assert.match(text, /value="x{1001}"/);
});

test("a body over the limit is refused", async (t) => {
  const ask = await open(t, fleet());
  assert.equal((await ask("/todos", adding("x".repeat(70_000)))).status, 413);
});

test("a form on another site adds nothing", async (t) => {
  const bus = fleet();
  const ask = await open(t, bus);
  assert.equal((await ask("/todos", adding("one", { "sec-fetch-site": "cross-site" }))).status, 403);
  assert.deepEqual(bus.sent, []);
});

test("without a todo service the page says so and keeps what was typed", async (t) => {
  const ask = await open(t, new Bus());
  const { status, text } = await ask("/todos", adding("buy figs"));
  assert.equal(status, 503);
  assert.match(text, /Your todo was not added: the service for it is not part of this fleet yet\./);
  assert.match(text, /value="buy figs"/);
});

test("what the todo service refuses is told in its words, and stays in the form", async (t) => {
  const bus = fleet();
  bus.answers["todo.add"] = () => {
    throw new ExoError({ code: "handler-failed", reason: "a todo needs at least one word", messageName: "todo.add" });
  };
  const ask = await open(t, bus);
  const { status, text } = await ask("/todos", adding("\u00ad"));
  assert.equal(status, 503);
  assert.match(text, /Your todo was not added: a todo needs at least one word\./);
  assert.match(text, /value="\u00ad"/);
});

test("without a search service searching says so, and todos are added all the same", async (t) => {
  const ask = await open(t, fleet({ search: false }));
  const { status, text } = await ask("/?search=figs");
  assert.equal(status, 503);
  assert.match(text, /Searching is not possible: the service for it is not part of this fleet yet\./);
  assert.equal((await ask("/todos", adding("buy figs"))).status, 303);
});

test("what a user types is text and nothing else", async (t) => {
  const ask = await open(t, fleet({ titles: ["<b id='planted'>bold</b> & more"] }));
  const { text } = await ask("/?search=%22%3E%3Cscript%3E");
  assert.doesNotMatch(text, /<script>/);
  const page = (await ask("/")).text;
  assert.ok(page.includes("<li>&lt;b id=&#39;planted&#39;&gt;bold&lt;/b&gt; &amp; more</li>"), page);
});

test("the page has a list, a form and a search field, each field with its label", async (t) => {
  const ask = await open(t, fleet({ titles: ["one"] }));
  const { status, headers, text } = await ask("/");
  assert.equal(status, 200);
  assert.equal(headers.get("content-type"), "text/html; charset=utf-8");
  assert.match(text, /<ol class="todos">\n<li>one<\/li>/);
  for (const [, id] of text.matchAll(/<input id="(\w+)"/g)) assert.match(text, new RegExp(`<label for="${id}">`));
  assert.match(text, /<input id="search" type="search"/);
  assert.match(text, /<form class="add" action="\/todos" method="post">/);
});

test("adding leads back to the page, and tells the search service", async (t) => {
  const bus = fleet();
  const ask = await open(t, bus);
  const { status, headers } = await ask("/todos", adding("buy figs"));
  assert.deepEqual([status, headers.get("location")], [303, "/"]);
  assert.deepEqual(bus.sent, ["todo.add", "todo-search.add"]);
  assert.match((await ask("/")).text, /<li>buy figs<\/li>/);
});

test("the newest hundred are shown, newest first, with the count of all", async (t) => {
  const ask = await open(t, fleet({ titles: Array.from({ length: 1234 }, (_, i) => `number ${i}`) }));
  const { text } = await ask("/");
  const titles = [...text.matchAll(/<li>(.*?)<\/li>/g)].map(([, title]) => title);
  assert.equal(titles.length, SHOWN);
  assert.deepEqual([titles[0], titles.at(-1)], ["number 1233", "number 1134"]);
  assert.match(text, /1,234 todos, of which these are the newest 100/);
});

test("a search lists what fits and only that", async (t) => {
  const ask = await open(t, fleet({ titles: ["buy figs", "write a letter"] }));
  const { text } = await ask("/?search=figs");
  assert.deepEqual(
    [...text.matchAll(/<li>(.*?)<\/li>/g)].map(([, title]) => title),
    ["buy figs"],
  );
  assert.match(text, /<input id="search" type="search" name="search" value="figs"/);
});

test("a search without a hit says so", async (t) => {
  const ask = await open(t, fleet({ titles: ["buy figs"] }));
  assert.match((await ask("/?search=plums")).text, /Nothing was found for “plums”/);
});
