"""What exo tells each process that it starts."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .curve_file import CurveKeys, read_curve_file

CLOSE_TIMEOUT_SECONDS = 8.0  # where exo does not say how long it leaves until SIGKILL
_CLOSING_PART = 0.8  # of that; the rest is for goodbye, and for the program's own end
_NEEDED = ("ROLE", "EXO_BUS", "EXO_INSTANCE", "EXO_TOKEN_FILE")


@dataclass(frozen=True)
class Identity:
    """Who a program is on the bus, and where the bus is."""

    role: str
    instance: str
    token: str
    endpoint: str
    version: str = ""
    curve: CurveKeys | None = None  # where the bus goes over TCP
    close_timeout: float = CLOSE_TIMEOUT_SECONDS


def read_environment(environment: Mapping[str, str] | None = None) -> Identity:
    """Raises a RuntimeError that names every variable that is missing."""
    variables = os.environ if environment is None else environment
    missing = [name for name in _NEEDED if not variables.get(name)]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise RuntimeError(
            f"{', '.join(missing)} {verb} not set. exo sets these variables for the programs that it starts; "
            "list the program in application.yml and start it with 'exo run'. "
            "A program that exo does not start joins with ExoRelay.as_operator."
        )
    return Identity(
        role=variables["ROLE"],
        instance=variables["EXO_INSTANCE"],
        token=_read_token(variables["EXO_TOKEN_FILE"]),
        endpoint=variables["EXO_BUS"],
        version=variables.get("EXO_VERSION", ""),
        curve=read_curve_file(variables["EXO_CURVE_FILE"]) if variables.get("EXO_CURVE_FILE") else None,
        close_timeout=_close_timeout(variables.get("EXO_STOP_WITHIN", "")),
    )


def _close_timeout(stop_within: str) -> float:
    if not stop_within:
        return CLOSE_TIMEOUT_SECONDS
    if not re.fullmatch(r"[1-9][0-9]{0,8}", stop_within):
        raise RuntimeError(
            f"EXO_STOP_WITHIN is '{stop_within}'; it is a whole number of milliseconds, and exo sets it"
        )
    return int(stop_within) / 1000 * _CLOSING_PART


def _read_token(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise RuntimeError(f"EXO_TOKEN_FILE names '{file}', which cannot be read: {error}") from None
