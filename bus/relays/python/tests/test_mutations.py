"""Whatever bytes come, the decoders give a value or say `malformed`, at once and in little memory. bin/fuzz runs this
with more mutations: EXO_FUZZ_RUNS says how many, EXO_FUZZ_SEED which.
"""

from __future__ import annotations

import os
import resource
import time
import unittest
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from exorelay import control, wire
from exorelay.exo_error import ExoError
from exorelay.pack import Pack, unpack
from support.mutations import Mutations, corpus

RUNS = int(os.environ.get("EXO_FUZZ_RUNS", "20000"))
SEED = int(os.environ.get("EXO_FUZZ_SEED", "20261126"))
LONGEST_SECONDS = 2.0  # of the CPU for one input, however long the machine keeps us waiting
MOST_MEMORY_KIB = 400 * 1024
NESTING_LIMIT = 64  # of a payload that every relay reads

# What may follow a value's beginning that cannot be read: the end; a text that is no UTF-8; a map with a list as a key;
# a timestamp and an extension that are none; two bytes too many.
FAULTS = ("", "a2ffff", "819001", "d7ffffffffffffffffff", "d4fe01", "010101")

READERS: tuple[Callable[[bytes], Any], ...] = (
    control.read_registered,
    control.read_credit,
    control.read_routes,
    control.read_ids,
)


def refuses(decode: Callable[[bytes], Any], data: bytes) -> bool:
    """Whether it does so as it should; what it raises besides is a fault."""
    try:
        decode(data)
    except ExoError as error:
        assert error.code == "malformed" and error.reason
        return True
    return False


def exercise_pack(data: bytes) -> None:
    """The messages of a pack lie within it, one after another; what is written of them is read the same."""
    messages: list[tuple[bytes, bytes]] = []
    broken = refuses(lambda pack: messages.extend(unpack(pack)), data)
    read = b"".join(written_alone(header, payload) for header, payload in messages)
    assert read == data if not broken else data.startswith(read)


