"use strict";

const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { test } = require("node:test");
const { ROLE, Script } = require("./support/script");
const { until } = require("./support/fleet");

const LOADER = join(__dirname, "../bin/exo-script.js");
const DOCUMENT = readFileSync(join(__dirname, "scripts/document.js"), "utf8");

// A script whose online handler has this body.
function online(body, modifier = "") {
  return `module.exports = { "${ROLE}-online-start": ${modifier} (payload, { send, request, reply, progress, checkpoint, follow, message }) => {\n${body}\n} };`;
}

// What the host was told, where the attempt is expected to have failed; and that the process says so too.
async function failure(script, phase = "online") {
  const { payload, header } = await script.broker.nextReply(`${ROLE}-${phase}-failed`);
  assert.deepEqual(await script.exited(), { code: 1, signal: null });
  assert.equal(script.broker.received.filter(({ header }) => header.name?.endsWith("-failed")).length, 0);
  assert.equal(header.responseTo, "command-1");
  return payload.reason;
}

test("without a file the loader says how it is used", () => {
  assert.throws(
    () => execFileSync(process.execPath, [LOADER], { stdio: "pipe" }),
    (error) => {
      assert.equal(error.status, 2);
      return /usage: exo-script FILE/.test(error.stderr);
    },
  );
});

test("outside exo the loader names the variables that are missing", async (t) => {
  const script = await Script.start(t, DOCUMENT, { environment: { EXO_BUS: "" } });
  assert.equal((await script.exited()).code, 1);
  assert.match(script.output, /EXO_BUS is not set/);
});

