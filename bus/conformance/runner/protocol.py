"""The messages of docs/protocol.md: reading what came in, with every rule that holds for all of them, and writing what
goes out.
"""

from __future__ import annotations

import json
import re
import struct
from dataclasses import dataclass
from typing import Any

from .notation import show
from .packing import Unreadable, pack, unpack

HEADER_LIMIT_BYTES = 16 * 1024
PAYLOAD_LIMIT_BYTES = 16 * 1024 * 1024
REASON_LIMIT_BYTES = 4096
WORD_LIMIT_BYTES = 255
PACK_LIMIT_MESSAGES = 1024

CODES = {
    "malformed", "too-large", "not-allowed", "no-receiver", "held", "unknown-version", "overloaded", "expired",
    "receiver-lost", "handler-failed", "no-handler", "bus-lost", "lock-lost", "closed", "cancelled",
}  # fmt: skip
REFUSALS = {"not-registered", "no-common-protocol", "not-admitted", "already-connected", "malformed", "too-large"}

_ID = re.compile(r"[!-~]{1,64}\Z")
_CONTROL_CHARACTERS = re.compile("[\x00-\x1f\x7f]")

_TEXTS = {
    "kind", "name", "id", "activityId", "responseTo", "version", "sender", "senderVersion", "contentType", "expects",
    "causedBy", "code", "reason",
}  # fmt: skip
_NUMBERS = {"timestamp", "timeoutMs", "sequence", "page", "pages", "handledErrors"}
_FLAGS = {"redelivered", "acknowledged", "more"}
_CHOICES = {"contentType": ("msgpack", "json", "raw"), "expects": ("none", "one", "many")}


