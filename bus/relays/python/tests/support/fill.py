"""Fills a relay that no bus empties until it takes nothing more; then writes its limit and by how much the process has
grown, in bytes. Run as: fill.py send|request.
"""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import sys
from pathlib import Path

from exorelay import ExoError, ExoRelay, ExoRelayOptions

LIMIT_BYTES = 64 * 1024 * 1024


def resident() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


async def ask(relay: ExoRelay, payload: str, full: asyncio.Event) -> None:
    try:
        await relay.request("todo.add", payload)
    except ExoError:
        full.set()


async def fill(way: str) -> None:
    options = ExoRelayOptions(
        role="web", instance="web-1", token="secret", endpoint="ipc:///nowhere", max_bytes=LIMIT_BYTES
    )
    relay, full = ExoRelay(options), asyncio.Event()
    asking: list[asyncio.Future[None]] = []
    before = resident()
    while not full.is_set():
        payload = f"{len(asking):0100d}"
        if way == "request":
            asking.append(asyncio.ensure_future(ask(relay, payload, full)))
            await asyncio.sleep(0)
            continue
        try:
            relay.send("todo.add", payload)
        except ExoError:
            full.set()
    print(LIMIT_BYTES, resident() - before, flush=True)
    os._exit(0)  # nobody waits for what is left


asyncio.run(fill(sys.argv[1]))
