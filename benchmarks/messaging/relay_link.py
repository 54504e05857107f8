"""The Python relay's part in a measurement: what workload.cc does, with the same arguments and output."""

from __future__ import annotations

import argparse
import asyncio
import json
import struct
import sys
import time
from typing import Any

from exorelay import ExoRelay, ExoRelayOptions, HandlerContext

_MARK = struct.Struct("<QII")  # a Mark as in numbered_payload.h
_BURST = 256  # sent before the bus is waited for
_WARM_UP_SECONDS = 0.1


class Payloads:
    def __init__(self, size: int) -> None:
        self._filling = bytes(i * 37 & 0xFF for i in range(_MARK.size, size))

    def make(self, number: int, last: int = 0) -> bytes:
        return _MARK.pack(number, 0, last) + self._filling

    def check(self, payload: bytes, number: int) -> int:
        """Whether it is its sender's last."""
        found, _, last = _MARK.unpack_from(payload)
        if found != number or payload[_MARK.size :] != self._filling:
            raise ValueError(f"message {found} came where {number} was due, or is not as it was sent")
        return int(last)


def relay_of(part: str, address: str, handlers: dict[str, Any]) -> ExoRelay:
    options = ExoRelayOptions(
        role=part, version="1.0.0", instance=f"{part}-0", token="bench", endpoint=address
    )
    return ExoRelay(options, handlers)


def processor_seconds(process: int) -> float:
    """Of all its threads: the kernel's clock of another process."""
    return time.clock_gettime(~process << 3 | 2) if process else 0.0


def say(text: str) -> None:
    print(text, flush=True)


async def ask(arguments: argparse.Namespace, payloads: Payloads) -> None:
    latencies: list[float] = []
    number = 0
    async with relay_of("asker", arguments.address, {}) as relay:
        say("ready")

        async def ask_for(seconds: float) -> None:
            nonlocal number
            end = time.monotonic() + seconds
            while (before := time.monotonic()) < end:
                reply = await relay.request("echo", payloads.make(number))
                latencies.append(time.monotonic() - before)
                payloads.check(reply.payload, number)
                number += 1

        await ask_for(_WARM_UP_SECONDS)
        latencies.clear()
        processor = processor_seconds(arguments.broker)
        await ask_for(arguments.milliseconds / 1000)
        processor = processor_seconds(arguments.broker) - processor
    latencies.sort()
    count = len(latencies)
    figures = {"p50": latencies[count // 2] * 1e6, "p99": latencies[count * 99 // 100] * 1e6}
    say(json.dumps({"count": count, **figures, "processor": processor * 1e6 / count}))


async def answer(arguments: argparse.Namespace) -> None:
    def echo(payload: bytes, context: HandlerContext) -> None:
        context.reply("echoed", payload)

    async with relay_of("answerer", arguments.address, {"echo": echo}):
        say("ready")
        await asyncio.Event().wait()


async def send(arguments: argparse.Namespace, payloads: Payloads) -> None:
    async with relay_of("sender", arguments.address, {}) as relay:
        say("ready")
        end = time.monotonic() + arguments.milliseconds / 1000
        number = 0
        while time.monotonic() < end:
            for _ in range(_BURST - 1):
                relay.send("note", payloads.make(number))
                number += 1
            await relay.send("note", payloads.make(number))
            number += 1
        await relay.send("note", payloads.make(number, last=1))


async def receive(arguments: argparse.Namespace, payloads: Payloads) -> None:
    done = asyncio.get_running_loop().create_future()
    count = 0
    start = processor = 0.0

    def note(payload: bytes, context: HandlerContext) -> None:
        nonlocal count, start, processor
        if count == 0:
            start, processor = time.monotonic(), processor_seconds(arguments.broker)
        try:
            last = payloads.check(payload, count)
        except ValueError as failure:
            done.set_exception(failure)
            return
        count += 1
        if last:
            done.set_result(time.monotonic())

    async with relay_of("receiver", arguments.address, {"note": note}):
        say("ready")
        seconds = await done - start
        spent = processor_seconds(arguments.broker) - processor
        say(json.dumps({"count": count, "rate": count / seconds, "processor": spent * 1e6 / count}))


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=["asker", "answerer", "sender", "receiver"])
    parser.add_argument("address")
    for option, value in (("size", 100), ("window", 1), ("connections", 1), ("milliseconds", 500), ("broker", 0)):
        parser.add_argument(f"--{option}", type=int, default=value)
    arguments = parser.parse_args()
    if arguments.window != 1 or arguments.connections != 1:
        sys.exit("this relay is measured with one connection, and one request at a time")
    payloads = Payloads(arguments.size)
    if arguments.part == "asker":
        await ask(arguments, payloads)
    elif arguments.part == "answerer":
        await answer(arguments)
    elif arguments.part == "sender":
        await send(arguments, payloads)
    else:
        await receive(arguments, payloads)


asyncio.run(main())
