"use strict";

// Greets, and remembers whom this instance has greeted: shows which version production's messages reach.
const {existsSync} = require('node:fs');
const {setTimeout: pause} = require('node:timers/promises');
const { ExoRelay } = require("exorelay");
const { waitForFile } = require("./wait_for_file");

const greeted = [];
const takesLongMs = 120;

// While that file is there; then all who ask wait.
const isSlow = () => existsSync(process.env.GREETER_IS_SLOW_WHILE ?? '');

const relay = ExoRelay.fromEnvironment({
  'greeter.greet': async ({name}, {reply}) => {
    greeted.push(name);
    if (isSlow()) await pause(takesLongMs);
    reply("greeter.greeted", { text: `Hello ${name}`, version: process.env.EXO_VERSION });
  },
  'greeter.list': (_, {reply}) => reply('greeter.listed', greeted),
  // Sends what its contract does not allow, and tells how that went.
  'greeter.overstep': async (_, {reply, request}) => {
    const outcome = await request("visits.add", { text: "not mine to send" }).catch((error) => error);
    reply("greeter.overstepped", { code: outcome.code ?? "none" });
  },
  // The first that gets it dies of it, in the middle of its work; who gets it again does it.
  'greeter.endure': (_, {message: {redelivered}, reply}) => {
    if (!redelivered) process.kill(process.pid, "SIGKILL");
    reply("greeter.endured", { redelivered, pid: process.pid });
  },
  // Dies while it has a message in hand.
  'greeter.die': () => process.kill(process.pid, 'SIGKILL'),
});

waitForFile(process.env.GREETER_WAITS_FOR).then(() => relay.connect());
