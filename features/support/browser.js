"use strict";

const { existsSync } = require("node:fs");
const puppeteer = require("puppeteer-core");

// A headless Chromium with one empty page; the caller closes the browser.
async function openBrowser() {
  const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((name) => existsSync(name));
  if (!executablePath) throw new Error("there is no /usr/bin/chromium: run bin/setup --tests");
  const browser = await puppeteer.launch({
    executablePath,
    headless: true,
    pipe: true, // which ends it when this process has gone
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
  });
  const page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  return { browser, page };
}

module.exports = { openBrowser };
