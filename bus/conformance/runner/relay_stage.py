"""A relay is tested: the case plays the broker."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import zmq

from .case_file import Expectation, Order, Say
from .child import Child, short_folder
from .matching import filled
from .notation import Misspelt
from .protocol import FROM_RELAY, Violation, header_frame, packed, payload_frame, read, unpacked
from .stage import PATIENCE_SECONDS, Failure, Stage

IDENTITY = {"ROLE": "todo", "EXO_VERSION": "1.0.0", "EXO_INSTANCE": "todo-1"}
TOKEN = "f00d"
JOINED = {
    "protocol": 1,
    "role": IDENTITY["ROLE"],
    "version": IDENTITY["EXO_VERSION"],
    "instance": IDENTITY["EXO_INSTANCE"],
    "environment": "conformance",
    "heartbeatMs": 5000,
    "frameLimit": 16777216,
    "packs": True,
    "locks": True,
}
_BROKER = "broker"
_ECHO = {"name": "echo", "expects": "one"}
_POLL_MS = 50  # between two looks at whether the relay's process has ended


class RelayStage(Stage):
    """Starts the driver with a bus of its own. Pings are answered, unless the broker has fallen silent."""

    free = frozenset({"ping", "window", "cancel"})

    def __init__(self, driver: list[str]) -> None:
        super().__init__()
        self._folder = short_folder()
        self._endpoint = f"ipc://{self._folder.name}/bus"
        self._peer = b""
        self._former: set[bytes] = set()
        self._connections = 0
        self._sequence = 0
        self._silent = False
        self._relay_reads_packs = False
        self._told_packs = True
        self._wanted = 0  # messages of the pack that is made
        self._pack: list[list[bytes]] = []
        self._ended = False
        self._context: zmq.Context[Any] | None = None
        self._open()
        self._driver = driver
        self._started: Child | None = None
        self._identity = dict(IDENTITY)

    def close(self) -> None:
        if self._started is not None:
            self._started.close()
        self._stop()
        self._folder.cleanup()

    # Started with the first step that wants it, so that a case may say before who it is.
    @property
    def _child(self) -> Child:
        if self._started is None:
            token_file = Path(self._folder.name) / "token"
            token_file.write_text(f"{TOKEN}\n")
            told = {**self._identity, "EXO_BUS": self._endpoint, "EXO_TOKEN_FILE": str(token_file)}
            self._started = Child(self._driver, told)
        return self._started

    def say(self, step: Say) -> None:
        if step.kind == "frames":
            return self._send(step.text, step.frames)
        header = filled(self._with_defaults(step), self.variables)
        payload = filled(step.payload, self.variables)
        frame = step.frame if step.frame is not None else payload_frame(header.get("contentType", "msgpack"), payload)
        return self._send(step.text, [header_frame(step.kind, header), frame])

    def order(self, step: Order) -> None:
        words = " ".join(step.words)
        if words == "join":
            self._join(step)
        elif words == "broker stops":
            self._stop()
        elif words == "broker starts":
            self._open()
        elif words == "broker falls silent":
            self._silent = True
        elif words == "packs":
            self._wanted = step.values[0]["messages"]
        elif words == "nothing":
            self._barrier()
        elif words == "still there":
            self._barrier(but_for_anything_else=True)
        elif words == "relay is" and self._started is None:
            self._identity["ROLE"] = step.values[0]
        elif words in ("relay ends", "relay gives up"):
            self._wait_for_end(1 if words == "relay gives up" else 0)
        else:
            raise Misspelt("there is no such step for a relay")

    def receive(self) -> None:
        if self._child.exit_code is not None and not self._poll(0):
            said = self._child.last_words()
            raise Failure(f"the driver has ended with {self._child.exit_code}; it said:\n{said}")
        self._take_what_is_there(_POLL_MS)

    def finish(self) -> None:
        if not self._ended:
            self._barrier()
        self.expect_nothing(_BROKER)

    def _open(self) -> None:
        self._context = zmq.Context()
        self._router = self._context.socket(zmq.ROUTER)
        self._router.linger = 0
        self._router.sndhwm = self._router.rcvhwm = 0
        self._router.bind(self._endpoint)

    # As a broker's process that ends: what was not sent is lost, and the path is free afterwards.
    def _stop(self) -> None:
        if self._context is not None:
            self._context.destroy(linger=0)
        self._context = None
        self._former.add(self._peer)

    def _poll(self, timeout_ms: int) -> bool:
        return self._context is not None and bool(self._router.poll(timeout_ms))

    def _take_what_is_there(self, timeout_ms: int) -> None:
        while self._poll(timeout_ms):
            peer, *frames = self._router.recv_multipart()
            self._take(peer, frames)
            timeout_ms = 0

    def _take(self, peer: bytes, frames: list[bytes]) -> None:
        try:
            for each in unpacked(frames, may_pack=self._told_packs):
                self._take_message(peer, each)
        except Violation as violation:
            raise Failure(f"the relay broke a rule: {violation}") from None

    def _take_message(self, peer: bytes, frames: list[bytes]) -> None:
        message = read(frames, FROM_RELAY)
        if message.kind == "register":
            if self._peer and peer != self._peer:
                self._former.add(self._peer)
            self._peer = peer
            self._relay_reads_packs = message.payload.get("packs", False)
        elif peer in self._former:
            return  # the rest of a connection that both have given up
        if message.kind == "ping" and not self._silent:
            self._router.send_multipart([peer, header_frame("pong", {}), b""])
        self.keep(_BROKER, message)

    def _send(self, text: str, frames: list[bytes]) -> None:
        if not self._peer:
            raise Misspelt("nobody has registered yet")
        self.transcript.append(text)
        if self._wanted > 0:
            self._pack.append(frames)
            if len(self._pack) < self._wanted:
                return
            frames, self._pack, self._wanted = packed(self._pack), [], 0
            if not self._relay_reads_packs:
                raise Failure("this relay does not say that it reads packs")
        self._router.send_multipart([self._peer, *frames])

    def _with_defaults(self, step: Say) -> dict[str, Any]:
        if step.kind == "command":
            self._sequence += 1
            number = self._sequence
            self.variables["last"] = number
            return {
                "id": f"c-{number}", "activityId": f"a-{number}", "sender": "web", "senderVersion": "1.0.0",
                "timestamp": time.time_ns(), "sequence": number, **step.header,
            }  # fmt: skip
        if step.kind == "reply":
            self._connections += 1
            return {
                "id": f"r-{self._connections}", "activityId": "a-1", "sender": "search", "senderVersion": "1.0.0",
                "timestamp": time.time_ns(), **step.header,
            }  # fmt: skip
        return step.header

    def _join(self, step: Order) -> None:
        about = step.values[0] if step.values else {}
        self.expect(_BROKER, Expectation(step.line, "broker < register", "register", {}, []))
        self._sequence = 0
        self._told_packs = about.get("packs", JOINED["packs"])
        told = {**JOINED, "connection": 1, **{key: about[key] for key in ("heartbeatMs", "frameLimit", "packs", "locks") if key in about}}
        for kind, payload in (
            ("registered", told),
            ("routes", {"names": about.get("routes", {}), "acknowledged": about.get("acknowledged", [])}),
            ("credit", {"accepted": 0, "grants": about.get("grants", {})}),
        ):
            self._send(f"broker > {kind}", [header_frame(kind, {}), payload_frame("msgpack", payload)])

    # Whatever the relay had to say of what it was told before, it says before the answer to an echo.
    def _barrier(self, *, but_for_anything_else: bool = False) -> None:
        last = self.variables.get("last")
        for _ in range(2):
            self.say(Say(0, "broker > command (an echo of the runner's own)", _BROKER, "command", _ECHO))
            text = "nothing more, but the {} of the runner's own echo"
            reply = Expectation(0, text.format("reply"), "reply", {"responseTo": f"c-{self._sequence}"}, [])
            handled = Expectation(0, text.format("handled"), "handled", {}, [{"sequences": [self._sequence]}])
            left = [reply, handled]
            while left:
                message = self.next(_BROKER, left[0].text, set())
                met = [each for each in left if self.difference(each, message) is None]
                if not met and not but_for_anything_else:
                    raise Failure(f"expected  {left[0].text}\nactual    {_BROKER} < {message}")
                left = [each for each in left if each not in met]
        self.variables["last"] = last

    def _wait_for_end(self, code: int) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._child.exit_code is None:
            if time.monotonic() > deadline:
                raise Failure(f"the relay's process has not ended within {PATIENCE_SECONDS:g} s")
            self._take_what_is_there(_POLL_MS)
        if self._child.exit_code != code:
            said = self._child.last_words()
            raise Failure(f"the driver has ended with {self._child.exit_code} instead of {code}; it said:\n{said}")
        self._take_what_is_there(_POLL_MS)
        self._ended = True
