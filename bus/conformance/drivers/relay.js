"use strict";

// The conformance driver of the JavaScript relay: joins the bus that its environment names, with the handlers that
// the README beside this folder describes.

const { ExoRelay } = require("../../relays/javascript");

const outcomes = new Map(); // by label: a promise and what settles it
const held = new Map();
const asked = new Map(); // by label: what cancels it
const counts = new Map();
const locks = new Map(); // by label
const lost = new Map(); // by label: the code with which a lock was lost
const unheard = [];

function slot(map, key) {
  if (!map.has(key)) {
    const one = {};
    one.promise = new Promise((resolve) => (one.resolve = resolve));
    map.set(key, one);
  }
  return map.get(key);
}

const payloadOf = ({ payload, fill }) => (fill === undefined ? payload : "x".repeat(fill));

function optionsOf({ version, timeoutMs, contentType }) {
  return { version, contentType, ...(timeoutMs !== undefined && { timeout: timeoutMs }) };
}

function cancelledBy(label) {
  asked.set(label, new AbortController());
  return asked.get(label).signal;
}

// Notes what became of `work`, which does what a case has asked for.
async function note({ label }, work) {
  const failure = ({ code = "usage", message, reason = message, messageId }) => ({
    code,
    reason,
    ...(messageId && { id: messageId }),
  });
  const outcome = await work().catch(failure);
  slot(outcomes, label).resolve(outcome);
}

const relay = ExoRelay.fromEnvironment({
  echo: (payload, { reply }) => reply("echoed", payload),

  seen: (payload, { reply, message }) => {
    const { name, id, activityId, sender, version, timeoutMs, redelivered, expects } = message;
    reply("seen", { name, id, activityId, sender, version, timeoutMs, redelivered, expects, payload });
  },

  fail: (reason, { reply }) => reply.error(reason),

  throw: (text) => {
    throw new Error(text);
  },

  pages: async ({ count }, { reply }) => {
    for (let page = 0; page < count - 1; page += 1) await reply.write("paged", [page]);
    await reply.end("paged", [count - 1]);
  },

  many: async ({ count }, { reply }) => {
    for (let number = 0; number < count - 1; number += 1) await reply.write("one-of-many", number);
    await reply.end("one-of-many", count - 1);
  },

  inflate: (size, { reply }) => reply("inflated", "x".repeat(size)),

  hold: async (key, { reply }) => {
    await slot(held, key).promise;
    reply("held", key);
  },

  release: (key) => slot(held, key).resolve(),

  send: (wanted, { send }) => {
    note(wanted, async () => {
      await send(wanted.name, payloadOf(wanted), optionsOf(wanted));
      return { sent: true };
    });
  },

  ask: (wanted, { request }) => {
    note(wanted, async () => {
      const signal = cancelledBy(wanted.label);
      const { name, payload, sender, version } = await request(wanted.name, payloadOf(wanted), {
        ...optionsOf(wanted),
        signal,
      });
      return { reply: name, payload, sender, version };
    });
  },

  "ask-many": (wanted, { requestMany }) => {
    note(wanted, async () => {
      const replies = [];
      const signal = cancelledBy(wanted.label);
      for await (const { payload } of requestMany(wanted.name, payloadOf(wanted), {
        ...optionsOf(wanted),
        signal,
      })) {
        replies.push(payload);
      }
      return { replies };
    });
  },

  outcome: async (label, { reply }) => reply("outcome", await slot(outcomes, label).promise),

  cancel: (label) => asked.get(label).abort(),

  "await-cancel": async (key, { signal, send }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    send("was-cancelled", key);
  },

  count: (key, { reply }) => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
    reply("counted", counts.get(key));
  },

  lock: ({ label, key, timeoutMs: timeout }, { lock }) => {
    note({ label }, async () => {
      const taken = await lock(key, { timeout, signal: cancelledBy(label) });
      locks.set(label, taken);
      taken.signal.addEventListener("abort", () => lost.set(label, taken.signal.reason.code));
      return { key: taken.key, number: taken.number };
    });
  },

  unlock: (label) => {
    locks.get(label).release();
  },

  "has-lock": (label, { reply }) => reply("lock", lost.get(label) ?? locks.get(label).held),

  unheard: (_, { reply }) => reply("unheard", unheard),

  close: () => {
    relay.close().then(() => process.exit(0));
  },
});

function giveUp(error) {
  console.error(`relay.js: ${error.message}`);
  process.exit(1);
}

relay.on("error", ({ messageName: name, code }) => {
  if (name) unheard.push({ name, code });
});
relay.on("refused", giveUp);
relay.connect().catch(giveUp);
