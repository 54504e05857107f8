"""The commands that the bus has delivered here."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from . import wire
from .budget import Budget
from .completed_commands import CompletedCommands, KeptReply
from .delivery import Delivery
from .exo_error import ExoError, describe
from .incoming_command import IncomingCommand
from .reply_stream import Page, ReplyStream

HANDLED_BATCH = 64  # completions told to the broker at once while more are coming


@dataclass
class InboxHooks:
    """What the owner of an Inbox provides."""

    transmit: Callable[[wire.Header, bytes], None]
    next_id: Callable[[], str]
    context: Callable[[IncomingCommand, Any], object]  # the handler's second argument
    handler_failed: Callable[[BaseException, IncomingCommand], None]
    take_reply: Callable[[IncomingCommand, str, Any], bool]  # it was a script's word to the host
    unhandled: Callable[[BaseException], None]  # a page that was not awaited could not be sent
    dropped: Callable[[str], None]  # something was not sent because the bus was lost meanwhile
    frame_limit: Callable[[], int] = lambda: wire.PAYLOAD_LIMIT_BYTES  # bytes that a payload may have


class Inbox:
    """Runs handlers, tells the broker of each command exactly once how it went, and sends the replies.

    A handler completes when its coroutine ends; a plain function with its first reply where a reply is expected,
    else with its return.
    """

    def __init__(self, budget: Budget, hooks: InboxHooks, completed: CompletedCommands | None = None) -> None:
        self._completed = CompletedCommands() if completed is None else completed
        self._running: dict[str, IncomingCommand] = {}  # acknowledged and not completed, by id
        self._budget = budget
        self._hooks = hooks
        self._handlers: dict[str, Callable[..., object]] = {}
        self._connection = 0  # counts the connections seen here
        self._open: set[IncomingCommand] = set()  # not completed, or with a stream that has not ended
        self._streams: dict[str, ReplyStream] = {}  # by the command's id
        self._handled: list[int] = []
        self._flushing = False
        self._idle_waiters: list[asyncio.Future[None]] = []

    def handle(self, handlers: Mapping[str, Callable[..., object]]) -> None:
        self._handlers.update(handlers)

    @property
    def names(self) -> list[str]:
        return list(self._handlers)

    def deliver(self, header: wire.Header, frame: bytes) -> None:
        """Raises `malformed` when the command cannot even be answered."""
        if not header.get("id") or not header.get("sequence"):
            raise ExoError("malformed", "a command came without an id or a sequence")
        incoming = IncomingCommand(header, self._connection)
        if incoming.acknowledged:
            if self._is_repeated(incoming):
                return
            self._running[incoming.id] = incoming
        self._open.add(incoming)
        handler = self._handlers.get(incoming.name)
        if handler is None:
            about = f"program has no handler for '{incoming.name}'" if incoming.name else "command has no name"
            self._fail(incoming, "no-handler", f"this {about}")
            return
        try:
            payload = wire.decode_payload(frame, header.get("contentType"), incoming.name)
            result = handler(payload, self._hooks.context(incoming, payload))
        except Exception as error:
            self._handler_failed(incoming, error)
            return
        if inspect.isawaitable(result):
            self._run(incoming, result)
            return
        incoming.returned = True
        if incoming.expects == "none" or incoming.replied:
            self._complete(incoming)

    def on_window(self, header: wire.Header) -> None:
        stream = self._streams.get(header.get("responseTo", ""))
        if stream is not None:
            stream.allow(header.get("pages", 0))

    def on_cancel(self, id: str) -> None:
        """Nobody wants the answer to this command any more; its handler goes on or stops as it likes."""
        for incoming in [each for each in self._open if each.id == id]:
            incoming.cancel()

    def on_error(self, error: ExoError) -> bool:
        """Whether the error was about a stream of this relay."""
        stream = self._streams.get(error.message_id)
        if stream is None:
            return False
        stream.fail(error)
        return True

    def connection_lost(self, error: ExoError) -> None:
        """What is under way goes on, but nobody is told of it: the broker has settled it when the connection ended."""
        self._connection += 1
        self._handled = []
        for stream in list(self._streams.values()):
            stream.fail(error)

    async def wait_idle(self) -> None:
        """Returns when no handler runs and no stream is open."""
        if self._open:
            waiter = asyncio.get_running_loop().create_future()
            self._idle_waiters.append(waiter)
            await waiter

    def flush(self) -> None:
        """Tells the broker what has completed."""
        self._flushing = False
        if not self._handled:
            return
        sequences, self._handled = self._handled, []
        self._hooks.transmit({"kind": "handled"}, wire.encode_payload({"sequences": sequences}, None, "handled"))

    def reply(self, incoming: IncomingCommand, name: str, payload: Any, content_type: str | None) -> None:
        wire.check_name(name)
        if self._hooks.take_reply(incoming, name, payload):
            self._after_reply(incoming)
            return
        _check_open(incoming, name)
        frame = wire.encode_payload(payload, content_type, name, self._hooks.frame_limit())
        incoming.answered = True
        self._remember(incoming, KeptReply(name, frame, content_type))
        self.transmit_reply(incoming, name, frame, content_type=content_type)
        self._after_reply(incoming)

    def reply_page(
        self, incoming: IncomingCommand, name: str, page: Any, content_type: str | None, *, last: bool
    ) -> Delivery:
        wire.check_name(name)
        if incoming.stream is None:
            _check_open(incoming, name)
        if incoming.expects == "one" and not isinstance(page, (list, tuple)):
            raise TypeError(f"reply '{name}': a page of a streamed reply is a list")
        frame = wire.encode_payload(page, content_type, name, self._hooks.frame_limit())
        if incoming.stream is None:
            incoming.stream = self._open_stream(incoming)
        delivery = incoming.stream.push(name, frame, content_type, last=last)
        incoming.answered = True
        self._after_reply(incoming)
        return delivery

    def reply_error(self, incoming: IncomingCommand, reason: str | BaseException) -> None:
        text = describe(reason) if isinstance(reason, BaseException) else str(reason)
        if incoming.answered:
            raise RuntimeError(f"reply.error '{text}': '{incoming.name}' was answered before")
        incoming.answered = True
        self._fail(incoming, "handler-failed", text)

    def transmit_reply(
        self,
        incoming: IncomingCommand,
        name: str,
        frame: bytes,
        *,
        content_type: str | None = None,
        page: int = 0,
        more: bool = False,
        handled_errors: int | None = None,
    ) -> None:
        """Sends one reply, unless nobody expects it or its asker is on a connection that is gone."""
        if incoming.expects == "none" or incoming.cancelled:
            return
        if incoming.connection != self._connection:
            self._hooks.dropped(f"the reply '{name}' to '{incoming.name}': the bus was lost meanwhile")
            return
        header: wire.Header = {"kind": "reply", "name": name, "id": self._hooks.next_id(), "responseTo": incoming.id}
        if content_type:
            header["contentType"] = content_type
        if page:
            header["page"] = page
        if more:
            header["more"] = True
        if handled_errors is not None:
            header["handledErrors"] = handled_errors
        self._hooks.transmit(header, frame)

    def _run(self, incoming: IncomingCommand, awaitable: Awaitable[object]) -> None:
        incoming.task = asyncio.ensure_future(awaitable)
        incoming.task.add_done_callback(lambda task: self._handler_ended(incoming, task))

    def _handler_ended(self, incoming: IncomingCommand, task: asyncio.Future[object]) -> None:
        incoming.task = None
        if task.cancelled():
            self._handler_failed(incoming, asyncio.CancelledError("the handler was cancelled"))
        elif (error := task.exception()) is not None:
            self._handler_failed(incoming, error)
        else:
            self._complete(incoming)

    def _open_stream(self, incoming: IncomingCommand) -> ReplyStream:
        def send(page: Page) -> None:
            self.transmit_reply(
                incoming,
                page.name,
                page.frame,
                content_type=page.content_type,
                page=page.number,
                more=not page.last,
            )

        def ended() -> None:
            self._streams.pop(incoming.id, None)
            if incoming.completed:
                self._close(incoming)

        def unhandled(error: BaseException) -> None:
            if not (isinstance(error, ExoError) and error.code == "cancelled"):
                self._hooks.unhandled(error)

        stream = ReplyStream(self._budget, send=send, ended=ended, unhandled=unhandled)
        self._streams[incoming.id] = stream
        if incoming.cancelled:
            stream.fail(incoming.cancellation())
        elif incoming.expects == "none" or incoming.header.get("sender") == "exo":
            stream.allow_all()  # exo takes all that comes
        elif incoming.connection != self._connection:
            stream.fail(ExoError("bus-lost", "the bus was lost meanwhile", message_name=incoming.name))
        return stream

    def _after_reply(self, incoming: IncomingCommand) -> None:
        incoming.replied = True
        if incoming.returned:
            self._complete(incoming)

    def _handler_failed(self, incoming: IncomingCommand, error: BaseException) -> None:
        stopped = isinstance(error, asyncio.CancelledError) or (isinstance(error, ExoError) and error.code == "cancelled")
        if not (incoming.cancelled and stopped):
            self._hooks.handler_failed(error, incoming)
        incoming.answered = True
        malformed = isinstance(error, ExoError) and error.code == "malformed"
        self._fail(incoming, "malformed" if malformed else "handler-failed", describe(error))

    def _fail(self, incoming: IncomingCommand, code: str, reason: str) -> None:
        if incoming.completed:
            return
        incoming.completed = True
        self._running.pop(incoming.id, None)
        if incoming.connection == self._connection:
            reason = wire.shortened(reason)
            for sequence in incoming.sequences:
                header: wire.Header = {"kind": "failed", "sequence": sequence, "code": code, "reason": reason}
                self._hooks.transmit(header, wire.EMPTY)
        self._close(incoming)

    def _complete(self, incoming: IncomingCommand) -> None:
        if incoming.completed:
            return
        incoming.completed = True
        self._running.pop(incoming.id, None)
        self._remember(incoming, incoming.reply)
        self._close(incoming)
        if incoming.connection == self._connection:
            self._tell_handled(incoming.sequences)

    def _tell_handled(self, sequences: list[int]) -> None:
        self._handled.extend(sequences)
        if len(self._handled) >= HANDLED_BATCH:
            self.flush()
        elif not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_soon(self.flush)

    def _is_repeated(self, incoming: IncomingCommand) -> bool:
        """Whether this command runs here already, or has completed and was just answered again."""
        running = self._running.get(incoming.id)
        if running is not None:
            running.comes_again(incoming)
            self._reply_again(running, running.reply)
            return True
        if incoming.id not in self._completed:
            return False
        self._reply_again(incoming, self._completed.reply_to(incoming.id))
        self._tell_handled(incoming.sequences)
        return True

    def _reply_again(self, incoming: IncomingCommand, reply: KeptReply | None) -> None:
        if reply is not None:
            self.transmit_reply(incoming, reply.name, reply.frame, content_type=reply.content_type)

    # A reply in pages is not kept, so its command is not either.
    def _remember(self, incoming: IncomingCommand, reply: KeptReply | None) -> None:
        if not incoming.acknowledged or incoming.stream is not None:
            return
        incoming.reply = reply
        if incoming.completed:
            self._completed.add(incoming.id, reply)

    def _close(self, incoming: IncomingCommand) -> None:
        if incoming.id in self._streams:
            return
        self._open.discard(incoming)
        if self._open:
            return
        for waiter in self._idle_waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._idle_waiters = []


def _check_open(incoming: IncomingCommand, name: str) -> None:
    if incoming.answered:
        raise RuntimeError(f"reply '{name}': '{incoming.name}' was answered before")
