from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

from exorelay import ExoError, HandlerContext
from support.fleet import FleetTest, until


class AskerTest(FleetTest):
    async def test_cancelling_the_task_cancels_the_request_once(self) -> None:
        broker, relay = await self.connected()
        request = asyncio.create_task(relay.request("todos.list"))
        command = await broker.next("command")
        request.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await request
        self.assertEqual((await broker.next("cancel")).header["responseTo"], command.header["id"])
        broker.error(command, "receiver-lost", "too late")
        await relay.send("todo.add")
        await broker.next("command")
        self.assertEqual((broker.kinds(), self.lines), ([], []))

    async def test_a_request_whose_deadline_passes_cancels_the_command(self) -> None:
        broker, relay = await self.connected()
        with self.assertRaisesRegex(ExoError, "expired"):
            await relay.request("todos.list", timeout=0.03)
        command = await broker.next("command")
        self.assertEqual((await broker.next("cancel")).header["responseTo"], command.header["id"])

    async def test_leaving_the_loop_over_many_replies_cancels_the_rest(self) -> None:
        broker, relay = await self.connected()
        async with aclosing(relay.request_many("todos.list")) as replies:
            command = await broker.next("command")
            broker.reply(command, "todo.found", 1, more=True)
            async for reply in replies:
                self.assertEqual(reply.payload, 1)
                break
        self.assertEqual((await broker.next("cancel")).header["responseTo"], command.header["id"])


class HandlerTest(FleetTest):
    async def test_the_handler_of_a_cancelled_command_sees_it_and_its_completion_is_told(self) -> None:
        async def listing(_: Any, context: HandlerContext) -> None:
            await context.cancelled
            context.reply("listed", [])

        broker, _ = await self.connected({"list": listing})
        broker.command("list", {}, id="c-1", expects="one")
        broker.send({"kind": "cancel", "responseTo": "c-1"})
        await broker.next("handled")
        self.assertEqual(broker.kinds(), [])

    async def test_a_stream_that_is_cancelled_ends(self) -> None:
        written: list[int] = []

        async def listing(_: Any, context: HandlerContext) -> None:
            while True:
                await context.reply.write("listed", [1])
                written.append(1)

        broker, _ = await self.connected({"list": listing})
        broker.command("list", {}, id="c-1", expects="one")
        await until(lambda: len(written) == 8)
        broker.send({"kind": "cancel", "responseTo": "c-1"})
        self.assertEqual((await broker.next("failed")).header["code"], "handler-failed")
        self.assertEqual(self.lines, [])


class AcknowledgedTest(FleetTest):
    async def test_a_command_that_has_completed_is_answered_again_and_not_run_again(self) -> None:
        runs: list[Any] = []

        def add(payload: Any, context: HandlerContext) -> None:
            runs.append(payload)
            context.reply("added", len(runs))

        broker, _ = await self.connected({"add": add})
        for _ in range(2):
            broker.command("add", {}, id="c-1", expects="one", acknowledged=True)
            self.assertEqual((await broker.next("reply")).payload, 1)
            await broker.next("handled")
        self.assertEqual(len(runs), 1)


class PipelineTest(FleetTest):
    async def test_everything_is_sent_and_counted(self) -> None:
        broker, relay = await self.connected()

        async def items() -> Any:
            for number in range(100):
                yield number

        self.assertEqual(await relay.send_all("todo.add", items(), in_flight=7), 100)
        self.assertEqual(await relay.send_all("todo.add", range(5)), 5)

    async def test_what_the_relay_has_no_room_for_waits_until_the_bus_has_settled_something(self) -> None:
        broker, relay = await self.connected(broker={"accepts": "none"}, max_bytes=3_500)
        sending = asyncio.create_task(relay.send_all("todo.add", [b"x" * 1000] * 5))
        for _ in range(2):
            await broker.next("command")
        broker.credit(2, settled=[])
        broker.command("todo.unknown")  # it has seen the credit when it answers this
        await broker.next("failed")
        self.assertEqual((broker.kinds(), sending.done()), ([], False))
        for number in (1, 2, 3):
            broker.credit(number + 1, settled=[[number, number]])
            await broker.next("command")
        broker.credit(5, settled=[[4, 5]])
        self.assertEqual(await sending, 5)

    async def test_an_error_of_what_is_in_flight_ends_the_waiting_for_room(self) -> None:
        broker, relay = await self.connected(broker={"accepts": "none"}, max_messages=1)
        sending = asyncio.create_task(relay.send_all("todo.add", [1, 2, 3]))
        broker.error(await broker.next("command"), "held", "not yet")
        with self.assertRaisesRegex(ExoError, "held"):
            await sending

    async def test_what_fits_at_no_time_is_refused(self) -> None:
        _, relay = await self.connected(max_bytes=100)
        with self.assertRaisesRegex(ExoError, "overloaded"):
            await relay.send_all("todo.add", [b"x" * 1000])

    async def test_the_first_error_stops_it(self) -> None:
        _, relay = await self.connected()
        with self.assertRaisesRegex(ExoError, "too-large"):
            await relay.send_all("todo.add", [1, b"x" * (17 << 20), 2])
