"""The bytes of the two frames of a message; docs/protocol.md is the source."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from typing import Any

import msgpack

from .exo_error import ExoError
from .msgpack_value import unpack

PROTOCOL_VERSION = 1
PAYLOAD_LIMIT_BYTES = 16 * 1024 * 1024
NAME_LIMIT_BYTES = 255
REASON_LIMIT_BYTES = 4096
HEADER_LIMIT_BYTES = 16 * 1024
EMPTY = b""

Header = dict[str, Any]

_CONTROL_CHARACTERS = re.compile("[\x00-\x1f\x7f]")
_ELLIPSIS = "…"

# Of the keys that a header may have for a relay.
_KEY_TYPES: dict[str, type] = {
    **dict.fromkeys(("name", "id", "activityId", "responseTo", "sender", "senderVersion"), str),
    **dict.fromkeys(("contentType", "expects", "code", "reason"), str),
    **dict.fromkeys(("timestamp", "timeoutMs", "sequence", "page", "pages"), int),
    **dict.fromkeys(("redelivered", "acknowledged", "more"), bool),
}

_COUNTS = frozenset(("timestamp", "timeoutMs", "sequence", "page", "pages"))

# What msgpack raises for bytes that are none, and Python for values that it cannot hold: a map's key that is a
# list, a date beyond the calendar.
_UNREADABLE = (ValueError, TypeError, OverflowError, RecursionError, MemoryError, msgpack.UnpackException)
_UNWRITABLE = (ValueError, TypeError, OverflowError, RecursionError, msgpack.PackException)

_pack = msgpack.Packer(datetime=True).pack


def encode_header(header: Header) -> bytes:
    frame: bytes = _pack(header)
    return frame


def decode_header(frame: bytes) -> Header:
    """Without keys that are nil, which is the same as absent. Raises `malformed` when the frame is no header."""
    if len(frame) > HEADER_LIMIT_BYTES:
        raise ExoError("malformed", f"the header has more than {HEADER_LIMIT_BYTES} bytes")
    try:
        header = unpack(frame)
    except _UNREADABLE as error:
        raise ExoError("malformed", f"the header is no msgpack: {error}") from None
    if not isinstance(header, dict) or not isinstance(header.get("kind"), str):
        raise ExoError("malformed", "the header is no map with a kind")
    header = {key: value for key, value in header.items() if value is not None}
    _check_header(header)
    return header


def encode_payload(
    value: Any, content_type: str | None, message_name: str, limit: int = PAYLOAD_LIMIT_BYTES
) -> bytes:
    """None is an empty frame.

    Raises a TypeError that names the message when the value cannot be sent, and `too-large` when it is over the
    limit.
    """
    if value is None:
        return EMPTY
    frame = _encode_value(value, content_type or "msgpack", message_name)
    if len(frame) > limit:
        reason = (
            f"the payload has {len(frame)} bytes, more than {limit}; "
            "send it in pages (reply.write) or in parts"
        )
        raise ExoError("too-large", reason, message_name=message_name)
    return frame


def decode_payload(frame: bytes, content_type: str | None = None, message_name: str = "") -> Any:
    """Raises `malformed` when the bytes are not what the header says."""
    if content_type == "raw":
        return frame
    if not frame:
        return None
    try:
        if content_type is None or content_type == "msgpack":
            return unpack(frame)
        if content_type == "json":
            return json.loads(frame.decode(), parse_constant=_refuse_constant)
    except _UNREADABLE as error:
        reason = f"the payload is no {content_type or 'msgpack'}: {error}"
        raise ExoError("malformed", reason, message_name=message_name) from None
    raise ExoError("malformed", f"the content type '{content_type}' is unknown", message_name=message_name)


def check_name(name: str) -> None:
    """Raises a TypeError or ValueError when `name` cannot name a message."""
    if not isinstance(name, str):
        raise TypeError(f"a message's name is a string, not {name!r}")
    if not name:
        raise ValueError("a message's name is a string with at least one character")
    if len(name) > NAME_LIMIT_BYTES // 4 and len(name.encode()) > NAME_LIMIT_BYTES:
        raise ValueError(f"the name '{name[:40]}{_ELLIPSIS}' has more than {NAME_LIMIT_BYTES} bytes")
    if _CONTROL_CHARACTERS.search(name):
        raise ValueError(f"the name {name!r} has a control character")


def shortened(reason: str) -> str:
    """A reason as it may stand in a header."""
    encoded = reason.encode(errors="replace")
    if len(encoded) <= REASON_LIMIT_BYTES:
        return encoded.decode()
    return encoded[: REASON_LIMIT_BYTES - len(_ELLIPSIS.encode())].decode(errors="ignore") + _ELLIPSIS


def timestamp_of(header: Header) -> datetime | None:
    """The bus counts nanoseconds; a datetime holds microseconds, which is what it is read for."""
    nanoseconds = header.get("timestamp")
    return None if nanoseconds is None else datetime.fromtimestamp(nanoseconds / 1e9, timezone.utc)


def _check_header(header: Header) -> None:
    for key, value in header.items():
        expected = _KEY_TYPES.get(key)
        if expected is not None and type(value) is not expected:
            raise ExoError("malformed", f"header: '{key}' is no {expected.__name__}")
        if key in _COUNTS and value < 0:
            raise ExoError("malformed", f"header: '{key}' is negative")


def _refuse_constant(constant: str) -> Any:
    raise ValueError(f"JSON has no {constant}")


def _encode_value(value: Any, content_type: str, message_name: str) -> bytes:
    if content_type == "raw":
        if isinstance(value, str):
            return value.encode()
        if isinstance(value, (bytes, bytearray, memoryview)):
            return bytes(value)
        raise TypeError(f"the payload of '{message_name}' is raw, so it must be bytes or a str, not {value!r}")
    try:
        if content_type == "msgpack":
            frame: bytes = _pack(value)
            return frame
        if content_type == "json":
            return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except _UNWRITABLE as error:
        raise TypeError(f"the payload of '{message_name}' cannot be sent as {content_type}: {error}") from None
    raise ValueError(f"the content type '{content_type}' of '{message_name}' is not msgpack, json or raw")
