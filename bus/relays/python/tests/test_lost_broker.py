"""A broker that is killed with SIGKILL while messages are on their way, and started again at the same place: what
relays had accepted is handled, or answered with an error, or sent again. Nothing vanishes.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from exorelay import ExoError, ExoRelay, HandlerContext
from exorelay.handlers import Handler
from support.broker_process import BrokerProcess
from support.fleet import FleetTest, until

COMMANDS = 400  # of each name
KILLS = 3
UNDER_WAY = 20
SENT = ("safe.do", "plain.do")
ASKED = ("safe.ask", "plain.ask")


class Store:
    """What all instances of `store` have handled. Some commands are kept under way, so that there are some whenever
    the broker dies.
    """

    def __init__(self) -> None:
        self.handled: dict[str, set[int]] = {name: set() for name in SENT + ASKED}
        self.redelivered = 0
        self.runs = 0
        self.keep = UNDER_WAY
        self.under_way: deque[asyncio.Future[None]] = deque()

    def handlers(self) -> dict[str, Handler]:
        return {name: self._handle for name in self.handled}

    async def _handle(self, number: Any, context: HandlerContext) -> None:
        self.runs += 1
        self.redelivered += context.message.redelivered
        self.handled[context.message.name].add(number)
        goes_on = asyncio.get_running_loop().create_future()
        self.under_way.append(goes_on)
        self.complete()
        await goes_on
        if context.message.expects != "none":
            context.reply("done", number)

    def complete(self) -> None:
        """All but the last `keep`."""
        while len(self.under_way) > self.keep:
            self.under_way.popleft().set_result(None)


class Web:
    """What sends, and what it is told of each command."""

    def __init__(self, relay: ExoRelay) -> None:
        self.answers: dict[str, set[int]] = {name: set() for name in ASKED}
        self.errors = dict.fromkeys(SENT + ASKED, 0)
        self.codes: set[str] = set()
        self.tasks: list[asyncio.Task[None]] = []
        self.relay = relay
        self._sent = 0
        relay.on("error", lambda error: self._failed(error.message_name, error))

    @property
    def settled(self) -> bool:
        return all(task.done() for task in self.tasks)

    def say(self, until: int) -> None:
        """Of each name, until so many have been."""
        for number in range(self._sent, until):
            self.tasks += [asyncio.create_task(self._send(name, number)) for name in SENT]
            self.tasks += [asyncio.create_task(self._ask(name, number)) for name in ASKED]
        self._sent = until

    async def _send(self, name: str, number: int) -> None:
        try:
            await self.relay.send(name, number)
        except ExoError as error:
            self._failed(name, error)

    async def _ask(self, name: str, number: int) -> None:
        try:
            reply = await self.relay.request(name, number)
        except ExoError as error:
            self._failed(name, error)
            return
        assert reply.payload == number, (reply.payload, number)
        self.answers[name].add(number)

    def _failed(self, name: str, error: ExoError) -> None:
        self.errors[name] += 1
        self.codes.add(error.code)


class LostBrokerTest(FleetTest):
    async def joined(self, role: str, instance: str, handlers: object = None) -> ExoRelay:
        relay = self.make_relay(
            self.broker.endpoint, handlers, role=role, version="1.0.0", instance=instance, token="f00d"
        )
        await relay.connect()
        return relay

    async def test_a_broker_that_is_killed_and_started_again_loses_nothing_that_a_relay_had_accepted(self) -> None:
        self.broker = BrokerProcess()
        self.addCleanup(self.broker.close)
        store = Store()
        for instance in ("store-1", "store-2"):
            await self.joined("store", instance, store.handlers())
        web = Web(await self.joined("web", "web-1"))

        for kill in range(1, KILLS + 1):
            enough = store.runs + COMMANDS / KILLS
            web.say(kill * COMMANDS // KILLS)
            await until(lambda: store.runs >= enough and len(store.under_way) > 0, "commands under way")
            self.broker.kill()
            self.broker.start()
        store.keep = 0
        store.complete()

        def nothing_is_missing() -> bool:
            told = len(store.handled["plain.do"]) + web.errors["plain.do"]
            return web.settled and len(store.handled["safe.do"]) == COMMANDS and told >= COMMANDS

        await until(nothing_is_missing, "every command to be handled, or its sender to be told")
        await asyncio.gather(*web.tasks)

        self.assertTrue(web.relay.connected)
        self.assertEqual(web.errors["safe.do"], 0)
        self.assertEqual(len(web.answers["safe.ask"]), COMMANDS)
        self.assertEqual(web.errors["safe.ask"], 0)
        self.assertEqual(len(web.answers["plain.ask"]) + web.errors["plain.ask"], COMMANDS)
        self.assertGreater(store.redelivered, 0, "some were sent again")
        self.assertEqual(web.codes, {"bus-lost"}, "some were not, and that was told")
