"""One program's attachment to an exo bus."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import completed_commands, control, wire
from .budget import BYTE_LIMIT, MESSAGE_LIMIT, Budget
from .closing import Closing, until
from .commands import CommandHooks, Commands, error_of
from .completed_commands import CompletedCommands
from .connection import SILENCE_SECONDS, Connection, ConnectionEvents
from .curve_file import CurveKeys
from .environment import CLOSE_TIMEOUT_SECONDS, read_environment
from .error_log import ErrorLog
from .exo_error import ExoError, describe
from .handler_context import HandlerContext, ScriptContext
from .handlers import AnyHandler, handlers_of
from .inbox import Inbox, InboxHooks
from .incoming_command import IncomingCommand
from .operator_identity import operator_identity
from .script_attempt import ScriptAttempt
from .sending import Sending
from .speaker import Speaker

CONNECT_TIMEOUT_SECONDS = 30.0
GOODBYE_PART = 1 / 8  # of the close timeout, on top of it
EXPIRY_INTERVAL_SECONDS = 1.0

EVENTS = ("connected", "lost", "refused", "error", "closed")
SIGNALS = (signal.SIGTERM, signal.SIGINT)

logger = logging.getLogger("exorelay")


@dataclass(frozen=True)
class ExoRelayOptions:
    """Who a program is, and where the bus is."""

    role: str
    instance: str
    token: str = field(repr=False)
    endpoint: str  # such as ipc:///run/user/0/exo-ab12/bus
    version: str = ""  # of this program; empty for people
    curve: CurveKeys | None = None  # what a bus over TCP wants; from the file that EXO_CURVE_FILE names
    window: int = 256  # how many commands are handled at a time, 1 to 4096
    max_messages: int = MESSAGE_LIMIT  # that may wait for the bus
    max_bytes: int = BYTE_LIMIT
    # The completed commands of at-least-once that are remembered with their replies, so that none runs twice.
    remembered_commands: int = completed_commands.COMMAND_LIMIT
    remembered_bytes: int = completed_commands.BYTE_LIMIT
    connect_timeout: float = CONNECT_TIMEOUT_SECONDS  # for a bus that does not answer
    silence: float = SILENCE_SECONDS  # the shortest silence after which the bus counts as lost
    signals: bool = False  # SIGTERM and SIGINT close the relay
    close_timeout: float = CLOSE_TIMEOUT_SECONDS  # for what is under way when the relay is closed

    def __post_init__(self) -> None:
        for name in ("role", "instance", "token", "endpoint"):
            value = getattr(self, name)
            if name == "token" and value == "" and self.curve is not None:
                continue  # a key that is listed for a person proves who comes
            if not isinstance(value, str) or not value:
                raise ValueError(f"ExoRelayOptions: '{name}' is missing")
        if isinstance(self.window, bool) or not isinstance(self.window, int) or not 1 <= self.window <= 4096:
            raise ValueError(f"ExoRelayOptions: 'window' is a whole number from 1 to 4096, not {self.window!r}")


class ExoRelay(Speaker):
    """Belongs to one event loop. It connects itself again when the bus is lost; what the bus had not taken is sent
    again, and what it had taken and was still to be answered fails with `bus-lost`.

    An error that nobody handles (of a send that is not awaited) goes to the listeners of "error", else to the log
    `exorelay`; it never ends a service. In a deployment script it fails the attempt.

    How it is made:

        Connection      socket, registration, liveness, reconnecting
        Commands        what we sent: credit (Outbox), acceptance, answers, errors
        Inbox           what was sent to us: handlers, completions, replies and their streams
        ScriptAttempt   only for deployment scripts: done means done, and failures are told

    This class wires them, and leads the relay by `connect` to `close`.
    """

    __slots__ = (
        "attempt", "options", "_budget", "_closing", "_close_task", "_commands", "_connecting", "_connection", "_ended",
        "_error_log", "_expiry_timer", "_frame_limit", "_inbox", "_listeners", "_refusal",
    )  # fmt: skip

    def __init__(self, options: ExoRelayOptions, handlers: object = None) -> None:
        """`handlers` is a mapping from names to functions, or a module or object with functions marked by `handle`."""
        self.options = options
        self._listeners: dict[str, list[Callable[..., object]]] = {event: [] for event in EVENTS}
        self._error_log = ErrorLog(logger)
        self.attempt = self._make_attempt() if ScriptAttempt.is_script(options.role) else None
        budget = Budget(options.max_messages, options.max_bytes)
        self._commands = Commands(budget, self._command_hooks())
        completed = CompletedCommands(options.remembered_commands, options.remembered_bytes)
        self._inbox = Inbox(budget, self._inbox_hooks(), completed)
        self._inbox.handle(handlers_of({} if handlers is None else handlers))
        self._connection = Connection(
            endpoint=options.endpoint,
            curve=options.curve,
            registration=self._registration,
            events=self._connection_events(),
            silence=options.silence,
        )
        self._closing = Closing()
        self._close_task: asyncio.Task[None] | None = None
        self._connecting: asyncio.Future[None] | None = None
        self._ended: asyncio.Future[None] | None = None
        self._expiry_timer: asyncio.TimerHandle | None = None
        self._refusal: ExoError | None = None
        self._frame_limit = wire.PAYLOAD_LIMIT_BYTES
        super().__init__(
            Sending(
                self._commands,
                self.attempt,
                window=self._send_window,
                unhandled=self._unhandled,
                frame_limit=lambda: self._frame_limit,
            ),
            None,
        )

    @classmethod
    def from_environment(
        cls,
        handlers: object = None,
        *,
        window: int = 256,
        signals: bool = True,
        environment: Mapping[str, str] | None = None,
    ) -> ExoRelay:
        """For a program that exo has started: everything but the handlers comes from its environment."""
        identity = read_environment(environment)
        options = ExoRelayOptions(**vars(identity), window=window, signals=signals)
        return cls(options, handlers)

    @classmethod
    def as_operator(cls, *, bus: str, key_file: str, handlers: object = None, window: int = 256) -> ExoRelay:
        """For a program that exo does not start: it joins as a person does, like the command line, and may send
        whatever some service receives. `bus` is `tcp://…`, or what `.exo/<environment>/bus` says; `key_file` is, over TCP, a file
        that `exo key new` has made, else the environment's own `.exo/<environment>/key`.
        """
        options = ExoRelayOptions(**vars(operator_identity(bus, key_file)), window=window)
        return cls(options, handlers)

    @property
    def role(self) -> str:
        return self.options.role

    @property
    def connected(self) -> bool:
        return self._connection.registered

    @property
    def frame_limit(self) -> int:
        """How many bytes a payload may have, as it is encoded; more goes in pages or in parts."""
        return self._frame_limit

    def handle(self, name: str) -> Callable[[AnyHandler], AnyHandler]:
        """Adds the decorated function as handler for the command `name`; only before connect()."""

        def add(function: AnyHandler) -> AnyHandler:
            if self._connecting is not None:
                raise RuntimeError(f"handle '{name}': handlers are given before connect()")
            self._inbox.handle(handlers_of({name: function}))
            return function

        return add

    def on(self, event: str, listener: Callable[..., object]) -> None:
        """Calls `listener` at "connected" (with the connection's number and the environment), "lost", "refused" and
        "error" (with the error), and "closed".
        """
        if event not in EVENTS:
            raise ValueError(f"there is no event '{event}', but {', '.join(EVENTS)}")
        self._listeners[event].append(listener)

    async def connect(self) -> None:
        """Joins the bus. Returns when the bus has admitted the program; raises an ExoError when it refuses, or is not
        there within 30 s. What was sent before goes then.
        """
        if self._sending.closed:
            raise _closed()
        if self._connecting is None:
            loop = asyncio.get_running_loop()
            self._connecting = loop.create_future()
            self._ended = loop.create_future()
            try:
                self._connection.open()
            except ExoError as error:
                self._end(error.code, error.reason)
                raise
            self._expire()
            if self.options.signals:
                for each in SIGNALS:
                    loop.add_signal_handler(each, self._close_soon)
        try:
            await asyncio.wait_for(asyncio.shield(self._connecting), self.options.connect_timeout)
        except asyncio.TimeoutError:
            trouble = self._connection.handshake_trouble
            silence = f"the bus did not answer within {self.options.connect_timeout:g} s; is exo running?"
            self._end("bus-lost", trouble or silence)
            raise ExoError("bus-lost", trouble or silence) from None

    async def run(self) -> None:
        """Connects, and serves until the relay is closed: by a signal, or by `close`. Raises the ExoError of a bus that
        does not want this program (any more).
        """
        await self.connect()
        assert self._ended is not None  # connect has made it
        await asyncio.shield(self._ended)
        if self._close_task is not None:
            await self._close_task
        if self._refusal is not None:
            raise self._refusal

    async def close(self, timeout: float | None = None) -> None:
        """Leaves the bus: takes no more commands, lets the handlers finish, sends what waits, says goodbye. What is not
        finished after `timeout` seconds (the option `close_timeout` by default) fails with `closed`. Idempotent.
        """
        if self._close_task is None:
            self._close_soon(timeout)
            assert self._close_task is not None
        await asyncio.shield(self._close_task)

    async def __aenter__(self) -> ExoRelay:
        await self.connect()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    def _make_attempt(self) -> ScriptAttempt:
        def say_final(start: IncomingCommand, name: str, payload: Any, handled_errors: int) -> None:
            frame = wire.encode_payload(payload, None, name)
            self._inbox.transmit_reply(start, name, frame, handled_errors=handled_errors)

        return ScriptAttempt(self.options.role, say_final, lambda: self._commands.abandon_deliveries())

    def _registration(self) -> dict[str, Any]:
        from . import __version__

        options = self.options
        return {
            "protocols": [wire.PROTOCOL_VERSION],
            "role": options.role,
            "version": options.version,
            "instance": options.instance,
            "token": options.token,
            "handles": self._inbox.names,
            "window": options.window,
            "relay": f"exorelay-python {__version__}",
            "packs": True,
            **self._sending.locks.restated(),
        }

    def _command_hooks(self) -> CommandHooks:
        hooks = CommandHooks(
            transmit=lambda header, frame: self._connection.send(header, frame), unhandled=self._unhandled
        )
        if self.attempt is not None:
            attempt = self.attempt
            hooks.acknowledged = True
            hooks.added = attempt.added
            hooks.settled = attempt.settled
            hooks.error_taken = attempt.error_taken
            hooks.finishing = lambda: attempt.finishing
        return hooks

    def _inbox_hooks(self) -> InboxHooks:
        return InboxHooks(
            transmit=lambda header, frame: self._connection.send(header, frame),
            next_id=self._commands.next_id,
            context=self._context,
            handler_failed=self._handler_failed,
            take_reply=self._take_reply,
            unhandled=self._unhandled,
            dropped=lambda text: logger.warning("dropped %s", text),
            frame_limit=lambda: self._frame_limit,
        )

    def _connection_events(self) -> ConnectionEvents:
        return ConnectionEvents(
            registered=self._on_registered,
            message=self._on_message,
            lost=self._on_lost,
            refused=self._on_refused,
            fault=self._unhandled,
        )

    def _context(self, incoming: IncomingCommand, payload: Any) -> HandlerContext:
        if self.attempt is None:
            return HandlerContext(self._sending, self._inbox, incoming)
        self.attempt.begin(incoming, payload)
        return ScriptContext(self._sending, self._inbox, incoming, self.attempt)

    # A script's replies to its start command wait as they must; its progress and checkpoints go as commands, which
    # are acknowledged and leave the answer open.
    def _take_reply(self, incoming: IncomingCommand, name: str, payload: Any) -> bool:
        word = None if self.attempt is None else self.attempt.word_of(name)
        if self.attempt is None or word is None:
            return False
        if word in ("done", "failed"):
            self.attempt.say(word, name, payload)
        else:
            self.send(name, payload, activity_id=incoming.activity_id)
        return True

    def _send_window(self, id: str, pages: int) -> None:
        self._connection.send({"kind": "window", "responseTo": id, "pages": pages})

    def _on_registered(self, reply: dict[str, Any]) -> None:
        limit = reply.get("frameLimit")
        if type(limit) is int and limit > 0:
            self._frame_limit = limit
        if self._connecting is not None and not self._connecting.done():
            self._connecting.set_result(None)
        if reply.get("locks") is not True:
            self._sending.locks.lose_all("this exo is too old to keep it for this program")
        self._emit("connected", reply.get("connection"), reply.get("environment"))

    def _on_message(self, header: wire.Header, payload: bytes) -> None:
        kind = header["kind"]
        if kind == "command":
            self._inbox.deliver(header, payload)
        elif kind == "reply":
            self._commands.on_reply(header, payload)
        elif kind == "error":
            self._on_error(header)
        elif kind == "credit":
            self._commands.on_credit(*control.read_credit(payload))
            if self._commands.unaccepted == 0:
                self._closing.heard("accepted")
        elif kind == "delivered":
            self._commands.on_delivered(control.read_ids(payload))
        elif kind == "routes":
            self._commands.on_routes(*control.read_routes(payload))
        elif kind == "window":
            self._inbox.on_window(header)
        elif kind == "cancel":
            self._inbox.on_cancel(header.get("responseTo", ""))
        elif kind in ("draining", "goodbye"):
            self._closing.heard(kind)
        # Other kinds are of a later protocol, and this one may ignore them.

    # An error about a command that is finished here is one that its sender did not wait for.
    def _on_error(self, header: wire.Header) -> None:
        error = error_of(header)
        if error.code == "lock-lost":
            self._sending.locks.lose(error.message_id, error.reason)
            return
        if self._commands.on_error(header) or self._inbox.on_error(error):
            return
        # Each page that was on its way when its asker had gone comes back, and the first has ended the stream.
        if error.code == "receiver-lost" and not self._commands.is_ours(error.message_id):
            return
        if not self._commands.is_late(error.message_id):
            self._unhandled(error)

    def _on_lost(self, error: ExoError) -> None:
        self._inbox.connection_lost(error)
        self._commands.connection_lost(error)
        self._emit("lost", error)
        self._closing.heard_all()

    def _on_refused(self, error: ExoError) -> None:
        self._refusal = error
        if self._connecting is not None and not self._connecting.done():
            self._connecting.set_exception(error)
        else:
            logger.error("the bus refused this program: %s", error)
        self._emit("refused", error)
        self._end("closed", error.reason)

    # Something failed and the application was not there to take it: a script's attempt has failed then; a service
    # goes on.
    def _unhandled(self, error: BaseException) -> None:
        if self.attempt is not None:
            self._fail_attempt(error)
        elif not self._emit("error", error):
            self._error_log.add(error)

    def _handler_failed(self, error: BaseException, incoming: IncomingCommand) -> None:
        if self.attempt is None:
            logger.error("the handler for '%s' failed: %s", incoming.name, describe(error), exc_info=error)
        elif not self.attempt.failed:
            self._fail_attempt(error)

    def _fail_attempt(self, error: BaseException) -> None:
        assert self.attempt is not None  # only a script has one
        if not self._emit("error", error):
            logger.error("%s", describe(error), exc_info=error)
            self.attempt.fail(describe(error))

    def _emit(self, event: str, *about: object) -> bool:
        """Whether somebody listens."""
        for listener in self._listeners[event]:
            listener(*about)
        return bool(self._listeners[event])

    def _expire(self) -> None:
        self._commands.expire(time.monotonic())
        self._expiry_timer = asyncio.get_running_loop().call_later(EXPIRY_INTERVAL_SECONDS, self._expire)

    def _close_soon(self, timeout: float | None = None) -> None:
        if self._close_task is None:
            seconds = self.options.close_timeout if timeout is None else timeout
            self._close_task = asyncio.get_running_loop().create_task(self._close(seconds))

    async def _close(self, timeout: float) -> None:
        if not self._connection.registered:
            self._end("closed", "the relay was closed before the bus took it")
            return
        closing, commands = self._closing, self._commands
        deadline = time.monotonic() + timeout
        draining = closing.word("draining")
        self._connection.send({"kind": "drain"})
        await until(draining, deadline)
        await until(self._inbox.wait_idle(), deadline)
        self._inbox.flush()
        if commands.unaccepted > 0:
            await until(closing.word("accepted"), deadline)
        self._inbox.flush()
        self._sending.closed = True
        if self._connection.registered:
            goodbye = closing.word("goodbye")
            self._connection.send({"kind": "goodbye"})
            await until(goodbye, time.monotonic() + self.options.close_timeout * GOODBYE_PART)
        self._end("closed", "the relay was closed before this was answered")

    def _end(self, code: str, reason: str) -> None:
        self._sending.closed = True
        self._sending.locks.end()
        if self._expiry_timer is not None:
            self._expiry_timer.cancel()
        if self.options.signals and self._connecting is not None:
            for each in SIGNALS:
                asyncio.get_running_loop().remove_signal_handler(each)
        self._connection.close()
        self._commands.fail_all(code, reason)
        if self._connecting is not None and not self._connecting.done():
            self._connecting.set_exception(_closed())
            self._connecting.exception()  # connect() may have given up, and nobody else need look at it
        asyncio.get_running_loop().call_soon(self._error_log.flush)
        self._emit("closed")
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(None)


def _closed() -> ExoError:
    return ExoError("closed", "the relay is closed")
