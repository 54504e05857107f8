"""What `send` returns: it may be awaited, and need not be."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from typing import TYPE_CHECKING

from .exo_error import ExoError

if TYPE_CHECKING:
    from .outgoing_command import OutgoingCommand


class Delivery(Awaitable[None]):
    """A script may send sixty thousand messages in one loop and await none of them, so futures are made only when
    somebody awaits.

    An error that nobody awaits counts as unhandled when the program drops the Delivery, as asyncio does with its
    tasks; a program may thus keep Deliveries and await them later.
    """

    __slots__ = (
        "_canceller", "_command", "_done", "_error", "_ignored", "_taken", "_unhandled", "_waiters", "__weakref__",
    )  # fmt: skip

    def __init__(self) -> None:
        self._done = False
        self._error: ExoError | None = None
        self._ignored = False
        self._taken: Callable[[], None] | None = None
        self._unhandled: Callable[[ExoError], None] | None = None  # not None while an error waits to be claimed
        self._waiters: list[asyncio.Future[None]] | None = None  # not None once somebody has awaited
        self._canceller: Callable[[OutgoingCommand], None] | None = None
        self._command: OutgoingCommand | None = None  # once there is something to cancel

    def __await__(self) -> Generator[object, None, None]:
        if self._error is not None:
            self._claim()
            raise self._error
        if self._done:
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiters = [*(self._waiters or ()), waiter]
        yield from waiter

    def __del__(self) -> None:
        self.abandon()

    def cancel(self) -> None:
        """Nobody wants the command any more: it fails with `cancelled`, unless it has settled."""
        if self._canceller is not None and self._command is not None and not self._done:
            self.ignore()
            self._canceller(self._command)

    def begun(self, command: OutgoingCommand, canceller: Callable[[OutgoingCommand], None]) -> None:
        """For the relay: it has become a command. A million may wait, so that nothing is made for each to cancel it."""
        self._command = command
        self._canceller = canceller

    def succeed(self) -> None:
        """For the relay; does nothing when it is settled already."""
        if self._done:
            return
        self._done = True
        self._command = None
        for waiter in self._take_waiters():
            waiter.set_result(None)

    def fail(
        self,
        error: ExoError,
        taken: Callable[[], None],
        unhandled: Callable[[ExoError], None],
    ) -> None:
        """For the relay. Calls exactly one of `taken` (somebody who awaits has the error) and `unhandled`, now or
        when it is known.
        """
        if self._done:
            unhandled(error)
            return
        self._done = True
        self._command = None
        self._error = error
        self._taken = taken
        self._unhandled = unhandled
        awaited = self._take_waiters()
        for waiter in awaited:
            waiter.set_exception(error)
        if awaited or self._ignored:
            self._claim()

    def abandon(self) -> None:
        """Nobody will await it: an error that waits to be claimed is unhandled."""
        if self._unhandled is None or self._error is None:
            return
        unhandled, self._unhandled, self._taken = self._unhandled, None, None
        unhandled(self._error)

    def ignore(self) -> None:
        """Whatever becomes of it is of no interest."""
        self._ignored = True
        self._claim()

    def _take_waiters(self) -> list[asyncio.Future[None]]:
        waiters, self._waiters = self._waiters or [], None
        return [waiter for waiter in waiters if not waiter.done()]

    def _claim(self) -> None:
        taken, self._taken, self._unhandled = self._taken, None, None
        if taken is not None:
            taken()
