"""Many commands, of which a bounded number is under way at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from typing import Any

from .delivery import Delivery
from .exo_error import ExoError

IN_FLIGHT = 256  # what one instance takes at a time by default, see the window of a relay


async def send_all(
    send: Callable[[Any], Delivery],
    room: Callable[[], asyncio.Future[None] | None],
    items: Iterable[Any] | AsyncIterable[Any],
    *,
    in_flight: int = IN_FLIGHT,
) -> int:
    """Sends each item, and returns their number. Where `send` raises `overloaded` it waits for `room()`. The first
    error, of a command or of the iterable, ends it and is raised when everything in flight has settled. When it is
    cancelled itself, what is in flight is cancelled too.
    """
    if isinstance(in_flight, bool) or not isinstance(in_flight, int) or in_flight < 1:
        raise ValueError(f"send_all: in_flight is a whole number from 1 upwards, not {in_flight!r}")
    flight = _Flight()
    count = 0
    try:
        try:
            async for item in _each(items):
                await flight.send(send, room, item)
                if flight.failure is None:
                    count += 1
                if len(flight) >= in_flight:
                    await flight.some_landed()
                if flight.failure is not None:
                    break
        except Exception as error:
            flight.fail(error)
        while len(flight) > 0:
            await flight.some_landed()
    except asyncio.CancelledError:
        flight.cancel()
        raise
    if flight.failure is not None:
        raise flight.failure
    return count


class _Flight:
    """What is sent and not settled, and the first error of it."""

    def __init__(self) -> None:
        self.failure: BaseException | None = None
        self._deliveries: dict[asyncio.Future[None], Delivery] = {}

    def __len__(self) -> int:
        return len(self._deliveries)

    async def send(
        self, send: Callable[[Any], Delivery], room: Callable[[], asyncio.Future[None] | None], item: Any
    ) -> None:
        """The relay may be full of what others have sent, or of what is settled for its sender and kept for the bus.
        Sends nothing when something in flight has failed meanwhile.
        """
        while self.failure is None:
            try:
                delivery = send(item)
            except ExoError as error:
                released = room() if error.code == "overloaded" else None
                if released is None:
                    raise
                await self.some_landed(released)
                continue
            self._deliveries[asyncio.ensure_future(_settled(delivery))] = delivery
            return

    async def some_landed(self, *others: asyncio.Future[None]) -> None:
        """Waits until something in flight has settled, or one of the others is done."""
        done, _ = await asyncio.wait({*self._deliveries, *others}, return_when=asyncio.FIRST_COMPLETED)
        for waiter in done.difference(others):
            del self._deliveries[waiter]
            error = waiter.exception()
            if error is not None:
                self.fail(error)

    def fail(self, error: BaseException) -> None:
        self.failure = self.failure or error

    def cancel(self) -> None:
        for waiter, delivery in self._deliveries.items():
            delivery.cancel()
            waiter.cancel()


async def _settled(delivery: Delivery) -> None:
    await delivery


async def _each(items: Iterable[Any] | AsyncIterable[Any]) -> AsyncIterator[Any]:
    if isinstance(items, AsyncIterable):
        async for item in items:
            yield item
    else:
        for item in items:
            yield item
