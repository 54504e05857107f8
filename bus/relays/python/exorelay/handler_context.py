"""The second argument of a handler."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from . import wire
from .each import EVERY, Each, EachOptions, Key, Place, Records
from .incoming_command import Cancelled
from .speaker import Speaker

if TYPE_CHECKING:
    from .delivery import Delivery
    from .inbox import Inbox
    from .incoming_command import IncomingCommand
    from .script_attempt import ScriptAttempt
    from .sending import Sending

logger = logging.getLogger("exorelay")


@dataclass(frozen=True)
class Message:
    """What is known of the command that a handler answers."""

    name: str
    id: str
    activity_id: str | None
    sender: str  # the role that sent it; "exo" for the host
    version: str | None  # of the instance that sent it
    timestamp: datetime | None
    timeout: float | None  # seconds that were left when it was delivered; None when it has no deadline
    redelivered: bool  # another instance may have begun it before
    expects: str  # "none", "one", "many"


class Replier:
    """Answers the handler's command. Calling it is the whole reply, unless it is streamed: `await write(name, list)`
    for each page but the last, then `end(name, list)`. To a command that expects many replies, `write` and `end` send
    one reply each, of any payload. Answering twice raises. Where no reply is expected it is not sent.
    """

    __slots__ = ("_inbox", "_incoming")

    def __init__(self, inbox: Inbox, incoming: IncomingCommand) -> None:
        self._inbox = inbox
        self._incoming = incoming

    def __call__(self, name: str, payload: Any = None, *, content_type: str | None = None) -> None:
        self._inbox.reply(self._incoming, name, payload, content_type)

    def write(self, name: str, page: Any, *, content_type: str | None = None) -> Delivery:
        """Awaited, it goes at the pace of whom it goes to; raises an ExoError when nobody takes it any more."""
        return self._inbox.reply_page(self._incoming, name, page, content_type, last=False)

    def end(self, name: str, page: Any = (), *, content_type: str | None = None) -> Delivery:
        return self._inbox.reply_page(self._incoming, name, page, content_type, last=True)

    def error(self, reason: str | BaseException) -> None:
        """The command has failed: its sender gets `handler-failed` with this reason."""
        self._inbox.reply_error(self._incoming, reason)


class HandlerContext(Speaker):
    """What is sent through it belongs to the command's activity."""

    __slots__ = ("_inbox", "_incoming")

    def __init__(self, sending: Sending, inbox: Inbox, incoming: IncomingCommand) -> None:
        super().__init__(sending, incoming)
        self._inbox = inbox
        self._incoming = incoming

    @property
    def reply(self) -> Replier:
        return Replier(self._inbox, self._incoming)

    @property
    def cancelled(self) -> Cancelled:
        """True once nobody wants the answer any more, and awaitable; the handler may stop, or go on as it likes."""
        return self._incoming.cancelled

    @property
    def message(self) -> Message:
        header = self._incoming.header
        timeout_ms = header.get("timeoutMs")
        return Message(
            name=self._incoming.name,
            id=self._incoming.id,
            activity_id=self._incoming.activity_id,
            sender=header.get("sender", ""),
            version=header.get("senderVersion"),
            timestamp=wire.timestamp_of(header),
            timeout=None if timeout_ms is None else timeout_ms / 1000,
            redelivered=header.get("redelivered") is True,
            expects=self._incoming.expects,
        )


class ScriptContext(HandlerContext):
    """What handlers of deployment scripts have besides."""

    __slots__ = ("_attempt",)

    def __init__(self, sending: Sending, inbox: Inbox, incoming: IncomingCommand, attempt: ScriptAttempt) -> None:
        super().__init__(sending, inbox, incoming)
        self._attempt = attempt

    def progress(self, done: float, total: float | None = None, note: str | None = None) -> None:
        """Tells how far the script is."""
        self._sending.progress(self._attempt, done, total, note)

    async def checkpoint(self, value: Any) -> None:
        """Saves a value for the next attempt; returns once it is durable, after all that was sent before is
        delivered.
        """
        await self._sending.checkpoint(self._attempt, value)

    async def follow(self, commands: list[str]) -> None:
        """Follows these commands, public names that its version receives; returns once they are followed. What
        production sends of them from then on is replayed to the version when the script is done.
        """
        await self._sending.follow(self._attempt, commands)

    async def each(
        self,
        records: Records,
        act: Callable[..., Any],
        *,
        key: Key | None = None,
        every: int = EVERY,
        total: float | None = None,
        name: str = "records",
    ) -> int:
        """Does something for each record of a stream, one after another, and tells how far it is: `act(record)`, which
        may be async. The stream is an iterable or async iterable of records, or of pages (lists) of them.

        Every so many records, and at the end, it saves a checkpoint when all that was sent until then is delivered; the
        next attempt goes on exactly behind it. `key` is the field of a record, or the function, that gives its key: a number
        or a text. The records then come in its ascending order (numbers by size, texts by their bytes), each key once, and
        records that came or went before the place of the checkpoint are named in the log. Without a key they are counted,
        and a stream that has become shorter than what was done is an error.

        `name` tells it apart from others of the same script. Returns how many records are done, those of earlier attempts
        included. A script that uses it saves no checkpoints of its own.
        """
        options = EachOptions(key, every, total, name)
        return await Each(_EachOfScript(self._sending, self._attempt), options).run(records, act)


class _EachOfScript:
    def __init__(self, sending: Sending, attempt: ScriptAttempt) -> None:
        self._sending = sending
        self._attempt = attempt

    def place_of(self, name: str) -> Place | None:
        place: Place | None = self._attempt.place_of(name)
        return place

    async def save(self, name: str, place: Place) -> None:
        await self._sending.checkpoint(self._attempt, self._attempt.checkpoint_with(name, place))

    def progress(self, done: int, total: float | None) -> None:
        self._sending.progress(self._attempt, done, total, None)

    def changed(self, text: str) -> None:
        logger.warning("%s", text)
