"""The runner itself: what it lets pass, and what it must not."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from runner.case_file import Hear, Say, read_cases
from runner.matching import difference, filled
from runner.notation import Misspelt, parse_values, show
from runner.packing import Unreadable, pack, unpack
from runner.protocol import FROM_RELAY, Violation, header_frame, read


def value(text: str) -> Any:
    (one,) = parse_values(text)
    return one


class Packing(unittest.TestCase):
    def test_every_value_comes_back(self) -> None:
        limits = [value for bits in (5, 7, 8, 15, 16, 31, 32, 53, 63) for value in (2**bits - 1, 2**bits, -(2**bits))]
        for each in [*limits, 2**64 - 1, None, True, 0.5, "ß" * 200, b"\x00" * 70_000, [[]] * 20, {"a": {"b": -1}}]:
            self.assertEqual(unpack(pack(each)), each)

    def test_bytes_that_end_anywhere_within_a_value_are_unreadable(self) -> None:
        whole = pack({"name": ["todo", b"\x00\x01", 70_000, 0.5, "x" * 40]})
        for end in range(len(whole)):
            with self.assertRaises(Unreadable):
                unpack(whole[:end])

    def test_what_the_protocol_does_not_use_is_unreadable(self) -> None:
        for bad in ("c1", "c7 00 01", "82 a1 61 01 a1 61 02", "81 01 01", "a1 ff", "01 02"):
            with self.assertRaises(Unreadable):
                unpack(bytes.fromhex(bad))


class Matching(unittest.TestCase):
    def assert_difference(self, pattern: str, actual: Any, expected: str | None) -> None:
        self.assertEqual(difference(value(pattern), actual, {}, "it"), expected)

    def test_what_fits(self) -> None:
        for pattern, actual in (
            ("_", None),
            ("{a: 1, ...}", {"a": 1, "b": 2}),
            ("[1, ...]", [1, 2]),
            (">= 3", 3),
            ('containing "able"', "no such table"),
            ("unordered [2, 1]", [1, 2]),
            ("{a: absent}", {}),
            ("1", 1.0),
            ('x"00" x"ff" * 2', b"\x00\xff\x00\xff"),
        ):
            self.assert_difference(pattern, actual, None)

    def test_what_does_not_fit_is_named_with_its_place(self) -> None:
        for pattern, actual, expected in (
            ("{a: [1, 2]}", {"a": [1, 3]}, "it.a[1] is 3, but should be 2"),
            ("{a: 1}", {"a": 1, "b": 2}, "it has b, which should not be there"),
            ("{a: 1}", {}, "it.a is absent, but should be 1"),
            ("[1]", [1, 2], "it has 2 elements, but should have 1"),
            ("true", 1, "it is 1, but should be true"),
            ("<= 3", 4, "it is 4, but should be <= 3"),
            ("unordered [1, 2]", [1, 1], "it is [1, 1], but should hold 2"),
            ("{a: absent}", {"a": 1}, "it.a is 1, but should be absent"),
            ("9007199254740993", 9007199254740992, "it is 9007199254740992, but should be 9007199254740993"),
        ):
            self.assert_difference(pattern, actual, expected)

    def test_a_variable_takes_the_first_value_and_stays(self) -> None:
        variables: dict[str, Any] = {}
        self.assertIsNone(difference(value("$id"), "m1", variables, "it"))
        self.assertEqual(filled(value("[$id]"), variables), ["m1"])
        self.assertIsNotNone(difference(value("$id"), "m2", variables, "it"))


class Rules(unittest.TestCase):
    def assert_violation(self, frames: list[bytes], part: str) -> None:
        with self.assertRaisesRegex(Violation, part):
            read(frames, FROM_RELAY)

    def test_a_message_that_breaks_a_rule_is_never_let_pass(self) -> None:
        for header, part in (
            ({"id": "m1"}, "has no name"),
            ({"id": "m 1", "name": "n"}, "printable ASCII"),
            ({"id": "m1", "name": "n" * 256}, "at most 255"),
            ({"id": "m1", "name": "n", "timeoutMs": "long"}, "whole number"),
            ({"id": "m1", "name": "n", "sender": "web"}, "no sender in command"),
            ({"id": "m1", "name": "n", "expects": "three"}, "one of none, one, many"),
        ):
            self.assert_violation([header_frame("command", header), b""], part)
        self.assert_violation([header_frame("ping", {})], "two frames, not 1")
        self.assert_violation([header_frame("pong", {}), b""], "no kind that goes this way")
        self.assert_violation([header_frame("ping", {}), b"\x01"], "has no payload")

    def test_defaults_are_as_if_they_were_written(self) -> None:
        message = read([header_frame("reply", {"name": "n", "id": "r", "responseTo": "m"}), b""], FROM_RELAY)
        self.assertEqual((message.header["more"], message.header["page"]), (False, 0))


class Files(unittest.TestCase):
    def read(self, text: str) -> list[Any]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "some.cases"
            path.write_text(text)
            return [step for case in read_cases(path).cases for step in case.steps]

    def test_steps(self) -> None:
        say, hear = self.read(
            'for a relay\ncase One # with a comment\n  broker > command {name: "#1"}\n      5\n'
            "  broker < reply {} 5\n  broker & handled {sequences: [1]}\n  broker | failed {}\n"
        )
        self.assertIsInstance(say, Say)
        self.assertEqual((say.header, say.payload, say.line), ({"name": "#1"}, 5, 3))
        self.assertIsInstance(hear, Hear)
        self.assertEqual([[each.kind for each in one] for one in hear.expectations], [["reply"], ["handled", "failed"]])

    def test_what_is_misspelt_is_named_with_its_line(self) -> None:
        for text, place in (
            ("for a relay\ncase x\n  broker < reply {a b}\n", "some.cases:3"),
            ("for a relay\ncase x\n  broker & reply\n", "some.cases:3"),
            ("for nobody\n", "some.cases:1"),
            ("case x\n", "does not begin with"),
        ):
            with self.assertRaisesRegex(Misspelt, place):
                self.read(text)

    def test_a_value_is_shown_as_it_is_written(self) -> None:
        for text in ('{a: [1, nil, true, 0.5, "x"], ...}', 'x"00ff"', "$id", ">= 3", "_", 'unordered ["a"]'):
            self.assertEqual(show(value(text)), text)


class Running(unittest.TestCase):
    def test_a_program_that_cannot_be_started_is_named_once_and_ends_it(self) -> None:
        run = Path(__file__).resolve().parent.parent / "run"
        for subject in ("relay", "broker"):
            ended = subprocess.run([run, subject, "--", "/nowhere/program"], capture_output=True, text=True)
            said = "bus/conformance/run: cannot start '/nowhere/program': No such file or directory\n"
            self.assertEqual((ended.returncode, ended.stdout, ended.stderr), (2, "", said))

    def test_one_that_is_built_is_told_with_what_builds_it(self) -> None:
        run = Path(__file__).resolve().parent.parent / "run"
        command = [run, "broker", "--", "build/nothing/conformance/conformance_broker"]
        ended = subprocess.run(command, capture_output=True, text=True)
        self.assertIn("bin/test conformance builds it", ended.stderr)


if __name__ == "__main__":
    unittest.main()
