"""What exo tells each process that it starts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .curve_file import CurveKeys, read_curve_file

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


def read_environment(environment: Mapping[str, str] | None = None) -> Identity:
    """Raises a RuntimeError that names every variable that is missing."""
    variables = os.environ if environment is None else environment
    missing = [name for name in _NEEDED if not variables.get(name)]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise RuntimeError(
            f"{', '.join(missing)} {verb} not set. exo sets these variables for the programs that it starts; "
            "list the program in application.yml and start it with 'exo run'."
        )
    return Identity(
        role=variables["ROLE"],
        instance=variables["EXO_INSTANCE"],
        token=_read_token(variables["EXO_TOKEN_FILE"]),
        endpoint=variables["EXO_BUS"],
        version=variables.get("EXO_VERSION", ""),
        curve=read_curve_file(variables["EXO_CURVE_FILE"]) if variables.get("EXO_CURVE_FILE") else None,
    )


def _read_token(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise RuntimeError(f"EXO_TOKEN_FILE names '{file}', which cannot be read: {error}") from None
