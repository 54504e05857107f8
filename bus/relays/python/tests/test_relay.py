from __future__ import annotations

import asyncio
import gc
import os
import signal

from exorelay import Delivery, ExoError, ExoRelay, ExoRelayOptions, Reply
from support.fake_broker import FakeBroker
from support.fleet import FleetTest, until


class OptionsTest(FleetTest):
    def test_a_relay_without_a_role_is_refused_where_it_is_made(self) -> None:
        with self.assertRaisesRegex(ValueError, "'role' is missing"):
            ExoRelayOptions(role="", instance="a", token="b", endpoint="ipc:///tmp/x")

    def test_a_window_of_0_is_refused_where_it_is_made(self) -> None:
        with self.assertRaisesRegex(ValueError, "from 1 to 4096, not 0"):
            ExoRelayOptions(role="web", instance="a", token="b", endpoint="ipc:///tmp/x", window=0)

    def test_a_token_is_not_shown(self) -> None:
        options = ExoRelayOptions(role="web", instance="a", token="secret", endpoint="ipc:///tmp/x")
        self.assertNotIn("secret", repr(options))

    def test_a_program_that_exo_did_not_start_is_told_which_variables_are_missing(self) -> None:
        with self.assertRaisesRegex(RuntimeError, "EXO_BUS, EXO_TOKEN_FILE are not set"):
            ExoRelay.from_environment(environment={"ROLE": "web", "EXO_INSTANCE": "web-1"})

    def test_a_token_that_cannot_be_read_is_named(self) -> None:
        variables = {"ROLE": "web", "EXO_INSTANCE": "a", "EXO_BUS": "ipc:///tmp/x", "EXO_TOKEN_FILE": "/nowhere"}
        with self.assertRaisesRegex(RuntimeError, "EXO_TOKEN_FILE names '/nowhere', which cannot be read"):
            ExoRelay.from_environment(environment=variables)

    def test_the_close_takes_four_fifths_of_the_time_until_sigkill(self) -> None:
        variables = {"ROLE": "web", "EXO_INSTANCE": "a", "EXO_BUS": "ipc:///tmp/x", "EXO_TOKEN_FILE": __file__}
        relay = ExoRelay.from_environment(environment=variables)
        self.assertEqual(relay.options.close_timeout, 8.0)
        relay = ExoRelay.from_environment(environment=variables | {"EXO_STOP_WITHIN": "2500"})
        self.assertEqual(relay.options.close_timeout, 2.0)

    def test_a_time_until_sigkill_that_is_none_is_told_not_guessed(self) -> None:
        variables = {"ROLE": "web", "EXO_INSTANCE": "a", "EXO_BUS": "ipc:///tmp/x", "EXO_TOKEN_FILE": __file__}
        for text in ("soon", "0", "-5", "2500ms"):
            with self.assertRaisesRegex(RuntimeError, "EXO_STOP_WITHIN is"):
                ExoRelay.from_environment(environment=variables | {"EXO_STOP_WITHIN": text})

    def test_an_event_that_there_is_not_is_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "no event 'conected', but connected"):
            self.make_relay("ipc:///tmp/x").on("conected", print)


class ConnectTest(FleetTest):
    async def test_an_endpoint_that_is_none_fails_connect_with_its_text(self) -> None:
        relay = self.make_relay("nonsense")
        waiting = relay.send("todo.add")
        with self.assertRaisesRegex(ExoError, "'nonsense'"):
            await relay.connect()
        with self.assertRaisesRegex(ExoError, "closed"):
            await relay.connect()
        with self.assertRaisesRegex(ExoError, "bus-lost"):
            await waiting

    async def test_a_refused_registration_fails_connect_with_the_brokers_code_and_reason(self) -> None:
        broker = self.start_broker(refusal={"code": "not-admitted", "reason": "wrong token"})
        with self.assertRaises(ExoError) as raised:
            await self.make_relay(broker.endpoint).connect()
        self.assertEqual((raised.exception.code, raised.exception.reason), ("not-admitted", "wrong token"))

    async def test_registration_says_what_the_protocol_asks_for(self) -> None:
        broker, _ = await self.connected({"page.get": print}, window=7)
        registration = broker.registrations[0]
        self.assertRegex(registration.pop("relay"), r"^exorelay-python \d")
        about = {"role": "web", "version": "0.0.1", "instance": "web-1", "token": "secret", "window": 7}
        self.assertEqual(registration, {"protocols": [1], "handles": ["page.get"], "packs": True, **about})

    async def test_what_is_sent_before_connect_goes_when_the_bus_is_there(self) -> None:
        broker = FakeBroker()
        self.addAsyncCleanup(broker.close)
        relay = self.make_relay(broker.endpoint)
        sending = relay.send("todo.add", {"title": "early"})
        connecting = asyncio.create_task(relay.connect())
        await asyncio.sleep(0)
        broker.open()
        await connecting
        await sending
        self.assertEqual((await broker.next("command")).payload, {"title": "early"})

    async def test_a_quiet_relay_pings(self) -> None:
        broker, _ = await self.connected(broker={"heartbeat_ms": 50})
        await broker.next("ping")
        await broker.next("ping")

    async def test_a_brokers_answer_that_is_no_header_is_logged_and_harms_nothing(self) -> None:
        broker, relay = await self.connected()
        broker.send_raw([b"\xc1", b""])
        await until(lambda: len(self.lines) == 1)
        self.assertIn("malformed", self.lines[0])
        await relay.send("todo.add", {})

    async def test_a_brokers_answer_of_the_wrong_types_is_logged_and_harms_nothing(self) -> None:
        broker, relay = await self.connected()
        for kind in ("credit", "routes", "delivered"):
            broker.send({"kind": kind}, [1])
        broker.send({"kind": "reply", "responseTo": [1]})
        await until(lambda: len(self.lines) == 2)
        self.assertIn("the payload of 'credit' is no map", self.lines[0])
        await relay.send("todo.add", {})

    async def test_run_serves_until_a_signal_closes_the_relay(self) -> None:
        broker = self.start_broker()
        relay = self.make_relay(broker.endpoint, {"work": lambda *_: None}, signals=True)
        running = asyncio.create_task(relay.run())
        await until(lambda: relay.connected)
        broker.command("work")
        await broker.next("handled")
        os.kill(os.getpid(), signal.SIGTERM)
        await running
        await broker.next("goodbye")


