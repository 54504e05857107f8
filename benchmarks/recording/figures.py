"""Figures of several runs, what they are compared with, and how both are shown."""

from __future__ import annotations

import json
from statistics import median
from typing import Any


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


class Figures:
    def __init__(self) -> None:
        self._units: dict[str, str] = {}
        self._values: dict[str, list[float]] = {}
        self._compared: list[tuple[str, str]] = []

    def add(self, name: str, unit: str, value: float) -> None:
        self._units[name] = unit
        self._values.setdefault(name, []).append(value)

    def compare(self, name: str, other: str) -> None:
        """Run by run: both must have been measured in each."""
        self._compared.append((name, other))

    def median(self, name: str) -> float:
        return median(self._values[name])

    def _ratios(self, name: str, other: str) -> list[float]:
        return [mine / theirs for mine, theirs in zip(self._values[name], self._values[other])]

    def table(self) -> str:
        width = max(len(name) for name in self._values) + 2
        lines = [f"{'':{width}}{'median':>11}{'min':>11}{'max':>11}"]
        for name, values in self._values.items():
            figures = "".join(f"{_number(each):>11}" for each in (median(values), min(values), max(values)))
            lines.append(f"{name:{width}}{figures} {self._units[name]}")
        for name, other in self._compared:
            ratios = self._ratios(name, other)
            lines.append(f"{name} is {median(ratios):.2f} of {other} in the same run ({min(ratios):.2f} to {max(ratios):.2f})")
        return "\n".join(lines)

    def json(self, machine: str, runs: int) -> str:
        entries: list[dict[str, Any]] = []
        for name, values in self._values.items():
            entry = {"name": name, "unit": self._units[name], "median": median(values), "min": min(values), "max": max(values)}
            others = [other for mine, other in self._compared if mine == name]
            compared = [{**entry, "ratio_to": other, "ratio": median(self._ratios(name, other))} for other in others]
            entries += compared or [entry]
        return json.dumps({"machine": machine, "runs": runs, "results": entries}, indent=2) + "\n"
