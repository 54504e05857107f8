"""Many commands, of which a bounded number is under way at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from typing import Any

from .delivery import Delivery

IN_FLIGHT = 256  # what one instance takes at a time by default, see the window of a relay


async def send_all(
    send: Callable[[Any], Delivery], items: Iterable[Any] | AsyncIterable[Any], *, in_flight: int = IN_FLIGHT
) -> int:
    """Sends each item, and returns their number. The first error, of a command or of the iterable, ends it and is
    raised when everything in flight has settled. When it is cancelled itself, what is in flight is cancelled too.
    """
    if isinstance(in_flight, bool) or not isinstance(in_flight, int) or in_flight < 1:
        raise ValueError(f"send_all: in_flight is a whole number from 1 upwards, not {in_flight!r}")
    flight: set[asyncio.Future[None]] = set()
    deliveries: dict[asyncio.Future[None], Delivery] = {}
    count = 0
    failure: BaseException | None = None
    try:
        try:
            async for item in _each(items):
                delivery = send(item)
                waiter: asyncio.Future[None] = asyncio.ensure_future(_settled(delivery))
                deliveries[waiter] = delivery
                flight.add(waiter)
                count += 1
                if len(flight) >= in_flight:
                    done, flight = await asyncio.wait(flight, return_when=asyncio.FIRST_COMPLETED)
                    failure = _first_error(done, deliveries)
                    if failure is not None:
                        break
        except Exception as error:
            failure = error
        if flight:
            done, flight = await asyncio.wait(flight)
            failure = failure or _first_error(done, deliveries)
    except asyncio.CancelledError:
        for waiter, delivery in deliveries.items():
            delivery.cancel()
            waiter.cancel()
        raise
    if failure is not None:
        raise failure
    return count


async def _settled(delivery: Delivery) -> None:
    await delivery


def _first_error(
    done: Iterable[asyncio.Future[None]], deliveries: dict[asyncio.Future[None], Delivery]
) -> BaseException | None:
    first: BaseException | None = None
    for waiter in done:
        deliveries.pop(waiter, None)
        error = waiter.exception()
        first = first or error
    return first


async def _each(items: Iterable[Any] | AsyncIterable[Any]) -> AsyncIterator[Any]:
    if isinstance(items, AsyncIterable):
        async for item in items:
            yield item
    else:
        for item in items:
            yield item