@dataclass(frozen=True)
class Rule:
    """The keys of one kind of message in one direction, besides `kind`."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    has_map: bool = False  # the payload is a map of the protocol
    has_payload: bool = False  # the payload is the application's


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FROM_RELAY = {
    "register": Rule(has_map=True),
    "command": Rule(
        _words("name id"),
        _words("activityId version contentType timeoutMs expects redelivered handledErrors causedBy"),
        has_payload=True,
    ),
    "reply": Rule(
        _words("name id responseTo"), _words("activityId contentType more page handledErrors"), has_payload=True
    ),
    "handled": Rule(has_map=True),
    "failed": Rule(_words("sequence code reason")),
    "window": Rule(_words("responseTo pages")),
    "cancel": Rule(_words("responseTo")),
    "ping": Rule(),
    "pack": Rule(has_payload=True),
    "drain": Rule(),
    "goodbye": Rule(),
}
FROM_BROKER = {
    "registered": Rule(has_map=True),
    "refused": Rule(_words("code reason")),
    "routes": Rule(has_map=True),
    "credit": Rule(has_map=True),
    "command": Rule(
        _words("name id activityId sender timestamp sequence"),
        _words("senderVersion contentType timeoutMs expects redelivered acknowledged"),
        has_payload=True,
    ),
    "reply": Rule(
        _words("name id activityId responseTo sender timestamp"),
        _words("senderVersion contentType more page"),
        has_payload=True,
    ),
    "error": Rule(_words("code reason"), _words("responseTo name activityId sender timestamp")),
    "delivered": Rule(has_map=True),
    "window": Rule(_words("responseTo pages")),
    "cancel": Rule(_words("responseTo")),
    "pong": Rule(),
    "pack": Rule(has_payload=True),
    "draining": Rule(),
    "goodbye": Rule(),
}
DEFAULTS: dict[str, dict[str, Any]] = {
    "command": {"contentType": "msgpack", "expects": "none", "redelivered": False, "acknowledged": False},
    "reply": {"contentType": "msgpack", "more": False, "page": 0},
}
WITH_MAP = {kind for rules in (FROM_RELAY, FROM_BROKER) for kind, rule in rules.items() if rule.has_map}


class Violation(Exception):
    """What came in breaks a rule that holds for every message."""


@dataclass(frozen=True)
class Message:
    """A message that keeps the rules. Keys that are absent have their default in `header`; kind is not in it."""

    kind: str
    header: dict[str, Any]
    payload: Any

    def __str__(self) -> str:
        parts = [self.kind]
        if self.header:
            parts.append(show(self.header))
        if self.payload is not None:
            parts.append(show(self.payload))
        return " ".join(parts)

    def unbundled(self) -> list[Message]:
        """A message that collects several, as these."""
        for kind, key in (("handled", "sequences"), ("delivered", "ids")):
            if self.kind == kind:
                return [Message(kind, {}, {key: [each]}) for each in self.payload[key]]
        return [self]


def read(frames: list[bytes], rules: dict[str, Rule]) -> Message:
    """Raises a Violation that names the rule."""
    if len(frames) != 2:
        raise Violation(f"a message is two frames, not {len(frames)}")
    if len(frames[0]) > HEADER_LIMIT_BYTES or len(frames[1]) > PAYLOAD_LIMIT_BYTES:
        raise Violation(f"frames of {len(frames[0])} and {len(frames[1])} bytes are over their limits")
    header = _unpacked(frames[0], "the header")
    if not isinstance(header, dict):
        raise Violation(f"the header is {show(header)}, not a map")
    given = {key: value for key, value in header.items() if value is not None}
    kind = given.pop("kind", None)
    if not isinstance(kind, str) or kind not in rules:
        raise Violation(f"{show(header)} is of no kind that goes this way")
    _check_header(kind, given, rules[kind])
    whole = {**{key: each for key, each in DEFAULTS.get(kind, {}).items() if key in _keys(rules[kind])}, **given}
    return Message(kind, whole, _payload(kind, whole, frames[1], rules[kind]))


def packed(messages: list[list[bytes]]) -> list[bytes]:
    """The frames of a pack of these, each two frames."""
    sizes = struct.Struct(">HI")
    pieces = [sizes.pack(len(header), len(payload)) + header + payload for header, payload in messages]
    return [header_frame("pack", {}), b"".join(pieces)]


def unpacked(frames: list[bytes], *, may_pack: bool) -> list[list[bytes]]:
    """The frames of each message in a pack, or these where they are none. Raises a Violation."""
    if len(frames) != 2 or frames[0] != header_frame("pack", {}):
        return [frames]
    if not may_pack:
        raise Violation("a pack has come where none is read")
    messages, rest, sizes = [], frames[1], struct.Struct(">HI")
    while rest:
        if len(rest) < sizes.size:
            raise Violation("a pack ends within the sizes of a message")
        header, payload = sizes.unpack_from(rest)
        end = sizes.size + header + payload
        if len(rest) < end:
            raise Violation("a pack ends within a message")
        messages.append([rest[sizes.size : sizes.size + header], rest[sizes.size + header : end]])
        rest = rest[end:]
    if len(messages) > PACK_LIMIT_MESSAGES:
        raise Violation(f"a pack has {len(messages)} messages")
    if any(header == header_frame("pack", {}) for header, _ in messages):
        raise Violation("there is a pack in a pack")
    return messages


def header_frame(kind: str, header: dict[str, Any]) -> bytes:
    return pack({"kind": kind, **header})


def payload_frame(content_type: str, payload: Any) -> bytes:
    if content_type == "raw":
        return payload if isinstance(payload, bytes) else str(payload).encode()
    if content_type == "json":
        return json.dumps(payload, ensure_ascii=False).encode()
    return b"" if payload is None else pack(payload)


def _keys(rule: Rule) -> set[str]:
    return {*rule.required, *rule.optional}


def _unpacked(frame: bytes, what: str) -> Any:
    try:
        return unpack(frame)
    except Unreadable as error:
        raise Violation(f"{what} is no msgpack: {error}") from None


def _check_header(kind: str, header: dict[str, Any], rule: Rule) -> None:
    for key in rule.required:
        if key not in header:
            raise Violation(f"{kind} {show(header)} has no {key}")
    for key, value in header.items():
        if key not in _keys(rule):
            raise Violation(f"the page has no {key} in {kind}; it is {show(value)}")
        _check_value(kind, key, value)


def _check_value(kind: str, key: str, value: Any) -> None:
    def demand(fine: bool, rule: str) -> None:
        if not fine:
            raise Violation(f"{key} of {kind} is {show(value)}; {rule}")

    is_number = isinstance(value, int) and not isinstance(value, bool)
    demand(key not in _TEXTS or isinstance(value, str), "it is a text")
    demand(key not in _NUMBERS or (is_number and value >= 0), "it is a whole number from 0 upwards")
    demand(key not in _FLAGS or isinstance(value, bool), "it is true or false")
    if key in ("id", "activityId", "responseTo", "causedBy"):
        demand(_ID.match(value) is not None, "it has 1 to 64 bytes of printable ASCII without spaces")
    if key in ("name", "version", "sender", "senderVersion", "code"):
        demand(len(value.encode()) <= WORD_LIMIT_BYTES, "it has at most 255 bytes")
        demand(_CONTROL_CHARACTERS.search(value) is None, "it has no control characters")
    if key in _CHOICES:
        demand(value in _CHOICES[key], f"it is one of {', '.join(_CHOICES[key])}")
    if key == "code":
        demand(value in (REFUSALS if kind == "refused" else CODES), "it is a code of the page")
    if key == "reason":
        demand(len(value.encode()) <= REASON_LIMIT_BYTES, f"it has at most {REASON_LIMIT_BYTES} bytes")


def _payload(kind: str, header: dict[str, Any], frame: bytes, rule: Rule) -> Any:
    content_type = header.get("contentType", "msgpack")
    if content_type == "raw":
        return frame
    if content_type == "json":
        return _json(frame)
    payload = _unpacked(frame, f"the payload of {kind}") if frame else None
    if rule.has_map and not isinstance(payload, dict):
        raise Violation(f"the payload of {kind} is {show(payload)}, not a map")
    if not rule.has_map and not rule.has_payload and payload is not None:
        raise Violation(f"{kind} has no payload, but here it is {show(payload)}")
    return payload


def _json(frame: bytes) -> Any:
    try:
        return json.loads(frame) if frame else None
    except ValueError as error:
        raise Violation(f"the payload is no JSON: {error}") from None
