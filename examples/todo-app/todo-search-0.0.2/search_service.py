"""The service that finds todos by their words."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from exorelay import HandlerContext, handle

from grouped_writes import GroupedWrites
from search_index import SearchIndex, Todo

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000
TODOS_PER_PAGE = 500

MAX_ID = 2**63 - 1  # what SQLite can hold


class SearchService:
    """Handles a relay's commands with one index:

        todo-search.add {id, title}         → todo-search.added {id}; a known id gets the new title
        todo-search.search {text, limit?}   → todo-search.found [{id, title, score}, …], the best first
        todo-search.list {}                 → todo-search.listed [{id, title}, …], by id; in pages
        todo-search.count {}                → todo-search.counted {count}

    A payload that is not so fails its command.
    """

    def __init__(self, index: SearchIndex) -> None:
        self._index = index
        self._writes = GroupedWrites(index)

    @handle("todo-search.add")
    async def add(self, payload: Any, context: HandlerContext) -> None:
        todo = todo_of(payload)
        await self._writes.put(todo)
        context.reply("todo-search.added", {"id": todo.id})

    @handle("todo-search.search")
    async def search(self, payload: Any, context: HandlerContext) -> None:
        text, limit = search_of(payload)
        self._writes.commit()
        found = self._index.find(text, limit)
        context.reply("todo-search.found", [{**asdict(todo), "score": score} for todo, score in found])

    @handle("todo-search.list")
    async def list(self, _: Any, context: HandlerContext) -> None:
        self._writes.commit()
        for page in self._index.pages(TODOS_PER_PAGE):
            await context.reply.write("todo-search.listed", [asdict(todo) for todo in page])
        context.reply.end("todo-search.listed")

    @handle("todo-search.count")
    async def count(self, _: Any, context: HandlerContext) -> None:
        self._writes.commit()
        context.reply("todo-search.counted", {"count": self._index.count()})


def todo_of(payload: Any) -> Todo:
    """Raises a ValueError that says what is wrong with the payload."""
    match payload:
        case {"id": int(id), "title": str(title)} if not isinstance(id, bool) and 0 <= id <= MAX_ID:
            return Todo(id, title)
    raise ValueError("payload: expected {id, title}, a whole number that is not negative and a string")


def search_of(payload: Any) -> tuple[str, int]:
    """Raises a ValueError that says what is wrong with the payload."""
    match payload:
        case {"text": str(text)}:
            limit = payload.get("limit")
            if limit is None:
                return text, DEFAULT_LIMIT
            if isinstance(limit, int) and not isinstance(limit, bool) and 1 <= limit <= MAX_LIMIT:
                return text, limit
            raise ValueError(f"payload: `limit` must be a whole number from 1 to {MAX_LIMIT}")
    raise ValueError("payload: expected {text}, a string")
