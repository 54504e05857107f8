"""One value from bytes of msgpack that a peer has sent.

The library's decoder in C keeps for good what it has built of a value when it then refuses the rest, so that malformed
bytes fill a receiver's memory little by little. So it is never made to refuse anything: its shape is looked at before
anything is built, and what else is wrong is noted and told at the end. It also makes room for all that a list announces
before it has seen any of it: what is not all there is found with the shape.
"""

from __future__ import annotations

import codecs
import re
import threading
from typing import Any

import msgpack
from msgpack.fallback import Unpacker as UnpackerInPython

_TIMESTAMP = 3  # as datetime

# What looks like a timestamp that no datetime can hold, or that has a length of none: the decoder in C would refuse it.
# Bytes within other values may look the same. A timestamp of 8 bytes begins with its nanoseconds, times 4; one of 12
# has them in 4 bytes, and then its seconds, here from the year 1 to the year 9999.
_NANOSECONDS = rb"(?:[\x00-\x3a].{3}|\x3b(?:[\x00-\x99].{2}|\x9a[\x00-\xc9].))"
_UNTIL_9999 = rb"\x3a(?:[\x00-\xfe]|\xff(?:[\x00-\xf3]|\xf4(?:[\x00-\x40]|\x41[\x00-\x7f])))"
_AFTER_1970 = rb"\x00{3}(?:[\x00-\x39]|" + _UNTIL_9999 + rb")"
_BEFORE_1970 = rb"\xff{3}(?:[\xf2-\xff]|\xf1(?:[\x89-\xff]|\x88(?:[\x6f-\xff]|\x6e[\x09-\xff])))"
_LIKE_NO_TIMESTAMP = re.compile(
    rb"\xd7\xff(?:[\xef-\xff]|\xee(?:[\x6c-\xff]|\x6b[\x28-\xff]))"
    rb"|\xc7\x0c\xff(?!" + _NANOSECONDS + rb"(?:" + _AFTER_1970 + rb"|" + _BEFORE_1970 + rb"))"
    rb"|\xc7[^\x0c]\xff|\xc8.{2}\xff|\xc9.{4}\xff",
    re.DOTALL,
)


class _Faults(threading.local):
    """What is wrong with the value that a thread decodes just now."""

    first: Exception | None = None

    def note(self, fault: Exception) -> None:
        self.first = self.first or fault

    def take(self) -> Exception | None:
        first, self.first = self.first, None
        return first


_faults = _Faults()


def unpack(frame: bytes) -> Any:
    """Raises what msgpack or Python raise for bytes that are no value, or one that Python cannot hold."""
    _check_shape(frame)
    if b"\xff" in frame and _LIKE_NO_TIMESTAMP.search(frame):
        unpacker = UnpackerInPython(None, max_buffer_size=0, strict_map_key=False, timestamp=_TIMESTAMP)
        unpacker.feed(frame)
        return unpacker.unpack()
    _faults.take()  # of one that ended for want of memory
    value = msgpack.unpackb(
        frame,
        strict_map_key=False,
        timestamp=_TIMESTAMP,
        unicode_errors=_NOTED,
        object_pairs_hook=_map_of,
        ext_hook=_extension_of,
    )
    if fault := _faults.take():
        raise fault
    return value


def _check_shape(frame: bytes) -> None:
    unpacker = msgpack.Unpacker(max_buffer_size=0)
    unpacker.feed(frame)
    unpacker.skip()
    if unpacker.tell() != len(frame):
        raise ValueError(f"{len(frame) - unpacker.tell()} bytes follow its value")


def _map_of(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    try:
        return dict(pairs)
    except TypeError as fault:  # a key that is a list or a map
        _faults.note(fault)
        return {}


def _extension_of(code: int, data: bytes) -> msgpack.ExtType | None:
    if code >= 0:
        return msgpack.ExtType(code, data)
    _faults.note(ValueError(f"the extension type {code} is reserved"))
    return None


def _note_in_text(fault: UnicodeError) -> tuple[str, int]:
    _faults.note(fault)
    return "", fault.end if isinstance(fault, UnicodeDecodeError) else 0


_NOTED = "exorelay-noted"
codecs.register_error(_NOTED, _note_in_text)
