from __future__ import annotations

import asyncio
import types
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from exorelay import ExoRelay, HandlerContext, Message, handle
from exorelay.handlers import handlers_of
from support.fake_broker import FakeBroker
from support.fleet import FleetTest, until


class Search:
    @handle("search")
    @handle("find")
    def search(self, payload: Any, context: HandlerContext) -> None: ...


class MarkingTest(FleetTest):
    def test_a_handler_that_is_no_function_is_refused(self) -> None:
        with self.assertRaisesRegex(TypeError, "the handler for 'todo.add' is no function"):
            self.make_relay("ipc:///tmp/x", {"todo.add": 1})

    def test_a_name_that_two_functions_handle_is_refused(self) -> None:
        module = types.ModuleType("service")
        module.first = handle("todo.add")(lambda *_: 1)  # type: ignore[attr-defined]
        module.second = handle("todo.add")(lambda *_: 2)  # type: ignore[attr-defined]
        with self.assertRaisesRegex(ValueError, "'todo.add' is handled twice"):
            handlers_of(module)

    def test_an_objects_marked_methods_are_its_handlers(self) -> None:
        search = Search()
        self.assertEqual(handlers_of(search), {"find": search.search, "search": search.search})

    def test_a_modules_marked_functions_are_its_handlers(self) -> None:
        module = types.ModuleType("service")
        search = handle("any: stringä")(lambda *_: None)
        module.search, module.other = search, object()  # type: ignore[attr-defined]
        self.assertEqual(handlers_of(module), {"any: stringä": search})


