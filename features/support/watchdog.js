"use strict";

const { Worker } = require("node:worker_threads");

const LIMIT_S = 180; // the longest that any step's own computing takes is a few seconds

// Ends this process when its event loop has stood still for so long, by a call that blocks or a loop that never waits:
// the time limits of steps would not be noticed then either. Returns {at(what)}, which it tells when it strikes.
function watchEventLoop({ limitSeconds = LIMIT_S } = {}) {
  const beats = new Int32Array(new SharedArrayBuffer(4));
  setInterval(() => Atomics.add(beats, 0, 1), 500).unref();
  const watcher = new Worker(__filename, { workerData: { beats, limitSeconds } });
  watcher.unref();
  return { at: (what) => watcher.postMessage(what) };
}

// In a thread of its own. It counts its own seconds, so that no time passes while all of the process is stopped.
function watch({ parentPort, workerData: { beats, limitSeconds } }) {
  let what = "its start";
  let last = -1;
  let still = 0;
  parentPort.on("message", (text) => (what = text));
  setInterval(() => {
    const now = Atomics.load(beats, 0);
    still = now === last ? still + 1 : 0;
    last = now;
    if (still < limitSeconds) return;
    require("node:fs").writeSync(2, `\nended, since it did nothing else for ${limitSeconds} s: ${what}\n`);
    process.kill(process.pid, "SIGKILL");
  }, 1_000);
}

const threads = require("node:worker_threads");
if (!threads.isMainThread && threads.workerData?.beats) watch(threads);

module.exports = { watchEventLoop };
