"""Who a program is that exo has not started, and that joins as a person does."""

from __future__ import annotations

import secrets
from pathlib import Path

from .curve_file import read_curve_file
from .environment import Identity


def operator_identity(bus: str, key_file: str) -> Identity:
    """Over TCP with a file of keys (`exo key new`), else with the key of the environment. Raises a RuntimeError that
    names the file and what is wrong with it.
    """
    instance = f"operator-{secrets.token_hex(8)}"
    if bus.startswith("tcp://"):
        return Identity("exo-operator", instance, "", bus, curve=read_curve_file(key_file, "key_file"))
    return Identity("exo-operator", instance, _read_key(key_file), bus)


def _read_key(file: str) -> str:
    try:
        key = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise RuntimeError(f"key_file names '{file}', which cannot be read: {error}") from None
    if not key:
        raise RuntimeError(f"key_file names '{file}', which is empty; it is the file 'key' of the environment's folder")
    return key
