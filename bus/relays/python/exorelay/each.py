"""Doing something for each record of a stream, over several attempts."""

from __future__ import annotations

import inspect
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol, Union

EVERY = 100
TELL_EVERY_SECONDS = 0.2  # people see no more

Records = Union[Iterable[Any], AsyncIterable[Any]]
Key = Union[str, Callable[[Any], Any]]
Place = dict[str, Any]  # {"done", "key", "finished"}


class EachScript(Protocol):
    """What `each` needs of a script."""

    def place_of(self, name: str) -> Place | None: ...
    async def save(self, name: str, place: Place) -> None: ...
    def progress(self, done: int, total: float | None) -> None: ...
    def changed(self, text: str) -> None: ...


@dataclass(frozen=True)
class EachOptions:
    key: Key | None = None
    every: int = EVERY
    total: float | None = None
    name: str = "records"

    def __post_init__(self) -> None:
        if isinstance(self.every, bool) or not isinstance(self.every, int) or self.every < 1:
            raise ValueError(f"each: 'every' is a whole number of records above 0, not {self.every!r}")
        if self.key is not None and not isinstance(self.key, str) and not callable(self.key):
            raise TypeError("each: 'key' is the name of a field, or a function that takes a record")

    def key_of(self, record: Any) -> Any:
        if callable(self.key):
            return self.key(record)
        return record.get(self.key) if isinstance(record, dict) else getattr(record, str(self.key), None)


class Each:
    """The stream gives records, or lists of them (pages). What is saved is how many records are done and, where records
    have a key, the key of the last one:

        with a key      the stream is in its ascending order, and records up to the saved key are passed over; records
                        that have come or gone before it are named and do no harm
        without one     so many records are passed over as were done; a stream that has become shorter is refused
    """

    def __init__(self, script: EachScript, options: EachOptions) -> None:
        self._script = script
        self._options = options
        self._saved = script.place_of(options.name) or {"done": 0}
        self._done: int = self._saved["done"]
        self._passed = 0
        self._unsaved = 0
        self._last: Any = self._saved.get("key")  # the key of the last record that is done
        self._seen: Any = None  # the key of the last record of the stream
        self._number = 0  # of that record
        self._change_named = False
        self._told_at = float("-inf")

    async def run(self, records: Records, act: Callable[..., Any]) -> int:
        """How many records are done in all."""
        if not callable(act):
            raise TypeError("each: the second argument is a function that takes a record")
        if self._saved.get("finished"):
            return self._done
        async for record in _records_of(records):
            await self._take(record, act)
        self._name_change()
        await self._save(finished=True)
        total = self._options.total
        self._script.progress(self._done, self._done if total is None else total)
        return self._done

    async def _take(self, record: Any, act: Callable[..., Any]) -> None:
        key = None if self._options.key is None else self._checked(self._options.key_of(record))
        if self._is_done(key):
            self._passed += 1
            return
        self._name_change()
        outcome = act(record)
        if inspect.isawaitable(outcome):
            await outcome
        self._last = key
        self._done += 1
        self._unsaved += 1
        self._tell()
        if self._unsaved >= self._options.every:
            await self._save(finished=False)

    def _is_done(self, key: Any) -> bool:
        if self._saved["done"] == 0:
            return False
        if self._options.key is None:
            return bool(self._passed < self._saved["done"])
        return not _is_above(key, self._saved["key"])

    def _name_change(self) -> None:
        """The records before the saved place are not those that were done. Said once."""
        name, done = self._options.name, self._saved["done"]
        if self._passed == done or self._change_named:
            return
        self._change_named = True
        if self._options.key is None:
            raise RuntimeError(
                f"each '{name}': the stream has changed: {done} records were done, and it has only {self._passed}"
            )
        self._script.changed(
            f"each '{name}': the stream has changed: {done} records were done up to the key {_shown(self._saved['key'])}, "
            f"and {self._passed} are there now"
        )

    async def _save(self, *, finished: bool) -> None:
        place: Place = {"done": self._done}
        if self._last is not None:
            place["key"] = self._last
        if finished:
            place["finished"] = True
        self._unsaved = 0
        await self._script.save(self._options.name, place)

    def _tell(self) -> None:
        now = time.monotonic()
        if now - self._told_at >= TELL_EVERY_SECONDS:
            self._told_at = now
            self._script.progress(self._done, self._options.total)

    def _checked(self, key: Any) -> Any:
        """The key, when it is one and above the one before."""
        name = self._options.name
        self._number += 1
        if isinstance(key, bool) or not isinstance(key, (int, float, str)) or key != key:
            raise TypeError(f"each '{name}': the key of record {self._number} is no number and no text")
        if self._number > 1 and not _is_above(key, self._seen):
            raise RuntimeError(
                f"each '{name}': record {self._number} has the key {_shown(key)} after {_shown(self._seen)}; "
                "records with a key come in its ascending order, each key once"
            )
        self._seen = key
        return key


async def _records_of(source: Records) -> AsyncIterator[Any]:
    if isinstance(source, AsyncIterable):
        async for item in source:
            for record in item if isinstance(item, list) else [item]:
                yield record
        return
    if not isinstance(source, Iterable):
        raise TypeError("each: the records are an iterable, or an async iterable")
    for item in source:
        for record in item if isinstance(item, list) else [item]:
            yield record


def _is_above(key: Any, other: Any) -> bool:
    """Numbers by size, texts by their bytes; all numbers are below all texts."""
    if isinstance(key, str) and isinstance(other, str):
        return key.encode("utf-8", "surrogatepass") > other.encode("utf-8", "surrogatepass")
    if isinstance(key, str) or isinstance(other, str):
        return isinstance(key, str)
    return bool(key > other)


def _shown(key: Any) -> str:
    return f'"{key}"' if isinstance(key, str) else str(key)
