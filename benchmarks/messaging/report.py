"""The figures of a sitting, and their ratios to a peer's in the same run."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from .cases import Case

_MEASURES = {"processor": "broker's CPU each", "memory": "broker's peak memory", "rate": ""}
_COMPARED_WITH = ("nats", "nats-buffered", "forwarder", "redis", "socket")


@dataclass
class Result:
    """All runs of one figure of one peer."""

    case: str
    peer: str
    measure: str
    unit: str
    values: list[float] = field(default_factory=list)

    @property
    def name(self) -> str:
        what = _MEASURES.get(self.measure, self.measure)
        return f"{self.peer}: {self.case}{', ' if what else ''}{what}"

    def ratios_to(self, other: Result) -> list[float]:
        return [mine / theirs for mine, theirs in zip(self.values, other.values) if theirs > 0]


class Results:
    def __init__(self) -> None:
        self._all: dict[tuple[str, str, str], Result] = {}
        self.remarks: list[str] = []

    def add(self, case: Case, peer: str, figures: dict[str, float]) -> None:
        for measure, unit in case.measures:
            if measure in figures:
                self._put(case.name, peer, measure, unit, figures[measure])

    def add_share(self, case: str, share: float | None, remark: str) -> None:
        """Of the broker's own code in its CPU; None where it cannot be told, and the remark says why."""
        self.remarks.append(remark)
        if share is not None:
            self._put(case, "exo", "own code", "%", share)

    def _put(self, case: str, peer: str, measure: str, unit: str, value: float) -> None:
        result = self._all.setdefault((case, peer, measure), Result(case, peer, measure, unit))
        result.values.append(value)

    def find(self, case: str, peer: str, measure: str) -> Result | None:
        return self._all.get((case, peer, measure))

    def all(self) -> list[Result]:
        return list(self._all.values())

    def ratios(self, result: Result) -> list[tuple[str, list[float]]]:
        """Of a figure of exo's, to each peer's, run by run."""
        if result.peer != "exo":
            return []
        found = [(peer, self.find(result.case, peer, result.measure)) for peer in _COMPARED_WITH]
        return [(peer, result.ratios_to(other)) for peer, other in found if other and any(other.values)]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def print_table(results: Results) -> None:
    width = max(len(result.name) for result in results.all()) + 2
    print(f"{'':{width}}{'median':>11}{'min':>11}{'max':>11}")
    for result in results.all():
        figures = (median(result.values), min(result.values), max(result.values))
        print(f"{result.name:{width}}{''.join(f'{_number(value):>11}' for value in figures)} {result.unit}")
    print("\nexo, in the same run (median, smallest to largest):")
    for result in results.all():
        for peer, ratios in results.ratios(result):
            print(
                f"  {result.name.removeprefix('exo: '):{width}}{median(ratios):6.2f} x {peer:14}"
                f"{min(ratios):6.2f} to {max(ratios):.2f}"
            )
    for remark in results.remarks:
        print(remark)


def write_json(path: Path, results: Results, machine: str, runs: int) -> None:
    entries: list[dict[str, Any]] = []
    for result in results.all():
        entry = {
            "name": result.name,
            "unit": result.unit,
            "median": median(result.values),
            "min": min(result.values),
            "max": max(result.values),
        }
        compared = [
            {
                "ratio_to": f"{peer}: {result.name.removeprefix('exo: ')}",
                "ratio": median(ratios),
                "ratio_min": min(ratios),
                "ratio_max": max(ratios),
            }
            for peer, ratios in results.ratios(result)
        ]
        entries += [{**entry, **ratio} for ratio in compared] or [entry]
    path.write_text(json.dumps({"machine": machine, "runs": runs, "results": entries}, indent=2) + "\n")
