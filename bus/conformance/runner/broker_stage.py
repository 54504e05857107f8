"""A broker is tested: the case plays its peers, and the host, whose name is exo."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import zmq

from .case_file import Expectation, Order, Say
from .child import Child, short_folder
from .matching import filled
from .notation import Misspelt
from .protocol import (
    FROM_BROKER, WITH_MAP, Message, Violation, header_frame, packed, payload_frame, read, unpacked,
)  # fmt: skip
from .stage import Failure, Stage

TOKEN = "f00d"
_HOST = "exo"
_POLL_MS = 50  # between two looks at whether the broker's process has ended
_UNSAID = ("", 0, None)  # what the host's reports hold where there is nothing to say


class BrokerStage(Stage):
    """Starts the program that is given, with an endpoint, and tells it what a host would: by orders, each of which is
    in effect when the next step comes. Peers connect with their first word.
    """

    # A pong may come unasked; exo is told of connections at any time.
    free = frozenset({"credit", "routes", "pong", "registered", "lost"})

    def __init__(self, program: list[str]) -> None:
        super().__init__()
        self._folder = short_folder()
        self._endpoint = f"ipc://{self._folder.name}/run/bus"
        self._context: zmq.Context[Any] = zmq.Context()
        self._sockets: dict[str, zmq.Socket[bytes]] = {}
        self._registered: set[str] = set()
        self._reads_packs: set[str] = set()
        self._packs_heard: dict[str, int] = {}
        self._wanted: dict[str, int] = {}  # messages of the pack that somebody makes
        self._pack: dict[str, list[list[bytes]]] = {}
        self._admissions: dict[str, dict[str, Any]] = {}
        self._plan: dict[str, Any] = {"versions": [], "scripts": []}
        self._position = 0
        self._position_in_effect = 0
        self._reported = b""
        self._child = Child([*program, self._endpoint], {}, piped=True)

    def close(self) -> None:
        self._child.close()
        self._context.destroy(linger=0)
        self._folder.cleanup()

    def say(self, step: Say) -> None:
        if step.who == _HOST:
            return self._say_as_host(step)
        if step.kind == "frames":
            return self._send(step.who, step.text, step.frames)
        header = filled(step.header, self.variables)
        payload = filled(step.payload, self.variables)
        frame = step.frame if step.frame is not None else payload_frame(header.get("contentType", "msgpack"), payload)
        return self._send(step.who, step.text, [header_frame(step.kind, header), frame])

    def order(self, step: Order) -> None:
        verb, *names = step.words or [""]
        about = step.values[0] if step.values else {}
        orders: dict[str, Callable[[str], None]] = {
            "fleet": lambda name: self._plan_version(name, about),
            "script": lambda name: self._plan_script(name, about),
            "admit": lambda name: self._admit(name, about),
            "join": lambda name: self._join(step.line, name, about),
            "packs": lambda name: self._wanted.__setitem__(name, about["messages"]),
            "heard": lambda name: self._check_packs(name, about["packs"]),
            "disconnect": self._disconnect,
            "dismiss": lambda name: self._order({"order": "dismiss", "instance": name}),
        }
        if step.words == ["nothing"]:
            self._barrier()
        elif verb in orders and len(names) == 1:
            orders[verb](names[0])
            self._publish()
        else:
            raise Misspelt("there is no such step for the broker")

    def receive(self) -> None:
        if self._child.exit_code is not None:
            code, said = self._child.exit_code, self._child.last_words()
            raise Failure(f"the broker has ended with {code}; it said:\n{said}")
        poller = zmq.Poller()
        poller.register(self._reports.fileno(), zmq.POLLIN)
        for socket in self._sockets.values():
            poller.register(socket, zmq.POLLIN)
        if not poller.poll(_POLL_MS):
            return
        if self._reports.fileno() in dict(poller.poll(0)):
            self._take_reports()
        for who, socket in self._sockets.items():
            while socket.poll(0):
                self._take(who, socket.recv_multipart())

    def finish(self) -> None:
        self._barrier()
        for who in self.inboxes:
            self.expect_nothing(who)

    @property
    def _reports(self) -> Any:
        return self._child.process.stdout

    def _send(self, who: str, text: str, frames: list[bytes]) -> None:
        if who not in self._sockets:
            socket = self._context.socket(zmq.DEALER)
            socket.linger = 0
            socket.sndhwm = socket.rcvhwm = 0
            socket.connect(self._endpoint)
            self._sockets[who] = socket
        self.transcript.append(text)
        if who in self._wanted:
            pack = self._pack.setdefault(who, [])
            pack.append(frames)
            if len(pack) < self._wanted[who]:
                return
            frames = packed(self._pack.pop(who))
            del self._wanted[who]
        self._sockets[who].send_multipart(frames)

    def _take(self, who: str, frames: list[bytes]) -> None:
        try:
            messages = unpacked(frames, may_pack=who in self._reads_packs)
            if messages != [frames]:
                self._packs_heard[who] = self._packs_heard.get(who, 0) + 1
            for each in messages:
                self._take_message(who, read(each, FROM_BROKER))
        except Violation as violation:
            raise Failure(f"the broker broke a rule towards {who}: {violation}") from None

    def _take_message(self, who: str, message: Message) -> None:
        if message.kind == "registered":
            self._registered.add(who)
        elif message.kind in ("refused", "goodbye"):
            self._registered.discard(who)
        self.keep(who, message)

    def _take_reports(self) -> None:
        self._reported += os.read(self._reports.fileno(), 65536)
        *lines, self._reported = self._reported.split(b"\n")
        for line in lines:
            report = json.loads(line)
            event = report.pop("event")
            if event == "table":
                self._position_in_effect = report["position"]
            elif event == "message":
                self._keep_message(report)
            else:
                header, payload = ({}, report) if event in WITH_MAP else (report, None)
                self.keep(_HOST, Message(event, header, payload))

    def _keep_message(self, report: dict[str, Any]) -> None:
        content_type = report["contentType"]
        frame = bytes.fromhex(report.pop("payload"))
        header = {key: each for key, each in report.items() if each not in _UNSAID and key != "kind"}
        frames = [header_frame("reply", {"name": "n", "id": "i", "responseTo": "r", "activityId": "a", "sender": "s",
                                         "timestamp": 1, "contentType": content_type}), frame]  # fmt: skip
        self.keep(_HOST, Message(report["kind"], header, read(frames, FROM_BROKER).payload))

    def _say_as_host(self, step: Say) -> None:
        payload = payload_frame("msgpack", filled(step.payload, self.variables))
        self.transcript.append(step.text)
        self._order({"order": "send", "kind": step.kind, "payload": payload.hex(), **filled(step.header, self.variables)})

    def _plan_version(self, name: str, about: dict[str, Any]) -> None:
        role, version = name.split("@")
        others = [each for each in self._plan["versions"] if (each["role"], each["version"]) != (role, version)]
        self._plan["versions"] = [*others, {"role": role, "version": version, **about}]

    def _plan_script(self, name: str, about: dict[str, Any]) -> None:
        role, version = name.split("@")
        sender = f"deployment-{role}-{version}"
        self._plan["scripts"].append({"sender": sender, "role": role, "version": version, **about})

    def _admit(self, instance: str, about: dict[str, Any]) -> None:
        admission = {"token": TOKEN, **{key: each for key, each in about.items() if key not in ("window", "handles", "packs")}}
        self._admissions[instance] = admission
        self._order({"order": "admit", "instance": instance, **admission})

    def _join(self, line: int, instance: str, about: dict[str, Any]) -> None:
        self._admit(instance, about)
        self._publish()
        admission = self._admissions[instance]
        registration = {
            "protocols": [1], "role": admission["role"], "version": admission.get("version", ""), "instance": instance,
            "token": admission["token"], "handles": about.get("handles", []), "window": about.get("window", 256),
            "relay": "conformance", "packs": about.get("packs", False),
        }  # fmt: skip
        if registration["packs"]:
            self._reads_packs.add(instance)
        self._send(instance, f"{instance} > register", [header_frame("register", {}), payload_frame("msgpack", registration)])
        for kind in ("registered", "routes"):
            self.expect(instance, Expectation(line, f"{instance} < {kind}", kind, {}, []))
        self._packs_heard[instance] = 0

    def _check_packs(self, who: str, count: int) -> None:
        heard = self._packs_heard.get(who, 0)
        if heard != count:
            raise Failure(f"{who} should have heard {count} packs, and has heard {heard}")

    def _disconnect(self, who: str) -> None:
        self._sockets.pop(who).close(linger=0)
        self._registered.discard(who)

    # The host's orders are carried out in their order, and a table is confirmed: what was ordered before is done then.
    def _publish(self) -> None:
        self._position += 1
        self._order({"order": "publish", "position": self._position, **self._plan})
        while self._position_in_effect < self._position:
            self.receive()

    def _order(self, order: dict[str, Any]) -> None:
        stdin = self._child.process.stdin
        assert stdin is not None  # the child is piped
        stdin.write(json.dumps(order).encode() + b"\n")

    # One thread serves all peers, so all that one of them has caused is sent before its next pong; what that makes the
    # broker tell others is there after a pong of theirs.
    def _barrier(self) -> None:
        for _ in range(2):
            for who in sorted(self._registered):
                self._send(who, f"{who} > ping (is there anything else?)", [header_frame("ping", {}), b""])
            for who in sorted(self._registered):
                text = f"nothing more for {who}, but the pong to the runner's own ping"
                self.expect(who, Expectation(0, text, "pong", {}, []))
        self._publish()