class SendTest(FleetTest):
    async def test_a_message_without_a_name_is_refused_in_the_call(self) -> None:
        _, relay = await self.connected()
        with self.assertRaisesRegex(ValueError, "at least one character"):
            relay.send("")
        with self.assertRaisesRegex(ValueError, "more than 255 bytes"):
            relay.send("x" * 256)
        with self.assertRaisesRegex(ValueError, "has a control character"):
            relay.send("todo\n.add")
        with self.assertRaisesRegex(TypeError, "is a string, not 7"):
            relay.send(7)  # type: ignore[arg-type]

    async def test_a_timeout_that_is_none_is_refused_in_the_call(self) -> None:
        _, relay = await self.connected()
        with self.assertRaisesRegex(ValueError, "seconds above 0, not 0"):
            relay.send("todo.add", {}, timeout=0)
        with self.assertRaisesRegex(ValueError, "not '1s'"):
            await relay.request("todo.add", {}, timeout="1s")  # type: ignore[arg-type]

    async def test_a_payload_over_the_limit_is_refused_in_the_call(self) -> None:
        _, relay = await self.connected()
        with self.assertRaisesRegex(ExoError, "too-large"):
            relay.send("todo.add", "x" * (17 << 20))

    async def test_the_limit_of_a_payload_is_the_brokers_once_it_is_known(self) -> None:
        broker = self.start_broker(frame_limit=1000)
        relay = self.make_relay(broker.endpoint)
        self.assertEqual(relay.frame_limit, 16 << 20)
        await relay.connect()
        self.assertEqual(relay.frame_limit, 1000)
        await relay.send("todo.add", b"x" * 1000, content_type="raw")
        with self.assertRaisesRegex(ExoError, "1001 bytes, more than 1000;.*too-large"):
            relay.send("todo.add", b"x" * 1001, content_type="raw")

    async def test_more_than_may_wait_is_refused_in_the_call_as_overloaded(self) -> None:
        _, relay = await self.connected(broker={"grants": {"todo": 0}}, max_messages=3)
        deliveries = [relay.send("todo.add") for _ in range(3)]
        with self.assertRaises(ExoError) as raised:
            relay.send("todo.add")
        self.assertEqual((raised.exception.code, raised.exception.message_name), ("overloaded", "todo.add"))
        del deliveries

    async def test_a_send_that_is_awaited_returns_when_the_broker_has_accepted_it(self) -> None:
        broker, relay = await self.connected(broker={"accepts": "none"})

        async def send() -> None:
            await relay.send("todo.add", {"title": "one"})

        sending = asyncio.create_task(send())
        command = await broker.next("command", "todo.add")
        self.assertEqual((command.payload, command.header.get("expects")), ({"title": "one"}, None))
        self.assertTrue(59_000 < command.header["timeoutMs"] <= 60_000, command.header)
        self.assertFalse(sending.done())
        broker.credit(1)
        await sending

    async def test_a_send_that_is_refused_raises_with_code_reason_and_id(self) -> None:
        broker, relay = await self.connected(broker={"accepts": "none"})
        sending = relay.send("nobody.knows")
        command = await broker.next("command")
        broker.error(command, "no-receiver", "no role receives it")
        broker.credit(1)
        with self.assertRaises(ExoError) as raised:
            await sending
        error = raised.exception
        self.assertEqual(str(error), "nobody.knows: no role receives it (no-receiver)")
        self.assertEqual((error.message_name, error.message_id), ("nobody.knows", command.header["id"]))

    async def test_deliveries_may_be_kept_and_awaited_later(self) -> None:
        broker, relay = await self.connected(broker={"accepts": "none"})
        deliveries = [relay.send("nobody.knows") for _ in range(3)]
        for command in await broker.next_commands(3):
            broker.error(command, "no-receiver", "no role receives it")
        for delivery in deliveries:
            with self.assertRaises(ExoError):
                await delivery
        self.assertEqual(self.lines, [])

    async def test_an_error_that_nobody_handles_is_logged_once_with_its_count_and_the_service_goes_on(self) -> None:
        broker, relay = await self.connected(broker={"accepts": "none"})
        for _ in range(50):
            relay.send("nobody.knows")
        for command in await broker.next_commands(50):
            broker.error(command, "no-receiver", "no role receives it")
        await until(lambda: len(self.lines) > 0)
        await relay.close()
        await until(lambda: len(self.lines) > 1)
        self.assertEqual(
            self.lines,
            [
                "nobody.knows: no role receives it (no-receiver)",
                "nobody.knows: 49 more failed like this (no-receiver)",
            ],
        )

    async def test_an_error_that_a_listener_takes_is_not_logged(self) -> None:
        broker, relay = await self.connected(broker={"accepts": "none"})
        errors = self.occurrences(relay, "error")
        relay.send("nobody.knows")
        broker.error(await broker.next("command"), "no-receiver", "no role receives it")
        self.assertEqual((await errors.get())[0].code, "no-receiver")
        self.assertEqual(self.lines, [])

    def test_an_error_that_is_dropped_after_the_event_loop_has_gone_is_logged(self) -> None:
        kept: list[Delivery] = []

        async def main() -> None:
            relay = ExoRelay(ExoRelayOptions(role="web", instance="a", token="b", endpoint="ipc:///tmp/exo-nowhere"))
            kept.append(relay.send("todo.add"))
            await relay.close()

        asyncio.run(main())
        kept.clear()
        self.assertEqual(self.lines, ["todo.add: the relay was closed before the bus took it (closed)"])

    async def test_an_error_after_the_acceptance_is_logged(self) -> None:
        broker, relay = await self.connected()
        await relay.send("todo.add")
        broker.error(await broker.next("command"), "handler-failed", "disk full")
        await until(lambda: len(self.lines) == 1)
        self.assertEqual(self.lines[0], "todo.add: disk full (handler-failed)")

    async def test_json_and_raw_payloads_go_as_they_are(self) -> None:
        broker, relay = await self.connected()
        relay.send("todo.add", {"a": 1}, content_type="json")
        relay.send("todo.add", b"bytes", content_type="raw")
        json, raw = await broker.next_commands(2)
        self.assertEqual((json.payload, raw.payload), (b'{"a":1}', b"bytes"))
        self.assertEqual((json.header["contentType"], raw.header["contentType"]), ("json", "raw"))

    async def test_ids_differ_between_relays(self) -> None:
        ids = []
        for _ in range(2):
            broker, relay = await self.connected()
            relay.send("todo.add")
            ids.append((await broker.next("command")).header["id"])
        self.assertNotEqual(ids[0], ids[1])
        self.assertRegex(ids[0], r"^[\x21-\x7e]{1,64}$")

    async def test_a_thousand_sends_that_nobody_awaits_are_all_sent(self) -> None:
        broker, relay = await self.connected()
        for number in range(1000):
            relay.send("todo.add", number)
        commands = await broker.next_commands(1000)
        self.assertEqual([command.payload for command in commands], list(range(1000)))


