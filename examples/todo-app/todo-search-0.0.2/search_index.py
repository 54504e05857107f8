"""The titles of todos, and the words in them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

# The stem of each word is kept, so that "figs" finds "fig", and letters without their accents.
SCHEMA = """
CREATE VIRTUAL TABLE IF NOT EXISTS todos
USING fts5 (title, tokenize = "porter unicode61 remove_diacritics 2")
"""


@dataclass(frozen=True)
class Todo:
    id: int
    title: str


class SearchIndex:
    """One SQLite file with a full-text index. Putting a known id replaces its title, so putting twice doubles nothing.
    Raises sqlite3.Error.
    """

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.execute(SCHEMA)

    def put(self, todos: Iterable[Todo]) -> None:
        """All or none of them, in one transaction: many at once are a hundred times as fast as one by one."""
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            rows = ((todo.id, todo.title) for todo in todos)
            self._database.executemany("INSERT OR REPLACE INTO todos (rowid, title) VALUES (?, ?)", rows)

    def find(self, text: str, limit: int) -> list[tuple[Todo, float]]:
        """The todos in which every word of `text` occurs, the last also as the beginning of a word, each with its
        score; the best first.
        """
        expression = match_expression(text)
        if not expression:
            return []
        query = "SELECT rowid, title, -rank FROM todos WHERE todos MATCH ? ORDER BY rank, rowid LIMIT ?"
        return [(Todo(id, title), score) for id, title, score in self._database.execute(query, (expression, limit))]

    def count(self) -> int:
        (count,) = self._database.execute("SELECT count(*) FROM todos").fetchone()
        return int(count)

    def pages(self, size: int) -> Iterator[list[Todo]]:
        """All todos by id. What is put meanwhile may or may not be among them."""
        query = "SELECT rowid, title FROM todos WHERE rowid > ? ORDER BY rowid LIMIT ?"
        last = -1
        while page := [Todo(*row) for row in self._database.execute(query, (last, size))]:
            yield page
            last = page[-1].id

    def close(self) -> None:
        self._database.close()


def match_expression(text: str) -> str:
    """FTS5's expression for a user's words: each quoted, so that nothing in them is taken for an operator."""
    words = [word.replace('"', '""') for word in text.replace("\0", " ").split()]
    return " ".join(f'"{word}"' for word in words) + "*" if words else ""
