"use strict";

const assert = require("node:assert/strict");
const { Then, When } = require("@cucumber/cucumber");
const { openBrowser } = require("../support/browser");
const { eventually } = require("../support/eventually");

// The address that exo run shows for the public role.
async function addressOf(world, role) {
  const line = await world.run.says(new RegExp(`\\b${role}\\b.*http://\\S+:\\d+`));
  return /http:\/\/[^\s,;]+/.exec(line)[0];
}

function textOf(page) {
  return page.evaluate(() => document.body.innerText);
}

When("a browser opens the page of {word}", { timeout: 60_000 }, async function (role) {
  const address = await addressOf(this, role);
  const { browser, page } = await openBrowser();
  this.whenOver(() => browser.close());
  this.page = page;
  await page.goto(address);
});

// A form's answer may be a new page or a change of this one: what counts is what the page shows then.
async function fillIn(page, field, text) {
  const input = await page.waitForSelector(field);
  await input.click({ count: 3 });
  await input.type(text);
  await input.press("Enter");
}

When(/^the user adds the todo "(.*)"$/, async function (title) {
  await fillIn(this.page, "form input[name=title]", title);
  await eventually(`"${title}" on the page`, async () => (await textOf(this.page)).includes(title));
});

When("the user searches for {string}", async function (text) {
  await fillIn(this.page, "input[type=search]", text);
});

Then(/^the page lists "(.*?)"(?: and "(.*)")?$/, async function (first, second) {
  const listed = await this.page.$$eval("li", (items) => items.map((item) => item.innerText.trim()));
  for (const title of [first, second].filter(Boolean)) assert.ok(listed.some((text) => text.includes(title)), listed.join(" | "));
});

Then("the page finds {string} but not {string}", async function (found, other) {
  await eventually(`the page to list only "${found}"`, async () => {
    const listed = await this.page.$$eval("li", (items) => items.map((item) => item.innerText));
    return listed.some((text) => text.includes(found)) && !listed.some((text) => text.includes(other));
  });
});

Then("the page lists only packages with the words {string} and {string}", async function (one, other) {
  const words = [one, other];
  const fits = (text) => words.every((word) => text.toLowerCase().includes(word));
  await eventually(`the page to list what has the words ${words}`, async () => {
    const listed = await this.page.$$eval("li", (items) => items.map((item) => item.innerText));
    return listed.length > 0 && listed.every(fits);
  });
});

Then("the page has no element that a todo has planted", async function () {
  assert.equal(await this.page.$("#planted"), null);
});

Then("the page of {word} answers with HTML that has a list, a form and a search field", async function (role) {
  const response = await fetch(await addressOf(this, role));
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type"), /^text\/html/);
  const html = await response.text();
  assert.match(html, /<(ul|ol)\b/);
  assert.match(html, /<form\b/);
  assert.match(html, /<input[^>]*type="?search\b/);
});
