// The JavaScript relay's part in a measurement: what workload.cc does, with the same arguments and output, but for
// the broker's processor time, which Node cannot read.
"use strict";

const { parseArgs } = require("node:util");
const { ExoRelay } = require("exorelay");

const markBytes = 16; // a Mark as in numbered_payload.h
const burst = 256; // sent before the bus is waited for
const warmUpMs = 100;

const now = () => Number(process.hrtime.bigint()) / 1e6; // milliseconds

class Payloads {
  #filling;

  constructor(size) {
    this.#filling = Buffer.from(Array.from({ length: size - markBytes }, (_, i) => (i + markBytes) * 37));
  }

  make(number, last = 0) {
    const bytes = Buffer.alloc(markBytes + this.#filling.length);
    bytes.writeUInt32LE(number, 0);
    bytes.writeUInt32LE(last, 12);
    this.#filling.copy(bytes, markBytes);
    return bytes;
  }

  // Whether it is its sender's last.
  check(payload, number) {
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    if (bytes.readUInt32LE(0) !== number || !this.#filling.equals(bytes.subarray(markBytes))) {
      throw new Error(`message ${bytes.readUInt32LE(0)} came where ${number} was due, or is not as it was sent`);
    }
    return bytes.readUInt32LE(12) === 1;
  }
}

async function join(part, endpoint, handlers) {
  const options = { role: part, version: "1.0.0", instance: `${part}-0`, token: "bench", endpoint, handlers };
  const relay = new ExoRelay(options);
  await relay.connect();
  return relay;
}

async function ask({ address, milliseconds }, payloads) {
  const relay = await join("asker", address, {});
  console.log("ready");
  let number = 0;
  const askFor = async (duration) => {
    const latencies = [];
    const end = now() + duration;
    for (let before = now(); before < end; before = now(), number += 1) {
      const { payload } = await relay.request("echo", payloads.make(number));
      latencies.push(now() - before);
      payloads.check(payload, number);
    }
    return latencies.sort((a, b) => a - b);
  };
  await askFor(warmUpMs);
  const latencies = await askFor(milliseconds);
  const quantile = (part) => latencies[Math.floor(latencies.length * part)] * 1000;
  console.log(JSON.stringify({ count: latencies.length, p50: quantile(0.5), p99: quantile(0.99) }));
  await relay.close();
}

async function answer({ address }) {
  await join("answerer", address, { echo: (payload, { reply }) => reply("echoed", payload) });
  console.log("ready");
}

async function send({ address, milliseconds }, payloads) {
  const relay = await join("sender", address, {});
  console.log("ready");
  let number = 0;
  const next = (last) => relay.send("note", payloads.make(number++, last));
  for (const end = now() + milliseconds; now() < end; ) {
    for (let i = 1; i < burst; i += 1) next();
    await next();
  }
  await next(1);
  await relay.close();
}

async function receive({ address }, payloads) {
  let count = 0;
  let start = 0;
  await new Promise((resolve, reject) => {
    const note = (payload) => {
      if (count === 0) start = now();
      try {
        const last = payloads.check(payload, count);
        count += 1;
        if (last) resolve();
      } catch (failure) {
        reject(failure);
      }
    };
    join("receiver", address, { note }).then(() => console.log("ready"), reject);
  });
  const seconds = (now() - start) / 1000;
  console.log(JSON.stringify({ count, rate: count / seconds }));
  process.exit(0);
}

function main() {
  const numbers = { size: "100", window: "1", connections: "1", milliseconds: "500", broker: "0" };
  const options = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, { type: "string", default: value }]));
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [part, address] = positionals;
  if (values.window !== "1" || values.connections !== "1") {
    throw new Error("this relay is measured with one connection, and one request at a time");
  }
  const payloads = new Payloads(Number(values.size));
  const play = { asker: ask, answerer: answer, sender: send, receiver: receive }[part];
  return play({ address, milliseconds: Number(values.milliseconds) }, payloads);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
