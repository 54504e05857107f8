"""The commands that the bus has not settled yet, and the credit by which they go."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from .budget import Budget

ON_THE_WAY_BYTES = 8 * 1024 * 1024


class Waiting(Protocol):
    """What the outbox needs of a command. `number` rises; those that are not held any more are skipped."""

    number: int
    id: str
    name: str
    size: int
    deadline: float
    roles: Sequence[Role]
    held: bool
    sent: bool
    accepted: bool
    settled: bool
    counted: bool
    begun: bool
    redelivered: bool
    own: str | None


class Role:
    """A receiving role: what it was sent and may be sent on this connection, and what waits for it."""

    __slots__ = ("sent", "granted", "waiting")

    def __init__(self) -> None:
        self.sent = 0
        self.granted = 0
        self.waiting: deque[Waiting] = deque()

    def head(self) -> Waiting | None:
        """The oldest that waits and is held."""
        while self.waiting and not self.waiting[0].held:
            self.waiting.popleft()
        return self.waiting[0] if self.waiting else None


class Outbox:
    """Knows no socket: what may go is handed to `transmit`, what the broker took over to `accepted`, what waited
    past its deadline to `expired`. A broker that does not tell what is settled has settled what it has accepted.

    A command goes when every role that receives its name has credit left and no older command waits for that role:
    order holds for each role, and a slow role holds up no other. Commands whose name nobody receives need no
    credit; the broker answers them with the error. What needs credit waits, too, while more than 8 MiB are sent and
    not accepted: credit counts commands, and the broker can take it back only before it is used.
    """

    def __init__(
        self,
        budget: Budget,
        *,
        transmit: Callable[..., None],
        accepted: Callable[..., None],
        expired: Callable[..., None],
    ) -> None:
        self._budget = budget
        self._transmit = transmit
        self._accepted = accepted
        self._expired = expired
        self._routes: dict[str, list[Role]] | None = None  # None until the broker has said them
        self._roles: dict[str, Role] = {}
        self._unrouted: deque[Waiting] = deque()  # what waits for the routes
        self._sent: deque[Waiting] = deque()  # on the wire, not accepted
        self._sent_bytes = 0  # of these
        self._accepted_count = 0
        self._acknowledged: frozenset[str] = frozenset()  # names whose every receiver takes them at least once
        self._unsettled: dict[int, Waiting] = {}  # accepted commands by their number on this connection
        self._told = False  # this broker tells what is settled
        self.size = 0  # how many commands the broker has not taken over

    def add(self, command: Waiting) -> None:
        """Raises `overloaded` when the budget is spent, and then has not taken the command."""
        self._budget.take(command.size, command.name)
        command.held = True
        command.counted = True
        self.size += 1
        if self._routes is None:
            self._unrouted.append(command)
        else:
            self._route(command, self._routes)

    def set_routes(self, names: Mapping[str, Sequence[str]], acknowledged: Iterable[str] = ()) -> None:
        """Replaces the routes. What waits is routed anew, in its old order."""
        waiting = self._take_waiting()
        self._acknowledged = frozenset(acknowledged)
        self._routes = {name: [self._role(role) for role in roles] for name, roles in names.items()}
        for command in waiting:
            self._route(command, self._routes)

    def set_credit(
        self, accepted: int, grants: Mapping[str, int], settled: Sequence[Sequence[int]] | None = None
    ) -> None:
        """Totals of this connection: commands accepted, and credits granted for each role. `settled` has the first and
        last numbers of ranges of those accepted; None when the broker did not say.
        """
        while self._accepted_count < accepted and self._sent:
            command = self._sent.popleft()
            self._accepted_count += 1
            self._sent_bytes -= command.size
            self._unsettled[self._accepted_count] = command
            self._note_accepted(command)
            self._accepted(command)
            if command.own is not None:
                self._settle(self._accepted_count)
        self._told = self._told or settled is not None
        for first, last in (settled or []) if self._told else [(1, self._accepted_count)]:
            self._settle_range(first, last)
        for name, granted in grants.items():
            self._role(name).granted = granted
        self._drain_all()

    def connection_lost(self, all_acknowledged: bool = False) -> list[Waiting]:
        """The connection is gone with all its counts. What was not accepted waits again, in its old order, and so does
        what was accepted and is not settled, where its name is acknowledged or all are. Returns the rest, which is not
        kept.
        """
        sent = [each for each in (*self._unsettled.values(), *self._sent) if each.held]
        again = self._take_waiting()
        lost: list[Waiting] = []
        for command in sent:
            kept = not command.accepted or (self._repeats(command, all_acknowledged) and not command.begun)
            (again if kept else lost).append(command)
        for command in lost:
            self._release(command)
        self._sent.clear()
        self._sent_bytes = 0
        self._unsettled = {}
        self._routes = None
        self._roles = {}
        self._accepted_count = 0
        self._told = False
        for command in sorted(again, key=lambda each: each.number):
            self._wait_again(command)
        return lost

    def expire(self, now: float) -> None:
        """Gives up what has waited past its deadline. Looks at the oldest of each queue only, which have waited
        longest.
        """
        for role in list(self._roles.values()):
            self._expire_heads(role.waiting, now)
        self._expire_heads(self._unrouted, now)
        self._drain_all()

    def forget(self, command: Waiting) -> None:
        """Nothing more of the command is of interest: nothing of it is sent (again)."""
        self._release(command)

    def _repeats(self, command: Waiting, all_acknowledged: bool) -> bool:
        return command.own is None and (all_acknowledged or command.name in self._acknowledged)

    def _wait_again(self, command: Waiting) -> None:
        if command.accepted:
            command.redelivered = True
            command.accepted = False
        if not command.counted:
            command.counted = True
            self.size += 1
        command.sent = False
        self._unrouted.append(command)

    def _note_accepted(self, command: Waiting) -> None:
        command.accepted = True
        if command.counted:
            command.counted = False
            self.size -= 1

    # A range may be longer than what is left of it.
    def _settle_range(self, first: int, last: int) -> None:
        last = min(last, self._accepted_count)
        if last - first < len(self._unsettled):
            for ordinal in range(first, last + 1):
                self._settle(ordinal)
        else:
            for ordinal in [each for each in self._unsettled if first <= each <= last]:
                self._settle(ordinal)

    def _settle(self, ordinal: int) -> None:
        command = self._unsettled.pop(ordinal, None)
        if command is not None:
            self._release(command)

    def _role(self, name: str) -> Role:
        role = self._roles.get(name)
        if role is None:
            role = self._roles[name] = Role()
        return role

    def _route(self, command: Waiting, routes: Mapping[str, list[Role]]) -> None:
        command.roles = roles = routes.get(command.name, [])
        credited = all(not role.waiting and role.sent < role.granted for role in roles)
        if not roles or (credited and self._sent_bytes < ON_THE_WAY_BYTES):
            self._send(command)
        else:
            for role in roles:
                role.waiting.append(command)

    def _drain_all(self) -> None:
        while any([self._drain(role) for role in list(self._roles.values())]):
            pass

    def _drain(self, role: Role) -> bool:
        """Sends what may go for this role; whether anything did."""
        progress = False
        while self._sent_bytes < ON_THE_WAY_BYTES and (command := role.head()) is not None:
            if not all(each.head() is command and each.sent < each.granted for each in command.roles):
                break
            for each in command.roles:
                each.waiting.popleft()
            self._send(command)
            progress = True
        return progress

    def _send(self, command: Waiting) -> None:
        if command.deadline != math.inf and command.deadline <= time.monotonic():
            self._expired(command)
            self._release(command)
            return
        for role in command.roles:
            role.sent += 1
        command.sent = True
        self._sent_bytes += command.size
        self._sent.append(command)
        self._transmit(command)

    def _expire_heads(self, queue: deque[Waiting], now: float) -> None:
        while queue and (not queue[0].held or queue[0].deadline <= now):
            command = queue.popleft()
            if command.held:
                self._expired(command)
            self._release(command)

    def _take_waiting(self) -> list[Waiting]:
        waiting = {command.number: command for command in self._unrouted}
        self._unrouted.clear()
        for role in self._roles.values():
            waiting.update((command.number, command) for command in role.waiting)
            role.waiting.clear()
        return [waiting[number] for number in sorted(waiting) if waiting[number].held]

    def _release(self, command: Waiting) -> None:
        if not command.held:
            return
        command.held = False
        if command.counted:
            command.counted = False
            self.size -= 1
        self._budget.release(command.size)
