from __future__ import annotations

import asyncio
import math
import unittest
from typing import Any

from exorelay import ExoError
from support.fake_broker import FakeBroker, Received
from support.fleet import FleetTest, until
from support.script import ROLE, ScriptTest


async def granted(broker: FakeBroker, number: int) -> Received:
    asked = await broker.next("command", "exo.lock")
    broker.reply(asked, "exo.locked", {"key": asked.payload["key"], "number": number})
    return asked


def soon(awaitable: Any) -> asyncio.Task[Any]:
    async def run() -> Any:
        return await awaitable

    return asyncio.create_task(run())


class LockTest(FleetTest):
    async def test_without_a_key_or_with_a_timeout_that_is_none_is_refused(self) -> None:
        _, relay = await self.connected()
        with self.assertRaisesRegex(TypeError, "the key of a lock is a text"):
            relay.lock("")
        with self.assertRaisesRegex(ValueError, "a number of seconds above 0, not 0"):
            relay.lock("accounts", timeout=0)

    async def test_is_waited_for_a_minute_where_nobody_says_otherwise(self) -> None:
        broker, relay = await self.connected()
        taken = soon(relay.lock("accounts"))
        asked = await granted(broker, 7)
        self.assertEqual(asked.payload, {"key": "accounts", "timeoutMs": 60_000})
        lock = await taken
        self.assertEqual((lock.key, lock.number, lock.held), ("accounts", 7, True))
        waiting = soon(relay.lock("stock", timeout=math.inf))
        self.assertEqual((await broker.next("command", "exo.lock")).payload, {"key": "stock"})
        waiting.cancel()

    async def test_is_held_for_a_block_and_given_back_whatever_comes_of_it(self) -> None:
        broker, relay = await self.connected()

        async def block() -> None:
            async with relay.lock("accounts") as lock:
                self.assertTrue(lock.held)
                raise RuntimeError("no such account")

        done = asyncio.create_task(block())
        asked = await granted(broker, 9)
        unlock = await broker.next("command", "exo.unlock")
        self.assertEqual(unlock.payload, {"key": "accounts", "lock": asked.header["id"]})
        with self.assertRaisesRegex(RuntimeError, "no such account"):
            await done

    async def test_is_given_back_once(self) -> None:
        broker, relay = await self.connected()
        taken = soon(relay.lock("accounts"))
        await granted(broker, 7)
        lock = await taken
        await asyncio.gather(lock.release(), lock.release())
        self.assertFalse(lock.held)
        await broker.next("command", "exo.unlock")
        relay.send("next").ignore()
        await broker.next("command", "next")
        self.assertNotIn("exo.unlock", [each.header.get("name") for each in broker.received])

    async def test_that_does_not_come_in_time_is_an_error_with_the_code_of_the_bus(self) -> None:
        broker, relay = await self.connected()
        taken = soon(relay.lock("accounts", timeout=0.02))
        broker.error(await broker.next("command", "exo.lock"), "expired", "the lock was not free in time")
        with self.assertRaises(ExoError) as raised:
            await taken
        self.assertEqual(raised.exception.code, "expired")

    async def test_is_not_waited_for_by_a_task_that_was_cancelled(self) -> None:
        broker, relay = await self.connected()
        taken = soon(relay.lock("accounts"))
        asked = await broker.next("command", "exo.lock")
        taken.cancel()
        self.assertEqual(
            (await broker.next("command", "exo.unlock")).payload, {"key": "accounts", "lock": asked.header["id"]}
        )

    async def test_is_lost_with_the_connection(self) -> None:
        broker, relay = await self.connected()
        taken = soon(relay.lock("accounts"))
        await granted(broker, 7)
        lock = await taken
        broker.stop()
        await until(lambda: not lock.held, "the loss")
        await lock.release()
        broker.open()


class LockOfAScriptTest(ScriptTest):
    async def test_is_waited_for_without_a_deadline_and_no_done_waits_for_it(self) -> None:
        source = f'''
from exorelay import handle


@handle("{ROLE}-offline-start")
async def offline(start, script):
    lock = await script.lock("accounts")
    script.reply("{ROLE}-offline-done", {{"number": lock.number}})
'''
        script = await self.start(source, delivers="none")
        await script.begin()
        asked = await granted(script.broker, 3 * 2**32 + 1)
        self.assertEqual(asked.payload, {"key": "accounts"})
        done = await script.broker.next("reply", f"{ROLE}-offline-done")
        self.assertEqual(done.payload, {"number": 3 * 2**32 + 1})


if __name__ == "__main__":
    unittest.main()
