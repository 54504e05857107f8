from __future__ import annotations

import asyncio
import unittest
from collections.abc import AsyncIterator, Callable
from typing import Any

from exorelay.each import Each, EachOptions
from support.script import ROLE, ScriptTest


class Killed(Exception):
    pass


class Attempts:
    """The attempts at one phase, as the host sees them: what an attempt saves is what the next one begins with."""

    def __init__(self) -> None:
        self.places: dict[str, Any] = {}
        self.changes: list[str] = []
        self.told: list[tuple[int, float | None]] = []

    def place_of(self, name: str) -> Any:
        return self.places.get(name)

    async def save(self, name: str, place: Any) -> None:
        self.places[name] = place

    def progress(self, done: int, total: float | None) -> None:
        self.told.append((done, total))

    def changed(self, text: str) -> None:
        self.changes.append(text)

    async def attempt(self, records: Any, act: Callable[..., Any], **options: Any) -> int:
        return await Each(self, EachOptions(**options)).run(records, act)


def records(*ids: object) -> list[dict[str, object]]:
    return [{"id": id} for id in ids]


async def pages(*lists: list[Any]) -> AsyncIterator[list[Any]]:
    for each in lists:
        yield each


def until(id: object, into: list[object]) -> Callable[[dict[str, object]], None]:
    """Fails when it comes to the record with this id; remembers those before."""

    def act(record: dict[str, object]) -> None:
        if record["id"] == id:
            raise Killed
        into.append(record["id"])

    return act


def nothing(_: object) -> None:
    pass


class EachTest(unittest.IsolatedAsyncioTestCase):
    async def test_refuses_what_makes_no_sense(self) -> None:
        attempts = Attempts()
        with self.assertRaisesRegex(ValueError, "'every' is a whole number of records above 0, not 0"):
            await attempts.attempt([], nothing, every=0)
        with self.assertRaisesRegex(TypeError, "'key' is the name of a field"):
            await attempts.attempt([], nothing, key=7)
        with self.assertRaisesRegex(TypeError, "an iterable, or an async iterable"):
            await attempts.attempt(7, nothing)
        with self.assertRaisesRegex(TypeError, "a function that takes a record"):
            await attempts.attempt([], None)  # type: ignore[arg-type]

    async def test_does_every_record_once_and_goes_on_exactly_behind_its_checkpoint(self) -> None:
        for key in (None, "id"):
            with self.subTest(key=key):
                attempts = Attempts()

                def stream() -> AsyncIterator[list[Any]]:
                    return pages(records(1, 2, 3), [], records(4, 5), records(6, 7))

                first: list[object] = []
                second: list[object] = []
                third: list[object] = []
                with self.assertRaises(Killed):
                    await attempts.attempt(stream(), until(6, first), key=key, every=2)
                self.assertEqual(first, [1, 2, 3, 4, 5])
                self.assertEqual(attempts.places["records"]["done"], 4)
                with self.assertRaises(Killed):
                    await attempts.attempt(stream(), until(7, second), key=key, every=2)
                self.assertEqual(second, [5, 6])
                self.assertEqual(await attempts.attempt(stream(), until(0, third), key=key, every=2), 7)
                self.assertEqual(third, [7])
                self.assertEqual(attempts.changes, [])
                self.assertTrue(attempts.places["records"]["finished"])
                again: list[object] = []
                self.assertEqual(await attempts.attempt(stream(), until(0, again), key=key), 7)
                self.assertEqual(again, [], "it is finished")

    async def test_takes_single_records_and_tells_how_far_it_is(self) -> None:
        attempts = Attempts()
        self.assertEqual(await attempts.attempt(records(1, 2), nothing, name="one by one", total=2), 2)
        self.assertEqual(attempts.told[-1], (2, 2))
        self.assertEqual(await attempts.attempt(pages(records(1)), nothing, name="pages"), 1)
        self.assertEqual(list(attempts.places), ["one by one", "pages"])

    async def test_waits_for_what_is_done_with_a_record(self) -> None:
        seen: list[str] = []

        async def act(record: dict[str, object]) -> None:
            seen.append(f"begin {record['id']}")
            await asyncio.sleep(0)
            seen.append(f"end {record['id']}")

        await Attempts().attempt(records(5, 6), act)
        self.assertEqual(seen, ["begin 5", "end 5", "begin 6", "end 6"])

    async def test_by_key_names_what_has_come_and_gone_before_its_place(self) -> None:
        attempts = Attempts()
        seen: list[object] = []
        with self.assertRaises(Killed):
            await attempts.attempt(records(1, 3, 5, 7), until(7, seen), key="id", every=3)
        self.assertEqual(await attempts.attempt(records(1, 2, 4, 5, 6, 7), until(0, seen), key="id", every=3), 5)
        self.assertEqual(seen, [1, 3, 5, 6, 7])
        self.assertEqual(
            attempts.changes,
            ["each 'records': the stream has changed: 3 records were done up to the key 5, and 4 are there now"],
        )

    async def test_by_key_goes_on_although_the_last_record_that_was_done_has_gone(self) -> None:
        attempts = Attempts()
        seen: list[object] = []
        with self.assertRaises(Killed):
            await attempts.attempt(records("a", "b", "c"), until("c", seen), key=lambda each: each["id"], every=2)
        await attempts.attempt(records("a", "c", "d"), until("", seen), key="id")
        self.assertEqual(seen, ["a", "b", "c", "d"])
        self.assertEqual(len(attempts.changes), 1)

    async def test_without_a_key_refuses_a_stream_that_has_become_shorter(self) -> None:
        attempts = Attempts()
        with self.assertRaises(Killed):
            await attempts.attempt(records(1, 2, 3, 4), until(4, []), every=3)
        with self.assertRaisesRegex(RuntimeError, "has changed: 3 records were done, and it has only 2"):
            await attempts.attempt(records(1, 2), nothing, every=3)

    async def test_refuses_keys_that_are_out_of_order_twice_there_or_none(self) -> None:
        async def attempt(*ids: object) -> None:
            await Attempts().attempt(records(*ids), nothing, key="id")

        with self.assertRaisesRegex(RuntimeError, "record 3 has the key 2 after 3"):
            await attempt(1, 3, 2)
        with self.assertRaisesRegex(RuntimeError, 'record 2 has the key "b" after "b"'):
            await attempt("b", "b")
        with self.assertRaisesRegex(TypeError, "the key of record 2 is no number and no text"):
            await attempt(1, None)
        await attempt(9, 10, "10", "9", "é", "\uffee", "😀")  # numbers by size, then texts by their bytes