class RequestTest(FleetTest):
    async def test_a_request_returns_the_replys_name_payload_sender_and_version(self) -> None:
        broker, relay = await self.connected()
        request = asyncio.create_task(relay.request("todos.list", {"limit": 1}, version="0.0.x", timeout=2))
        command = await broker.next("command")
        self.assertEqual((command.header["version"], command.header["expects"]), ("0.0.x", "one"))
        self.assertLessEqual(command.header["timeoutMs"], 2_000)
        broker.reply(command, "todos.listed", ["one"])
        self.assertEqual(await request, Reply("todos.listed", ["one"], "todo", "0.0.2", None))

    async def test_a_request_that_nobody_answers_expires(self) -> None:
        broker, relay = await self.connected()
        with self.assertRaisesRegex(ExoError, "expired"):
            await relay.request("todos.list", timeout=0.02)
        command = await broker.next("command")
        broker.error(command, "expired", "late")
        broker.reply(command, "todos.listed", [])
        await relay.send("todo.add")
        self.assertEqual(self.lines, [])

    async def test_a_request_that_is_given_up_harms_nothing(self) -> None:
        broker, relay = await self.connected()
        with self.assertRaises(asyncio.TimeoutError):
            async with asyncio.timeout(0.01):
                await relay.request("todos.list")
        command = await broker.next("command")
        self.assertEqual((await broker.next("cancel")).header["responseTo"], command.header["id"])
        broker.reply(command, "todos.listed", [1], more=True)
        broker.reply(command, "todos.listed", [2], page=1)
        await relay.send("todo.add")
        gc.collect()
        self.assertEqual(self.lines, [])
