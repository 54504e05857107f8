"use strict";

// The page as HTML: plain functions from what there is to see to text. Everything that people typed goes through
// `escaped`.

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escaped(text) {
  return String(text).replace(/[&<>"']/g, (character) => ENTITIES[character]);
}

// `problem` is what went wrong, in words for people; `draft` what they had typed into the form.
function renderPage({ search = "", todos = [], count = null, shown, problem = "", draft = "" }) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${search === "" ? "Todos" : `“${escaped(search)}” – Todos`}</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header>
<h1><a href="/">Todos</a></h1>
${renderSearch(search)}
</header>
<main>
${problem === "" ? "" : `<p class="problem" role="alert">${escaped(problem)}</p>`}
${renderForm(draft)}
<section aria-labelledby="what">
<h2 id="what">${escaped(heading({ search, todos, count, shown, problem }))}</h2>
<ol class="todos">
${todos.map(renderTodo).join("\n")}
</ol>
</section>
</main>
</body>
</html>
`;
}

function renderSearch(search) {
  return `<form role="search" action="/" method="get">
<label for="search">Find</label>
<input id="search" type="search" name="search" value="${escaped(search)}" placeholder="words of a todo" maxlength="200">
<button>Find</button>
</form>`;
}

function renderForm(draft) {
  return `<form class="add" action="/todos" method="post">
<label for="title">What is to be done?</label>
<input id="title" type="text" name="title" value="${escaped(draft)}" required maxlength="1000" autocomplete="off" autofocus>
<button>Add</button>
</form>`;
}

function renderTodo({ title }) {
  return `<li>${escaped(title)}</li>`;
}

function heading({ search, todos, count, shown, problem }) {
  const number = (value) => value.toLocaleString("en");
  if (search !== "") {
    if (problem !== "") return `“${search}”`;
    if (todos.length === 0) return `Nothing was found for “${search}”`;
    return todos.length < shown ? `${number(todos.length)} found for “${search}”` : `The best ${shown} for “${search}”`;
  }
  if (count === null) return "Your todos";
  if (count === 0) return "Nothing is to be done yet";
  if (count === 1) return "1 todo";
  return count <= shown ? `${number(count)} todos` : `${number(count)} todos, of which these are the newest ${shown}`;
}

module.exports = { escaped, renderPage };
