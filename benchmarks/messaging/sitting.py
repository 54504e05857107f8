"""One measurement after another, each case over all its peers in turn, so that a slow minute slows all alike."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from .cases import Case
from .peers import Peer
from .processes import Failed, Process
from .report import Results

__all__ = ["Failed", "Sitting"]


class Sitting:
    def __init__(self, peers: list[Peer], cases: list[Case], milliseconds: int) -> None:
        self._cases = [(case, [peer for peer in peers if peer.name in case.peers]) for case in cases]
        self._milliseconds = milliseconds
        self._cpu = max(os.sched_getaffinity(0))

    def run(self, results: Results, number: int) -> None:
        for case, peers in self._cases:
            # Who was first in one run is last in the next.
            for peer in peers[number % len(peers):] + peers[: number % len(peers)] if peers else []:
                _show(f"run {number + 1}: {case.name}, {peer.name}")
                results.add(case, peer.name, self._measure(case, peer))
        _show("")

    def _measure(self, case: Case, peer: Peer) -> dict[str, float]:
        prefix = ["taskset", "--cpu-list", str(self._cpu)] if case.pinned else []
        processes: list[Process] = []
        with tempfile.TemporaryDirectory(prefix="exo-", dir=Path("/tmp")) as folder:
            try:
                broker, address = peer.start(Path(folder), prefix)
                if broker:
                    processes.append(broker)
                return self._converse(case, peer, prefix, address, broker, processes)
            finally:
                for process in reversed(processes):
                    process.kill()

    def _converse(
        self,
        case: Case,
        peer: Peer,
        prefix: list[str],
        address: str,
        broker: Process | None,
        processes: list[Process],
    ) -> dict[str, float]:
        options = ["--size", str(case.size), "--window", str(case.window), "--connections", str(case.connections)]
        options += ["--milliseconds", str(self._milliseconds), "--broker", str(broker.pid if broker else 0)]
        if peer.mode:
            options += ["--mode", peer.mode]

        def start(part: str) -> Process:
            process = Process([*prefix, *peer.clients[case.language], part, address, *options])
            processes.append(process)
            return process

        first = start("answerer" if case.asks else "receiver")
        first.wait_for_ready()
        second = start("asker" if case.asks else "sender")
        second.wait_for_ready()
        measuring = second if case.asks else first
        figures: dict[str, float] = json.loads(measuring.line())
        second.finish()
        if broker is None:
            figures.pop("processor")
        elif not case.asks:
            figures["memory"] = broker.peak_megabytes()
        return figures


def _show(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
