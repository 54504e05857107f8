"""The commands that this relay has sent and of which something is still to come."""

from __future__ import annotations

import asyncio
import math
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakSet

from . import wire
from .answer import Answer, Reply
from .budget import Budget
from .delivery import Delivery
from .exo_error import ExoError
from .outbox import Outbox, Waiting
from .outgoing_command import CommandSpec, OutgoingCommand

LATE_LIMIT = 10_000  # ids; they only keep the log free of news that is none

# So many turns of the event loop lie between the moment when an awaited answer fails and the moment when a handler
# that lets the error through has failed: a task, a gather or task group around it, the handler's own task.
TURNS_TO_TAKE_AN_ERROR = 8


@dataclass
class CommandHooks:
    """What the owner of Commands provides."""

    transmit: Callable[[wire.Header, bytes], None]
    unhandled: Callable[[BaseException], None]

    # What only a deployment script looks at, whose commands are acknowledged.
    acknowledged: bool = False
    added: Callable[[OutgoingCommand], None] = lambda command: None  # it will be settled
    settled: Callable[[OutgoingCommand], None] = lambda command: None  # delivered, or its error was taken
    error_taken: Callable[[], None] = lambda: None  # by the application
    finishing: Callable[[], bool] = lambda: False  # it has said its last word and will await nothing more


