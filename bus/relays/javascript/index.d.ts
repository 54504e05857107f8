// The JavaScript relay of exo: joins a program to a bus, on which services and deployment scripts talk.
//
// Everything here runs on one thread. A relay connects itself again when the bus is lost. What the bus had not taken
// is sent again, and so is what it had taken and not settled where every receiver takes it at least once, or a script
// sent it; the rest of what was not settled, or not answered, fails with `bus-lost`.

/** The stable words for what went wrong. docs/protocol.md says when each is used. */
export type ErrorCode =
  | "malformed"
  | "too-large"
  | "not-allowed"
  | "no-receiver"
  | "held"
  | "unknown-version"
  | "overloaded"
  | "expired"
  | "receiver-lost"
  | "handler-failed"
  | "no-handler"
  | "bus-lost"
  | "cancelled"
  | "closed"
  | "no-common-protocol"
  | "not-admitted"
  | "already-connected"
  | "not-registered";

/** A command that failed, or a bus that does not want this program. */
export class ExoError extends Error {
  constructor(fields: { code: ErrorCode; reason: string; messageName?: string; messageId?: string });
  readonly name: "ExoError";
  readonly code: ErrorCode;
  /** A sentence for people. */
  readonly reason: string;
  /** The command that failed; empty when the error is about none. */
  readonly messageName: string;
  readonly messageId: string;
}

/**
 * How a payload travels: as msgpack (any JSON value, binary, and integers of 64 bits, which are BigInts beyond
 * Number.MAX_SAFE_INTEGER and numbers else), as JSON text, or as the bytes themselves.
 */
export type ContentType = "msgpack" | "json" | "raw";

export interface SendOptions {
  /** The version of the receiver to talk to, exact or a range; by default the bus chooses. */
  version?: string;
  /**
   * Milliseconds until nobody wants it any more; Infinity for ever. By default 60,000, and for deployment scripts
   * Infinity, since their phase's own timeout bounds them.
   */
  timeout?: number;
  /** "msgpack" by default. */
  contentType?: ContentType;
  /** By default the activity of the handler's command, for what is sent through a handler's second argument. */
  activityId?: string;
  /** Cancels the command when it is aborted: it fails with `cancelled`, and the bus and its receivers hear of it. */
  signal?: AbortSignal;
}

export interface SendAllOptions extends SendOptions {
  /** How many may be unsettled at a time; 256 by default. */
  inFlight?: number;
}

/** What may be given up: it then fails with an ExoError `cancelled`, whose `cause` is the reason given. Idempotent. */
export interface Cancellable {
  cancel(reason?: unknown): void;
}

export interface RequestOptions extends SendOptions {
  /** The reply's payload is to be an async iterable of its pages' lists, instead of one list of all of them. */
  pages?: boolean;
}

/** A reply, with who gave it. */
export interface Reply<Payload = any> {
  name: string;
  payload: Payload;
  /** The role that replied. */
  sender: string;
  /** The version of the instance that replied. */
  version?: string;
  timestamp?: Date;
}

/** What a callback learns beside the payload. */
export type ReplyInfo = Omit<Reply, "payload"> & { error: null };
export type ReplyFailure = { error: ExoError };

/**
 * Takes the reply to a `send`. A streamed reply arrives as one list. A callback that has a second parameter is
 * also called when the command failed, with `undefined` and `{ error }`; for one that has none, the error goes to
 * whoever awaits the `send`, else it is unhandled (see ExoRelay).
 */
export type ReplyCallback = (payload: any, info: ReplyInfo | ReplyFailure) => unknown;

/**
 * What `send` returns. Awaited it is a promise that resolves when the bus has taken the command over (for
 * deployment scripts: when its receiver's handler has completed), or rejects with an ExoError; awaiting each send
 * keeps a program at the pace of its receivers. Not awaited it costs nothing.
 */
export interface Delivery extends PromiseLike<void>, Cancellable {
  catch<Result = never>(onFailed?: ((error: ExoError) => Result | PromiseLike<Result>) | null): Promise<void | Result>;
  finally(onSettled?: (() => void) | null): Promise<void>;
}

