from __future__ import annotations

import asyncio
import time
from typing import Any

from exorelay import ExoError, ExoRelay, HandlerContext
from support.fake_broker import PATIENCE_SECONDS, FakeBroker
from support.fleet import FleetTest, until

NOT_REGISTERED = {"kind": "refused", "code": "not-registered", "reason": "register first"}


class ReconnectTest(FleetTest):
    async def connected_again(self, broker: FakeBroker, relay: ExoRelay) -> None:
        connected = self.occurrences(relay, "connected")
        broker.send(NOT_REGISTERED)
        await connected.get()

    async def test_what_was_accepted_and_waits_for_its_answer_fails_with_bus_lost(self) -> None:
        broker, relay = await self.connected()
        request = asyncio.create_task(relay.request("todos.list"))
        await broker.next("command")
        await relay.send("todo.add")
        broker.stop()
        with self.assertRaisesRegex(ExoError, "bus-lost"):
            await request
        broker.open()

    async def test_what_was_not_accepted_is_sent_again_to_the_next_broker_in_its_order(self) -> None:
        broker, relay = await self.connected(broker={"accepts": "none", "grants": {"todo": 2}})
        lost, connected = self.occurrences(relay, "lost"), self.occurrences(relay, "connected")
        sends = [relay.send("todo.add", {"id": number}) for number in (1, 2, 3)]
        first, second = await broker.next_commands(2)
        broker.credit(1)
        await sends[0]
        broker.stop()
        await lost.get()
        broker.options.accepts = "all"
        broker.options.grants = {"todo": 9}
        broker.open()
        await connected.get()
        again = await broker.next_commands(2)
        self.assertEqual([command.payload["id"] for command in again], [2, 3])
        self.assertEqual(again[0].header["id"], second.header["id"])
        self.assertNotEqual(again[0].header["id"], first.header["id"])
        await asyncio.gather(*sends)
        self.assertEqual(len(broker.registrations), 2)
        self.assertEqual(broker.registrations[0], broker.registrations[1])

    # Its silence would tell, too, but not within this test's life.
    async def test_a_broker_that_ends_while_nothing_is_said_is_noticed_at_once(self) -> None:
        broker, relay = await self.connected(silence=3600.0)
        lost = self.occurrences(relay, "lost")
        broker.stop()
        (error,) = await asyncio.wait_for(lost.get(), PATIENCE_SECONDS)
        self.assertIn("the broker closed the connection", error.reason)

    async def test_a_broker_that_says_nothing_any_more_counts_as_lost(self) -> None:
        broker, relay = await self.connected(broker={"heartbeat_ms": 50}, silence=0.3)
        lost = self.occurrences(relay, "lost")
        broker.options.silent = True
        (error,) = await lost.get()
        self.assertEqual(error.code, "bus-lost")
        self.assertIn("said nothing for 0.3 s", error.reason)

    async def test_a_broker_that_does_not_know_the_relay_any_more_gets_a_new_registration(self) -> None:
        broker, relay = await self.connected()
        await self.connected_again(broker, relay)
        await relay.send("todo.add")
        self.assertEqual(len(broker.registrations), 2)

    async def test_a_registration_that_is_refused_after_a_loss_closes_the_relay(self) -> None:
        broker, relay = await self.connected()
        running = asyncio.create_task(relay.run())
        broker.options.refusal = {"code": "not-admitted", "reason": "unknown instance"}
        broker.send(NOT_REGISTERED)
        with self.assertRaisesRegex(ExoError, "unknown instance"):
            await running
        self.assertIn("the bus refused this program: unknown instance", self.lines[0])
        with self.assertRaisesRegex(ExoError, "closed"):
            await relay.request("todos.list")

    async def test_an_instance_that_the_broker_believes_connected_tries_again(self) -> None:
        broker, relay = await self.connected()
        connected = self.occurrences(relay, "connected")
        broker.options.refusal = {"code": "already-connected", "reason": "another connection has this instance"}
        broker.send(NOT_REGISTERED)
        await until(lambda: len(broker.registrations) >= 3)
        broker.options.refusal = None
        await connected.get()

    async def test_the_completion_of_a_command_from_before_the_loss_is_told_to_nobody(self) -> None:
        started, finish = asyncio.Event(), asyncio.Event()

        async def slow(*_: object) -> None:
            started.set()
            await finish.wait()

        broker, relay = await self.connected({"slow": slow, "quick": lambda *_: None})
        broker.command("slow")
        await started.wait()
        await self.connected_again(broker, relay)
        finish.set()
        broker.command("quick")
        self.assertEqual((await broker.next("handled")).payload, {"sequences": [1]})
        self.assertNotIn("handled", broker.kinds())

    async def test_a_reply_from_before_the_loss_is_dropped_with_a_line(self) -> None:
        contexts: list[HandlerContext] = []

        def slow(_: Any, context: HandlerContext) -> None:
            contexts.append(context)

        broker, relay = await self.connected({"slow": slow})
        broker.command("slow", {}, expects="one")
        await until(lambda: bool(contexts))
        await self.connected_again(broker, relay)
        contexts[0].reply("answered")
        self.assertIn("dropped the reply 'answered' to 'slow'", self.lines[0])

    async def test_a_relay_that_was_busy_for_long_does_not_take_that_for_the_brokers_silence(self) -> None:
        broker, relay = await self.connected(broker={"heartbeat_ms": 50}, silence=1.2)
        lost = self.occurrences(relay, "lost")
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            pass
        await relay.send("todo.add")
        self.assertTrue(lost.empty())
        self.assertEqual(len(broker.registrations), 1)
