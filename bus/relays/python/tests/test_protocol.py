from __future__ import annotations

import random
import re
import unittest
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from exorelay import wire
from exorelay.exo_error import ExoError
from exorelay.pack import Pack, unpack

PAGE = Path(__file__).resolve().parents[4] / "docs" / "protocol.md"
SEED = 20_261_121


@dataclass
class Example:
    title: str
    header: bytes
    payload: bytes


def examples() -> list[Example]:
    """The messages of docs/protocol.md's section "Byte by byte"."""
    section = PAGE.read_text(encoding="utf-8").split("## Byte by byte")[1]
    found = []
    for title, text in re.findall(r"^### ([^\n]+)\n.*?```hex\n(.*?)```", section, re.MULTILINE | re.DOTALL):
        header, _, payload = text.removeprefix("header\n").partition("payload\n")
        found.append(Example(title, _bytes(header), _bytes(payload)))
    return found


def _bytes(lines: str) -> bytes:
    return bytes.fromhex(re.sub(r"#.*$", "", lines, flags=re.MULTILINE))


def example(title: str) -> tuple[wire.Header, Any]:
    (found,) = [each for each in examples() if each.title == title]
    return wire.decode_header(found.header), wire.decode_payload(found.payload)


class ProtocolPageTest(unittest.TestCase):
    def test_the_page_has_its_examples(self) -> None:
        self.assertGreaterEqual(len(examples()), 14)

    def test_every_example_is_the_relays_own_encoding_of_what_it_says(self) -> None:
        for each in examples():
            if each.title == "pack":
                continue
            with self.subTest(each.title):
                self.assertEqual(wire.encode_header(wire.decode_header(each.header)), each.header)
                value = wire.decode_payload(each.payload)
                self.assertEqual(wire.encode_payload(value, None, each.title), each.payload)

    def test_a_pack_is_its_messages_and_is_written_as_it_is_read(self) -> None:
        whole, handled = ([each for each in examples() if each.title == title][0] for title in ("pack", "handled"))
        ping = wire.encode_header({"kind": "ping"})
        self.assertEqual(list(unpack(whole.payload)), [(handled.header, handled.payload), (ping, b"")])
        pack = Pack()
        pack.add(handled.header, handled.payload)
        pack.add(ping, b"")
        self.assertEqual(pack.take(whole.header), (whole.header, whole.payload))
        self.assertEqual(pack.count, 0)

    def test_what_was_the_only_one_goes_by_itself_and_a_pack_ends_at_its_limits(self) -> None:
        pack, header = Pack(), wire.encode_header({"kind": "ping"})
        pack.add(header, b"")
        self.assertEqual(pack.take(b"pack"), (header, b""))
        while pack.has_room_for(header, b""):
            pack.add(header, b"")
        self.assertEqual(pack.count, 64)
        self.assertFalse(Pack().has_room_for(header, bytes(64 * 1024)))

    def test_a_pack_that_is_cut_off_gives_what_comes_before_and_is_malformed_wherever_that_is(self) -> None:
        (whole,) = [each for each in examples() if each.title == "pack"]
        for size in range(1, len(whole.payload)):
            read: list[tuple[bytes, bytes]] = []
            try:
                read.extend(unpack(whole.payload[:size]))
                self.assertEqual(size, 34)
            except ExoError as error:
                self.assertEqual(error.code, "malformed")
                self.assertNotEqual(size, 34)

    def test_a_command_is_read_as_it_is_written(self) -> None:
        header, payload = example("command")
        written = {"kind": "command", "name": "todos.list", "id": "web-1.7", "timeoutMs": 10_000, "expects": "one"}
        self.assertEqual((header, payload), (written, {"limit": 2}))

    def test_a_page_is_read_as_it_is_written(self) -> None:
        header, payload = example("first page")
        self.assertEqual((header["more"], header["responseTo"]), (True, "web-1.7"))
        self.assertEqual(payload, [{"id": 1, "title": "one"}])

    def test_a_delivery_says_when_the_bus_routed_it(self) -> None:
        header, _ = example("delivery")
        self.assertEqual(wire.timestamp_of(header), datetime.fromtimestamp(1_795_208_462, timezone.utc))


