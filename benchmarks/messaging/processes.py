"""The processes of a measurement. None outlives it, however it ends."""

from __future__ import annotations

import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

_PATIENCE_SECONDS = 60.0
_LOOK_SECONDS = 0.005


class Failed(Exception):
    """A measurement that did not end as it should."""


class Process:
    """One program with what it writes; killed by the kernel when this process ends."""

    def __init__(self, command: list[str], *, piped_input: bool = False) -> None:
        self._name = Path(command[-1] if len(command) == 1 else " ".join(command)).name
        self._said = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *command],
            stdin=subprocess.PIPE if piped_input else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._said,
            bufsize=0,
        )
        self._rest = b""

    @property
    def pid(self) -> int:
        return self._process.pid

    def ended(self) -> bool:
        return self._process.poll() is not None

    def line(self) -> str:
        """The next line of its output."""
        assert self._process.stdout is not None
        until = time.monotonic() + _PATIENCE_SECONDS
        while b"\n" not in self._rest:
            readable, _, _ = select.select([self._process.stdout], [], [], until - time.monotonic())
            more = self._process.stdout.read(65536) if readable else b""
            if not more:
                raise self.failure("said nothing")
            self._rest += more
        line, self._rest = self._rest.split(b"\n", 1)
        return line.decode()

    def wait_for_ready(self) -> None:
        if (line := self.line()) != "ready":
            raise self.failure(f"said {line!r} instead of being ready")

    def finish(self) -> None:
        """Waits until it has ended by itself, and well."""
        try:
            code = self._process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            raise self.failure("does not end") from None
        if code != 0:
            raise self.failure(f"ended with {code}")

    def interrupt(self) -> None:
        """Tells it to end, and waits until it has."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(_PATIENCE_SECONDS)

    def peak_megabytes(self) -> float:
        """Of resident memory, so far."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
        raise self.failure("has gone")

    def failure(self, what: str) -> Failed:
        self._said.seek(0)
        words = self._said.read().decode(errors="replace")[-2000:].strip()
        return Failed(f"{self._name} {what}{': ' if words else ''}{words}")

    def kill(self) -> None:
        if not self.ended():
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._said.close()


def wait_until(happened: Callable[[], bool], process: Process) -> None:
    """While the process lives."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while not happened():
        if process.ended():
            raise process.failure("ended at once")
        if time.monotonic() > until:
            raise process.failure("does not take connections")
        time.sleep(_LOOK_SECONDS)
