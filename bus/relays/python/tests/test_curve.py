"""Relays on a bus over TCP, and the files that hold their keys."""

from __future__ import annotations

import tempfile
import threading
import unittest
from pathlib import Path

import zmq
from exorelay import CurveKeys, ExoError, ExoRelay
from exorelay.curve_file import read_curve_file
from support.fleet import FleetTest

SERVER_PUBLIC, SERVER_SECRET = (key.decode() for key in zmq.curve_keypair())
PUBLIC, SECRET = (key.decode() for key in zmq.curve_keypair())
LINES = [f"server {SERVER_PUBLIC}", f"public {PUBLIC}", f"secret {SECRET}"]
KEYS = CurveKeys(server=SERVER_PUBLIC, public=PUBLIC, secret=SECRET)
SECURITY = {"curve_server": True, "curve_secretkey": SERVER_SECRET.encode()}


def write_keys(test: unittest.TestCase, content: str, mode: int = 0o600) -> str:
    folder = tempfile.TemporaryDirectory(prefix="exo-")
    test.addCleanup(folder.cleanup)
    file = Path(folder.name) / "keys"
    file.write_text(content, encoding="utf-8")
    file.chmod(mode)
    return str(file)


class CurveTest(FleetTest):
    async def test_a_relay_with_keys_joins_a_bus_over_tcp(self) -> None:
        broker = self.start_broker(bind="tcp://127.0.0.1:*", security=SECURITY)
        relay = self.make_relay(broker.endpoint, curve=KEYS)
        await relay.connect()
        self.assertEqual(len(broker.registrations), 1)

    async def test_who_is_no_part_of_the_fleet_joins_with_a_persons_file_of_keys_and_needs_no_token(self) -> None:
        broker = self.start_broker(bind="tcp://127.0.0.1:*", security=SECURITY)
        async with ExoRelay.as_operator(bus=broker.endpoint, key_file=write_keys(self, "\n".join(LINES))):
            registration = broker.registrations[0]
        self.assertEqual([registration[key] for key in ("role", "version", "token")], ["exo-operator", "", ""])
        self.assertRegex(registration["instance"], r"^operator-[0-9a-f]{16}$")

    async def test_who_is_no_part_of_the_fleet_joins_on_the_same_machine_with_the_environments_key(self) -> None:
        broker = self.start_broker()
        async with ExoRelay.as_operator(bus=broker.endpoint, key_file=write_keys(self, "f00d\n")):
            self.assertEqual(broker.registrations[0]["token"], "f00d")

    async def test_a_relay_whose_key_is_not_admitted_is_told_so_and_gives_up(self) -> None:
        zap = zmq.Context.instance().socket(zmq.REP)
        zap.bind("inproc://zeromq.zap.01")

        def refuse() -> None:
            version, request = zap.recv_multipart()[:2]
            zap.send_multipart([version, request, b"400", b"not admitted", b"", b""])

        handler = threading.Thread(target=refuse)
        handler.start()
        try:
            broker = self.start_broker(bind="tcp://127.0.0.1:*", security={**SECURITY, "zap_domain": b"exo"})
            relay = self.make_relay(broker.endpoint, curve=KEYS)
            with self.assertRaises(ExoError) as refused:
                await relay.connect()
        finally:
            handler.join()
            zap.close(linger=0)
        self.assertEqual(refused.exception.code, "not-admitted")
        self.assertIn("EXO_CURVE_FILE", refused.exception.reason)

    async def test_a_wrong_key_of_the_bus_is_told_as_such(self) -> None:
        broker = self.start_broker(bind="tcp://127.0.0.1:*", security=SECURITY)
        relay = self.make_relay(broker.endpoint, curve=CurveKeys(server=PUBLIC, public=PUBLIC, secret=SECRET), connect_timeout=3.0)
        with self.assertRaises(ExoError) as refused:
            await relay.connect()
        self.assertEqual(refused.exception.code, "bus-lost")
        self.assertIn("the server key may not be that of this bus; EXO_CURVE_FILE", refused.exception.reason)

    async def test_a_relay_without_keys_is_told_that_the_bus_may_want_them(self) -> None:
        broker = self.start_broker(bind="tcp://127.0.0.1:*", security=SECURITY)
        with self.assertRaisesRegex(ExoError, "this program has no keys"):
            await self.make_relay(broker.endpoint, connect_timeout=3.0).connect()


class CurveKeysTest(unittest.TestCase):
    def test_keys_that_do_not_belong_together_are_refused_without_telling_the_secret(self) -> None:
        with self.assertRaisesRegex(ValueError, "the public key is not that of the secret one") as refused:
            CurveKeys(server=SERVER_PUBLIC, public=SERVER_PUBLIC, secret=SECRET)
        self.assertNotIn(SECRET, str(refused.exception))

    def test_what_is_no_key_is_named(self) -> None:
        with self.assertRaisesRegex(ValueError, "public is no key"):
            CurveKeys(server=SERVER_PUBLIC, public="short", secret=SECRET)


class CurveFileTest(unittest.TestCase):
    def keys_file(self, content: str, mode: int = 0o600) -> str:
        return write_keys(self, content, mode)

    def test_a_key_file_that_is_missing_or_none_is_named(self) -> None:
        for bus, key_file, words in (
            ("tcp://h:1", "/nowhere", "key_file names '/nowhere', which cannot be read"),
            ("ipc:///bus", self.keys_file(""), "is empty; it is the file 'key' of the environment's folder"),
        ):
            with self.assertRaisesRegex(RuntimeError, words):
                ExoRelay.as_operator(bus=bus, key_file=key_file)

    def test_it_holds_the_keys(self) -> None:
        self.assertEqual(read_curve_file(self.keys_file("\n".join(["# of web-1", "", *LINES, ""]))), KEYS)

    def test_one_that_is_none_is_named_with_line_and_value(self) -> None:
        faults = [
            (["servant x"], 'keys:1: "servant" is none of server, public and secret'),
            ([LINES[0], "public short"], 'keys:2: "short" is no key'),
            ([LINES[0], LINES[1], "secret nearly"], "keys:3: what follows secret is no key"),
            ([LINES[0], LINES[0]], "keys:2: server is there twice"),
            (LINES[:2], "keys: there is no line secret"),
            ([LINES[0], f"public {SERVER_PUBLIC}", LINES[2]], "keys: the public key is not that of the secret one"),
        ]
        for lines, words in faults:
            with self.assertRaises(RuntimeError) as fault:
                read_curve_file(self.keys_file("\n".join(lines)))
            self.assertIn(words, str(fault.exception))

    def test_one_that_others_may_read_is_refused(self) -> None:
        with self.assertRaisesRegex(RuntimeError, "others may read it; type: chmod 600"):
            read_curve_file(self.keys_file("\n".join(LINES), 0o644))

    def test_one_that_is_missing_is_named(self) -> None:
        with self.assertRaisesRegex(RuntimeError, "EXO_CURVE_FILE names '/nowhere'"):
            read_curve_file("/nowhere")


if __name__ == "__main__":
    unittest.main()