test("a role that is no script's is refused", async (t) => {
  const script = await Script.start(t, DOCUMENT, { environment: { ROLE: "web" } });
  assert.equal((await script.exited()).code, 1);
  assert.match(script.output, /ROLE is 'web', which is no deployment script's/);
});

test("a bus that does not admit the script ends it", async (t) => {
  const script = await Script.start(t, DOCUMENT, {
    broker: { refusal: { code: "not-admitted", reason: "wrong token" } },
  });
  assert.equal((await script.exited()).code, 1);
  assert.match(script.output, /wrong token/);
});

test("a file that is not there fails whichever phase starts", async (t) => {
  const script = await Script.start(t, null);
  await script.begin("offline");
  assert.match(await failure(script, "offline"), /Cannot find module/);
});

test("a syntax error fails the attempt with its text", async (t) => {
  const script = await Script.start(t, "module.exports = {\n  for todo in todos\n};");
  await script.begin("offline");
  assert.match(await failure(script, "offline"), /^SyntaxError: /);
  assert.match(script.output, /todo-search-0\.0\.1\.js:2/);
});

test("a file that throws when it is loaded fails the attempt with the place", async (t) => {
  const script = await Script.start(t, "\nthrow new Error('no configuration');");
  await script.begin("offline");
  assert.match(await failure(script, "offline"), /^no configuration \(at todo-search-0\.0\.1\.js:2:7\)$/);
});

test("a file without a handler of its role fails the attempt", async (t) => {
  const script = await Script.start(t, `module.exports = { "deployment-todo-search-0.0.2-online-start": () => {} };`);
  await script.begin("offline");
  assert.match(
    await failure(script, "offline"),
    /exports no handler for 'deployment-todo-search-0.0.1-offline-start' or/,
  );
});

test("a handler that throws fails the attempt with the place, once", async (t) => {
  const script = await Script.start(t, online("payload.todos.length;"));
  await script.begin();
  assert.match(await failure(script), /^Cannot read properties of undefined .* \(at todo-search-0\.0\.1\.js:2:\d+\)$/);
  assert.match(script.output, /TypeError: Cannot read/);
});

test("a handler that rejects fails the attempt", async (t) => {
  const script = await Script.start(t, online("throw new Error('half way');", "async"));
  await script.begin();
  assert.match(await failure(script), /^half way/);
});

test("a promise that nobody handles fails the attempt", async (t) => {
  const script = await Script.start(t, online("Promise.reject(new Error('forgotten'));"));
  await script.begin();
  assert.match(await failure(script), /^forgotten/);
});

test("an exception in a timer fails the attempt", async (t) => {
  const script = await Script.start(t, online("setTimeout(() => { throw new Error('later'); }, 1);"));
  await script.begin();
  assert.match(await failure(script), /^later/);
});

test("a failure before the phase starts is told when it does, and its handler does not run", async (t) => {
  const script = await Script.start(t, `Promise.reject(new Error("early"));\n${online("console.log('ran');")}`);
  await script.begin();
  assert.match(await failure(script), /^early/);
  assert.doesNotMatch(script.output, /ran/);
});

test("a callback that throws fails the attempt", async (t) => {
  const script = await Script.start(t, online("send('todos.list', (todos) => todos.none.none);"));
  await script.begin();
  script.broker.reply(await script.broker.next("command"), "todos.listed", []);
  assert.match(await failure(script), /Cannot read properties/);
});

test("an error that no callback and no promise takes fails the attempt", async (t) => {
  const body = `send("todo-search.add", 1); reply("${ROLE}-online-done");`;
  const script = await Script.start(t, online(body), { broker: { delivers: "none" } });
  await script.begin();
  script.broker.error(await script.broker.next("command"), "handler-failed", "disk full");
  assert.match(await failure(script), /todo-search\.add: disk full \(handler-failed\)/);
  assert.equal(script.broker.received.filter(({ header }) => header.kind === "reply").length, 0);
});

test("an error of a send with a callback that does not look at errors fails the attempt with the error's text", async (t) => {
  const script = await Script.start(t, DOCUMENT, { broker: { delivers: "none" } });
  await script.begin();
  script.broker.error(await script.broker.next("command"), "receiver-lost", "todo ended");
  assert.match(await failure(script), /todos\.list: todo ended \(receiver-lost\)/);
});

test("a request that fails and is not caught fails the attempt", async (t) => {
  const script = await Script.start(t, online("await request('todos.list');", "async"), {
    broker: { delivers: "none" },
  });
  await script.begin();
  script.broker.error(await script.broker.next("command"), "no-receiver", "no role receives it");
  assert.match(await failure(script), /no role receives it/);
});

test("a request that fails and is not caught keeps a done that waited for it from going", async (t) => {
  const body = `request("todos.list"); reply("${ROLE}-online-done");`;
  const script = await Script.start(t, online(body), { broker: { delivers: "none" } });
  await script.begin();
  script.broker.error(await script.broker.next("command"), "no-receiver", "no role receives it");
  assert.match(await failure(script), /no role receives it/);
  assert.ok(script.broker.received.every(({ header }) => header.kind !== "reply"));
});

test("a send whose error is thrown on keeps a done that waited for it from going", async (t) => {
  const body = `send("todo-search.add", 1).then(() => {}); reply("${ROLE}-online-done");`;
  const script = await Script.start(t, online(body), { broker: { delivers: "none" } });
  await script.begin();
  script.broker.error(await script.broker.next("command"), "handler-failed", "disk full");
  assert.match(await failure(script), /disk full/);
  assert.ok(script.broker.received.every(({ header }) => header.kind !== "reply"));
});

test("a script registers with its role and the names that it exports", async (t) => {
  const script = await Script.start(t, DOCUMENT);
  const { role, version, instance, token, handles } = await script.registered();
  assert.deepEqual(
    { role, version, instance, token },
    { role: ROLE, version: "0.0.1", instance: "script-1", token: "secret" },
  );
  assert.deepEqual(handles, [`${ROLE}-offline-start`, `${ROLE}-online-start`]);
});

test("an ES module may export its handlers by default", async (t) => {
  const source = `export default { "${ROLE}-offline-start": (_, { reply }) => reply("${ROLE}-offline-done") };`;
  const script = await Script.start(t, source, { extension: "mjs" });
  await script.begin("offline");
  await script.broker.nextReply(`${ROLE}-offline-done`);
});

test("an ES module may export its handlers by name", async (t) => {
  const source = `const start = (_, { reply }) => reply("${ROLE}-offline-done");\nexport { start as "${ROLE}-offline-start" };`;
  const script = await Script.start(t, source, { extension: "mjs" });
  await script.begin("offline");
  const { header } = await script.broker.nextReply(`${ROLE}-offline-done`);
  assert.equal(header.handledErrors, 0);
});

test("the document's script copies every todo, in the attempt's activity, and is done when all are delivered", async (t) => {
  const script = await Script.start(t, DOCUMENT, { broker: { delivers: "none" } });
  const { broker } = script;
  await script.begin();
  const list = await broker.nextCommand("todos.list");
  broker.delivered(list);
  broker.reply(
    list,
    "todos.listed",
    [
      { id: 1, title: "one" },
      { id: 2, title: "two" },
    ],
    { more: true },
  );
  broker.reply(list, "todos.listed", [{ id: 3, title: "three" }], { page: 1 });
  const adds = await broker.nextCommands(3);
  assert.deepEqual(
    adds.map(({ payload }) => payload.title),
    ["one", "two", "three"],
  );
  assert.deepEqual(
    adds.map(({ header }) => [header.activityId, header.timeoutMs]),
    Array(3).fill(["attempt-1", undefined]),
  );
  broker.delivered(adds[0], adds[2]);
  broker.command(`${ROLE}-unknown`);
  await broker.next("failed");
  assert.equal(broker.received.filter(({ header }) => header.kind === "reply").length, 0);
  broker.delivered(adds[1]);
  const { header } = await broker.nextReply(`${ROLE}-online-done`);
  assert.deepEqual([header.responseTo, header.more, header.handledErrors], ["command-1", undefined, 0]);
});

test("the document's loop of unawaited sends runs over sixty thousand todos", async (t) => {
  const script = await Script.start(t, DOCUMENT);
  const { broker } = script;
  await script.begin();
  const list = await broker.nextCommand("todos.list");
  const pages = 60;
  for (let page = 0; page < pages; page++) {
    const todos = Array.from({ length: 1000 }, (_, i) => ({
      id: page * 1000 + i,
      title: `package ${i}, with some words`,
    }));
    broker.reply(list, "todos.listed", todos, { page, more: page < pages - 1 });
  }
  await broker.nextReply(`${ROLE}-online-done`);
  const adds = broker.received.filter(({ header }) => header.name === "todo-search.add");
  assert.equal(adds.length, 60_000);
  assert.ok(adds.every(({ payload }, i) => payload.id === i));
});

test("sendAll sends at the pace of the receivers, in the attempt's activity, and is there without the second argument", async (t) => {
  const source = `module.exports = { "${ROLE}-online-start": async (_, { reply }) => {
    reply("${ROLE}-online-done", await sendAll("todo-search.add", [1, 2, 3], { inFlight: 2 }));
  } };`;
  const script = await Script.start(t, source, { broker: { delivers: "none" } });
  await script.begin();
  const first = await script.broker.nextCommands(2);
  assert.equal(script.broker.received.filter(({ header }) => header.kind === "command").length, 0);
  script.broker.delivered(...first);
  const [third] = await script.broker.nextCommands(1);
  script.broker.delivered(third);
  assert.deepEqual([...first, third].map(({ payload }) => payload), [1, 2, 3]);
  assert.equal(third.header.activityId, "attempt-1");
  assert.equal((await script.broker.nextReply(`${ROLE}-online-done`)).payload, 3);
});

test("an error that a callback takes is counted as handled", async (t) => {
  const body = `send("todo-search.add", 1, (payload, { error }) => reply("${ROLE}-online-done"));`;
  const script = await Script.start(t, online(body), { broker: { delivers: "none" } });
  await script.begin();
  script.broker.error(await script.broker.next("command"), "handler-failed", "disk full");
  assert.equal((await script.broker.nextReply(`${ROLE}-online-done`)).header.handledErrors, 1);
});

test("an error that a promise's handler takes is counted as handled", async (t) => {
  const body = `try { await send("todo-search.add", 1); } catch {} reply("${ROLE}-online-done");`;
  const script = await Script.start(t, online(body, "async"), { broker: { delivers: "none" } });
  await script.begin();
  script.broker.error(await script.broker.next("command"), "handler-failed", "disk full");
  assert.equal((await script.broker.nextReply(`${ROLE}-online-done`)).header.handledErrors, 1);
});

test("an awaited send resolves when it is delivered, not when it is accepted", async (t) => {
  const body = `await send("todo-search.add", 1); console.log("delivered"); reply("${ROLE}-online-done");`;
  const script = await Script.start(t, online(body, "async"), { broker: { delivers: "none" } });
  await script.begin();
  const add = await script.broker.next("command");
  assert.doesNotMatch(script.output, /delivered/);
  script.broker.delivered(add);
  await script.broker.nextReply(`${ROLE}-online-done`);
});

test("a checkpoint goes when what was sent before is delivered, and done after it", async (t) => {
  const body = `
    const value = { after: 1 };
    send("todo-search.add", 1);
    checkpoint(value).then(() => console.log("saved"));
    value.after = 2;
    send("todo-search.add", 2);
    reply("${ROLE}-online-done");`;
  const script = await Script.start(t, online(body), { broker: { delivers: "none" } });
  const { broker } = script;
  await script.begin();
  const [first, second] = await broker.nextCommands(2);
  broker.delivered(second);
  broker.command(`${ROLE}-unknown`);
  await broker.next("failed");
  assert.ok(broker.received.every(({ header }) => header.kind === "handled"));
  broker.delivered(first);
  const checkpoint = await broker.nextCommand(`${ROLE}-online-checkpoint`);
  assert.deepEqual([checkpoint.payload, checkpoint.header.expects], [{ after: 1 }, "one"]);
  broker.reply(checkpoint, `${ROLE}-online-checkpointed`);
  await broker.nextReply(`${ROLE}-online-done`);
  await until(() => script.output.includes("saved"));
});

test("progress is told as it is, without waiting", async (t) => {
  const script = await Script.start(t, online(`send("todo-search.add", 1); progress(1, 2, "half");`), {
    broker: { delivers: "none" },
  });
  await script.begin();
  const { payload } = await script.broker.nextCommand(`${ROLE}-online-progress`);
  assert.deepEqual(payload, { done: 1, total: 2, note: "half" });
});

test("what a script asks to follow is followed when the host says so, with or without credit", async (t) => {
  const body = `await follow(["todo-search.add"]); reply("${ROLE}-online-done");`;
  const script = await Script.start(t, online(body, "async"));
  await script.begin();
  const asked = await script.broker.nextCommand(`${ROLE}-online-follow`);
  assert.deepEqual([asked.payload, asked.header.expects], [{ commands: ["todo-search.add"] }, "one"]);
  assert.equal(script.broker.received.filter(({ header }) => header.kind === "reply").length, 0);
  script.broker.reply(asked, `${ROLE}-online-followed`);
  await script.broker.nextReply(`${ROLE}-online-done`);
});

test("a script may say done as a command", async (t) => {
  const script = await Script.start(t, online(`send("todo-search.add", 1); send("${ROLE}-online-done");`));
  await script.begin();
  const { header } = await script.broker.nextCommand(`${ROLE}-online-done`);
  assert.equal(header.handledErrors, 0);
});

test("a script that says failed itself is not waited for", async (t) => {
  const body = `send("todo-search.add", 1); reply("${ROLE}-online-failed", { reason: "no space" });`;
  const script = await Script.start(t, online(body), { broker: { delivers: "none" } });
  await script.begin();
  assert.deepEqual((await script.broker.nextReply(`${ROLE}-online-failed`)).payload, { reason: "no space" });
});

test("the start's payload and message reach the handler", async (t) => {
  const body = `reply("${ROLE}-online-done", [payload.checkpoint, message.sender, message.expects]);`;
  const script = await Script.start(t, online(body));
  await script.begin("online", { checkpoint: { after: 5 } });
  assert.deepEqual((await script.broker.nextReply(`${ROLE}-online-done`)).payload, [{ after: 5 }, "exo", "many"]);
});

test("SIGTERM ends the script cleanly with 0", async (t) => {
  const script = await Script.start(t, DOCUMENT);
  await script.registered();
  await until(() => script.broker.peer !== undefined);
  script.kill("SIGTERM");
  assert.deepEqual(await script.exited(), { code: 0, signal: null });
  assert.equal(script.output, "");
});

test("SIGTERM in the middle ends the script with 0 and without a word of what was not done", async (t) => {
  const body = `for (let i = 0; i < 10; i++) send("todo-search.add", i); request("todos.list").then(() => {});`;
  const script = await Script.start(t, online(body), { broker: { delivers: "none", grants: { "todo-search": 3 } } });
  await script.begin();
  await script.broker.nextCommands(4);
  script.kill("SIGTERM");
  assert.deepEqual(await script.exited(), { code: 0, signal: null });
  assert.equal(script.output, "");
});

test("SIGTERM after done ends the script cleanly with 0", async (t) => {
  const script = await Script.start(t, DOCUMENT);
  await script.begin("offline");
  await script.broker.nextReply(`${ROLE}-offline-done`);
  script.kill("SIGTERM");
  assert.deepEqual(await script.exited(), { code: 0, signal: null });
});
