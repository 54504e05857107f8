"""What may be sent, by whoever has a place in an activity: a relay itself, or a handler."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Iterable
from typing import Any

from .answer import Reply
from .delivery import Delivery
from .incoming_command import IncomingCommand
from .lock import TakingLock
from .outgoing_command import NO_OPTIONS, SendOptions
from .pipeline import IN_FLIGHT, send_all
from .sending import Sending


class Speaker:
    """`version` asks for one of the receiver's, exact or a range; by default the bus chooses. After `timeout` seconds
    nobody wants the message any more: 60 by default, `math.inf` for none, which is the default of deployment scripts,
    since their phase's own timeout bounds them. `content_type` is "msgpack" (any JSON value, bytes and datetimes),
    "json" or "raw".

    All raise at once, and then nothing was sent: TypeError or ValueError for what makes no message, ExoError
    `too-large`, or `overloaded` when 1,000,000 messages or 256 MiB wait for the bus.
    """

    __slots__ = ("_sending", "_handled")

    def __init__(self, sending: Sending, handled: IncomingCommand | None) -> None:
        self._sending = sending
        self._handled = handled  # the command in whose handler this speaks

    def send(
        self,
        name: str,
        payload: Any = None,
        *,
        version: str | None = None,
        timeout: float | None = None,
        content_type: str | None = None,
        activity_id: str | None = None,
    ) -> Delivery:
        """Sends a command that expects no reply.

        It goes at once. Awaiting what is returned waits until the bus has taken the command over (for deployment
        scripts: until its receiver's handler has completed) and raises an ExoError when it failed; awaiting each send
        keeps a program at the pace of its receivers.
        """
        options = _options(version, timeout, content_type, activity_id)
        return self._sending.send(name, payload, options, self._handled)

    async def send_all(
        self,
        name: str,
        items: Iterable[Any] | AsyncIterable[Any],
        *,
        in_flight: int = IN_FLIGHT,
        version: str | None = None,
        timeout: float | None = None,
        content_type: str | None = None,
        activity_id: str | None = None,
    ) -> int:
        """Sends one command for each item, and keeps `in_flight` of them under way, fewer where they fill what the relay
        may keep; returns their number. The first error stops it, and is raised when what is in flight has settled.
        """
        options = _options(version, timeout, content_type, activity_id)
        return await send_all(
            lambda payload: self._sending.send(name, payload, options, self._handled),
            self._sending.room,
            items,
            in_flight=in_flight,
        )

    async def request(
        self,
        name: str,
        payload: Any = None,
        *,
        version: str | None = None,
        timeout: float | None = None,
        content_type: str | None = None,
        activity_id: str | None = None,
    ) -> Reply:
        """Sends a command and returns its reply, all pages of it as one list; raises an ExoError. Cancelling the task
        that awaits it cancels the command at the bus and its receivers.
        """
        options = _options(version, timeout, content_type, activity_id)
        return await self._sending.request(name, payload, options, self._handled)

    def request_pages(
        self,
        name: str,
        payload: Any = None,
        *,
        version: str | None = None,
        timeout: float | None = None,
        content_type: str | None = None,
        activity_id: str | None = None,
    ) -> AsyncGenerator[list[Any], None]:
        """Sends a command and iterates over the pages of its reply, each a list; the replier goes on as they are
        taken. The iteration raises an ExoError when the command fails. Leaving it early (`aclose`) cancels the rest.
        """
        options = _options(version, timeout, content_type, activity_id)
        return self._sending.request_pages(name, payload, options, self._handled)

    def request_many(
        self,
        name: str,
        payload: Any = None,
        *,
        version: str | None = None,
        timeout: float | None = None,
        content_type: str | None = None,
        activity_id: str | None = None,
    ) -> AsyncGenerator[Reply, None]:
        """Sends a command and iterates over its replies as they come; else like `request_pages`."""
        options = _options(version, timeout, content_type, activity_id)
        return self._sending.request_many(name, payload, options, self._handled)

    def lock(self, key: str, *, timeout: float | None = None) -> TakingLock:
        """Waits for the lock of this key, in turn with all others who want it: scripts and services of every version.

            async with script.lock("accounts") as lock:
                ...                      # lock.number is higher than that of every holder before

        A block whose lock was lost to another, which may happen while the bus is lost, ends with `lock-lost`. Awaited
        instead, it gives the Lock, which is held until its `release`, or until the process ends. It fails with `expired` when it does not come within `timeout` seconds: 60 by default, and for deployment
        scripts no limit. A lock is not re-entrant: who holds a key and asks for it once more waits for themselves.
        """
        return self._sending.lock(key, timeout, self._handled)


def _options(
    version: str | None, timeout: float | None, content_type: str | None, activity_id: str | None
) -> SendOptions:
    if version is None and timeout is None and content_type is None and activity_id is None:
        return NO_OPTIONS
    return SendOptions(version, timeout, content_type, activity_id)
