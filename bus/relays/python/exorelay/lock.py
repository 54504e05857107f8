"""Locks by key, which the host gives out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any

from .exo_error import ExoError

LONGEST_WAIT_SECONDS = 24 * 60 * 60.0


class Lock:
    """A lock that this program holds: until it is released, or the process or the relay ends. A bus that was lost is told
    of it when it is found again.

    `number` is higher than that of every grant of a lock before it, those of earlier hosts included. Whoever stores
    something under the lock stores the number with it, and refuses a lower one: then a program that was stopped, and goes
    on after the lock went to another, does no harm.
    """

    __slots__ = ("key", "number", "loss", "_give_back", "_held", "_listeners")

    def __init__(self, key: str, number: int, give_back: Callable[[Lock], Awaitable[None]]) -> None:
        self.key = key
        self.number = number
        self.loss: ExoError | None = None
        self._give_back = give_back
        self._held = True
        self._listeners: list[Callable[[ExoError], object]] = []

    @property
    def held(self) -> bool:
        """False once it was released, or is known to be lost; `loss` is the error then."""
        return self._held

    def on_lost(self, listener: Callable[[ExoError], object]) -> None:
        """Calls `listener` with `lock-lost` when another was given the lock while the bus was lost: at once where that is
        known already. Where nobody listens by then that is an error that nobody handles.
        """
        if self.loss is None:
            self._listeners.append(listener)
        else:
            listener(self.loss)

    async def release(self) -> None:
        """Idempotent."""
        if self._held:
            self._held = False
            await self._give_back(self)

    def lose(self, error: ExoError, unhandled: Callable[[BaseException], None]) -> None:
        """For the relay. `unhandled` gets the loss where nobody listens, and what listeners raise: each of them is told."""
        self._held = False
        self.loss = error
        failures: list[BaseException] = [] if self._listeners else [error]
        for listener in self._listeners:
            try:
                listener(error)
            except Exception as raised:
                failures.append(raised)
        for failure in failures:
            unhandled(failure)

    def end(self) -> None:
        """For the relay, which ends."""
        self._held = False


class HeldLocks:
    """The locks that this program holds, by the id of the exo.lock. They outlive the connection: the relay restates them
    when it registers again. `unhandled` gets the loss of a lock of which nobody wanted to hear, and what
    listeners raise.
    """

    def __init__(self, unhandled: Callable[[BaseException], None]) -> None:
        self._unhandled = unhandled
        self._locks: dict[str, Lock] = {}

    def add(self, id: str, lock: Lock) -> None:
        self._locks[id] = lock

    def remove(self, id: str) -> None:
        self._locks.pop(id, None)

    def restated(self) -> dict[str, Any]:
        """What `register` says of them: nothing where there is none."""
        locks = [[lock.key, id, lock.number] for id, lock in self._locks.items()]
        return {"locks": locks} if locks else {}

    def lose(self, id: str, reason: str) -> None:
        lock = self._locks.pop(id, None)
        if lock is None:
            return
        lock.lose(ExoError("lock-lost", reason, message_name="exo.lock", message_id=id), self._unhandled)

    def lose_all(self, reason: str) -> None:
        for id in list(self._locks):
            self.lose(id, reason)

    def end(self) -> None:
        """With the relay, as everybody knows who has closed it."""
        for lock in self._locks.values():
            lock.end()
        self._locks.clear()


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
        self._lock.on_lost(lambda _: None)  # it is raised at the block's end
        return self._lock

    async def __aexit__(self, kind: type[BaseException] | None, *error: object) -> None:
        if self._lock is None:
            return
        await self._lock.release()
        if self._lock.loss is not None and kind is None:
            raise self._lock.loss


def check(key: str, timeout: float | None) -> None:
    if not isinstance(key, str) or not key:
        raise TypeError("the key of a lock is a text that is not empty")
    if timeout is not None and (isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or not timeout > 0):
        raise ValueError(f"the timeout of a lock is a number of seconds above 0, not {timeout!r}")
