"""What is measured."""

from __future__ import annotations

from dataclasses import dataclass

SIZES = {100: "100 B", 1024: "1 KiB"}
WINDOWS = (8, 64)
FAN_IN = (50, 500)
CPP = "C++"


@dataclass(frozen=True)
class Case:
    """One kind of work; `asks` tells whether it is requests or one-way messages."""

    name: str
    asks: bool
    size: int
    window: int = 1
    connections: int = 1
    pinned: bool = False  # all processes on one CPU
    language: str = CPP  # of the clients
    peers: tuple[str, ...] = ()

    @property
    def measures(self) -> tuple[tuple[str, str], ...]:
        """What is reported of it, each with its unit."""
        if self.asks and self.window == 1:
            return (("p50", "us"), ("p99", "us"), ("processor", "us"))
        if self.asks:
            return (("rate", "/s"), ("processor", "us"))
        return (("rate", "/s"), ("processor", "us"), ("memory", "MB"))


def _round_trips() -> list[Case]:
    peers = ("exo", "nats", "redis", "forwarder", "socket")
    return [
        Case(f"round trip {text}{', one CPU' if pinned else ''}", True, size, pinned=pinned, peers=peers)
        for size, text in SIZES.items()
        for pinned in (False, True)
    ]


def _pipelined() -> list[Case]:
    peers = ("exo", "nats", "redis", "forwarder")
    return [
        Case(f"requests {text}, {window} at a time", True, size, window=window, peers=peers)
        for size, text in SIZES.items()
        for window in WINDOWS
    ]


def _one_way() -> list[Case]:
    peers = ("exo", "nats", "nats-buffered", "redis")
    return [Case(f"one way {text}", False, size, peers=peers) for size, text in SIZES.items()]


def _fan_in() -> list[Case]:
    peers = ("exo", "nats", "nats-buffered", "redis")
    return [
        Case(f"{connections} senders {text}", False, size, connections=connections, peers=peers)
        for connections in FAN_IN
        for size, text in SIZES.items()
    ]


def _languages() -> list[Case]:
    return [
        Case(f"{'round trip' if asks else 'one way'} {text}, {language}", asks, size, language=language, peers=("exo",))
        for language in ("Python", "JavaScript")
        for asks in (True, False)
        for size, text in SIZES.items()
    ]


def all_cases() -> list[Case]:
    return [*_round_trips(), *_pipelined(), *_one_way(), *_fan_in(), *_languages()]