EACH = f'''
from exorelay import handle


@handle("{ROLE}-offline-start")
async def offline(start, script):
    def add(record):
        script.send("todo-search.add", record)

    pages = [[{{"id": 1}}, {{"id": 2}}], [{{"id": 3}}]]
    done = await script.each(pages, add, key="id", every=2, total=3)
    script.reply("{ROLE}-offline-done", {{"done": done}})
'''


class EachOfAScriptTest(ScriptTest):
    async def test_saves_its_place_in_checkpoints_when_all_before_is_delivered(self) -> None:
        script = await self.start(EACH, delivers="none")
        broker = script.broker
        others = {"done": 9, "finished": True}
        await script.begin("offline", {"checkpoint": {"each": {"others": others}}})
        adds = [await broker.next("command", "todo-search.add") for _ in range(2)]
        self.assertEqual([each.payload["id"] for each in adds], [1, 2])
        broker.delivered(*adds)
        checkpoint = await broker.next("command", f"{ROLE}-offline-checkpoint")
        self.assertEqual(checkpoint.payload, {"each": {"others": others, "records": {"done": 2, "key": 2}}})
        broker.reply(checkpoint, f"{ROLE}-offline-checkpointed")
        broker.delivered(await broker.next("command", "todo-search.add"))
        last = await broker.next("command", f"{ROLE}-offline-checkpoint")
        self.assertEqual(last.payload["each"]["records"], {"done": 3, "key": 3, "finished": True})
        broker.reply(last, f"{ROLE}-offline-checkpointed")
        self.assertEqual((await broker.next("reply", f"{ROLE}-offline-done")).payload, {"done": 3})

    async def test_goes_on_from_the_checkpoint_of_the_attempt_before(self) -> None:
        script = await self.start(EACH)
        await script.begin("offline", {"checkpoint": {"each": {"records": {"done": 2, "key": 2}}}})
        self.assertEqual((await script.broker.next("command", "todo-search.add")).payload, {"id": 3})


if __name__ == "__main__":
    unittest.main()
