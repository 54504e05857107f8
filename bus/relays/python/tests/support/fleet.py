"""A broker and relays that are connected to it, all closed with the test."""

from __future__ import annotations

import asyncio
import logging
import time
import unittest
from collections.abc import Callable
from typing import Any

from exorelay import ExoRelay, ExoRelayOptions
from support.fake_broker import PATIENCE_SECONDS, FakeBroker

ROUTES = {"todo.add": ["todo"], "todos.list": ["todo"], "todo-search.add": ["todo-search"]}


class _Lines(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(record.getMessage())


class FleetTest(unittest.IsolatedAsyncioTestCase):
    """`self.lines` collects what relays log."""

    def setUp(self) -> None:
        self.lines: list[str] = []
        handler = _Lines(self.lines)
        logger = logging.getLogger("exorelay")
        logger.addHandler(handler)
        propagates, logger.propagate = logger.propagate, False
        self.addCleanup(setattr, logger, "propagate", propagates)
        self.addCleanup(logger.removeHandler, handler)

    async def asyncSetUp(self) -> None:
        asyncio.get_running_loop().set_debug(False)  # which makes sixty thousand messages ten times as slow

    def start_broker(self, **options: Any) -> FakeBroker:
        broker = FakeBroker(**{"routes": ROUTES, **options})
        broker.open()
        self.addAsyncCleanup(broker.close)
        return broker

    def make_relay(self, endpoint: str, handlers: object = None, **options: Any) -> ExoRelay:
        whole: dict[str, Any] = {"role": "web", "version": "0.0.1", "instance": "web-1", "token": "secret", **options}
        relay = ExoRelay(ExoRelayOptions(endpoint=endpoint, **whole), handlers)
        self.addAsyncCleanup(relay.close, timeout=0)
        return relay

    async def connected(
        self, handlers: object = None, *, broker: dict[str, Any] | None = None, **options: Any
    ) -> tuple[FakeBroker, ExoRelay]:
        fake = self.start_broker(**(broker or {}))
        relay = self.make_relay(fake.endpoint, handlers, **options)
        await relay.connect()
        return fake, relay

    def occurrences(self, relay: ExoRelay, event: str) -> asyncio.Queue[tuple[Any, ...]]:
        queue: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()
        relay.on(event, lambda *about: queue.put_nowait(about))
        return queue


async def until(condition: Callable[[], bool], what: str = "a condition") -> None:
    """Returns when the condition holds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain for {what}")
        await asyncio.sleep(0.001)