/**
 * Sends a command. With a callback it expects one reply.
 * Throws at once: a TypeError for arguments that make no message, an ExoError `too-large`, or `overloaded` when
 * 1,000,000 messages or 256 MiB wait for the bus; then nothing was sent.
 */
export interface Send {
  (name: string, callback?: ReplyCallback): Delivery;
  (name: string, payload: unknown, callback?: ReplyCallback): Delivery;
  (name: string, payload: unknown, options: SendOptions | undefined, callback?: ReplyCallback): Delivery;
}

/**
 * Sends one command for each item of an iterable or async iterable, and keeps `inFlight` of them under way. Resolves
 * with their number. The first error stops it, and is thrown when what is in flight has settled.
 */
export type SendAll = (
  name: string,
  items: Iterable<unknown> | AsyncIterable<unknown>,
  options?: SendAllOptions,
) => Promise<number>;

/** Sends a command and resolves with its reply; rejects with an ExoError. */
export interface Request {
  <Page = any>(
    name: string,
    payload: unknown,
    options: RequestOptions & { pages: true },
  ): Promise<Reply<AsyncIterable<Page[]>>> & Cancellable;
  <Payload = any>(name: string, payload?: unknown, options?: RequestOptions): Promise<Reply<Payload>> & Cancellable;
}

/**
 * Sends a command and iterates over its replies as they come; the repliers go on as they are taken. The iteration
 * throws an ExoError when the command fails. Leaving it early cancels the rest.
 */
export interface RequestMany {
  <Payload = any>(
    name: string,
    payload?: unknown,
    options?: SendOptions,
  ): AsyncIterableIterator<Reply<Payload>> & Cancellable;
}

export interface LockOptions {
  /**
   * Milliseconds to wait for it at most; then it fails with `expired`. By default 60,000, and for deployment scripts
   * Infinity, since their phase's own timeout bounds them.
   */
  timeout?: number;
  /** Ceases to wait when it is aborted. */
  signal?: AbortSignal;
}

/**
 * A lock that this program holds: until it is released, or the process or the relay ends. A bus that was lost is told of
 * it when it is found again.
 */
export interface Lock {
  readonly key: string;
  /**
   * Higher than that of every grant of a lock before it, also by earlier hosts (a BigInt beyond
   * Number.MAX_SAFE_INTEGER). Store it with what is written under the lock, and refuse to write with a lower one:
   * then whoever was stopped and goes on after the lock went to another does no harm.
   */
  readonly number: number | bigint;
  /** False once it was released, or is known to be lost. */
  readonly held: boolean;
  /**
   * Aborted when another was given the lock while the bus was lost, with an ExoError `lock-lost` as its reason. Where
   * nobody has asked for the signal by then that is an error that nobody handles; who asks later gets it aborted.
   */
  readonly signal: AbortSignal;
  /** Idempotent. `await using` does it at the end of the block. */
  release(): Promise<void>;
}

/**
 * Waits for the lock of this key, in turn with all others who want it: scripts and services of every version. With a
 * function it is held while that runs, and what it returns is returned; where the lock was lost meanwhile, it rejects with
 * `lock-lost`. A lock is not re-entrant: who holds a key and asks for it once more waits for themselves.
 */
export interface TakeLock {
  (key: string, options?: LockOptions): Promise<Lock>;
  <Result>(key: string, act: (lock: Lock) => Result | Promise<Result>): Promise<Result>;
  <Result>(key: string, options: LockOptions, act: (lock: Lock) => Result | Promise<Result>): Promise<Result>;
}

export interface EachOptions<Item = any> {
  /**
   * The property, or the function, that gives a record's key: a number or a text. The records come in its ascending order
   * (numbers by size, texts by their bytes), each key once. Without it records are counted.
   */
  key?: string | ((record: Item) => number | bigint | string);
  /** A checkpoint after so many records; 100 by default. */
  every?: number;
  /** How many records there are, for progress. */
  total?: number;
  /** Tells it apart from others of the same script; "records" by default. */
  name?: string;
}

/** A stream of records, or of pages of them; also the promise of a reply in pages. */
export type Records<Item> =
  | Iterable<Item | Item[]>
  | AsyncIterable<Item | Item[]>
  | PromiseLike<Reply<AsyncIterable<Item[]>>>
  | Reply<AsyncIterable<Item[]>>;