class Commands:
    """Their acceptance, their delivery (where it is acknowledged), their answer or their error."""

    def __init__(self, budget: Budget, hooks: CommandHooks) -> None:
        self._hooks = hooks
        self._budget = budget
        self._outbox = Outbox(
            budget,
            transmit=lambda command: hooks.transmit(command.header(), command.frame),
            accepted=self._on_accepted,
            expired=self._on_expired,
        )
        self._pending: dict[str, OutgoingCommand] = {}
        self._late: OrderedDict[str, None] = OrderedDict()  # expired here; the broker may still speak of them
        self._unclaimed: WeakSet[Delivery] = WeakSet()  # failed, and not awaited yet
        self._id_prefix = secrets.token_urlsafe(8)
        self._number = 0

    @property
    def unaccepted(self) -> int:
        """How many the broker has not taken over."""
        return self._outbox.size

    def room(self) -> asyncio.Future[None] | None:
        """Done when there may be room for a command that was refused with `overloaded`; None when there never is."""
        return self._budget.released()

    def next_id(self) -> str:
        self._number += 1
        return f"{self._id_prefix}-{self._number:x}"

    def submit(self, spec: CommandSpec) -> OutgoingCommand:
        """Raises `overloaded`, and then nothing was sent."""
        id = self.next_id()
        deadline = math.inf if spec.timeout == math.inf else time.monotonic() + spec.timeout
        command = OutgoingCommand(spec, self._number, id, deadline)
        self._pending[id] = command
        self._hooks.added(command)
        try:
            self._outbox.add(command)
        except ExoError:
            self._finish(command)
            self._hooks.settled(command)
            raise
        if command.answer is not None and deadline != math.inf and not command.settled:
            command.timer = asyncio.get_running_loop().call_later(spec.timeout, self._expire, command)
        return command

    def cancel(self, command: OutgoingCommand) -> None:
        """The application does not want it any more: it fails here, and the bus hears of it where it has it."""
        if not command.settled:
            self._tell_cancel(command)
            self.fail(command, _about(command, "cancelled", "it was cancelled here"))

    def abandon(self, id: str) -> None:
        """The application has left the replies to this command: nothing more of it is of interest."""
        command = self._pending.get(id)
        if command is not None:
            self._tell_cancel(command)
            self._finish(command)
            self._outbox.forget(command)
            self._hooks.settled(command)

    def on_routes(self, names: Mapping[str, Sequence[str]], acknowledged: Iterable[str]) -> None:
        self._outbox.set_routes(names, acknowledged)

    def on_credit(
        self, accepted: int, grants: Mapping[str, int], settled: Sequence[Sequence[int]] | None
    ) -> None:
        self._outbox.set_credit(accepted, grants, settled)

    def on_delivered(self, ids: Iterable[str]) -> None:
        for id in ids:
            command = self._pending.get(id)
            if command is not None:
                command.accepted = True
                self._on_delivered(command)

    def on_reply(self, header: wire.Header, frame: bytes) -> None:
        """Replies to commands that are unknown here are late: their command has expired or failed."""
        command = self._pending.get(header.get("responseTo", ""))
        if command is None or command.answered or command.answer is None:
            return
        command.accepted = True
        more = header.get("more") is True
        command.begun = more
        try:
            payload = wire.decode_payload(frame, header.get("contentType"), header.get("name", ""))
            command.answer.take(_reply_of(header, payload), header.get("page", 0), more)
        except ExoError as error:
            self._tell_cancel(command)
            self.fail(command, error)
            return
        if more:
            return
        command.answered = True
        if not self._hooks.acknowledged:
            self._outbox.forget(command)
        if not self._hooks.acknowledged or command.own is not None:
            self._on_delivered(command)
        else:
            self._finish_if_done(command)

    def on_error(self, header: wire.Header) -> bool:
        """Whether the error was about a command of this relay."""
        command = self._pending.get(header.get("responseTo", ""))
        if command is None:
            return False
        self.fail(command, error_of(header))
        return True

    def is_ours(self, id: str) -> bool:
        """Whether this relay has made the id; an error without one is about us."""
        return not id or id.startswith(f"{self._id_prefix}-")

    def is_late(self, id: str) -> bool:
        """Whether the command was given up here before the broker said something of it; true once. The broker counts
        such an error of a script's as one that has to be handled, and giving the command up has done that.
        """
        late = self._late.pop(id, self) is None
        if late:
            self._hooks.error_taken()
        return late

    def connection_lost(self, error: ExoError) -> None:
        """What the broker may have lost fails; what it had not accepted, or what is safe to be sent twice, waits for the
        next connection.
        """
        for command in self._outbox.connection_lost(self._hooks.acknowledged):
            if command.settled:
                self._hooks.unhandled(_about(command, error.code, error.reason))
        for command in list(self._pending.values()):
            if not command.held:
                self.fail(command, _about(command, error.code, error.reason))

    def fail_all(self, code: str, reason: str) -> None:
        for command in list(self._pending.values()):
            self.fail(command, _about(command, code, reason))

    def expire(self, now: float) -> None:
        self._outbox.expire(now)

    def abandon_deliveries(self) -> None:
        """Errors that were not awaited until now will not be."""
        for delivery in list(self._unclaimed):
            delivery.abandon()

    def fail(self, command: OutgoingCommand, error: ExoError) -> None:
        if command.settled:
            return
        delivery, answer, answered = command.delivery, command.answer, command.answered
        self._finish(command)
        self._outbox.forget(command)
        if command.cancelled:
            self._fail_given_up(command, delivery, None if answered else answer, error)
        elif answer is not None and not answered:
            answer.fail(error)
            self._taken_later(command)
        elif delivery is not None:
            delivery.fail(error, lambda: self._taken_later(command), self._hooks.unhandled)
            self._unclaimed.add(delivery)
            if self._hooks.finishing():
                delivery.abandon()
        else:
            self._hooks.unhandled(error)

    # The broker counts no error of it, so none is to be handled; and who cancels knows of it without looking.
    def _fail_given_up(
        self, command: OutgoingCommand, delivery: Delivery | None, answer: Answer | None, error: ExoError
    ) -> None:
        if answer is not None:
            answer.fail(error)
        elif delivery is not None:
            delivery.fail(error, lambda: None, self._hooks.unhandled)
        asyncio.get_running_loop().call_soon(self._hooks.settled, command)

    def _tell_cancel(self, command: OutgoingCommand) -> None:
        command.cancelled = True
        if not command.sent:
            return
        if len(self._late) >= LATE_LIMIT:
            self._late.popitem(last=False)
        self._late[command.id] = None
        self._hooks.transmit({"kind": "cancel", "responseTo": command.id}, wire.EMPTY)

    # It waited past its deadline. One that was accepted once, and was to be sent again, has nobody left who waits.
    def _on_expired(self, command: OutgoingCommand) -> None:
        if command.settled:
            self._hooks.unhandled(_expired(command))
        else:
            self.fail(command, _expired(command))

    # An application that lets the error through fails in one of the next turns; `settled` must not come before.
    def _taken_later(self, command: OutgoingCommand, turns: int = TURNS_TO_TAKE_AN_ERROR) -> None:
        if turns > 0:
            asyncio.get_running_loop().call_soon(self._taken_later, command, turns - 1)
            return
        self._hooks.error_taken()
        self._hooks.settled(command)

    def _on_accepted(self, command: OutgoingCommand) -> None:
        command.accepted = True
        if not command.settled and (not self._hooks.acknowledged or command.own is not None):
            self._on_delivered(command)

    def _on_delivered(self, command: OutgoingCommand) -> None:
        if not command.delivered:
            command.delivered = True
            if self._hooks.acknowledged:
                self._outbox.forget(command)
            if command.delivery is not None:
                command.delivery.succeed()
            self._hooks.settled(command)
        self._finish_if_done(command)

    def _finish_if_done(self, command: OutgoingCommand) -> None:
        if command.delivered and command.answered:
            self._finish(command)

    def _finish(self, command: OutgoingCommand) -> None:
        command.settled = True
        command.delivery = None  # an error that nobody awaits shows when the program's own reference is gone
        command.spec.delivery = None
        if command.timer is not None:
            command.timer.cancel()
        self._pending.pop(command.id, None)

    def _expire(self, command: OutgoingCommand) -> None:
        self._tell_cancel(command)
        self.fail(command, _expired(command))


def error_of(header: wire.Header) -> ExoError:
    return ExoError(
        header.get("code", "malformed"),
        header.get("reason", "the bus gave no reason"),
        message_name=header.get("name", ""),
        message_id=header.get("responseTo", ""),
    )


def _reply_of(header: wire.Header, payload: object) -> Reply:
    return Reply(
        name=header.get("name", ""),
        payload=payload,
        sender=header.get("sender", ""),
        version=header.get("senderVersion"),
        timestamp=wire.timestamp_of(header),
    )


def _about(command: Waiting, code: str, reason: str) -> ExoError:
    return ExoError(code, reason, message_name=command.name, message_id=command.id)


def _expired(command: OutgoingCommand) -> ExoError:
    return _about(command, "expired", "no answer came in time" if command.sent else "it waited past its deadline")
