"""The keys that prove on a bus over TCP who a program is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import zmq

_KEY = re.compile(r"[0-9a-zA-Z.\-:+=^!/*?&<>()\[\]{}@%$#]{40}")
_WORDS = ("server", "public", "secret")
_FOR_OTHERS = 0o077


@dataclass(frozen=True)
class CurveKeys:
    server: str  # the public key of the bus
    public: str
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        for word in _WORDS:
            if _KEY.fullmatch(getattr(self, word)) is None:
                raise ValueError(f"CurveKeys: {word} is no key, which is 40 characters of Z85")
        if not _belong_together(self.public, self.secret):
            raise ValueError("CurveKeys: the public key is not that of the secret one")


def read_curve_file(file: str, named_by: str = "EXO_CURVE_FILE") -> CurveKeys:
    """Raises a RuntimeError that names the file, the line and what is wrong; never what is secret."""
    if not zmq.has("curve"):
        raise RuntimeError(f"{named_by} is set, but the ZeroMQ that pyzmq uses was built without CURVE")
    try:
        text = Path(file).read_text(encoding="utf-8")
        mode = Path(file).stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        raise RuntimeError(f"{named_by} names '{file}', which cannot be read: {error}") from None
    if mode & _FOR_OTHERS:
        raise RuntimeError(f"{file} holds a secret key, and others may read it; type: chmod 600 {file}")
    keys = _parse(file, text)
    if not _belong_together(keys["public"], keys["secret"]):
        raise RuntimeError(f"{file}: the public key is not that of the secret one")
    return CurveKeys(**keys)


def _belong_together(public: str, secret: str) -> bool:
    try:
        return bool(zmq.curve_public(secret.encode()) == public.encode())
    except zmq.ZMQError:  # 40 characters of Z85 that are more than 32 bytes
        return False


def _parse(file: str, text: str) -> dict[str, str]:
    keys: dict[str, str] = {}
    for number, each in enumerate(text.split("\n"), start=1):
        line = each.strip()
        if line in ("", "#") or line.startswith("# "):
            continue
        word, _, rest = line.partition(" ")
        key = rest.strip()
        fault = _fault(word, key, keys)
        if fault is not None:
            raise RuntimeError(f"{file}:{number}: {fault}")
        keys[word] = key
    for word in _WORDS:
        if word not in keys:
            raise RuntimeError(f"{file}: there is no line {word}")
    return keys


def _fault(word: str, key: str, keys: dict[str, str]) -> str | None:
    if word not in _WORDS:
        return f'"{word}" is none of server, public and secret, with one of which a line begins'
    if _KEY.fullmatch(key) is None:
        what = "what follows secret" if word == "secret" else f'"{key}"'
        return f"{what} is no key, which is 40 characters of Z85"
    return f"{word} is there twice" if word in keys else None