def written_alone(header: bytes, payload: bytes) -> bytes:
    pack = Pack()
    pack.add(header, payload)
    pack.add(header, payload)
    _, written = pack.take(header)
    return written[len(written) // 2 :]


def exercise(data: bytes) -> None:
    exercise_pack(data)
    if not refuses(wire.decode_header, data):
        header = wire.decode_header(data)
        if nesting_of(header) <= NESTING_LIMIT:  # under a key that it does not know it may be more
            once = wire.encode_header(header)
            assert wire.encode_header(wire.decode_header(once)) == once
    for read in READERS:
        refuses(read, data)
    for content_type in (None, "msgpack", "json", "raw", "yaml"):
        if not refuses(lambda frame: wire.decode_payload(frame, content_type), data) and content_type != "yaml":
            demand_stable(data, content_type)


def demand_stable(data: bytes, content_type: str | None) -> None:
    """What was accepted is written, read, and written again: both bytes must be the same."""
    value = wire.decode_payload(data, content_type)
    if nesting_of(value) > NESTING_LIMIT:
        return  # might have been refused as well; the library reads deeper than it writes
    once = wire.encode_payload(value, content_type, "fuzzed")
    assert wire.encode_payload(wire.decode_payload(once, content_type), content_type, "fuzzed") == once


def nesting_of(value: Any) -> int:
    nesting = 0
    level = [value]
    while level := [each for each in level if isinstance(each, (list, dict))]:
        nesting += 1
        level = [child for each in level for child in (each.values() if isinstance(each, dict) else each)]
    return nesting


def exercise_in_time(data: bytes) -> None:
    begun = time.process_time()
    try:
        exercise(data)
    except BaseException as error:
        raise AssertionError(f"seed {SEED}, bytes {data.hex()}") from error
    took = time.process_time() - begun
    assert took < LONGEST_SECONDS, f"{took} s for {data.hex()}"


class Corpus(unittest.TestCase):
    def test_each_file_is_decoded_or_refused_as_malformed(self) -> None:
        files = corpus()
        self.assertGreater(len(files), 30)
        for data in files:
            exercise_in_time(data)

    def test_so_are_mutations_of_them(self) -> None:
        mutations = Mutations(SEED, corpus())
        for _ in range(RUNS):
            exercise_in_time(mutations.next())
        self.assertLess(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, MOST_MEMORY_KIB)
        print(f"{RUNS} mutations of seed {SEED}")


class Malformed(unittest.TestCase):
    def test_of_a_pack_with_more_than_1024_messages_the_first_1024_are_read(self) -> None:
        messages = unpack(bytes(6 * 1025))
        for _ in range(1024):
            next(messages)
        with self.assertRaises(ExoError):
            next(messages)

    def test_lists_that_announce_more_than_there_is_take_no_memory(self) -> None:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for head in ("dcffff", "dcfff0", "dd00010000", "dd00ffffff", "ddffffffff", "deffff", "dfffffffff"):
            nested = bytes.fromhex(head) * 30_000 + bytes(65_536)
            self.assertTrue(refuses(wire.decode_payload, nested), head)
            self.assertTrue(refuses(wire.decode_payload, bytes.fromhex(head)), head)
            self.assertTrue(refuses(wire.decode_header, b"\x81\xa1x" + nested[:16_000]), head)
        self.assertLess(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, 64 * 1024)

    def test_what_was_read_before_the_fault_does_not_stay_in_memory(self) -> None:
        text = b"\xda\x27\x10" + b"x" * 10_000
        for fault in FAULTS:
            data = b"\x92" + text + b"\x92" + text + bytes.fromhex(fault)
            self.assertTrue(refuses(wire.decode_payload, data), fault)
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            for _ in range(2000):  # 20 MB at least, if each left something behind
                refuses(wire.decode_payload, data)
            self.assertLess(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, 5 * 1024, fault)

    def test_a_fault_is_that_of_its_own_value_only(self) -> None:
        self.assertTrue(refuses(wire.decode_payload, b"\x93\xa1\xff\x81\x90\x01\xd4\x80\x01"))
        self.assertEqual(wire.decode_payload(b"\x91\xa1x"), ["x"])

    def test_a_date_is_read_to_the_microsecond_wherever_a_datetime_can_hold_it(self) -> None:
        for year in (1, 2, 1969, 1970, 2026, 2300, 2700, 9999):
            for moment in (
                datetime(year, 1, 1, tzinfo=timezone.utc),
                datetime(year, 12, 31, 23, 59, 59, 999999, tzinfo=timezone.utc),
            ):
                self.assertEqual(wire.decode_payload(wire.encode_payload([moment], None, "dated")), [moment])

    def test_what_no_datetime_can_hold_is_malformed(self) -> None:
        for timestamp in (
            "d7ffffffffffffffffff",  # more nanoseconds than a second has
            "c703ff000000",  # of no length that a timestamp has
            "c70cff000000007fffffffffffffff",
            "c70cff000000000000003afff44180",  # the year 10000
            "c70cff00000000fffffff1886e08ff",  # before the year 1
        ):
            self.assertTrue(refuses(wire.decode_payload, bytes.fromhex(timestamp)), timestamp)

    def test_bytes_that_only_look_like_such_a_date_are_read(self) -> None:
        value = {"bytes": bytes.fromhex("c703ffd7ffffffffffffffffffc80000ff"), "text": "é", "list": [1.5, None]}
        self.assertEqual(wire.decode_payload(wire.encode_payload(value, None, "bytes")), value)

    def test_what_is_counted_in_a_header_is_no_less_than_0(self) -> None:
        header = wire.encode_header({"kind": "window", "responseTo": "m1", "pages": -1})
        self.assertTrue(refuses(wire.decode_header, header))

    def test_json_is_utf_8_and_has_no_words_of_its_own_for_numbers(self) -> None:
        for data in (b"NaN", b"[-Infinity]", "1".encode("utf-16"), b"\xff"):
            self.assertTrue(refuses(lambda frame: wire.decode_payload(frame, "json"), data), data)

    def test_a_heartbeat_that_is_no_count(self) -> None:
        for wrong in ("soon", -1, 1.5, True):
            frame = wire.encode_payload({"heartbeatMs": wrong}, None, "registered")
            self.assertTrue(refuses(control.read_registered, frame), wrong)
