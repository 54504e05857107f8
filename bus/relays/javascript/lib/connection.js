"use strict";

const { Dealer } = require("zeromq");
const { ExoError } = require("./exo_error");
const { readRegistered } = require("./control");
const { monotonicNow } = require("./monotonic_clock");
const { Pack, isSmall, unpack } = require("./pack");
const wire = require("./wire");

const SILENCE_MS = 15_000; // the shortest time without a word after which a broker counts as lost
const FIRST_PAUSE_MS = 20; // between attempts to reach the broker, doubled each time
const LONGEST_PAUSE_MS = 1_000;
const TICK_MS = 250;
const PACK_HEADER = wire.encodeHeader({ kind: "pack" });

// Keeps one registered connection to the broker: registers, stays alive, and when the broker is lost makes a new
// socket and registers again. Knows nothing of what the messages mean. Calls, in the order of events:
//   registered(reply)          the broker admitted us; counts start from 0
//   message(header, payload)   anything after that which is not about the connection itself
//   lost(error)                it is not registered any more and tries again by itself
//   refused(error)             the broker does not want us; it has given up
//   fault(error)               what came in could not be read, or taking it threw; the connection goes on
// Commands that are sent one after another go in packs, where the broker reads them.
// A Dealer without a high-water mark and with sendTimeout 0 takes each message in the call itself; what goes into
// it is bounded by credit and windows.
class Connection {
  #endpoint;
  #curve;
  #registration;
  #events;
  #socket = null;
  #writeFailed = null; // one for all messages of the socket
  #state = "idle"; // idle → registering → registered → lost → registering …; closed in the end
  #everRegistered = false;
  #handshakeTrouble = ""; // of the last handshake, before that
  #pause = FIRST_PAUSE_MS;
  #retryTimer = null;
  #tickTimer = null;
  #silenceMs;
  #heartbeatMs = SILENCE_MS / 3;
  #heard = false;
  #lastHeard = 0;
  #said = false;
  #lastSaid = 0;
  #lastTick = 0;
  #packs = false; // the broker reads them
  #pack = new Pack();

  constructor({ endpoint, curve = null, registration, events, silenceMs = SILENCE_MS }) {
    this.#curve = curve;
    this.#silenceMs = silenceMs;
    this.#endpoint = endpoint;
    this.#registration = registration;
    this.#events = events;
  }

  get registered() {
    return this.#state === "registered";
  }

  // Why the bus may be breaking off each handshake; empty where it does not.
  get handshakeTrouble() {
    return this.#everRegistered ? "" : this.#handshakeTrouble;
  }

  // Starts; throws an ExoError when the endpoint is none.
  open() {
    this.#state = "registering";
    try {
      this.#openSocket();
    } catch (error) {
      this.close();
      throw new ExoError({
        code: "bus-lost",
        reason: `cannot connect to '${this.#endpoint}': ${error.message}; EXO_BUS or the option endpoint names it`,
      });
    }
    this.#lastTick = monotonicNow();
    this.#tickTimer = setInterval(() => this.#tick(), TICK_MS);
  }

