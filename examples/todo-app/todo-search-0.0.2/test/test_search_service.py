"""Run with the folder above on the path, by bin/test."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from exorelay.handlers import handlers_of  # noqa: E402

from search_index import SearchIndex, Todo, match_expression  # noqa: E402
from search_service import SearchService  # noqa: E402


class Replies:
    """A handler's context that keeps what was replied."""

    def __init__(self) -> None:
        self.replies: list[tuple[str, Any]] = []
        self.reply = self

    def __call__(self, name: str, payload: Any) -> None:
        self.replies.append((name, payload))

    async def write(self, name: str, page: Any) -> None:
        self.replies.append((name, page))

    def end(self, name: str, page: Any = ()) -> None:
        self.replies.append((name, list(page)))


class IndexTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name) / "search.db"
        self.index = SearchIndex(self.file)
        self.addCleanup(self.index.close)

    def put(self, *titles: str) -> None:
        self.index.put(Todo(id, title) for id, title in enumerate(titles, 1))

    def found(self, text: str, limit: int = 10) -> list[str]:
        return [todo.title for todo, _ in self.index.find(text, limit)]

    def test_what_a_user_types_is_words_and_no_operators(self) -> None:
        self.put("say \"hello\" AND (wave)", "nothing")
        for text in ('"hello"', "AND", "(wave)", 'hello "', "say*", "hello - wave", "NEAR(say)"):
            with self.subTest(text):
                self.found(text)
        self.assertEqual(self.found('"hello" AND'), ['say "hello" AND (wave)'])

    def test_without_a_word_nothing_is_found(self) -> None:
        self.put("one")
        for text in ("", "  ", "\t\0", "-", '"'):
            with self.subTest(text):
                self.assertEqual(self.found(text), [])

    def test_every_word_must_occur_the_last_as_a_beginning(self) -> None:
        self.put("buy fresh figs", "buy milk", "fresh air")
        self.assertEqual(self.found("fresh buy"), ["buy fresh figs"])
        self.assertEqual(self.found("buy fr"), ["buy fresh figs"])
        self.assertEqual(self.found("fr buy"), [])

    def test_words_are_found_in_all_their_forms(self) -> None:
        self.put("plan the journeys", "écrire à Zoë")
        self.assertEqual(self.found("planning journey"), ["plan the journeys"])
        self.assertEqual(self.found("ecrire zoe"), ["écrire à Zoë"])

    def test_the_best_comes_first_with_its_score(self) -> None:
        self.put("a fig among many other words that a todo may have", "fig", "fig fig")
        found = self.index.find("fig", 10)
        self.assertEqual(found[-1][0].id, 1)
        self.assertEqual(sorted((score for _, score in found), reverse=True), [score for _, score in found])
        self.assertEqual(len(self.index.find("fig", 2)), 2)

    def test_a_known_id_gets_the_new_title(self) -> None:
        self.put("old", "other")
        self.put("new")
        self.assertEqual((self.found("old"), self.found("new"), self.index.count()), ([], ["new"], 2))

    def test_a_group_is_written_whole_or_not_at_all(self) -> None:
        self.put("one")
        with self.assertRaises(sqlite3.Error):
            self.index.put([Todo(2, "two"), Todo(3, object())])  # type: ignore[arg-type]
        self.assertEqual(self.index.count(), 1)
        self.put("one", "two")
        self.assertEqual(self.index.count(), 2)

    def test_pages_hold_all_todos_by_id(self) -> None:
        self.index.put([Todo(id, str(id)) for id in (7, 0, 3)])
        self.assertEqual([[todo.id for todo in page] for page in self.index.pages(2)], [[0, 3], [7]])

    def test_what_is_put_is_there_when_the_file_is_opened_again(self) -> None:
        self.put("one")
        again = SearchIndex(self.file)
        self.addCleanup(again.close)
        self.assertEqual(again.count(), 1)

    def test_an_expression_quotes_each_word(self) -> None:
        self.assertEqual(match_expression(' say "hi" '), '"say" """hi"""*')


class ServiceTest(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.index = SearchIndex(Path(folder.name) / "search.db")
        self.addCleanup(self.index.close)
        self.handlers = handlers_of(SearchService(self.index))

    async def ask(self, name: str, payload: Any = None) -> list[tuple[str, Any]]:
        context = Replies()
        await self.handlers[f"todo-search.{name}"](payload, context)  # type: ignore[misc]
        return context.replies

    async def test_a_payload_that_is_not_so_is_refused(self) -> None:
        wrong_todos = [None, 1, {}, {"id": "1", "title": "a"}, {"id": 1}, {"id": True, "title": "a"},
                       {"id": -1, "title": "a"}, {"id": 2**63, "title": "a"}, {"id": 1, "title": None}]  # fmt: skip
        for payload in wrong_todos:
            with self.subTest(payload), self.assertRaisesRegex(ValueError, "expected {id, title}"):
                await self.ask("add", payload)
        for payload in ({"text": "a", "limit": 0}, {"text": "a", "limit": 1001}, {"text": "a", "limit": "5"}):
            with self.subTest(payload), self.assertRaisesRegex(ValueError, "from 1 to 1000"):
                await self.ask("search", payload)
        with self.assertRaisesRegex(ValueError, "expected {text}"):
            await self.ask("search", {"limit": 5})

    async def test_what_is_added_is_found(self) -> None:
        self.assertEqual(await self.ask("add", {"id": 1, "title": "buy figs"}), [("todo-search.added", {"id": 1})])
        ((name, found),) = await self.ask("search", {"text": "fig", "limit": None})
        self.assertEqual((name, found[0]["id"], found[0]["title"]), ("todo-search.found", 1, "buy figs"))
        self.assertGreater(found[0]["score"], 0)

    async def test_who_reads_finds_what_was_written_before(self) -> None:
        adding = [asyncio.create_task(self.ask("add", {"id": id, "title": f"todo {id}"})) for id in range(5)]
        await asyncio.sleep(0)
        self.assertEqual(await self.ask("count"), [("todo-search.counted", {"count": 5})])
        await asyncio.gather(*adding)

    async def test_a_group_that_cannot_be_written_fails_for_all(self) -> None:
        self.index.close()
        adding = [self.ask("add", {"id": id, "title": "todo"}) for id in range(3)]
        failures = await asyncio.gather(*adding, return_exceptions=True)
        self.assertEqual([type(failure) for failure in failures], [sqlite3.ProgrammingError] * 3)

    async def test_all_are_listed_in_pages(self) -> None:
        self.index.put(Todo(id, f"todo {id}") for id in range(1200))
        replies = await self.ask("list")
        self.assertEqual([len(page) for _, page in replies], [500, 500, 200, 0])
        self.assertEqual(replies[0][1][1], {"id": 1, "title": "todo 1"})
