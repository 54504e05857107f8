"""What exo's bus must reach."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from .report import Results


@dataclass(frozen=True)
class Demand:
    """At least or at most so much, of the median; times that of another peer, where one is named."""

    case: str
    measure: str
    bound: float
    at_least: bool = False
    times: str = ""


DEMANDS = (
    Demand("round trip 100 B", "p50", 1.3, times="nats"),
    Demand("round trip 100 B, one CPU", "p50", 4.5, times="forwarder"),
    Demand("round trip 100 B", "p99", 1.3, times="nats"),
    Demand("one way 100 B", "rate", 0.4, at_least=True, times="nats"),
    Demand("one way 1 KiB", "rate", 0.5, at_least=True, times="nats"),
    Demand("500 senders 100 B", "rate", 300_000, at_least=True),
    Demand("500 senders 100 B", "memory", 100),
    Demand("round trip 100 B", "own code", 20),
)


def shortfalls(results: Results, cases: list[str]) -> list[str]:
    """The demands of these cases that were not met or could not be judged, each as a sentence."""
    sentences = []
    for demand in DEMANDS:
        if demand.case not in cases:
            continue
        result = results.find(demand.case, "exo", demand.measure)
        other = results.find(demand.case, demand.times, demand.measure) if demand.times else None
        if not result or (demand.times and not other):
            beside = f" beside {demand.times}" if demand.times else ""
            sentences.append(f"exo: {demand.case}, {demand.measure}: not measured{beside}, so not judged")
            continue
        value = median(result.ratios_to(other)) if other else median(result.values)
        if value >= demand.bound if demand.at_least else value <= demand.bound:
            continue
        unit = f" x {demand.times}" if demand.times else f" {result.unit}"
        bound = f"at {'least' if demand.at_least else 'most'} {demand.bound:,g}"
        sentences.append(f"{result.name}: {value:,.4g}{unit}, {bound} is asked")
    return sentences
