"""The program that does one measurement at a time, each in a process and a folder of its own."""

from __future__ import annotations

import json
import resource
import subprocess
import tempfile
from pathlib import Path
from typing import Any

_PATIENCE_SECONDS = 600.0


class Failed(Exception):
    """A measurement that did not end as it should."""


class Recorder:
    def __init__(self, program: Path) -> None:
        self._program = program

    def append(self, events: int) -> dict[str, float]:
        """Events a second, of each way to write them."""
        with tempfile.TemporaryDirectory(prefix="exo-ledger-") as folder:
            return self._say("append", folder, "--events", str(events))

    def fill(self, folder: Path, events: int) -> None:
        self._run("fill", str(folder), "--events", str(events))

    def replay(self, folder: Path, events: int) -> tuple[float, float]:
        """Seconds until a host knows what the ledger says, and of processor time."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        said = self._say("replay", str(folder))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if said["events"] != events:
            raise Failed(f"{said['events']} events were replayed instead of {events}")
        processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return said["seconds"], processor

    def _say(self, *arguments: str) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self._run(*arguments))
        return said

    def _run(self, *arguments: str) -> str:
        command = ["setpriv", "--pdeathsig", "KILL", str(self._program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False)
        if done.returncode != 0:
            raise Failed(f"{' '.join(command[3:])} ended with {done.returncode}: {done.stderr.strip()}")
        return done.stdout
