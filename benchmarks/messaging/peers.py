"""exo's bus and what it is compared with: how each is started, and which programs speak to it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from .cases import CPP
from .processes import Failed, Process, wait_until

_HERE = Path(__file__).resolve().parent
_ROOT = _HERE.parent.parent


class Peer:
    """A broker, or none: its name, the client's program in each language, and the client's mode."""

    def __init__(self, name: str, clients: dict[str, list[str]], mode: str = "") -> None:
        self.name = name
        self.clients = clients
        self.mode = mode

    def start(self, folder: Path, prefix: list[str]) -> tuple[Process | None, str]:
        """Starts a broker with sockets in the folder; tells where it is when it takes connections."""
        raise NotImplementedError


class Exo(Peer):
    def __init__(self, programs: Path) -> None:
        python = str(_ROOT / "bus/relays/python/bin/exo-python")
        super().__init__(
            "exo",
            {
                CPP: [str(programs / "messaging_exo")],
                "Python": [python, str(_HERE / "relay_link.py")],
                "JavaScript": ["node", str(_HERE / "relay_link.js")],
            },
        )
        self._broker = str(programs / "messaging_broker")

    def start(self, folder: Path, prefix: list[str]) -> tuple[Process | None, str]:
        endpoint = f"ipc://{folder}/bus"
        broker = Process([*prefix, self._broker, endpoint], piped_input=True)
        broker.wait_for_ready()
        return broker, endpoint


class Nats(Peer):
    def __init__(self, programs: Path, mode: str) -> None:
        super().__init__(f"nats{'-' if mode else ''}{mode}", {CPP: [str(programs / "messaging_nats")]}, mode)

    def start(self, folder: Path, prefix: list[str]) -> tuple[Process | None, str]:
        command = ["nats-server", "--addr", "127.0.0.1", "--port", "-1", "--ports_file_dir", str(folder)]
        broker = Process([*prefix, *command])
        written = folder / f"nats-server_{broker.pid}.ports"
        url = ""

        def is_listening() -> bool:
            nonlocal url
            try:
                url = json.loads(written.read_text())["nats"][0]
            except (OSError, ValueError):
                return False
            return True

        wait_until(is_listening, broker)
        return broker, url


class Redis(Peer):
    def __init__(self, programs: Path) -> None:
        super().__init__("redis", {CPP: [str(programs / "messaging_redis")]})

    def start(self, folder: Path, prefix: list[str]) -> tuple[Process | None, str]:
        path = folder / "redis"
        # Nothing is kept, and nobody is cut off who reads slowly: every message must arrive.
        options = ["--port", "0", "--unixsocket", str(path), "--save", "", "--appendonly", "no", "--dir", str(folder)]
        options += ["--client-output-buffer-limit", "pubsub", "0", "0", "0"]
        broker = Process([*prefix, "redis-server", *options])
        wait_until(path.exists, broker)
        return broker, str(path)


class Forwarder(Peer):
    def __init__(self, programs: Path) -> None:
        super().__init__("forwarder", {CPP: [str(programs / "messaging_raw")]})
        self._broker = str(programs / "messaging_forwarder")

    def start(self, folder: Path, prefix: list[str]) -> tuple[Process | None, str]:
        path = str(folder / "forwarder")
        broker = Process([*prefix, self._broker, path])
        broker.wait_for_ready()
        return broker, path


class Socket(Peer):
    def __init__(self, programs: Path) -> None:
        super().__init__("socket", {CPP: [str(programs / "messaging_raw")]}, "direct")

    def start(self, folder: Path, prefix: list[str]) -> tuple[Process | None, str]:
        return None, str(folder / "socket")


def all_peers(programs: Path) -> tuple[list[Peer], list[str]]:
    """Those that are at hand, and a line for each that is not."""
    peers: list[Peer] = [Exo(programs), Forwarder(programs), Socket(programs)]
    missing = []
    others: list[tuple[str, str, str, Callable[[], list[Peer]]]] = [
        ("nats-server", "messaging_nats", "nats-server and libnats-dev",
         lambda: [Nats(programs, ""), Nats(programs, "buffered")]),
        ("redis-server", "messaging_redis", "redis-server and libhiredis-dev", lambda: [Redis(programs)]),
    ]
    for server, client, packages, make in others:
        if shutil.which(server, path="/usr/bin:/usr/sbin:/usr/local/bin") and (programs / client).exists():
            peers += make()
        else:
            missing.append(f"{server} is not measured: it needs the packages {packages}")
    return peers, missing


__all__ = ["Failed", "Peer", "all_peers"]
