from __future__ import annotations

import asyncio
from typing import Any

from exorelay import ExoError, HandlerContext
from support.fleet import FleetTest, until


class CloseTest(FleetTest):
    async def test_a_send_after_close_raises_closed(self) -> None:
        _, relay = await self.connected()
        await relay.close()
        with self.assertRaisesRegex(ExoError, "closed"):
            await relay.send("todo.add")

    async def test_connect_after_close_raises_closed(self) -> None:
        _, relay = await self.connected()
        await relay.close()
        with self.assertRaisesRegex(ExoError, "closed"):
            await relay.connect()

    async def test_closing_before_connecting_fails_what_waits(self) -> None:
        relay = self.make_relay("ipc:///tmp/exo-nowhere")
        sending = relay.send("todo.add")
        await relay.close()
        with self.assertRaisesRegex(ExoError, "closed"):
            await sending

    async def test_closing_while_the_bus_is_not_there_fails_connect(self) -> None:
        relay = self.make_relay("ipc:///tmp/exo-nowhere")
        connecting = asyncio.create_task(relay.connect())
        await asyncio.sleep(0)
        await relay.close()
        with self.assertRaisesRegex(ExoError, "closed"):
            await connecting

    async def test_a_request_that_is_not_answered_by_the_end_fails_with_closed(self) -> None:
        broker, relay = await self.connected()
        request = asyncio.create_task(relay.request("todos.list"))
        await broker.next("command")
        await relay.close()
        with self.assertRaisesRegex(ExoError, "closed"):
            await request

    async def test_close_drains_lets_the_handler_finish_sends_what_it_has_and_says_goodbye(self) -> None:
        finish = asyncio.Event()
        started = asyncio.Event()

        async def work(_: Any, context: HandlerContext) -> None:
            started.set()
            await finish.wait()
            context.send("todo.add", {"last": True})

        broker, relay = await self.connected({"work": work})
        broker.command("work")
        await started.wait()
        closing = asyncio.create_task(relay.close())
        await broker.next("drain")
        finish.set()
        await closing
        self.assertEqual(broker.kinds(), ["command", "handled", "goodbye"])

    async def test_close_waits_until_the_broker_has_taken_what_was_sent(self) -> None:
        broker, relay = await self.connected(broker={"grants": {"todo": 1}, "accepts": "none"})
        sends = [relay.send("todo.add", number) for number in (1, 2)]
        closing = asyncio.create_task(relay.close())
        await broker.next("drain")
        broker.credit(1, {"todo": 2})
        await broker.next_commands(2)
        broker.credit(2)
        await asyncio.gather(*sends, closing)
        await broker.next("goodbye")

    async def test_close_waits_for_an_open_stream(self) -> None:
        async def listing(_: Any, context: HandlerContext) -> None:
            for page in range(9):
                context.reply.write("listed", [page])
            context.reply.end("listed", [9])

        broker, relay = await self.connected({"list": listing})
        id = broker.command("list", {}, expects="one")
        await broker.next("handled")
        closing = asyncio.create_task(relay.close())
        await broker.next("drain")
        broker.send({"kind": "window", "responseTo": id, "pages": 20})
        await closing
        self.assertEqual(broker.kinds().count("reply"), 10)
        self.assertEqual(broker.kinds()[-1], "goodbye")

    async def test_a_handler_that_does_not_end_is_not_waited_for_beyond_the_timeout(self) -> None:
        async def work(*_: object) -> None:
            await asyncio.Event().wait()

        broker, relay = await self.connected({"work": work})
        broker.command("work")
        await relay.close(timeout=0.05)
        await broker.next("goodbye")

    async def test_closing_twice_is_closing_once(self) -> None:
        broker, relay = await self.connected()
        await asyncio.gather(relay.close(), relay.close())
        await broker.next("goodbye")
        self.assertNotIn("goodbye", broker.kinds())

    async def test_a_relay_is_a_context_that_closes_itself(self) -> None:
        broker = self.start_broker()
        async with self.make_relay(broker.endpoint) as relay:
            await relay.send("todo.add")
        await broker.next("goodbye")
        await until(lambda: not relay.connected)
