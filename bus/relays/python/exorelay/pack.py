"""Several small messages in one: the payload of a `pack`; docs/protocol.md is the source."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from .exo_error import ExoError

PACK_MESSAGES = 64
PACK_BYTES = 64 * 1024
PACKED_PAYLOAD_BYTES = 4 * 1024  # a larger payload is cheaper sent by itself
READ_MESSAGES = 1024

_SIZES = struct.Struct(">HI")  # of the header and of the payload


class Pack:
    """Messages on their way into one pack."""

    def __init__(self) -> None:
        self._frames: list[bytes] = []
        self._bytes = 0

    @property
    def count(self) -> int:
        return len(self._frames) // 3

    def has_room_for(self, header: bytes, payload: bytes) -> bool:
        more = _SIZES.size + len(header) + len(payload)
        return self.count < PACK_MESSAGES and self._bytes + more <= PACK_BYTES

    def add(self, header: bytes, payload: bytes) -> None:
        self._frames += (_SIZES.pack(len(header), len(payload)), header, payload)
        self._bytes += _SIZES.size + len(header) + len(payload)

    def take(self, pack_header: bytes) -> tuple[bytes, bytes]:
        """Takes everything out: the frames of the only message, or the header and the payload of the pack."""
        frames, self._frames, self._bytes = self._frames, [], 0
        return (frames[1], frames[2]) if len(frames) == 3 else (pack_header, b"".join(frames))


def is_small(payload: bytes) -> bool:
    return len(payload) <= PACKED_PAYLOAD_BYTES


def unpack(pack: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Gives the two frames of each message. Raises `malformed` where the rest is none."""
    at = count = 0
    while at < len(pack):
        if count == READ_MESSAGES:
            raise _broken(f"it has more than {READ_MESSAGES} messages")
        if len(pack) - at < _SIZES.size:
            raise _broken("it ends within the sizes of a message")
        header_size, payload_size = _SIZES.unpack_from(pack, at)
        header = at + _SIZES.size
        payload = header + header_size
        at = payload + payload_size
        if at > len(pack):
            raise _broken("it ends within a message")
        yield pack[header:payload], pack[payload:at]
        count += 1


def _broken(why: str) -> ExoError:
    return ExoError("malformed", f"pack: {why}")
