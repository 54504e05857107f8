import { ExoError, ExoRelay, Delivery, Handlers, Reply, ScriptHandlers, StartPayload } from "../..";
    import "../../script";
    declare const relayed: ExoRelay;
    // @ts-expect-error A payload where a name belongs.
    relayed.send({ title: "one" });
    // @ts-expect-error A handler that is no function.
    relayed.handle("todo.add", 7);
    // @ts-expect-error A code that no error has.
    export const wrong = (error: ExoError) => error.code === "nonsense";
    // @ts-expect-error Pages are asked for with true.
    relayed.request("todos.list", {}, { pages: 8 });
    export const classes: Record<keyof typeof import("../.."), unknown> = { ExoError, ExoRelay };
    const handlers: Handlers = {
      "todo.add": async ({ title }, { send, sendAll, signal, request, requestMany, reply, message }) => {
        const { payload } = await request<{ id: number }>("todo.store", { title }, { timeout: 10, version: "1.x" });
        for await (const { payload: found } of requestMany("todo.find", title)) send("todo.seen", found);
        const { aborted } = signal;
        const count: number = await sendAll("todo.seen", [1, 2], { inFlight: 8, timeout: aborted ? 1 : 2 });
        request("todo.count", { count }, { signal }).cancel("late");
        requestMany("todo.find", title).cancel();
        for await (const page of (await request<number>("todos.list", {}, { pages: true })).payload) page[0].toFixed();
        await reply.write("todo.added", [payload.id]);
        reply.end("todo.added", [message.id]);
        reply.error(new Error(message.sender));
      },
      // @ts-expect-error A service has no checkpoints.
      "todo.count": (_, { checkpoint }) => checkpoint(1),
    };
    const script: ScriptHandlers = {
      "deployment-todo-0.0.1-offline-start": async (payload: StartPayload, { reply, progress, checkpoint }) => {
        progress(1, 2, "half");
        await checkpoint({ after: payload.attempt });
        reply("deployment-todo-0.0.1-offline-done");
      },
    };
    ExoRelay.fromEnvironment(script);
    async function main() {
      const relay = ExoRelay.fromEnvironment(handlers, { window: 10, signals: false });
      relay.handle<{ text: string }>("search", ({ text }, { reply }) => reply("found", text.length));
      relay.on("error", (error) => error.message).on("connected", ({ connection }) => connection.toFixed());
      await relay.connect();
      const delivery: Delivery = relay.send("a", relay.frameLimit);
      delivery.cancel();
      // @ts-expect-error A signal that is none.
      relay.request("a", {}, { signal: 7 });
      await delivery;
      await relay.send("a", {}, { contentType: "json" });
      relay.send("a", (payload) => payload.length);
      relay.send("a", {}, (payload, { error }) => error?.code);
      send("a", 1).catch((error) => error.messageId);  // what script.d.ts declares
      const reply: Reply<string[]> = await relay.request<string[]>("b");
      await relay.close({ timeout: 1 });
      return reply.payload;
    }
    main();