class HandlerTest(FleetTest):
    async def working(self, handler: Callable[..., object]) -> tuple[FakeBroker, ExoRelay]:
        return await self.connected({"work": handler})

    async def test_a_command_without_a_handler_is_failed_as_no_handler(self) -> None:
        broker, _ = await self.working(lambda *_: None)
        broker.command("unknown", {})
        header = (await broker.next("failed")).header
        self.assertEqual((header["sequence"], header["code"]), (1, "no-handler"))

    async def test_a_payload_that_cannot_be_read_is_failed_as_malformed_and_the_handler_does_not_run(self) -> None:
        ran: list[bool] = []
        broker, _ = await self.working(lambda *_: ran.append(True))
        broker.command("work", {}, contentType="json")
        self.assertEqual(((await broker.next("failed")).header["code"], ran), ("malformed", []))

    async def test_a_handler_that_raises_is_failed_with_its_message_and_logged(self) -> None:
        def handler(*_: object) -> None:
            raise OSError("disk full")

        broker, _ = await self.working(handler)
        broker.command("work", {})
        header = (await broker.next("failed")).header
        self.assertEqual((header["code"], header["reason"]), ("handler-failed", "OSError: disk full"))
        self.assertEqual(self.lines, ["the handler for 'work' failed: OSError: disk full"])

    async def test_a_coroutine_that_raises_is_failed(self) -> None:
        async def handler(*_: object) -> None:
            await asyncio.sleep(0)
            raise KeyError("title")

        broker, _ = await self.working(handler)
        broker.command("work", {})
        self.assertEqual((await broker.next("failed")).header["reason"], "KeyError: 'title'")

    async def test_a_handler_that_is_cancelled_is_failed(self) -> None:
        async def handler(*_: object) -> None:
            raise asyncio.CancelledError

        broker, _ = await self.working(handler)
        broker.command("work", {})
        self.assertIn("was cancelled", (await broker.next("failed")).header["reason"])

    async def test_a_handler_that_raises_after_its_reply_is_failed_and_not_handled_too(self) -> None:
        async def handler(_: object, context: HandlerContext) -> None:
            context.reply("worked")
            raise RuntimeError("too late")

        broker, _ = await self.working(handler)
        broker.command("work", {}, expects="one")
        await broker.next("failed")
        broker.command("unknown", {})
        await broker.next("failed")
        self.assertEqual(broker.kinds(), ["reply"])

    async def test_a_reason_that_is_too_long_for_a_header_is_cut(self) -> None:
        def handler(*_: object) -> None:
            raise RuntimeError("€" * 100_000)

        broker, _ = await self.working(handler)
        broker.command("work", {})
        reason = (await broker.next("failed")).header["reason"]
        self.assertTrue(4_000 < len(reason.encode()) <= 4_096, len(reason.encode()))

    async def test_reply_error_fails_the_command_with_its_reason(self) -> None:
        broker, _ = await self.working(lambda _, context: context.reply.error("no such todo"))
        broker.command("work", {}, expects="one")
        header = (await broker.next("failed")).header
        self.assertEqual((header["code"], header["reason"]), ("handler-failed", "no such todo"))
        self.assertEqual(self.lines, [])

    async def test_answering_twice_raises(self) -> None:
        async def handler(_: object, context: HandlerContext) -> None:
            context.reply("worked")
            context.reply("worked")

        broker, _ = await self.working(handler)
        broker.command("work", {}, expects="one")
        self.assertIn("'work' was answered before", (await broker.next("failed")).header["reason"])

    async def test_a_function_that_returns_has_completed(self) -> None:
        broker, _ = await self.working(lambda *_: None)
        broker.command("work", {})
        self.assertEqual((await broker.next("handled")).payload, {"sequences": [1]})

    async def test_a_coroutine_has_completed_when_it_ends(self) -> None:
        finish = asyncio.Event()

        async def handler(payload: Any, _: object) -> None:
            if payload["wait"]:
                await finish.wait()

        broker, _ = await self.working(handler)
        broker.command("work", {"wait": True})
        broker.command("work", {"wait": False})
        self.assertEqual((await broker.next("handled")).payload, {"sequences": [2]})
        finish.set()
        self.assertEqual((await broker.next("handled")).payload, {"sequences": [1]})

    async def test_a_function_has_completed_with_its_first_reply_where_one_is_expected(self) -> None:
        contexts: list[HandlerContext] = []
        broker, _ = await self.working(lambda _, context: contexts.append(context))
        broker.command("work", {}, expects="one")
        await until(lambda: bool(contexts))
        broker.command("unknown")
        await broker.next("failed")
        self.assertEqual(broker.kinds(), [])
        contexts[0].reply("worked", 7)
        reply = await broker.next("reply")
        self.assertEqual((reply.header["responseTo"], reply.payload, reply.header.get("more")), ("command-1", 7, None))
        self.assertEqual((await broker.next("handled")).payload, {"sequences": [1]})

    async def test_a_reply_that_nobody_expects_is_not_sent(self) -> None:
        broker, _ = await self.working(lambda _, context: context.reply("worked"))
        broker.command("work", {})
        await broker.next("handled")
        self.assertEqual(broker.kinds(), [])

    async def test_completions_are_told_in_batches_each_exactly_once(self) -> None:
        async def handler(*_: object) -> None: ...

        broker, _ = await self.working(handler)
        for _ in range(500):
            broker.command("work", {})
        seen: list[int] = []
        batches = 0
        while len(seen) < 500:
            seen += (await broker.next("handled")).payload["sequences"]
            batches += 1
        self.assertEqual(sorted(seen), list(range(1, 501)))
        self.assertLess(batches, 250)

    async def test_a_handler_learns_who_sent_the_command(self) -> None:
        messages: list[Message] = []
        broker, _ = await self.working(lambda _, context: messages.append(context.message))
        broker.command("work", {}, redelivered=True, expects="many", timeoutMs=500)
        await until(lambda: bool(messages))
        expected = Message(
            name="work",
            id="command-1",
            activity_id="activity-1",
            sender="web",
            version="0.0.1",
            timestamp=datetime.fromtimestamp(1_700_000_000, timezone.utc),
            timeout=0.5,
            redelivered=True,
            expects="many",
        )
        self.assertEqual(messages, [expected])

    async def test_what_a_handler_sends_belongs_to_its_commands_activity(self) -> None:
        async def handler(_: object, context: HandlerContext) -> None:
            context.send("todo.add")
            async with asyncio.TaskGroup() as group:
                group.create_task(context.request("todos.list"))
                group.create_task(_drain(context))

        async def _drain(context: HandlerContext) -> None:
            async for _ in context.request_many("todos.list"):
                pass

        broker, _ = await self.working(handler)
        broker.command("work", {})
        commands = await broker.next_commands(3)
        self.assertEqual([each.header["activityId"] for each in commands], ["activity-1"] * 3)
        self.assertEqual([each.header.get("expects") for each in commands], [None, "one", "many"])
        for command in commands[1:]:
            broker.reply(command, "todos.listed", [])
        await broker.next("handled")

    async def test_a_handler_added_after_connect_is_refused(self) -> None:
        _, relay = await self.working(lambda *_: None)
        with self.assertRaisesRegex(RuntimeError, "before connect"):
            relay.handle("more")(print)
