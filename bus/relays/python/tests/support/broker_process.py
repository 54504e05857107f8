"""exo's own broker in a process of its own, to be killed and started again at the same place."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

_BUILT = Path(__file__).resolve().parents[5] / "build/release/bin"
_PROGRAM = Path(os.environ.get("EXO_BIN") or _BUILT).parent / "tests/bus/broker_process"


class BrokerProcess:
    """Its fleet is in tests/bus/broker_process.cc. The caller ends it with `close`."""

    def __init__(self) -> None:
        self._folder = tempfile.mkdtemp(prefix="exo-lost-", dir="/tmp")
        self.start()

    @property
    def endpoint(self) -> str:
        return f"ipc://{self._folder}/bus"

    def start(self) -> None:
        self._process = subprocess.Popen([_PROGRAM, self._folder], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(30)

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self._folder)
