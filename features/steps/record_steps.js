"use strict";

const assert = require("node:assert/strict");
const { Given, Then } = require("@cucumber/cucumber");
const { eventually } = require("../support/eventually");

// Scripts that write "record 1", "record 2", … into the visits' book. What they are about to do at a record in the first
// attempt they do when all before it is delivered.
const atRecord = {
  js: { "is killed": `process.kill(process.pid, "SIGKILL");`, waits: `await request("signals.await", { name: "offline" });` },
  py: {
    "is killed": `os.kill(os.getpid(), signal.SIGKILL)`,
    waits: `await script.request("signals.await", {"name": "offline"})`,
  },
};

const scripts = {
  js: ({ name, last, every, at, deed }) => `
module.exports = {
  "${name}-start": async ({ attempt }, { each, reply, request, send }) => {
    const ids = Array.from({ length: ${last} }, (_, at) => ({ id: at + 1 }));
    const pages = [ids.slice(0, 7), ids.slice(7)];
    let delivery;
    await each(pages, { key: "id", every: ${every}, total: ${last} }, async ({ id }) => {
      if (id === ${at} && attempt === 1) {
        await delivery;
        ${deed}
      }
      delivery = send("visits.add", { text: "record " + id });
    });
    reply("${name}-done");
  },
};
`,
  py: ({ name, last, every, at, deed }) => `
import os
import signal

from exorelay import handle


@handle("${name}-start")
async def start(start, script):
    delivery = None

    async def add(record):
        nonlocal delivery
        if record["id"] == ${at} and start["attempt"] == 1:
            await delivery
            ${deed}
        delivery = script.send("visits.add", {"text": f"record {record['id']}"})

    ids = [{"id": each} for each in range(1, ${last + 1})]
    await script.each([ids[:7], ids[7:]], add, key="id", every=${every}, total=${last})
    script.reply("${name}-done")
`.replaceAll("${last + 1}", String(last + 1)),
};

Given(
  /^its script (deployment-scripts\/\S+) writes records 1 to (\d+) into the book, saves a checkpoint every (\d+) and (is killed|waits) at (\d+) in attempt 1$/,
  function (file, last, every, what, at) {
    const [, role, version, language] = /\/([a-z-]+)-(\d.*)\.(\w+)$/.exec(file);
    const name = `deployment-${role}-${version}-offline`;
    const deed = atRecord[language][what];
    this.application.write(file, scripts[language]({ name, last: Number(last), every, at, deed }));
    this.underTest = { role, version };
  },
);

async function bookOf(world) {
  return (await world.ask("visits.list", {})).payload;
}

Then(/^the book holds records 1 to (\d+), of which only (\d+) to (\d+) may be there twice$/, async function (last, first, second) {
  const counts = new Map();
  for (const line of await bookOf(this)) counts.set(line, (counts.get(line) ?? 0) + 1);
  for (let id = 1; id <= Number(last); id += 1) {
    const count = counts.get(`record ${id}`) ?? 0;
    const most = id >= Number(first) && id <= Number(second) ? 2 : 1;
    assert.ok(count >= 1 && count <= most, `record ${id} is there ${count} times: ${JSON.stringify([...counts])}`);
  }
  assert.equal(counts.size, Number(last));
});

Then(/^the history has checkpoints after ([\d, and]+) records of (\S+)$/, async function (list, name) {
  const [role, version] = name.split("@");
  const saved = (await this.history()).filter((each) => each.event === "checkpoint-saved" && each.role === role && each.version === version);
  const wanted = list.split(/, | and /).map(Number);
  assert.deepEqual(saved.map(({ value }) => value.each.records.done), wanted);
  assert.deepEqual(saved.at(-1).value.each.records, { done: wanted.at(-1), key: wanted.at(-1), finished: true });
});

Then(/^exo status tells of (\S+) that (\d+) of (\d+) are durable, and how far its script says it is$/, async function (name, durable, total) {
  await eventually("progress", async () => {
    const { done, total: of, quiet_ms: quiet } = (await this.version(name)).scripts.offline;
    if (of !== Number(total)) throw new Error(`the total is ${of}`);
    assert.ok(done >= 1 && done <= of && quiet >= 0);
    return true;
  });
  const saved = (await this.history()).filter(({ event }) => event === "checkpoint-saved");
  assert.equal(saved.at(-1).value.each.records.done, Number(durable));
});
