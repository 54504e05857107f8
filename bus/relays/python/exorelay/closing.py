"""What a relay that closes waits for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable


class Closing:
    """Waits for words of the broker, each at most until a deadline of time.monotonic()."""

    def __init__(self) -> None:
        self._awaited: dict[str, asyncio.Future[None]] = {}

    def word(self, kind: str) -> Awaitable[None]:
        """Resolves when `heard(kind)` is called after this."""
        self._awaited[kind] = asyncio.get_running_loop().create_future()
        return self._awaited[kind]

    def heard(self, kind: str) -> None:
        waiter = self._awaited.get(kind)
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def heard_all(self) -> None:
        """The broker is gone: nothing more is to come."""
        for kind in self._awaited:
            self.heard(kind)


async def until(awaitable: Awaitable[None], deadline: float) -> None:
    """Waits for it, but not beyond the deadline."""
    try:
        await asyncio.wait_for(awaitable, max(0.0, deadline - time.monotonic()))
    except asyncio.TimeoutError:
        pass
