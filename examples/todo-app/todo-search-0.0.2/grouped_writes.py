"""Many small writes in one transaction: the difference between hundreds and tens of thousands in a second."""

from __future__ import annotations

import asyncio

from search_index import SearchIndex, Todo


class GroupedWrites:
    """Gathers the writes of all handlers that run in one turn of the event loop."""

    def __init__(self, index: SearchIndex) -> None:
        self._index = index
        self._todos: list[Todo] = []
        self._written: asyncio.Future[None] | None = None

    async def put(self, todo: Todo) -> None:
        """Returns when the todo is durable. A group that cannot be written fails for all that are in it."""
        self._todos.append(todo)
        if self._written is None:
            loop = asyncio.get_running_loop()
            self._written = loop.create_future()
            loop.call_soon(self.commit)
        await asyncio.shield(self._written)

    def commit(self) -> None:
        """Writes what waits, so that whoever reads next finds it."""
        if self._written is None:
            return
        todos, written = self._todos, self._written
        self._todos, self._written = [], None
        try:
            self._index.put(todos)
        except Exception as error:
            written.set_exception(error)
        else:
            written.set_result(None)
