"""msgpack, as strict as the protocol: one value, no key twice, no extension types."""

from __future__ import annotations

import struct
from typing import Any


class Unreadable(Exception):
    """The bytes are not one well-formed value; the message says where."""


def pack(value: Any) -> bytes:
    """Integers and lengths in their shortest form, maps in the order of their keys."""
    if value is None:
        return b"\xc0"
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        return _pack_integer(value)
    if isinstance(value, float):
        return b"\xcb" + struct.pack(">d", value)
    if isinstance(value, str):
        encoded = value.encode()
        return _pack_length(len(encoded), 0xA0, 32, (0xD9, 0xDA, 0xDB)) + encoded
    if isinstance(value, bytes):
        return _pack_length(len(value), 0, 0, (0xC4, 0xC5, 0xC6)) + value
    if isinstance(value, list):
        return _pack_length(len(value), 0x90, 16, (None, 0xDC, 0xDD)) + b"".join(map(pack, value))
    if isinstance(value, dict):
        entries = b"".join(pack(key) + pack(each) for key, each in value.items())
        return _pack_length(len(value), 0x80, 16, (None, 0xDE, 0xDF)) + entries
    raise TypeError(f"{value!r} is no value of a message")


def unpack(frame: bytes) -> Any:
    value, end = _Reader(frame).read(0)
    if end != len(frame):
        raise Unreadable(f"{len(frame) - end} bytes follow the value")
    return value


_SIGNED = ((0xD0, ">b"), (0xD1, ">h"), (0xD2, ">i"), (0xD3, ">q"))
_UNSIGNED = ((0xCC, ">B"), (0xCD, ">H"), (0xCE, ">I"), (0xCF, ">Q"))
_NUMBERS = {**dict(_SIGNED), **dict(_UNSIGNED), 0xCA: ">f", 0xCB: ">d"}
_PLAIN = {0xC0: None, 0xC2: False, 0xC3: True}


def _pack_integer(value: int) -> bytes:
    if -32 <= value < 128:
        return struct.pack("b" if value < 0 else "B", value)
    for code, layout in _UNSIGNED if value >= 0 else _SIGNED:
        try:
            return bytes([code]) + struct.pack(layout, value)
        except struct.error:
            continue
    raise OverflowError(f"{value} does not fit an integer of msgpack")


def _pack_length(length: int, short: int, short_limit: int, codes: tuple[int | None, int, int]) -> bytes:
    if length < short_limit:
        return bytes([short | length])
    for code, layout in zip(codes, (">B", ">H", ">I")):
        if code is not None and length < 1 << (8 * struct.calcsize(layout)):
            return bytes([code]) + struct.pack(layout, length)
    raise OverflowError(f"{length} elements do not fit a message")


class _Reader:
    def __init__(self, frame: bytes) -> None:
        self._frame = frame

    def read(self, at: int) -> tuple[Any, int]:
        code, at = self._bytes(at, 1)[0], at + 1
        if code < 0x80:
            return code, at
        if code >= 0xE0:
            return code - 256, at
        if code < 0x90:
            return self._map(at, code & 15)
        if code < 0xA0:
            return self._list(at, code & 15)
        if code < 0xC0:
            return self._text(at, code & 31)
        if code in _PLAIN:
            return _PLAIN[code], at
        if code in _NUMBERS:
            return self._number(at, _NUMBERS[code])
        return self._sized(code, at)

    def _sized(self, code: int, at: int) -> tuple[Any, int]:
        for first, layouts, read in (
            (0xC4, (">B", ">H", ">I"), self._binary),
            (0xD9, (">B", ">H", ">I"), self._text),
            (0xDC, (">H", ">I"), self._list),
            (0xDE, (">H", ">I"), self._map),
        ):
            if first <= code < first + len(layouts):
                length, at = self._number(at, layouts[code - first])
                return read(at, length)
        raise Unreadable(f"byte {at - 1} is {code:#x}, which the protocol does not use")

    def _bytes(self, at: int, count: int) -> bytes:
        if at + count > len(self._frame):
            raise Unreadable(f"it ends after {len(self._frame)} bytes, within a value")
        return self._frame[at : at + count]

    def _number(self, at: int, layout: str) -> tuple[Any, int]:
        size = struct.calcsize(layout)
        return struct.unpack(layout, self._bytes(at, size))[0], at + size

    def _binary(self, at: int, length: int) -> tuple[bytes, int]:
        return self._bytes(at, length), at + length

    def _text(self, at: int, length: int) -> tuple[str, int]:
        try:
            return self._bytes(at, length).decode(), at + length
        except UnicodeDecodeError as error:
            raise Unreadable(f"the text at byte {at} is not UTF-8: {error}") from None

    def _list(self, at: int, length: int) -> tuple[list[Any], int]:
        items = []
        for _ in range(length):
            item, at = self.read(at)
            items.append(item)
        return items, at

    def _map(self, at: int, length: int) -> tuple[dict[str, Any], int]:
        entries: dict[str, Any] = {}
        for _ in range(length):
            key, after = self.read(at)
            if not isinstance(key, str):
                raise Unreadable(f"the key at byte {at} is no text")
            if key in entries:
                raise Unreadable(f"the key '{key}' is there twice")
            entries[key], at = self.read(after)
        return entries, at
