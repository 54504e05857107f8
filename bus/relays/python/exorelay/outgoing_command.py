"""One command from its making until nothing more is to come of it."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import wire

if TYPE_CHECKING:
    from .answer import Answer
    from .delivery import Delivery
    from .outbox import Role

# What a command takes of the process's memory beside its payload, as measured; and what besides where somebody waits
# for its answer. The budget counts it, so that its limit is one of memory.
RECORD_BYTES = 730
ANSWER_BYTES = 2_500  # the task that awaits it among them


@dataclass(frozen=True)
class SendOptions:
    """What a sender may say beside name and payload."""

    version: str | None = None
    timeout: float | None = None
    content_type: str | None = None
    activity_id: str | None = None


NO_OPTIONS = SendOptions()


@dataclass(slots=True)
class CommandSpec:
    """What is to be sent. `answer` makes what takes the replies; without it none is expected."""

    name: str
    frame: bytes
    options: SendOptions
    timeout: float  # seconds; math.inf when there is none
    activity_id: str | None
    caused_by: str | None  # the id of the command in whose handler this is sent
    expects: str = "none"
    answer: Callable[[str], Answer] | None = None
    delivery: Delivery | None = None  # None for requests, whose answer tells all
    own: str | None = None  # "done", "failed", "progress", "checkpoint", "follow", "exo": a script's word to the host
    handled_errors: int | None = None
    ordinal: int = 0  # among what a script asked for; 0: the ScriptAttempt gives it


class OutgoingCommand:
    """A plain record: Outbox, Commands and ScriptAttempt change it."""

    __slots__ = (
        "number", "id", "name", "spec", "frame", "size", "deadline", "own", "ordinal", "counts", "answer",
        "answered", "begun", "cancelled", "counted", "delivery", "redelivered", "roles", "held", "sent", "accepted",
        "delivered", "settled", "timer",
    )  # fmt: skip

    def __init__(self, spec: CommandSpec, number: int, id: str, deadline: float) -> None:
        self.number = number
        self.id = id
        self.name = spec.name
        self.spec = spec
        self.frame: bytes = spec.frame
        self.size = len(spec.frame) + RECORD_BYTES + (0 if spec.answer is None else ANSWER_BYTES)
        self.deadline = deadline  # of time.monotonic(); math.inf when there is none
        self.own = spec.own
        self.ordinal = spec.ordinal
        self.counts = False  # a script's `…-done` waits for it
        self.answer: Answer | None = None if spec.answer is None else spec.answer(id)
        self.answered = self.answer is None  # the last reply came, or none is expected
        self.delivery = spec.delivery
        self.roles: Sequence[Role] = ()  # that receive it, while it is in the outbox
        self.held = False  # it counts in the budget, and may have to be sent (again)
        self.counted = False  # among what the broker has not accepted
        self.begun = False  # a part of its reply has come
        self.redelivered = False  # a broker that is lost had taken it over
        self.cancelled = False  # by the application, or by its deadline
        self.sent = False  # it is on this connection's wire
        self.accepted = False  # the broker has taken it over
        self.delivered = False  # nothing is left but the answer
        self.settled = False  # nothing more is to come
        self.timer: asyncio.TimerHandle | None = None

    def header(self) -> wire.Header:
        spec = self.spec
        header: wire.Header = {"kind": "command", "name": self.name, "id": self.id}
        if spec.activity_id:
            header["activityId"] = spec.activity_id
        if spec.options.version:
            header["version"] = spec.options.version
        if spec.options.content_type:
            header["contentType"] = spec.options.content_type
        if self.deadline != math.inf:
            header["timeoutMs"] = max(1, math.ceil((self.deadline - time.monotonic()) * 1000))
        if spec.expects != "none":
            header["expects"] = spec.expects
        if spec.caused_by:
            header["causedBy"] = spec.caused_by
        if spec.handled_errors is not None:
            header["handledErrors"] = spec.handled_errors
        if self.redelivered:
            header["redelivered"] = True
        return header
