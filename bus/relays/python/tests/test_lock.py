from __future__ import annotations

import asyncio
import math
import unittest
from typing import Any

from exorelay import ExoError, ExoRelay, Lock
from support.fake_broker import FakeBroker, Received
from support.fleet import FleetTest, until
from support.script import ROLE, ScriptTest


async def granted(broker: FakeBroker, number: int) -> Received:
    asked = await broker.next("command", "exo.lock")
    broker.reply(asked, "exo.locked", {"key": asked.payload["key"], "number": number})
    return asked


def lost_to(broker: FakeBroker, id: str) -> None:
    broker.send({"kind": "error", "name": "exo.lock", "responseTo": id, "code": "lock-lost", "reason": "web has it"})


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

    async def test_is_held_on_while_the_bus_is_lost_and_restated_to_the_next(self) -> None:
        broker, relay = await self.connected()
        lock, id = await self.taken(broker, relay, 3 * 2**32 + 1)
        await self.lose(broker, relay)
        self.assertTrue(lock.held)
        broker.open()
        await until(lambda: relay.connected)
        self.assertEqual(broker.registrations[-1]["locks"], [["accounts", id, 3 * 2**32 + 1]])
        released = soon(lock.release())
        unlock = await broker.next("command", "exo.unlock")
        self.assertEqual(unlock.payload, {"key": "accounts", "lock": id})
        await released
        await self.lose(broker, relay)
        broker.open()
        await until(lambda: relay.connected)
        self.assertNotIn("locks", broker.registrations[-1])

    async def test_is_given_back_to_the_next_bus_by_who_ceases_to_hold_it_meanwhile(self) -> None:
        broker, relay = await self.connected()
        lock, id = await self.taken(broker, relay)
        await self.lose(broker, relay)
        released = soon(lock.release())
        await asyncio.sleep(0)
        self.assertFalse(lock.held)
        broker.open()
        unlock = await broker.next("command", "exo.unlock")
        self.assertEqual(unlock.payload, {"key": "accounts", "lock": id})
        await released

    async def test_that_is_lost_is_told_to_who_listens_once_and_is_not_given_back(self) -> None:
        broker, relay = await self.connected()
        lock, id = await self.taken(broker, relay)
        heard: list[ExoError] = []
        lock.on_lost(heard.append)
        lost_to(broker, id)
        lost_to(broker, id)
        await until(lambda: not lock.held)
        await lock.release()
        relay.send("next").ignore()
        await broker.next("command", "next")
        self.assertNotIn("exo.unlock", [each.header.get("name") for each in broker.received])
        self.assertEqual([(error.code, error.reason) for error in heard], [("lock-lost", "web has it")])
        self.assertIs(lock.loss, heard[0])

    async def test_whose_loss_nobody_listens_to_is_an_error_that_nobody_handles(self) -> None:
        broker, relay = await self.connected()
        errors: list[ExoError] = []
        relay.on("error", errors.append)
        lock, id = await self.taken(broker, relay)
        lost_to(broker, id)
        await until(lambda: not lock.held)
        self.assertEqual([(error.code, error.message_id) for error in errors], [("lock-lost", id)])

    async def test_that_is_lost_tells_who_asks_later_and_one_that_was_released_does_not(self) -> None:
        broker, relay = await self.connected()
        errors: list[ExoError] = []
        relay.on("error", errors.append)
        lock, id = await self.taken(broker, relay)
        lost_to(broker, id)
        await until(lambda: not lock.held)
        heard: list[ExoError] = []
        lock.on_lost(heard.append)
        self.assertEqual([error.code for error in heard], ["lock-lost"])
        self.assertIs(heard[0], errors[0])
        released, _ = await self.taken(broker, relay)
        await released.release()
        released.on_lost(heard.append)
        self.assertEqual(len(heard), 1)

    async def test_whose_listener_raises_tells_the_others_of_its_loss(self) -> None:
        broker, relay = await self.connected()
        errors: list[BaseException] = []
        relay.on("error", errors.append)
        lock, id = await self.taken(broker, relay)
        failure = RuntimeError("a bad listener")
        heard: list[ExoError] = []

        def raises(_: ExoError) -> None:
            raise failure

        lock.on_lost(raises)
        lock.on_lost(heard.append)
        lost_to(broker, id)
        await until(lambda: not lock.held)
        self.assertEqual([error.code for error in heard], ["lock-lost"])
        self.assertEqual(errors, [failure])

    async def test_ends_its_block_with_its_loss_if_with_no_other_error(self) -> None:
        broker, relay = await self.connected()

        async def block(error: Exception | None, entered: asyncio.Event) -> None:
            async with relay.lock("accounts") as lock:
                entered.set()
                await until(lambda: not lock.held)
                if error is not None:
                    raise error

        for error, expected in ((None, ExoError), (RuntimeError("no such account"), RuntimeError)):
            entered = asyncio.Event()
            done = asyncio.create_task(block(error, entered))
            asked = await granted(broker, 9)
            await entered.wait()
            lost_to(broker, asked.header["id"])
            with self.assertRaises(expected):
                await done

    async def test_is_not_kept_by_a_bus_that_knows_nothing_of_restating(self) -> None:
        broker, relay = await self.connected()
        lock, _ = await self.taken(broker, relay)
        heard: list[ExoError] = []
        lock.on_lost(heard.append)
        broker.options.knows_locks = False
        await self.lose(broker, relay)
        broker.open()
        await until(lambda: not lock.held)
        self.assertEqual([error.code for error in heard], ["lock-lost"])

    async def test_ends_with_the_relay(self) -> None:
        broker, relay = await self.connected()
        lock, _ = await self.taken(broker, relay)
        await relay.close()
        self.assertFalse(lock.held)

    async def taken(self, broker: FakeBroker, relay: ExoRelay, number: int = 7) -> tuple[Lock, str]:
        """The lock, and the id with which it was asked for."""
        asking = soon(relay.lock("accounts"))
        asked = await granted(broker, number)
        return await asking, asked.header["id"]

    async def lose(self, broker: FakeBroker, relay: ExoRelay) -> None:
        broker.stop()
        await until(lambda: not relay.connected)


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
