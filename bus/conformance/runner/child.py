"""The program that a case is played against."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path


class CannotStart(Exception):
    """The program is not there, or may not be executed; no case can be played."""


class Child:
    """Runs in a folder of its own, which is gone with it; what it says on standard error is kept."""

    def __init__(self, command: list[str], environment: dict[str, str], *, piped: bool = False) -> None:
        self._said = tempfile.TemporaryFile()
        try:
            self.process = subprocess.Popen(
                command,
                env={**os.environ, **environment},
                stdin=subprocess.PIPE if piped else subprocess.DEVNULL,
                stdout=subprocess.PIPE if piped else self._said,
                stderr=self._said,
                bufsize=0,
            )
        except OSError as error:
            self._said.close()
            raise CannotStart(f"cannot start '{command[0]}': {error.strerror}") from None

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self.process.poll()

    def last_words(self) -> str:
        self._said.seek(0)
        return self._said.read().decode(errors="replace")[-2000:].strip()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        self._said.close()


def short_folder() -> tempfile.TemporaryDirectory[str]:
    """For sockets, whose paths are limited to 107 bytes."""
    return tempfile.TemporaryDirectory(prefix="exo-", dir=Path("/tmp"))
