"""Where the broker's processor time goes: in exo's own code, or in what it stands on."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from .cases import CPP
from .peers import Exo
from .processes import Process

_CANNOT = "the share of the broker's own code is not measured: "


# What is profiled, and who plays in it: the one that begins, and the one that it finds there.
PARTS = {"round trip 100 B": ("asker", "answerer"), "one way 100 B": ("sender", "receiver")}


def own_share(programs: Path, milliseconds: int, case: str) -> tuple[float | None, str]:
    """Percent of the broker's samples that are in its own program in this case of PARTS; and a remark. In a round trip
    each message goes by itself; one way they go in packs, and what ZeroMQ costs is shared by those of a pack.
    """
    beginner, other = PARTS[case]
    if not shutil.which("perf"):
        return None, _CANNOT + "it needs the package linux-perf"
    peer = Exo(programs)
    processes: list[Process] = []
    with tempfile.TemporaryDirectory(prefix="exo-", dir=Path("/tmp")) as folder:
        try:
            broker, address = peer.start(Path(folder), [])
            assert broker is not None
            processes.append(broker)
            samples = Path(folder) / "samples"
            found = Process([*peer.clients[CPP], other, address])
            processes.append(found)
            found.wait_for_ready()
            record = ["perf", "record", "--event", "cpu-clock", "--freq", "4000", "--output", str(samples)]
            recorder = Process([*record, "--pid", str(broker.pid)])
            processes.append(recorder)
            begun = Process([*peer.clients[CPP], beginner, address, "--milliseconds", str(max(4 * milliseconds, 1000))])
            processes.append(begun)
            begun.finish()
            return _read(recorder, samples, case)
        finally:
            for process in reversed(processes):
                process.kill()


def _read(recorder: Process, samples: Path, case: str) -> tuple[float | None, str]:
    if recorder.ended():
        return None, _CANNOT + str(recorder.failure("ended"))
    recorder.interrupt()
    report = ["perf", "report", "--input", str(samples), "--sort", "dso", "--stdio", "--field-separator", ";"]
    lines = subprocess.run(report, capture_output=True, text=True, check=False).stdout
    shares = {dso: float(share) for share, dso in re.findall(r"^\s*([0-9.]+)% *;(\S+)\s*$", lines, re.MULTILINE)}
    if not shares:
        return None, _CANNOT + "perf gave no samples"
    parts = ", ".join(f"{dso} {share:.0f} %" for dso, share in sorted(shares.items(), key=lambda part: -part[1])[:5])
    return shares.get("messaging_broker", 0.0), f"the broker's CPU, {case}: {parts}"
