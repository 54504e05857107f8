"""One command that the bus delivered, until its handler has completed and its stream has ended."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import TYPE_CHECKING

from . import wire
from .exo_error import ExoError

if TYPE_CHECKING:
    from .completed_commands import KeptReply
    from .reply_stream import ReplyStream


class Cancelled:
    """Whether nobody wants the answer to a command any more: true or false, and awaitable until it is true."""

    __slots__ = ("_event",)

    def __init__(self) -> None:
        self._event: asyncio.Event | None = None  # made when somebody asks; set exactly when it is cancelled

    def __bool__(self) -> bool:
        return self.is_set()

    def __await__(self) -> Generator[object, None, bool]:
        return self.wait().__await__()

    def is_set(self) -> bool:
        return self._event is not None and self._event.is_set()

    async def wait(self) -> bool:
        self._event = self._event or asyncio.Event()
        return await self._event.wait()

    def set(self) -> None:
        """For the relay."""
        self._event = self._event or asyncio.Event()
        self._event.set()


class IncomingCommand:
    """A plain record, but for its cancelling: Inbox changes it."""

    __slots__ = (
        "header", "connection", "sequences", "name", "id", "activity_id", "acknowledged", "cancelled", "expects",
        "returned", "answered", "replied", "completed", "reply", "stream", "task",
    )  # fmt: skip

    def __init__(self, header: wire.Header, connection: int) -> None:
        self.header = header
        self.connection = connection  # on which it came; its sequences mean nothing on another
        self.sequences: list[int] = [header.get("sequence", 0)]  # of all its deliveries on that connection
        self.name: str = header.get("name", "")
        self.id: str = header.get("id", "")
        self.activity_id: str | None = header.get("activityId")
        self.expects: str = header.get("expects", "none")
        self.acknowledged: bool = header.get("acknowledged") is True
        self.cancelled = Cancelled()
        self.reply: KeptReply | None = None  # of an acknowledged command, as it was given
        self.returned = False  # the handler has returned and gave no awaitable
        self.answered = False  # the last reply was given
        self.replied = False  # at least one reply was given
        self.completed = False  # the broker was told, or is about to be
        self.stream: ReplyStream | None = None
        self.task: asyncio.Future[object] | None = None  # the event loop itself keeps no task alive

    def cancel(self) -> None:
        if not self.cancelled:
            self.cancelled.set()
            if self.stream is not None:
                self.stream.fail(self.cancellation())

    def cancellation(self) -> ExoError:
        reason = "nobody wants the answer any more"
        return ExoError("cancelled", reason, message_name=self.name, message_id=self.id)

    def comes_again(self, again: IncomingCommand) -> None:
        """The same command was delivered once more while it runs."""
        if again.connection == self.connection:
            self.sequences.extend(again.sequences)
        else:
            self.connection = again.connection
            self.sequences = again.sequences
