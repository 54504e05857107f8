"""One command that the bus delivered, until its handler has completed and its stream has ended."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from . import wire

if TYPE_CHECKING:
    from .reply_stream import ReplyStream


class IncomingCommand:
    """A plain record: Inbox changes it."""

    __slots__ = (
        "header", "connection", "sequence", "name", "id", "activity_id", "expects", "returned", "answered", "replied",
        "completed", "stream", "task",
    )  # fmt: skip

    def __init__(self, header: wire.Header, connection: int) -> None:
        self.header = header
        self.connection = connection  # on which it came; its sequence means nothing on another
        self.sequence: int = header.get("sequence", 0)
        self.name: str = header.get("name", "")
        self.id: str = header.get("id", "")
        self.activity_id: str | None = header.get("activityId")
        self.expects: str = header.get("expects", "none")
        self.returned = False  # the handler has returned and gave no awaitable
        self.answered = False  # the last reply was given
        self.replied = False  # at least one reply was given
        self.completed = False  # the broker was told, or is about to be
        self.stream: ReplyStream | None = None
        self.task: asyncio.Future[object] | None = None  # the event loop itself keeps no task alive
