"""What a relay may hold in memory while the bus does not take it."""

from __future__ import annotations

import asyncio

from .exo_error import ExoError

# Both are the protocol's: a program that produces faster than the fleet consumes must learn it before its machine
# does.
MESSAGE_LIMIT = 1_000_000
BYTE_LIMIT = 256 * 1024 * 1024


class Budget:
    def __init__(self, messages: int = MESSAGE_LIMIT, bytes: int = BYTE_LIMIT) -> None:
        self._message_limit = messages
        self._byte_limit = bytes
        self._bytes = 0
        self.messages = 0
        self._released: asyncio.Future[None] | None = None  # of those who wait

    def take(self, size: int, message_name: str) -> None:
        """Raises `overloaded` when the message does not fit any more, and then holds nothing of it."""
        if self.messages >= self._message_limit or self._bytes + size > self._byte_limit:
            reason = (
                f"{self.messages} messages ({self._bytes} bytes) wait for the bus to take them, which is all that "
                "a relay holds; await send() to go at the pace of the receivers"
            )
            raise ExoError("overloaded", reason, message_name=message_name)
        self.messages += 1
        self._bytes += size

    def release(self, size: int) -> None:
        self.messages -= 1
        self._bytes -= size
        released, self._released = self._released, None
        if released is not None and not released.done():
            released.set_result(None)

    def released(self) -> asyncio.Future[None] | None:
        """Done when something is released; None when nothing is held: what does not fit then fits at no time."""
        if self.messages == 0:
            return None
        if self._released is None:
            self._released = asyncio.get_running_loop().create_future()
        return self._released
