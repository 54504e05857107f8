"""Locks by key, which the host gives out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any

LONGEST_WAIT_SECONDS = 24 * 60 * 60.0


class Lock:
    """A lock that this program holds: until it is released, or its connection or process ends.

    `number` is higher than that of every grant of a lock before it, those of earlier hosts included. Whoever stores
    something under the lock stores the number with it, and refuses a lower one: then a program that was stopped, and goes
    on after the lock went to another, does no harm.
    """

    __slots__ = ("key", "number", "_give_back", "_held")

    def __init__(self, key: str, number: int, give_back: Callable[[Lock], Awaitable[None]]) -> None:
        self.key = key
        self.number = number
        self._give_back = give_back
        self._held = True

    @property
    def held(self) -> bool:
        """False once it was released, or the connection was lost."""
        return self._held

    async def release(self) -> None:
        """Idempotent."""
        if self._held:
            self._held = False
            await self._give_back(self)

    def lost(self) -> None:
        """For the relay: the host has given it back with the connection."""
        self._held = False


class TakingLock(Awaitable[Lock]):
    """What `lock` returns: `async with` holds it for a block, `await` until it is released."""

    __slots__ = ("_lock", "_take")

    def __init__(self, take: Callable[[], Awaitable[Lock]]) -> None:
        self._take = take
        self._lock: Lock | None = None

    def __await__(self) -> Generator[Any, None, Lock]:
        return self._take().__await__()

    async def __aenter__(self) -> Lock:
        self._lock = await self._take()
        return self._lock

    async def __aexit__(self, *error: object) -> None:
        if self._lock is not None:
            await self._lock.release()


def check(key: str, timeout: float | None) -> None:
    if not isinstance(key, str) or not key:
        raise TypeError("the key of a lock is a text that is not empty")
    if timeout is not None and (isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or not timeout > 0):
        raise ValueError(f"the timeout of a lock is a number of seconds above 0, not {timeout!r}")
