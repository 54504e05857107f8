"""Random bytes made from those of others."""

from __future__ import annotations

import random
from pathlib import Path

CORPUS = Path(__file__).resolve().parents[5] / "tests" / "fuzz" / "corpus"
LONGEST = 20_000


def corpus() -> list[bytes]:
    """What the fuzzers of the decoders in C++ start from: the bytes of headers, control messages, payloads and
    packs."""
    folders = [CORPUS / name for name in ("header", "control", "value", "pack")]
    return [file.read_bytes() for folder in folders for file in sorted(folder.iterdir())]


class Mutations:
    """The same seed makes the same."""

    def __init__(self, seed: int, originals: list[bytes]) -> None:
        self._random = random.Random(seed)
        self._originals = originals

    def next(self) -> bytes:
        data = bytearray(self._random.choice(self._originals))
        for _ in range(1 + self._dice(4)):
            self._edit(data)
        return bytes(data[:LONGEST])

    def _edit(self, data: bytearray) -> None:
        at = self._dice(len(data) + 1)
        kind = self._dice(6)
        if kind == 0 and at < len(data):
            data[at] ^= 1 << self._dice(8)
        elif kind == 1 and at < len(data):  # mostly one that announces something
            data[at] = 0x80 + self._dice(128) if self._dice(2) == 0 else self._dice(256)
        elif kind == 2:
            del data[at:]
        elif kind == 3:
            del data[at : at + 1 + self._dice(8)]
        elif kind == 4:
            piece = data[at : at + 1 + self._dice(4)]
            data[at:at] = piece * (self._dice(3000) if self._dice(16) == 0 else 1 + self._dice(4))
        else:  # it goes on as another does
            other = self._random.choice(self._originals)
            data[at:] = other[self._dice(len(other) + 1) :]

    def _dice(self, sides: int) -> int:
        return int(self._random.random() * sides)
