"""The commands that the bus has not taken over yet, and the credit by which they go."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from .budget import Budget


class Waiting(Protocol):
    """What the outbox needs of a command. `number` rises; settled ones are skipped."""

    number: int
    name: str
    size: int
    deadline: float
    roles: list[Role]
    held: bool
    sent: bool
    accepted: bool
    settled: bool


class Role:
    """A receiving role: what it was sent and may be sent on this connection, and what waits for it."""

    __slots__ = ("sent", "granted", "waiting")

    def __init__(self) -> None:
        self.sent = 0
        self.granted = 0
        self.waiting: deque[Waiting] = deque()

    def head(self) -> Waiting | None:
        """The oldest that waits and is not settled."""
        while self.waiting and self.waiting[0].settled:
            self.waiting.popleft()
        return self.waiting[0] if self.waiting else None


class Outbox:
    """Knows no socket: what may go is handed to `transmit`, what the broker took over to `accepted`, what waited
    past its deadline to `expired`.

    A command goes when every role that receives its name has credit left and no older command waits for that role:
    order holds for each role, and a slow role holds up no other. Commands whose name nobody receives need no
    credit; the broker answers them with the error.
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
        self._accepted_count = 0
        self.size = 0  # how many commands the broker has not taken over

    def add(self, command: Waiting) -> None:
        """Raises `overloaded` when the budget is spent, and then has not taken the command."""
        self._budget.take(command.size, command.name)
        command.held = True
        self.size += 1
        if self._routes is None:
            self._unrouted.append(command)
        else:
            self._route(command, self._routes)

    def set_routes(self, names: Mapping[str, Sequence[str]]) -> None:
        """Replaces the routes. What waits is routed anew, in its old order."""
        waiting = self._take_waiting()
        self._routes = {name: [self._role(role) for role in roles] for name, roles in names.items()}
        for command in waiting:
            self._route(command, self._routes)

    def set_credit(self, accepted: int, grants: Mapping[str, int]) -> None:
        """Both are totals of this connection: commands accepted, and credits granted for each role."""
        while self._accepted_count < accepted and self._sent:
            command = self._sent.popleft()
            self._accepted_count += 1
            self._release(command)
            self._accepted(command)
        for name, granted in grants.items():
            self._role(name).granted = granted
        self._drain_all()

    def connection_lost(self) -> None:
        """The connection is gone with all its counts: what was not accepted waits again, in its old order."""
        commands = [*self._sent, *self._take_waiting()]
        self._sent.clear()
        self._routes = None
        self._roles = {}
        self._accepted_count = 0
        for command in sorted(commands, key=lambda each: each.number):
            command.sent = False
            if command.settled or command.accepted:
                self._release(command)
            else:
                self._unrouted.append(command)

    def expire(self, now: float) -> None:
        """Gives up what has waited past its deadline. Looks at the oldest of each queue only, which have waited
        longest.
        """
        for role in list(self._roles.values()):
            self._expire_heads(role.waiting, now)
        self._expire_heads(self._unrouted, now)
        self._drain_all()

    def forget(self, command: Waiting) -> None:
        """The command was settled while it was here: nothing of it is sent (again)."""
        self._release(command)

    def _role(self, name: str) -> Role:
        role = self._roles.get(name)
        if role is None:
            role = self._roles[name] = Role()
        return role

    def _route(self, command: Waiting, routes: Mapping[str, list[Role]]) -> None:
        command.roles = roles = routes.get(command.name, [])
        if all(not role.waiting and role.sent < role.granted for role in roles):
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
        while (command := role.head()) is not None:
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
        self._sent.append(command)
        self._transmit(command)

    def _expire_heads(self, queue: deque[Waiting], now: float) -> None:
        while queue and (queue[0].settled or queue[0].deadline <= now):
            command = queue.popleft()
            if not command.settled:
                self._expired(command)
            self._release(command)

    def _take_waiting(self) -> list[Waiting]:
        waiting = {command.number: command for command in self._unrouted}
        self._unrouted.clear()
        for role in self._roles.values():
            waiting.update((command.number, command) for command in role.waiting)
            role.waiting.clear()
        return [waiting[number] for number in sorted(waiting) if not waiting[number].settled]

    def _release(self, command: Waiting) -> None:
        if not command.held:
            return
        command.held = False
        self.size -= 1
        self._budget.release(command.size)
