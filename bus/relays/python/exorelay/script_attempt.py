"""One attempt at a phase of a deployment script, as its relay sees it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import wire
from .incoming_command import IncomingCommand
from .outgoing_command import OutgoingCommand

PHASES = ("offline", "online", "undo", "verify")  # what a script may be started for

# Answers the start command with a name, a payload and the number of errors handled so far.
SayFinal = Callable[[IncomingCommand, str, Any, int], None]


@dataclass
class _Barrier:
    ordinal: int
    remaining: int
    go: Callable[[], None]


class ScriptAttempt:
    """What the script says to the host waits until everything that it asked for before is settled, and an error that
    nobody handled is told to the host as `…-failed`, once. After a `…-done` or `…-failed` has gone, nothing else is
    said.

    States: waiting for the start command → running → finishing (done is given, but waits) → finished. A failure
    leads from any but the last to finished; before the start command it waits for it, since the host listens to an
    answer only.
    """

    def __init__(self, role: str, say_final: SayFinal, on_finishing: Callable[[], None]) -> None:
        self._role = role
        self._word = re.compile(rf"{re.escape(role)}-(?:offline|online|undo|verify)-(done|failed|progress|checkpoint|follow)")
        self._say_final = say_final
        self._on_finishing = on_finishing
        self._start: IncomingCommand | None = None
        self._phase = ""
        self._places: dict[str, Any] = {}  # of each `each`: where it is
        self._failure: str | None = None  # a failure that waits for the start command, or was told
        self._ordinal = 0  # of the last thing that the script asked for
        self._unsettled = 0
        self._barriers: deque[_Barrier] = deque()  # oldest first
        self._failure_listeners: list[Callable[[], None]] = []
        self.handled_errors = 0
        self.finishing = False
        self.finished = False

    @staticmethod
    def is_script(role: str) -> bool:
        return role.startswith("deployment-")

    @property
    def start(self) -> IncomingCommand | None:
        """The command that started it."""
        return self._start

    @property
    def failed(self) -> bool:
        return self._failure is not None

    @property
    def start_names(self) -> list[str]:
        return [f"{self._role}-{phase}-start" for phase in PHASES]

    def word_of(self, name: str) -> str | None:
        """"done", "failed", "progress", "checkpoint" or "follow" when the name is this script's word to the host."""
        match = self._word.fullmatch(name)
        return None if match is None else match[1]

    def name_of(self, word: str) -> str:
        return f"{self._role}-{self._phase}-{word}"

    def begin(self, incoming: IncomingCommand, payload: Any = None) -> None:
        """The handler of this command is about to run. Raises when the attempt has failed already."""
        if self._start is not None or incoming.name not in self.start_names:
            return
        self._start = incoming
        checkpoint = payload.get("checkpoint") if isinstance(payload, dict) else None
        places = checkpoint.get("each") if isinstance(checkpoint, dict) else None
        if isinstance(places, dict):
            self._places = dict(places)
        self._phase = incoming.name[len(self._role) + 1 : -len("-start")]
        if self._failure is not None:
            self._say_failed(self._failure)
            raise RuntimeError(self._failure)

    def place_of(self, name: str) -> Any:
        """Where the `each` of this name is; None before it has saved anything."""
        return self._places.get(name)

    def checkpoint_with(self, name: str, place: Any) -> dict[str, Any]:
        """The checkpoint that says so of all."""
        self._places[name] = place
        return {"each": dict(self._places)}

    def added(self, command: OutgoingCommand) -> None:
        if command.own == "progress":
            return
        command.counts = True
        if command.ordinal == 0:
            command.ordinal = self.reserve()

    def reserve(self) -> int:
        """Counts something as unsettled that becomes a command with this ordinal later."""
        self._unsettled += 1
        self._ordinal += 1
        return self._ordinal

    def settled(self, command: OutgoingCommand) -> None:
        if not command.counts:
            return
        command.counts = False
        self._unsettled -= 1
        for barrier in self._barriers:
            if command.ordinal < barrier.ordinal:
                barrier.remaining -= 1
        while self._barriers and self._barriers[0].remaining == 0:
            self._barriers.popleft().go()

    def error_taken(self) -> None:
        self.handled_errors += 1

    def when_settled(self, go: Callable[[], None], reserved: int = 0) -> None:
        """Calls `go` when everything asked for before is settled, unless the attempt fails first. With an ordinal:
        everything before that one, which must be the last.
        """
        remaining = self._unsettled - 1 if reserved else self._unsettled
        if not reserved:
            self._ordinal += 1
        if remaining == 0:
            go()
        else:
            self._barriers.append(_Barrier(reserved or self._ordinal, remaining, go))

    def say(self, word: str, name: str, payload: Any) -> None:
        """The script has said `…-done` or `…-failed` with this name and payload, as an answer."""
        if self.finished:
            return
        if word == "failed":
            self._finish(name, payload)
            return
        self.begin_finishing()
        self.when_settled(lambda: self._finish(name, payload))

    def begin_finishing(self) -> None:
        """The script has said `…-done`: errors that it has not awaited by now are unhandled."""
        self.finishing = True
        self._on_finishing()

    def said_by_command(self) -> None:
        """The script has sent its last word as a command of its own."""
        self.finished = True

    def on_failed(self, listener: Callable[[], None]) -> None:
        """Calls `listener()` when the attempt has failed and that has been told."""
        self._failure_listeners.append(listener)

    def fail(self, reason: str) -> None:
        """Something went wrong that the script did not handle. `reason` is for people."""
        if self.finished or self._failure is not None:
            return
        self._barriers.clear()
        self._failure = reason
        if self._start is not None:
            self._say_failed(reason)

    def _say_failed(self, reason: str) -> None:
        self._finish(self.name_of("failed"), {"reason": wire.shortened(reason)})
        for listener in self._failure_listeners:
            listener()

    def _finish(self, name: str, payload: Any) -> None:
        if self.finished or self._start is None:
            return
        self.finished = True
        self._barriers.clear()
        self._say_final(self._start, name, payload, self.handled_errors)
