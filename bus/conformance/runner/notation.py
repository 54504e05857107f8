"""How values and patterns are written in a case: JSON, whose keys need no quotes, and a few signs more."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any


class Misspelt(Exception):
    """A case is not written as the README says; the message says what is wrong."""


@dataclass(frozen=True)
class Sign:
    """A pattern without content: anything, absent, or `...`, which stands for whatever else there is."""

    text: str


ANYTHING = Sign("_")
ABSENT = Sign("absent")
REST = Sign("...")


@dataclass(frozen=True)
class Variable:
    """Takes the value that it meets first; from then on it is that value."""

    name: str


@dataclass(frozen=True)
class Bound:
    """A number from here on, upwards or downwards."""

    sign: str
    limit: int


@dataclass(frozen=True)
class Containing:
    """A text that has this somewhere."""

    part: str


@dataclass(frozen=True)
class Unordered:
    """A list of these, in whatever order."""

    items: tuple[Any, ...]


_TOKEN = re.compile(
    r"""\s*(?:
    (?P<bytes>x"[0-9a-fA-F\s]*")
  | (?P<text>"(?:[^"\\]|\\.)*")
  | (?P<number>-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)
  | (?P<variable>\$[A-Za-z]\w*)
  | (?P<rest>\.\.\.)
  | (?P<word>[A-Za-z_][\w.-]*)
  | (?P<sign>>=|<=|[{}\[\]:,*])
  )""",
    re.VERBOSE,
)
_WORDS = {"true": True, "false": False, "nil": None, "_": ANYTHING, "absent": ABSENT}


def parse_values(text: str) -> list[Any]:
    """All values that stand one after the other in `text`."""
    parser = _Parser(text)
    values = []
    while not parser.at_end:
        values.append(parser.value())
    return values


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        at = 0
        text = text.rstrip()
        while at < len(text):
            token = _TOKEN.match(text, at)
            if token is None:
                raise Misspelt(f"'{text[at : at + 20]}' is no value")
            self._tokens.append((str(token.lastgroup), str(token.group(str(token.lastgroup)))))
            at = token.end()
        self._at = 0

    @property
    def at_end(self) -> bool:
        return self._at == len(self._tokens)

    def value(self) -> Any:
        group, text = self._next()
        if group == "text":
            return json.loads(text) * self._times()
        if group == "bytes":
            return self._bytes(text) * self._times()
        if group == "number":
            return int(text) if re.fullmatch(r"-?\d+", text) else float(text)
        if group == "variable":
            return Variable(text[1:])
        if group == "rest":
            return REST
        if group == "word" and text in _WORDS:
            return _WORDS[text]
        if text == "containing":
            return Containing(str(self.value()))
        if text == "unordered":
            self._expect("[")
            return Unordered(tuple(self._list()))
        if text in (">=", "<="):
            return Bound(text, int(self._next()[1]))
        if text == "{":
            return self._map()
        if text == "[":
            return self._list()
        raise Misspelt(f"'{text}' is no value")

    def _next(self) -> tuple[str, str]:
        if self.at_end:
            raise Misspelt("the value is not complete")
        self._at += 1
        return self._tokens[self._at - 1]

    def _skip(self, text: str) -> bool:
        found = not self.at_end and self._tokens[self._at] == ("sign", text)
        self._at += found
        return found

    def _expect(self, text: str) -> None:
        if not self._skip(text):
            raise Misspelt(f"a '{text}' is missing")

    # Those that stand side by side are one.
    def _bytes(self, text: str) -> bytes:
        whole = bytes.fromhex(text[2:-1])
        while not self.at_end and self._tokens[self._at][0] == "bytes":
            whole += bytes.fromhex(self._next()[1][2:-1])
        return whole

    def _times(self) -> int:
        return int(self._next()[1]) if self._skip("*") else 1

    def _list(self) -> list[Any]:
        items: list[Any] = []
        while not self._skip("]"):
            if items:
                self._expect(",")
            items.append(self.value())
        return items

    def _map(self) -> dict[Any, Any]:
        entries: dict[Any, Any] = {}
        while not self._skip("}"):
            if entries:
                self._expect(",")
            group, text = self._next()
            if group == "rest":
                entries[REST] = REST
                continue
            key = json.loads(text) if group == "text" else text
            if group not in ("text", "word") or key in entries:
                raise Misspelt(f"'{text}' cannot be a key here")
            self._expect(":")
            entries[key] = self.value()
        return entries


def show(value: Any) -> str:
    """The value as a case would write it, long ones cut short."""
    if isinstance(value, Sign):
        return value.text
    if isinstance(value, Variable):
        return f"${value.name}"
    if isinstance(value, Bound):
        return f"{value.sign} {value.limit}"
    if isinstance(value, Containing):
        return f"containing {show(value.part)}"
    if isinstance(value, Unordered):
        return f"unordered {show(list(value.items))}"
    if isinstance(value, bytes):
        return f'x"{value[:40].hex()}"' if len(value) <= 40 else f'x"{value[:40].hex()}…" ({len(value)} bytes)'
    if isinstance(value, list):
        return "[" + ", ".join(map(show, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(_show_entry(key, each) for key, each in value.items()) + "}"
    if isinstance(value, str) and len(value) > 200:
        return f"{json.dumps(value[:60])}… ({len(value)} letters)"
    return "nil" if value is None else json.dumps(value, ensure_ascii=False)


def _show_entry(key: Any, value: Any) -> str:
    return "..." if key is REST else f"{key}: {show(value)}"