/**
 * Does something for each record, one after another, and tells how far it is. Every so many records, and at the end, it
 * saves a checkpoint when all that was sent until then is delivered; the next attempt goes on exactly behind it. With a
 * key, records that came or went before that place are named in the log; without one, a stream that has become shorter
 * than what was done is an error. Resolves with how many records are done, those of earlier attempts included. A script
 * that uses it saves no checkpoints of its own.
 */
export interface Each {
  <Item = any>(records: Records<Item>, act: (record: Item, index: number) => unknown): Promise<number>;
  <Item = any>(
    records: Records<Item>,
    options: EachOptions<Item>,
    act: (record: Item, index: number) => unknown,
  ): Promise<number>;
}

export interface ReplyOptions {
  contentType?: ContentType;
}

/**
 * Answers the handler's command. Calling it is the whole reply, unless it is streamed:
 * `await reply.write(name, list)` for each page but the last, then `reply.end(name, list)`. To a command that
 * expects many replies, `write` and `end` send one reply each, of any payload. Answering twice throws. Where no
 * reply is expected it is not sent.
 */
export interface Replier {
  (name: string, payload?: unknown, options?: ReplyOptions): void;
  /** Resolves when the page has gone, at the pace of whom it goes to; rejects when nobody takes it any more, with `cancelled` where the asker has said so. */
  write(name: string, page: unknown, options?: ReplyOptions): Delivery;
  end(name: string, page?: unknown, options?: ReplyOptions): Delivery;
  /** The command has failed: its sender gets `handler-failed` with this reason. */
  error(reason: string | Error): void;
}

/** What is known of the command that a handler answers. */
export interface Message {
  name: string;
  id: string;
  activityId: string;
  /** The role that sent it; "exo" for the host. */
  sender: string;
  /** The version of the instance that sent it. */
  version?: string;
  timestamp?: Date;
  /** Milliseconds that were left when it was delivered; absent when it has no deadline. */
  timeoutMs?: number;
  /** Another instance may have begun it before. */
  redelivered: boolean;
  expects: "none" | "one" | "many";
}

/** A handler's second argument. What is sent through it belongs to the command's activity. */
export interface HandlerContext {
  send: Send;
  request: Request;
  requestMany: RequestMany;
  sendAll: SendAll;
  lock: TakeLock;
  reply: Replier;
  message: Message;
  /** Aborted when nobody wants the answer any more; the handler may stop, or go on as it likes. */
  signal: AbortSignal;
}

/** What handlers of deployment scripts have besides. */
export interface ScriptContext extends HandlerContext {
  /** Tells how far the script is. */
  progress(done: number, total?: number, note?: string): void;
  /** Saves a value for the next attempt; resolves once it is durable, after all that was sent before is delivered. */
  checkpoint(value: unknown): Promise<void>;
  /**
   * Follows these commands, public names that its version receives; resolves once they are followed. What production
   * sends of them from then on is replayed to the version when the script is done.
   */
  follow(commands: string[]): Promise<void>;
  each: Each;
}

/**
 * Handles a command. It has completed when the promise that it returns settles; without one, with its first reply
 * where one is expected, else when it returns. Throwing or rejecting tells the sender `handler-failed`.
 */
export type Handler<Payload = any> = (payload: Payload, context: HandlerContext) => unknown;
export type Handlers = Record<string, Handler>;

/** What a deployment script exports: handlers of its start messages, and whatever else it answers. */
export type ScriptHandler<Payload = StartPayload> = (payload: Payload, context: ScriptContext) => unknown;
export type ScriptHandlers = Record<string, ScriptHandler<any>>;

/** What the host tells a deployment script when a phase starts. */
export interface StartPayload {
  run: string;
  attempt: number;
  generation: number;
  environment: string;
  role: string;
  version: string;
  phase: "offline" | "online" | "undo" | "verify";
  /** What the attempt before has saved last; null when there is none. */
  checkpoint: any;
  dryRun: boolean;
}