  // Sends two frames, commands with those that are sent in the same turn; does nothing when there is no registered
  // connection.
  send(header, payload = wire.EMPTY) {
    if (this.#state !== "registered") return;
    if (this.#packs && header.kind === "command" && isSmall(payload)) this.#gather(header, payload);
    else this.#write(header, payload);
  }

  // Ends without a goodbye; idempotent.
  close() {
    this.#state = "closed";
    clearInterval(this.#tickTimer);
    clearTimeout(this.#retryTimer);
    this.#closeSocket();
  }

  #openSocket() {
    const socket = new Dealer({ linger: 0, sendHighWaterMark: 0, sendTimeout: 0, ...this.#security() });
    this.#socket = socket;
    this.#writeFailed = (error) => this.#lose(socket, `writing failed: ${error.message}`);
    this.#lastHeard = monotonicNow();
    const happenings = uninterrupted(() => socket.events);
    happenings.on("disconnect", () => this.#lose(socket, "the broker closed the connection"));
    happenings.on("handshake:error:protocol", () => this.#onHandshakeFailed(socket));
    happenings.on("handshake:error:other", () => this.#onHandshakeFailed(socket));
    happenings.on("handshake:error:auth", () => this.#onKeyRefused(socket));
    uninterrupted(() => socket.connect(this.#endpoint));
    this.#receive(socket);
    this.#write({ kind: "register" }, wire.encodePayload(this.#registration, "msgpack", "register"));
  }

  #security() {
    const ipv6 = this.#endpoint.includes("[");
    if (!this.#curve) return { ipv6 };
    const { serverKey, publicKey, secretKey } = this.#curve;
    return { ipv6, curveServerKey: serverKey, curvePublicKey: publicKey, curveSecretKey: secretKey };
  }

  #closeSocket() {
    const socket = this.#socket;
    this.#socket = null;
    this.#packs = false;
    this.#pack = new Pack();
    if (socket) socket.close();
  }

  #gather(header, payload) {
    const frame = wire.encodeHeader(header);
    if (!this.#pack.hasRoomFor(frame, payload)) this.#sendPack();
    if (this.#pack.count === 0) queueMicrotask(() => this.#sendPack());
    this.#pack.add(frame, payload);
  }

  #sendPack() {
    if (this.#pack.count > 0 && this.#socket !== null) this.#writeFrames(this.#pack.take(PACK_HEADER));
  }

  #write(header, payload) {
    this.#sendPack();
    this.#writeFrames([wire.encodeHeader(header), payload]);
  }

  #writeFrames(frames) {
    this.#said = true;
    this.#socket.send(frames).then(undefined, this.#writeFailed);
  }

  async #receive(socket) {
    for (;;) {
      let frames;
      try {
        frames = await socket.receive();
      } catch (error) {
        this.#lose(socket, `reading failed: ${error.message}`);
        return;
      }
      if (this.#socket !== socket) return;
      this.#heard = true;
      this.#take(frames);
    }
  }

  #take(frames) {
    try {
      if (frames.length !== 2) {
        throw new ExoError({ code: "malformed", reason: `the broker sent ${frames.length} frames instead of two` });
      }
      const header = wire.decodeHeader(frames[0]);
      if (header.kind === "pack") this.#unpack(frames[1]);
      else this.#dispatch(header, frames[1]);
    } catch (error) {
      this.#events.fault(error);
    }
  }

  // What ends the connection ends the pack with it; a message that is at fault does not.
  #unpack(pack) {
    const socket = this.#socket;
    for (const [header, payload] of unpack(pack)) {
      if (this.#socket !== socket) return;
      try {
        this.#dispatch(wire.decodeHeader(header), payload);
      } catch (error) {
        this.#events.fault(error);
      }
    }
  }

  #dispatch(header, payload) {
    switch (header.kind) {
      case "pong":
        return;
      case "registered":
        this.#onRegistered(readRegistered(payload));
        return;
      case "refused":
        this.#onRefused(header);
        return;
      case "pack":
        throw new ExoError({ code: "malformed", reason: "pack: there is another in it" });
      default:
        if (this.#state === "registered") this.#events.message(header, payload);
    }
  }

  #onRegistered(reply) {
    this.#state = "registered";
    this.#everRegistered = true;
    this.#pause = FIRST_PAUSE_MS;
    this.#packs = reply.packs === true;
    if (reply.heartbeatMs > 0) this.#heartbeatMs = reply.heartbeatMs;
    this.#lastSaid = monotonicNow();
    this.#events.registered(reply);
  }

  // After a loss the broker may still believe in the old connection for a while, so that refusal is tried again.
  #onRefused(header) {
    const code = header.code ?? "malformed";
    if (code === "not-registered" || (code === "already-connected" && this.#everRegistered)) {
      this.#lose(this.#socket, `the broker refused: ${header.reason ?? code}`);
      return;
    }
    this.close();
    this.#events.refused(new ExoError({ code, reason: header.reason ?? "the broker refused the registration" }));
  }

  // A key is made before its program starts and refused once it has ended, so there is nothing to wait for.
  #onKeyRefused(socket) {
    if (socket !== this.#socket || this.#state === "closed") return;
    this.close();
    const reason = "the bus does not admit this program's key; EXO_CURVE_FILE or the option curve names it";
    this.#events.refused(new ExoError({ code: "not-admitted", reason }));
  }

  // A bus whose key is another than this program believes cannot read what it says, and hangs up without a word. So does
  // one that ends, or that has no room for this program just then, so it is tried again.
  #onHandshakeFailed(socket) {
    if (socket !== this.#socket || this.#state === "closed") return;
    const own = "this program has no keys, which that bus may want";
    const why = this.#curve ? "the server key may not be that of this bus" : own;
    const names = "EXO_CURVE_FILE or the option curve names them";
    this.#handshakeTrouble = `the bus at ${this.#endpoint} breaks off each handshake: ${why}; ${names}`;
  }

  #lose(socket, reason) {
    if (socket === null || socket !== this.#socket || this.#state === "closed") return;
    const wasRegistered = this.#state === "registered";
    this.#closeSocket();
    this.#state = "lost";
    this.#retryTimer = setTimeout(() => this.#retry(), this.#pause);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
    if (wasRegistered) this.#events.lost(new ExoError({ code: "bus-lost", reason }));
  }

  #retry() {
    if (this.#state !== "lost") return;
    this.#state = "registering";
    try {
      this.#openSocket();
    } catch (error) {
      this.#lose(this.#socket, `cannot connect: ${error.message}`);
    }
  }

  // A late tick means that this program did not let its event loop run; what the broker said meanwhile is unread,
  // so its silence proves nothing yet.
  #tick() {
    const now = monotonicNow();
    const wasBlocked = now - this.#lastTick > 4 * TICK_MS;
    this.#lastTick = now;
    if (this.#heard || wasBlocked) this.#lastHeard = now;
    if (this.#said) this.#lastSaid = now;
    this.#heard = false;
    this.#said = false;
    if (this.#socket === null) return;
    const silence = Math.max(3 * this.#heartbeatMs, this.#silenceMs);
    if (now - this.#lastHeard >= silence) {
      this.#lose(this.#socket, `the broker said nothing for ${silence} ms`);
    } else if (this.#state === "registered" && now - this.#lastSaid >= this.#heartbeatMs) {
      this.#write({ kind: "ping" }, wire.EMPTY);
    }
  }
}

// A signal that comes in between is no failure: ZeroMQ has then done nothing yet.
function uninterrupted(call) {
  for (;;) {
    try {
      return call();
    } catch (error) {
      if (error.code !== "EINTR") throw error;
    }
  }
}

module.exports = { Connection };
