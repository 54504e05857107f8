"""Reads files of cases; README.md describes them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .notation import Misspelt, parse_values
from .protocol import WITH_MAP

_CONTINUATION = " " * 6
_STEP = re.compile(r"(?P<who>\S+)\s+(?P<sign>[<>&~|])\s+(?P<kind>[a-z]+)\b(?P<rest>.*)", re.DOTALL)


@dataclass(frozen=True)
class Expectation:
    """A message that must come. A payload is demanded only where it is written."""

    line: int
    text: str
    kind: str
    header: dict[Any, Any]
    payload: list[Any]  # of one element, or empty


@dataclass(frozen=True)
class Say:
    """`who` sends this to what is tested."""

    line: int
    text: str
    who: str
    kind: str  # "frames": `frames` is the whole message
    header: dict[Any, Any] = field(default_factory=dict)
    payload: Any = None
    frame: bytes | None = None
    frames: list[bytes] = field(default_factory=list)


@dataclass(frozen=True)
class Hear:
    """`who` must get each of these next, in any order; of alternatives one."""

    line: int
    text: str
    who: str
    expectations: list[list[Expectation]]
    sooner_or_later: bool = False  # others of the same kind may come before


@dataclass(frozen=True)
class Order:
    """Anything else: what the runner does for the case."""

    line: int
    text: str
    words: list[str]
    values: list[Any]


Step = Say | Hear | Order


@dataclass
class Case:
    file: Path
    line: int
    title: str
    steps: list[Step] = field(default_factory=list)


@dataclass
class CaseFile:
    subject: str  # "relay" or "broker"
    cases: list[Case]


def read_cases(path: Path) -> CaseFile:
    """Raises Misspelt, which names file and line."""
    subject = ""
    cases: list[Case] = []
    for number, text in _logical_lines(path):
        try:
            if text.startswith("for "):
                subject = _subject(text)
            elif text.startswith("case "):
                cases.append(Case(path, number, text.removeprefix("case ").strip()))
            elif not cases:
                raise Misspelt("a step comes before the first case")
            else:
                _add_step(cases[-1], number, text)
        except (Misspelt, ValueError) as error:
            raise Misspelt(f"{path}:{number}: {error}\n  {text}") from None
    if not subject:
        raise Misspelt(f"{path}: it does not begin with 'for a relay' or 'for the broker'")
    return CaseFile(subject, cases)


def _subject(text: str) -> str:
    subjects = {"for a relay": "relay", "for the broker": "broker"}
    if text not in subjects:
        raise Misspelt("a file is for a relay, or for the broker")
    return subjects[text]


# Without comments, and with the lines that go on.
def _logical_lines(path: Path) -> list[tuple[int, str]]:
    lines: list[tuple[int, str]] = []
    for number, raw in enumerate(path.read_text().splitlines(), 1):
        text = _without_comment(raw).rstrip()
        goes_on = text.startswith(_CONTINUATION)
        text = text.strip()
        if goes_on and lines:
            lines[-1] = (lines[-1][0], f"{lines[-1][1]} {text}")
        elif text:
            lines.append((number, text))
    return lines


def _without_comment(line: str) -> str:
    match = re.match(r'(?:[^"#]|"(?:[^"\\]|\\.)*")*', line)
    return match.group() if match else ""


def _add_step(case: Case, number: int, text: str) -> None:
    match = _STEP.fullmatch(text)
    if match is None:
        case.steps.append(_order(number, text))
        return
    who, sign, kind = match["who"], match["sign"], match["kind"]
    if sign == ">":
        case.steps.append(_say(number, text, who, kind, match["rest"]))
        return
    expectation = _expectation(number, text, kind, match["rest"])
    if sign in "&|":
        before = case.steps[-1] if case.steps else None
        if not isinstance(before, Hear) or before.who != who:
            raise Misspelt(f"'{sign}' follows a line with '<' of the same peer")
        if sign == "&":
            before.expectations.append([expectation])
        else:
            before.expectations[-1].append(expectation)
        return
    case.steps.append(Hear(number, text, who, [[expectation]], sooner_or_later=sign == "~"))


def _order(number: int, text: str) -> Order:
    match = re.match(r"[^{\[\"]*", text)
    words = match.group() if match else ""
    return Order(number, text, words.split(), parse_values(text[len(words) :]))


def _say(number: int, text: str, who: str, kind: str, rest: str) -> Say:
    if kind == "frames":
        (frames,) = parse_values(rest)
        return Say(number, text, who, kind, frames=frames)
    header, payload, frame = _parts(kind, rest)
    return Say(number, text, who, kind, header, payload[0] if payload else None, frame)


def _expectation(number: int, text: str, kind: str, rest: str) -> Expectation:
    header, payload, frame = _parts(kind, rest)
    if frame is not None:
        raise Misspelt("what comes is compared as a value, not as a frame")
    return Expectation(number, text, kind, header, payload)


# The header, then the payload or `frame` and its bytes; of kinds whose payload is a map of the protocol the payload
# alone, since their header has nothing else.
def _parts(kind: str, rest: str) -> tuple[dict[Any, Any], list[Any], bytes | None]:
    written, _, exact = rest.partition(" frame ")
    values = parse_values(written)
    frame = parse_values(exact)[0] if exact else None
    header: dict[Any, Any] = {}
    if values and isinstance(values[0], dict) and kind not in WITH_MAP:
        header = values.pop(0)
    if len(values) > 1 or (values and frame is not None):
        raise Misspelt("a message is a kind, a header and a payload")
    return header, values, frame