export interface ExoRelayOptions {
  role: string;
  /** Of this program; empty for people. */
  version?: string;
  instance: string;
  token: string;
  /** Where the bus is, such as ipc:///run/user/0/exo-ab12/bus. */
  endpoint: string;
  /** The keys that a bus over TCP wants; fromEnvironment() reads them from the file that EXO_CURVE_FILE names. */
  curve?: { serverKey: string; publicKey: string; secretKey: string } | null;
  handlers?: Handlers | ScriptHandlers;
  /** How many commands are handled at a time, 1 to 4096; 256 by default. */
  window?: number;
  /** Gets the lines that people should read; by default they go to stderr. */
  log?: (line: string) => void;
  /**
   * What may wait for the bus; 1,000,000 messages and 256 MiB by default. A message counts its payload and 750 bytes
   * besides, 1,800 where an answer is awaited, which is what it takes of the process's memory.
   */
  limits?: { messages?: number; bytes?: number };
  /**
   * The completed commands of at-least-once that are remembered with their replies, so that none runs twice; 10,000
   * and 16 MiB of replies by default. A reply that is larger, or in pages, is not, and neither is anything once the
   * process has ended: handlers of such commands must bear to run again.
   */
  remembered?: { commands?: number; bytes?: number };
  /** How long connect() waits for a bus that does not answer; 30,000 by default. */
  connectMs?: number;
  /** The shortest silence after which the bus counts as lost; 15,000 by default. */
  silenceMs?: number;
  /**
   * How many milliseconds close() leaves to what is under way: four fifths of what exo leaves between SIGTERM and SIGKILL
   * (EXO_STOP_WITHIN), 8,000 where it does not say.
   */
  closeTimeout?: number;
}

export interface EnvironmentOptions extends Partial<Omit<ExoRelayOptions, "handlers">> {
  /** Whether SIGTERM and SIGINT close the relay and then end the process; true by default. */
  signals?: boolean;
  /** process.env by default. */
  environment?: Record<string, string | undefined>;
}

export interface OperatorOptions
  extends Partial<Omit<ExoRelayOptions, "role" | "version" | "instance" | "token" | "endpoint" | "curve">> {
  /** `tcp://…`, or what `.exo/<environment>/bus` says. */
  bus: string;
  keyFile: string;
}

/**
 * One program's attachment to the bus.
 *
 * An error that nobody handles (a send that is not awaited, a callback that throws) goes to the listeners of
 * "error", else to the log; it never ends a service. In a deployment script it fails the attempt.
 */
export class ExoRelay {
  constructor(options: ExoRelayOptions);

  /** For a program that exo has started: everything but the handlers comes from its environment. */
  static fromEnvironment(handlers?: Handlers | ScriptHandlers, options?: EnvironmentOptions): ExoRelay;

  /**
   * For a program that exo does not start: it joins as a person does, like the command line, and may send whatever some
   * service receives. `keyFile` is, over TCP, a file that `exo key new` has made; else the environment's own
   * `.exo/<environment>/key`.
   */
  static asOperator(options: OperatorOptions): ExoRelay;

  readonly role: string;
  readonly connected: boolean;
  /** Bytes that one payload may have, 16 MiB; `send` throws `too-large` at once beyond. */
  readonly frameLimit: number;

  /** Adds a handler; only before connect(). */
  handle<Payload = any>(name: string, handler: Handler<Payload>): this;

  /**
   * Joins the bus. Resolves when the bus has admitted the program; rejects with an ExoError when it refuses, or
   * is not there within 30 s. What was sent before goes then.
   */
  connect(): Promise<void>;

  send: Send;
  sendAll: SendAll;
  request: Request;
  requestMany: RequestMany;
  lock: TakeLock;

  /**
   * Leaves the bus: takes no more commands, lets the handlers finish, sends what waits, says goodbye. What is not
   * finished after `timeout` milliseconds (the option closeTimeout by default) fails with `closed`. Idempotent.
   */
  close(options?: { timeout?: number }): Promise<void>;

  on(event: "connected", listener: (about: { connection: number; environment: string }) => void): this;
  on(event: "lost", listener: (error: ExoError) => void): this;
  on(event: "refused", listener: (error: ExoError) => void): this;
  on(event: "error", listener: (error: Error) => void): this;
  on(event: "closed", listener: () => void): this;
  off(event: string, listener: (...args: any[]) => void): this;
  once(event: string, listener: (...args: any[]) => void): this;
}
