"""The pages of one reply on their way to the asker, who says by `window` how many it takes."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from .answer import PAGES_AHEAD
from .budget import Budget
from .delivery import Delivery
from .exo_error import ExoError

STALL_SECONDS = 5 * 60.0  # an asker that takes no page for so long has lost interest without saying so


@dataclass
class Page:
    name: str
    frame: bytes
    content_type: str | None
    last: bool
    delivery: Delivery
    number: int = 0


class ReplyStream:
    """Calls `send(page)` for each that may go and `ended()` once, after the last or when the stream has failed."""

    def __init__(
        self,
        budget: Budget,
        *,
        send: Callable[[Page], None],
        ended: Callable[[], None],
        unhandled: Callable[[BaseException], None],
        stall: float = STALL_SECONDS,
    ) -> None:
        self._budget = budget
        self._send = send
        self._ended = ended
        self._unhandled = unhandled
        self._stall = stall
        self._waiting: deque[Page] = deque()
        self._allowed: float = PAGES_AHEAD
        self._sent = 0
        self._closed = False  # the application has given its last page
        self._error: ExoError | None = None
        self._timer: asyncio.TimerHandle | None = None

    def push(self, name: str, frame: bytes, content_type: str | None, *, last: bool) -> Delivery:
        """The page's Delivery settles when the page has gone; raises `overloaded` when the budget is spent."""
        if self._closed:
            raise RuntimeError(f"reply '{name}': the last page was given before")
        delivery = Delivery()
        if self._error is not None:
            delivery.fail(self._error, _ignore, self._unhandled)
            return delivery
        self._budget.take(len(frame), name)
        self._closed = last
        self._waiting.append(Page(name, frame, content_type, last, delivery))
        self._pump()
        return delivery

    def allow(self, pages: float) -> None:
        """The asker takes so many pages in all."""
        self._allowed = max(self._allowed, pages)
        self._pump()

    def allow_all(self) -> None:
        self.allow(math.inf)

    def fail(self, error: ExoError) -> None:
        """Nobody takes the pages any more."""
        if self._error is not None:
            return
        self._error = error
        self._stop_timer()
        while self._waiting:
            page = self._waiting.popleft()
            self._budget.release(len(page.frame))
            page.delivery.fail(error, _ignore, self._unhandled)
        self._ended()

    def _pump(self) -> None:
        while self._waiting and self._sent < self._allowed:
            page = self._waiting.popleft()
            self._budget.release(len(page.frame))
            page.number = self._sent
            self._send(page)
            self._sent += 1
            page.delivery.succeed()
            if page.last:
                self._ended()
        self._stop_timer()
        if self._waiting:
            self._timer = asyncio.get_running_loop().call_later(self._stall, self._give_up)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self.fail(ExoError("expired", f"the asker took no page for {self._stall:g} s"))


def _ignore() -> None:
    pass
