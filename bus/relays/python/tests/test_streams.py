from __future__ import annotations

import asyncio
from typing import Any

from exorelay import ExoError, HandlerContext
from support.fake_broker import FakeBroker, Received
from support.fleet import FleetTest, until


class AskingTest(FleetTest):
    async def asked(self) -> tuple[FakeBroker, asyncio.Task[Any], Received]:
        broker, relay = await self.connected()
        request = asyncio.create_task(relay.request("todos.list"))
        return broker, request, await broker.next("command")

    async def test_a_page_that_is_missing_fails_the_request(self) -> None:
        broker, request, command = await self.asked()
        broker.reply(command, "todos.listed", [1], more=True)
        broker.reply(command, "todos.listed", [3], page=2)
        with self.assertRaisesRegex(ExoError, "page 2 came where page 1 was due"):
            await request

    async def test_a_page_that_is_no_list_fails_the_request(self) -> None:
        broker, request, command = await self.asked()
        broker.reply(command, "todos.listed", {"a": 1}, more=True)
        with self.assertRaisesRegex(ExoError, "no list"):
            await request

    async def test_a_reply_that_cannot_be_read_fails_the_request(self) -> None:
        broker, request, command = await self.asked()
        broker.reply(command, "todos.listed", [1], contentType="json")
        with self.assertRaisesRegex(ExoError, "the payload is no json"):
            await request

    async def test_an_error_in_the_middle_of_a_streamed_reply_fails_the_request(self) -> None:
        broker, request, command = await self.asked()
        broker.reply(command, "todos.listed", [1], more=True)
        broker.error(command, "receiver-lost", "todo ended")
        with self.assertRaisesRegex(ExoError, "receiver-lost"):
            await request

    async def test_pages_are_gathered_into_one_list_and_the_replier_is_let_on_after_each(self) -> None:
        broker, request, command = await self.asked()
        broker.reply(command, "todos.listed", [1, 2], more=True)
        broker.reply(command, "todos.listed", [3], more=True, page=1)
        broker.reply(command, "todos.listed", [4], page=2)
        self.assertEqual((await request).payload, [1, 2, 3, 4])
        for pages in (9, 10):
            window = (await broker.next("window")).header
            self.assertEqual((window["responseTo"], window["pages"]), (command.header["id"], pages))

    async def test_an_application_that_asks_for_pages_gets_each_and_the_replier_waits_for_it(self) -> None:
        broker, relay = await self.connected()
        pages = relay.request_pages("todos.list")
        command = await broker.next("command")
        broker.reply(command, "todos.listed", [1], more=True)
        broker.reply(command, "todos.listed", [2], page=1)
        await relay.send("todo.add")  # what came before it has arrived
        self.assertEqual(broker.kinds(), ["command"])
        self.assertEqual([page async for page in pages], [[1], [2]])
        self.assertEqual((await broker.next("window")).header["pages"], 9)

    async def test_many_replies_are_iterated_over_as_they_come(self) -> None:
        broker, relay = await self.connected()
        replies = relay.request_many("todos.list")
        command = await broker.next("command")
        self.assertEqual(command.header["expects"], "many")
        broker.reply(command, "todo.found", {"id": 1}, more=True)
        broker.reply(command, "todo.found", {"id": 2}, page=1)
        found = [(reply.name, reply.payload["id"]) async for reply in replies]
        self.assertEqual(found, [("todo.found", 1), ("todo.found", 2)])

    async def test_leaving_the_loop_early_lets_the_replier_end(self) -> None:
        broker, relay = await self.connected()
        replies = relay.request_many("todos.list")
        command = await broker.next("command")
        broker.reply(command, "todo.found", 1, more=True)
        async for reply in replies:
            self.assertEqual(reply.payload, 1)
            break
        del replies
        self.assertEqual((await broker.next("cancel")).header["responseTo"], command.header["id"])

    async def test_many_replies_end_with_the_error_of_the_command(self) -> None:
        broker, relay = await self.connected()
        replies = relay.request_many("todos.list")
        command = await broker.next("command")
        broker.reply(command, "todo.found", 1, more=True)
        broker.error(command, "receiver-lost", "todo ended")
        self.assertEqual((await anext(replies)).payload, 1)
        with self.assertRaisesRegex(ExoError, "receiver-lost"):
            await anext(replies)


class ReplyingTest(FleetTest):
    async def test_a_page_that_is_no_list_is_refused_in_the_call(self) -> None:
        async def handler(_: Any, context: HandlerContext) -> None:
            await context.reply.write("listed", {"a": 1})

        broker, _ = await self.connected({"list": handler})
        broker.command("list", {}, expects="one")
        self.assertIn("a page of a streamed reply is a list", (await broker.next("failed")).header["reason"])

    async def test_a_page_after_the_last_is_refused_in_the_call(self) -> None:
        async def handler(_: Any, context: HandlerContext) -> None:
            context.reply.end("listed", [])
            context.reply.end("listed", [])

        broker, _ = await self.connected({"list": handler})
        broker.command("list", {}, expects="one")
        self.assertIn("the last page was given before", (await broker.next("failed")).header["reason"])

    async def test_eight_pages_go_unasked_and_the_others_as_the_asker_lets_them(self) -> None:
        written: list[int] = []

        async def handler(_: Any, context: HandlerContext) -> None:
            for page in range(11):
                await context.reply.write("listed", [page])
                written.append(page)
            await context.reply.end("listed", [11])

        broker, _ = await self.connected({"list": handler})
        id = broker.command("list", {}, expects="one")
        pages = [await broker.next("reply") for _ in range(8)]
        await until(lambda: len(written) == 8)
        broker.send({"kind": "window", "responseTo": id, "pages": 10})
        pages += [await broker.next("reply") for _ in range(2)]
        await until(lambda: len(written) == 10)
        self.assertEqual(broker.kinds(), [])
        broker.send({"kind": "window", "responseTo": id, "pages": 100})
        pages += [await broker.next("reply") for _ in range(2)]
        self.assertEqual([page.payload[0] for page in pages], list(range(12)))
        self.assertEqual([page.header.get("page", 0) for page in pages], list(range(12)))
        self.assertEqual([page.header.get("more", False) for page in pages], [True] * 11 + [False])
        await broker.next("handled")

    async def test_a_replier_whose_asker_has_gone_is_told(self) -> None:
        failures: list[ExoError] = []

        async def handler(_: Any, context: HandlerContext) -> None:
            try:
                while True:
                    await context.reply.write("listed", [1])
            except ExoError as error:
                failures.append(error)

        broker, _ = await self.connected({"list": handler})
        id = broker.command("list", {}, expects="one")
        for _ in range(8):
            await broker.next("reply")
        gone = {"code": "receiver-lost", "reason": "the asker has gone"}
        broker.send({"kind": "error", "responseTo": id, "name": "listed", **gone})
        await broker.next("handled")
        self.assertEqual(failures[0].code, "receiver-lost")

    async def test_a_stream_to_nobody_goes_nowhere_and_holds_nobody_up(self) -> None:
        async def handler(_: Any, context: HandlerContext) -> None:
            for page in range(20):
                await context.reply.write("listed", [page])
            await context.reply.end("listed")

        broker, _ = await self.connected({"list": handler})
        broker.command("list", {})
        await broker.next("handled")
        self.assertEqual(broker.kinds(), [])
