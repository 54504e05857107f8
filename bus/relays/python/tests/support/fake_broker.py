"""As much of a broker as the relay's tests need: one ROUTER socket that speaks the protocol, admits everybody, and for
the rest does what the test says. Everything that came in is kept until the test takes it.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import msgpack
import zmq

PLENTY = 1_000_000
PATIENCE_SECONDS = 30.0  # a machine that compiles beside the tests is slow


@dataclass
class Peer:
    id: bytes
    registration: dict[str, Any]
    accepted: int = 0
    sequence: int = 0
    unsettled: list[str] = field(default_factory=list)


@dataclass
class Received:
    peer: Peer
    header: dict[str, Any]
    payload: Any


@dataclass
class BrokerOptions:
    routes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    grants: Mapping[str, int] = field(default_factory=dict)  # plenty for the roles that it does not name
    accepts: str = "all"  # tells each command's acceptance at once; "none" leaves it to the test
    delivers: str = "none"  # "all" acknowledges each command at once
    heartbeat_ms: int = 5_000
    frame_limit: int = 16 << 20
    knows_locks: bool = True  # that a relay restates
    refusal: dict[str, str] | None = None  # answers every registration
    bind: str = ""  # an endpoint; an ipc one of its own by default
    security: Mapping[str, Any] = field(default_factory=dict)  # further options of its socket
    silent: bool = False  # nothing is answered and nothing is kept


class FakeBroker:
    def __init__(self, **options: Any) -> None:
        self.options = BrokerOptions(**options)
        self.received: list[Received] = []  # oldest first, not yet taken
        self.registrations: list[dict[str, Any]] = []
        self._folder = Path(tempfile.mkdtemp(prefix="exo-"))
        self._peers: dict[bytes, Peer] = {}
        self._waiters: list[tuple[Callable[[Received], bool], asyncio.Future[Received]]] = []
        self._connections = 0
        self._bound = ""
        self._socket: zmq.Socket[bytes] | None = None

    @property
    def endpoint(self) -> str:
        return self._bound or self.options.bind or f"ipc://{self._folder / 'bus'}"

    @property
    def peer(self) -> Peer:
        """The peer that registered last."""
        return list(self._peers.values())[-1]

    def open(self) -> None:
        socket = zmq.Context.instance().socket(zmq.ROUTER)
        socket.linger = 0
        socket.sndhwm = socket.rcvhwm = 0
        for option, value in self.options.security.items():
            setattr(socket, option, value)
        socket.bind(self.endpoint)
        self._bound = cast(bytes, socket.last_endpoint).rstrip(b"\0").decode()
        self._socket = socket
        asyncio.get_running_loop().add_reader(socket.FD, self._read)
        self._read_soon()

    def stop(self) -> None:
        """The broker's process ends; open() starts another one at the same place."""
        assert self._socket is not None
        asyncio.get_running_loop().remove_reader(self._socket.FD)
        self._socket.close()
        self._socket = None
        self._peers.clear()

    async def close(self) -> None:
        if self._socket is not None:
            self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def send(self, header: dict[str, Any], value: Any = None, peer: Peer | None = None) -> None:
        self.send_raw([msgpack.packb(header), b"" if value is None else msgpack.packb(value)], peer)

    def send_raw(self, frames: list[bytes], peer: Peer | None = None) -> None:
        assert self._socket is not None
        self._socket.send_multipart([(peer or self.peer).id, *frames])
        self._read_soon()

    def command(self, name: str, payload: Any = None, **header: Any) -> str:
        """Delivers a command; returns its id."""
        peer = self.peer
        peer.sequence += 1
        whole = {
            "kind": "command",
            "name": name,
            "id": f"command-{peer.sequence}",
            "activityId": f"activity-{peer.sequence}",
            "sender": "web",
            "senderVersion": "0.0.1",
            "sequence": peer.sequence,
            "timestamp": 1_700_000_000_000_000_000,
            **header,
        }
        self.send(whole, payload)
        return str(whole["id"])

    def reply(self, command: Received, name: str, payload: Any = None, **header: Any) -> None:
        about = {"id": "reply", "responseTo": command.header["id"], "sender": "todo", "senderVersion": "0.0.2"}
        self.send({"kind": "reply", "name": name, **about, **header}, payload)

    def error(self, command: Received, code: str, reason: str) -> None:
        header = command.header
        self.send({"kind": "error", "responseTo": header["id"], "name": header["name"], "code": code, "reason": reason})

    def delivered(self, *commands: Received) -> None:
        self.send({"kind": "delivered"}, {"ids": [command.header["id"] for command in commands]})

    def credit(
        self, accepted: int, grants: Mapping[str, int] | None = None, settled: list[list[int]] | None = None
    ) -> None:
        told = {} if settled is None else {"settled": settled}
        self.send({"kind": "credit"}, {"accepted": accepted, "grants": grants or {}, **told})

    def kinds(self) -> list[str]:
        return [each.header["kind"] for each in self.received]

    async def next(self, kind: str, name: str | None = None) -> Received:
        """The oldest message that is not taken and that fits; waits for it."""

        def fits(each: Received) -> bool:
            return each.header["kind"] == kind and (name is None or each.header.get("name") == name)

        for each in self.received:
            if fits(each):
                self.received.remove(each)
                return each
        waiter: asyncio.Future[Received] = asyncio.get_running_loop().create_future()
        self._waiters.append((fits, waiter))
        try:
            return await asyncio.wait_for(waiter, PATIENCE_SECONDS)
        except asyncio.TimeoutError:
            raise AssertionError(f"no {kind} {name or ''} came, but: {self.kinds()[-20:]}") from None

    async def next_commands(self, count: int) -> list[Received]:
        return [await self.next("command") for _ in range(count)]

    # Each call may use up what the descriptor tells, hence the reading after each of them.
    def _read_soon(self) -> None:
        asyncio.get_running_loop().call_soon(self._read)

    def _read(self) -> None:
        for _ in range(1000):
            if self._socket is None:
                return
            try:
                frames = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            if not self.options.silent:
                self._take(*frames)
        self._read_soon()

    def _take(self, id: bytes, head: bytes, body: bytes) -> None:
        header = msgpack.unpackb(head)
        payload: Any = None if not body else body if "contentType" in header else msgpack.unpackb(body)
        if header["kind"] == "register":
            self._register(id, payload)
            return
        peer = self._peers.get(id)
        if peer is None:
            return
        answer = {"ping": "pong", "drain": "draining", "goodbye": "goodbye"}.get(header["kind"])
        if answer is not None:
            self.send({"kind": answer}, None, peer)
        if header["kind"] == "command":
            self._take_command(peer, header)
        self._keep(Received(peer, header, payload))

    def _register(self, id: bytes, registration: dict[str, Any]) -> None:
        self.registrations.append(registration)
        peer = Peer(id, registration)
        options = self.options
        if options.refusal is not None:
            self.send({"kind": "refused", **options.refusal}, None, peer)
            return
        self._peers[id] = peer
        self._connections += 1
        registered = {
            "protocol": 1,
            **{key: registration[key] for key in ("role", "version", "instance")},
            "connection": self._connections,
            "environment": "local",
            "heartbeatMs": options.heartbeat_ms,
            "frameLimit": options.frame_limit,
            "locks": options.knows_locks,
        }
        self.send({"kind": "registered"}, registered, peer)
        self.send({"kind": "routes"}, {"names": options.routes}, peer)
        roles = {role for roles in options.routes.values() for role in roles}
        grants = {role: options.grants.get(role, PLENTY) for role in roles}
        self.send({"kind": "credit"}, {"accepted": 0, "grants": grants}, peer)

    def _take_command(self, peer: Peer, header: dict[str, Any]) -> None:
        peer.accepted += 1
        peer.unsettled.append(header["id"])
        if len(peer.unsettled) == 1:
            asyncio.get_running_loop().call_soon(self._settle, peer)

    def _settle(self, peer: Peer) -> None:
        ids, peer.unsettled = peer.unsettled, []
        if self._socket is None:
            return
        if self.options.accepts == "all":
            self.send({"kind": "credit"}, {"accepted": peer.accepted, "grants": {}}, peer)
        if self.options.delivers == "all":
            self.send({"kind": "delivered"}, {"ids": ids}, peer)

    def _keep(self, message: Received) -> None:
        for at, (fits, waiter) in enumerate(self._waiters):
            if not waiter.done() and fits(message):
                del self._waiters[at]
                waiter.set_result(message)
                return
        self.received.append(message)