class PayloadTest(unittest.TestCase):
    def test_values_come_back_as_they_were(self) -> None:
        moment = datetime(2026, 11, 21, 3, 4, 5, 678_000, timezone.utc)
        values: list[Any] = [None, True, -1, 2**63, 1.5, "ä", b"\0", [1, [2]], {"a": {"b": []}}, {1: 2}, moment]
        for value in values:
            with self.subTest(value):
                self.assertEqual(wire.decode_payload(wire.encode_payload(value, None, "todo.add")), value)

    def test_json_comes_back_as_it_was(self) -> None:
        frame = wire.encode_payload({"title": "ä"}, "json", "todo.add")
        self.assertEqual(frame.decode(), '{"title":"ä"}')
        self.assertEqual(wire.decode_payload(frame, "json"), {"title": "ä"})

    def test_a_value_that_cannot_be_sent_is_refused_with_the_messages_name(self) -> None:
        cyclic: list[Any] = []
        cyclic.append(cyclic)
        for value, content_type in ((object(), "msgpack"), (2**64, None), (cyclic, None), (float("nan"), "json"), (1, "raw")):
            with self.subTest(type(value)), self.assertRaisesRegex(TypeError, "payload of 'todo.add'"):
                wire.encode_payload(value, content_type, "todo.add")

    def test_the_packer_is_whole_after_a_value_that_it_refused(self) -> None:
        with self.assertRaises(TypeError):
            wire.encode_payload(["kept?", object()], None, "todo.add")
        self.assertEqual(wire.encode_payload(1, None, "todo.add"), b"\x01")

    def test_an_unknown_content_type_is_malformed(self) -> None:
        with self.assertRaisesRegex(ExoError, "'xml' is unknown"):
            wire.decode_payload(b"<a/>", "xml")

    def test_a_reason_that_is_too_long_is_cut_between_characters(self) -> None:
        cut = wire.shortened("€" * 5000)
        self.assertLessEqual(len(cut.encode()), wire.REASON_LIMIT_BYTES)
        self.assertRegex(cut, "^€+…$")


def _decode_json(frame: bytes) -> object:
    return wire.decode_payload(frame, "json")


class FuzzTest(unittest.TestCase):
    """Whatever comes in is a value or an ExoError `malformed`, and nothing else happens."""

    def setUp(self) -> None:
        self.random = random.Random(SEED)

    def assert_decodes_or_refuses(self, frame: bytes) -> None:
        decoders: list[Callable[[bytes], object]] = [wire.decode_header, wire.decode_payload, _decode_json]
        for decode in decoders:
            try:
                decode(frame)
            except ExoError as error:
                self.assertEqual(error.code, "malformed", f"seed {SEED}: {frame.hex()}")
            except Exception as error:
                raise AssertionError(f"seed {SEED}: {frame.hex()} raised {error!r}") from error

    def test_truncated_at_every_byte(self) -> None:
        for each in examples():
            for frame in (each.header, each.payload):
                for length in range(len(frame)):
                    self.assert_decodes_or_refuses(frame[:length])

    def test_mutated(self) -> None:
        frames = [frame for each in examples() for frame in (each.header, each.payload) if frame]
        for _ in range(20_000):
            frame = bytearray(self.random.choice(frames))
            for _ in range(self.random.randint(1, 4)):
                frame[self.random.randrange(len(frame))] = self.random.randrange(256)
            self.assert_decodes_or_refuses(bytes(frame))

    def test_random(self) -> None:
        for _ in range(20_000):
            self.assert_decodes_or_refuses(self.random.randbytes(self.random.randint(0, 40)))

    def test_nested_too_deep(self) -> None:
        self.assert_decodes_or_refuses(b"\x91" * 100_000)
        self.assert_decodes_or_refuses(b"[" * 100_000)

    def test_lengths_that_nothing_follows(self) -> None:
        for head in (b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff"):
            self.assert_decodes_or_refuses(head)
