"""What becomes of the replies to one command."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from .exo_error import ExoError

PAGES_AHEAD = 8  # what a replier may send unasked

Window = Callable[[int], None]  # lets the replier go on until it has sent so many pages in all
Item = TypeVar("Item")


@dataclass(frozen=True)
class Reply:
    """A reply, with who gave it."""

    name: str
    payload: Any
    sender: str
    version: str | None = None
    timestamp: datetime | None = None


class Answer(Protocol):
    def take(self, reply: Reply, page: int, more: bool) -> None:
        """One reply, or one page of it. Raises `malformed` when it is not what was due."""

    def fail(self, error: ExoError) -> None:
        """No (further) reply comes."""


class GatheredAnswer:
    """Gathers the pages of a streamed reply into one reply with one list. When the application has stopped waiting,
    the rest is taken without being looked at, so that the replier ends.
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self._pages = 0
        self._list: list[Any] | None = None
        self.future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

    def take(self, reply: Reply, page: int, more: bool) -> None:
        if page != self._pages:
            raise _malformed(reply, f"page {page} came where page {self._pages} was due")
        self._pages += 1
        if more:
            self._window(self._pages + PAGES_AHEAD)
        if self.future.done():
            return
        if not more and self._list is None:
            self.future.set_result(reply)
            return
        if self._list is None:
            self._list = []
        self._list.extend(page_of(reply))
        if not more:
            self.future.set_result(replace(reply, payload=self._list))

    def fail(self, error: ExoError) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class StreamedAnswer(Generic[Item]):
    """Hands replies, or the pages of one, to the application one by one. The replier goes on as they are taken.
    When the application leaves its loop early, `left()` is called, which cancels the rest.
    """

    def __init__(self, window: Window, item_of: Callable[[Reply], Item], left: Callable[[], None]) -> None:
        self._window = window
        self._left = left
        self._item_of = item_of
        self._arrived: deque[tuple[Item, bool]] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._taken = 0
        self._ended = False
        self._error: ExoError | None = None

    def take(self, reply: Reply, page: int, more: bool) -> None:
        item = self._item_of(reply)
        self._ended = not more
        self._arrived.append((item, more))
        self._wake()

    def fail(self, error: ExoError) -> None:
        self._error = error
        self._wake()

    async def items(self) -> AsyncGenerator[Item, None]:
        """For one loop. Raises the command's error after what came before it."""
        try:
            while True:
                if self._arrived:
                    item, more = self._arrived.popleft()
                    self._count_taken(more)
                    yield item
                elif self._error is not None:
                    raise self._error
                elif self._ended:
                    return
                else:
                    await self._arrival()
        finally:
            if not self._ended and self._error is None:
                self._left()

    async def _arrival(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        await self._waiter

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _count_taken(self, more: bool) -> None:
        self._taken += 1
        if more:
            self._window(self._taken + PAGES_AHEAD)


def page_of(reply: Reply) -> list[Any]:
    if not isinstance(reply.payload, list):
        raise _malformed(reply, "a page of a streamed reply is no list")
    return reply.payload


def _malformed(reply: Reply, reason: str) -> ExoError:
    return ExoError("malformed", reason, message_name=reply.name)
