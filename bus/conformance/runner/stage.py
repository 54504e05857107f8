"""Where a case is played: what relays and brokers have in common."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from .case_file import Case, Expectation, Hear, Order, Say, Step
from .matching import Variables, difference, filled
from .notation import Misspelt, show
from .protocol import Message

PATIENCE_SECONDS = 60.0  # only against hanging; everything is waited for


class Failure(Exception):
    """The case has failed; the message says what came and what should have come."""


class Stage:
    """Plays the steps of one case. A subclass knows the peers, and does what only its kind of case can ask for:

    say(step)       sends a message
    order(step)     anything but a message
    receive(until)  reads what there is into `inboxes`, waiting a moment; raises Failure where nothing can come any more
    finish()        shows that nothing else comes
    """

    free: frozenset[str] = frozenset()  # kinds that may come at any time, and are looked at where a case expects them

    def __init__(self) -> None:
        self.variables: Variables = {}
        self.inboxes: dict[str, deque[Message]] = {}
        self.transcript: list[str] = []
        self._step: Step | None = None

    def play(self, case: Case) -> None:
        """Raises a Failure that names the line."""
        for step in case.steps:
            self._step = step
            with self._at(f"{case.file}:{step.line}: {step.text}"):
                self._play(step)
        with self._at(f"{case.file}:{case.line}: after the last step"):
            self.finish()

    def say(self, step: Say) -> None:
        raise NotImplementedError

    def order(self, step: Order) -> None:
        raise NotImplementedError

    def receive(self) -> None:
        raise NotImplementedError

    def finish(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def keep(self, who: str, message: Message) -> None:
        """Notes a message that has come, for `next`."""
        self.transcript.append(f"{who} < {message}")
        self.inboxes.setdefault(who, deque()).extend(message.unbundled())

    def next(self, who: str, expected: str, wanted: set[str]) -> Message:
        """The next message for this peer, but those that are free and not wanted; waits for it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            inbox = self.inboxes.setdefault(who, deque())
            while inbox:
                message = inbox.popleft()
                if message.kind in wanted or message.kind not in self.free:
                    return message
            if time.monotonic() > deadline:
                raise Failure(f"expected  {expected}\nactual    nothing in {PATIENCE_SECONDS:g} s")
            self.receive()

    def expect(self, who: str, expectation: Expectation) -> None:
        self._hear(Hear(expectation.line, expectation.text, who, [[expectation]]))

    def expect_nothing(self, who: str) -> None:
        """Nothing but what is free is there by now."""
        left = [message for message in self.inboxes.get(who, ()) if message.kind not in self.free]
        if left:
            raise Failure(f"expected  nothing more for {who}\nactual    {left[0]}")

    def _play(self, step: Step) -> None:
        if isinstance(step, Say):
            self.say(step)
        elif isinstance(step, Hear):
            self._hear(step)
        elif step.words == ["distinct"]:
            self._check_distinct(step)
        else:
            self.order(step)

    def _check_distinct(self, step: Order) -> None:
        values = filled(step.values[0], self.variables)
        if len(set(values)) < len(values):
            raise Failure(f"these should all differ: {show(values)}")

    def _hear(self, step: Hear) -> None:
        left = list(step.expectations)
        while left:
            open_ones = [each for alternatives in left for each in alternatives]
            expected = " or ".join(each.text for each in open_ones)
            message = self.next(step.who, expected, {each.kind for each in open_ones})
            reasons = [self.difference(each, message) for each in open_ones]
            if None in reasons:
                met = open_ones[reasons.index(None)]
                left = [alternatives for alternatives in left if met not in alternatives]
            elif not (step.sooner_or_later and message.kind == open_ones[0].kind):
                because = "\n".join(f"because   {reason}" for reason in reasons)
                raise Failure(f"expected  {expected}\nactual    {step.who} < {message}\n{because}")

    def difference(self, expectation: Expectation, message: Message) -> str | None:
        """Why this is not what is expected, or None."""
        if message.kind != expectation.kind:
            return f"it is a {message.kind}, not a {expectation.kind}"
        given = {key: message.header[key] for key in expectation.header if key in message.header}
        found = difference(expectation.header, given, self.variables, "the header")
        if found is None and expectation.payload:
            found = difference(expectation.payload[0], message.payload, self.variables, "the payload")
        return found

    @contextmanager
    def _at(self, place: str) -> Iterator[None]:
        try:
            yield
        except (Failure, Misspelt) as error:
            raise Failure(f"{place}\n{error}") from None
