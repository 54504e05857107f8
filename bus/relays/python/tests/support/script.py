"""A process with one deployment script, and the broker that it talks to. It is ended with the test."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from support.fake_broker import PATIENCE_SECONDS, FakeBroker
from support.fleet import FleetTest, until

RELAY = Path(__file__).resolve().parents[2]
ROLE = "deployment-todo-search-0.0.2"


class Script:
    def __init__(self, broker: FakeBroker, file: Path, process: asyncio.subprocess.Process) -> None:
        self.broker = broker
        self.file = file
        self.output = ""
        self._process = process
        self._reading = asyncio.create_task(self._read())

    async def registered(self) -> dict[str, Any]:
        await until(lambda: bool(self.broker.registrations) or self._reading.done(), f"registration: {self.output}")
        return self.broker.registrations[0]

    async def begin(self, phase: str = "offline", payload: Any = None) -> None:
        """Lets the host start a phase."""
        await self.registered()
        start = {"expects": "many", "sender": "exo", "activityId": "attempt-1"}
        self.broker.command(f"{ROLE}-{phase}-start", payload or {}, **start)

    async def failure(self, phase: str = "offline") -> str:
        """What the host was told, where the attempt has failed; and that the process says so too."""
        reply = await self.broker.next("reply", f"{ROLE}-{phase}-failed")
        assert await self.exited() == 1, self.output
        return str(reply.payload["reason"])

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    async def exited(self) -> int:
        await asyncio.wait_for(self._reading, PATIENCE_SECONDS)
        return await self._process.wait()

    async def end(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self.exited()

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while data := await self._process.stdout.read(65536):
            self.output += data.decode()


class ScriptTest(FleetTest):
    async def start(self, source: str | None, *, environment: dict[str, str] | None = None, **broker: Any) -> Script:
        fake = self.start_broker(**{"delivers": "all", **broker})
        folder = tempfile.TemporaryDirectory(prefix="exo-script-")
        self.addCleanup(folder.cleanup)
        file = Path(folder.name) / "todo-search-0.0.2.py"
        if source is not None:
            file.write_text(source)
        (Path(folder.name) / "token").write_text("secret\n")
        variables = {
            "ROLE": ROLE,
            "EXO_BUS": fake.endpoint,
            "EXO_INSTANCE": "script-1",
            "EXO_VERSION": "0.0.2",
            "EXO_TOKEN_FILE": str(Path(folder.name) / "token"),
            "EXO_PYTHON": sys.executable,
            "PATH": os.environ["PATH"],
        }
        process = await asyncio.create_subprocess_exec(
            str(RELAY / "bin" / "exo-script"),
            str(file),
            env={**variables, **(environment or {})},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        script = Script(fake, file, process)
        self.addAsyncCleanup(script.end)
        return script


def offline(body: str) -> str:
    """A script whose offline handler has this body."""
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    return f'from exorelay import handle\n@handle("{ROLE}-offline-start")\nasync def start(payload, script):\n{lines}\n'
