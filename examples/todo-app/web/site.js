"use strict";

const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { renderPage } = require("./page");
const { SHOWN } = require("./todos");

const BODY_LIMIT_BYTES = 64 * 1024;
const TITLE_LIMIT = 1_000;
const STYLE = readFileSync(join(__dirname, "style.css"));

const HEADERS = {
  "Content-Security-Policy":
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "same-origin",
};

// Answers HTTP requests for the page. `todos` is what there is to show; its failures become sentences on the page.
class Site {
  #todos;

  constructor(todos) {
    this.#todos = todos;
  }

  // A listener for node:http; never rejects.
  async answer(request, response) {
    try {
      await this.#route(request, response);
    } catch (error) {
      console.error(error.stack);
      if (!response.headersSent) send(response, 500, "text/plain", "The page could not be made.\n");
    }
  }

  #route(request, response) {
    const { pathname, searchParams } = new URL(request.url, "http://page");
    const key = `${request.method === "HEAD" ? "GET" : request.method} ${pathname}`;
    switch (key) {
      case "GET /":
        return this.#show(response, (searchParams.get("search") ?? "").trim());
      case "POST /todos":
        return this.#add(request, response);
      case "GET /style.css":
        return send(response, 200, "text/css", STYLE);
      default:
        return send(response, 404, "text/plain", "There is no such page.\n");
    }
  }

  async #show(response, search, { status = 200, problem = "", draft = "" } = {}) {
    const page = { search, problem, draft, shown: SHOWN };
    try {
      if (search === "") Object.assign(page, await this.#todos.newest());
      else page.todos = await this.#todos.search(search);
    } catch (error) {
      status = 503;
      page.problem =
        `${problem} ${apology(search === "" ? "The todos cannot be shown" : "Searching is not possible", error)}`.trim();
    }
    send(response, status, "text/html", renderPage(page));
  }

  // A reload after adding must not add again, so the answer is a redirect.
  async #add(request, response) {
    if (request.headers["sec-fetch-site"] === "cross-site") {
      return send(response, 403, "text/plain", "Todos are added on this site's own page.\n");
    }
    const body = await bodyOf(request);
    if (body === null) return send(response, 413, "text/plain", "That is too long for a todo.\n");
    const title = (new URLSearchParams(body).get("title") ?? "").trim();
    const problem = problemOf(title);
    if (problem !== "") return this.#show(response, "", { status: 422, problem, draft: title });
    try {
      await this.#todos.add(title);
    } catch (error) {
      return this.#show(response, "", {
        status: 503,
        problem: apology("Your todo was not added", error),
        draft: title,
      });
    }
    response.writeHead(303, { Location: "/" }).end();
  }
}

function problemOf(title) {
  if (title === "") return "A todo needs at least one word.";
  if (title.length > TITLE_LIMIT) return `A todo has at most ${TITLE_LIMIT} characters; this one has ${title.length}.`;
  return "";
}

// Says what does not work, why, and what to do, by the bus's word for it.
function apology(what, error) {
  switch (error.code) {
    case "no-receiver":
      return `${what}: the service for it is not part of this fleet yet.`;
    case "held":
    case "unknown-version":
      return `${what}: the service for it is being brought in. Please try again in a moment.`;
    case "expired":
      return `${what}: the service for it did not answer in time. Please try again.`;
    case "receiver-lost":
    case "bus-lost":
    case "closed":
      return `${what}: the service for it has just stopped. Please try again in a moment.`;
    case "handler-failed":
      return `${what}: ${error.reason}.`;
    default:
      console.error(error.stack);
      return `${what}: the service for it failed${error.reason ? ` (${error.reason})` : ""}.`;
  }
}

// The request's text; null when it is over the limit.
async function bodyOf(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= BODY_LIMIT_BYTES) chunks.push(chunk);
  }
  return size > BODY_LIMIT_BYTES ? null : Buffer.concat(chunks).toString();
}

function send(response, status, type, content) {
  response.writeHead(status, {
    ...HEADERS,
    "Content-Type": `${type}; charset=utf-8`,
    "Content-Length": Buffer.byteLength(content),
  });
  response.end(content);
}

module.exports = { Site };
