from __future__ import annotations

import math
import time
import unittest
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from exorelay.budget import Budget
from exorelay.exo_error import ExoError
from exorelay.outbox import Outbox, Role

MEBIBYTE = 1024 * 1024
ROUTES = {"add": ["search"], "list": ["todo"], "both": ["search", "todo"]}


@dataclass
class Command:
    number: int
    name: str
    id: str = "c-1"
    size: int = 10
    deadline: float = math.inf
    roles: Sequence[Role] = ()
    held: bool = False
    sent: bool = False
    accepted: bool = False
    settled: bool = False
    counted: bool = False
    begun: bool = False
    redelivered: bool = False
    own: str | None = None


class OutboxTest(unittest.TestCase):
    def setUp(self) -> None:
        self.make()

    def make(self, **limits: int) -> None:
        self.transmitted: list[int] = []
        self.accepted: list[int] = []
        self.expired: list[int] = []
        self.number = 0
        self.budget = Budget(**limits)
        self.box = Outbox(
            self.budget,
            transmit=lambda command: self.transmitted.append(command.number),
            accepted=self.accept,
            expired=lambda command: self.expired.append(command.number),
        )

    def accept(self, command: Command) -> None:
        command.accepted = True
        self.accepted.append(command.number)

    def add(self, name: str, **fields: Any) -> Command:
        self.number += 1
        command = Command(self.number, name, **fields)
        self.box.add(command)
        return command

    def test_too_many_messages_are_refused_with_the_way_out_and_the_refused_one_is_not_kept(self) -> None:
        self.make(messages=2, bytes=1000)
        self.add("add")
        self.add("add")
        with self.assertRaisesRegex(ExoError, r"await send\(\)") as raised:
            self.add("add")
        self.assertEqual((raised.exception.code, self.budget.messages), ("overloaded", 2))

    def test_too_many_bytes_are_refused(self) -> None:
        self.make(messages=100, bytes=25)
        self.add("add")
        self.add("add")
        with self.assertRaisesRegex(ExoError, "overloaded"):
            self.add("add")

    def test_no_more_bytes_go_before_they_are_accepted_than_8_mib_and_one_command(self) -> None:
        self.box.set_routes(ROUTES)
        self.box.set_credit(0, {"search": 100, "todo": 100})
        self.add("add", size=7 * MEBIBYTE)
        self.add("add", size=9 * MEBIBYTE)
        self.add("add")
        self.add("list")
        self.add("unknown")
        self.assertEqual(self.transmitted, [1, 2, 5])
        self.box.set_credit(1, {})
        self.assertEqual(self.transmitted, [1, 2, 5])
        self.box.set_credit(2, {})
        self.assertEqual(self.transmitted, [1, 2, 5, 3, 4])

    def test_what_was_on_its_way_on_a_lost_connection_counts_no_more(self) -> None:
        self.box.set_routes(ROUTES)
        self.box.set_credit(0, {"search": 100})
        self.add("add", size=9 * MEBIBYTE)
        self.add("add")
        self.assertEqual(self.transmitted, [1])
        self.box.connection_lost()
        self.box.set_routes(ROUTES)
        self.box.set_credit(0, {"search": 100})
        self.assertEqual(self.transmitted, [1, 1])

    def test_nothing_goes_before_the_routes_are_known(self) -> None:
        self.add("add")
        self.box.set_credit(0, {"search": 5})
        self.assertEqual(self.transmitted, [])

    def test_nothing_goes_without_credit(self) -> None:
        self.box.set_routes(ROUTES)
        self.add("add")
        self.assertEqual(self.transmitted, [])

    def test_a_name_that_nobody_receives_needs_no_credit(self) -> None:
        self.box.set_routes(ROUTES)
        self.add("unknown")
        self.assertEqual(self.transmitted, [1])

    def test_as_many_go_as_there_is_credit_and_the_rest_when_more_is_granted(self) -> None:
        self.box.set_routes(ROUTES)
        self.box.set_credit(0, {"search": 2})
        for _ in range(5):
            self.add("add")
        self.assertEqual(self.transmitted, [1, 2])
        self.box.set_credit(0, {"search": 4})
        self.assertEqual(self.transmitted, [1, 2, 3, 4])

    def test_a_role_without_credit_holds_up_no_other(self) -> None:
        self.box.set_routes(ROUTES)
        self.box.set_credit(0, {"todo": 1})
        self.add("add")
        self.add("list")
        self.assertEqual(self.transmitted, [2])

    def test_a_command_with_two_receivers_waits_for_the_credit_of_both(self) -> None:
        self.box.set_routes(ROUTES)
        self.box.set_credit(0, {"search": 5})
        self.add("both")
        self.assertEqual(self.transmitted, [])
        self.box.set_credit(0, {"todo": 5})
        self.assertEqual(self.transmitted, [1])

    def test_order_holds_for_each_role_across_names_that_share_it(self) -> None:
        self.box.set_routes(ROUTES)
        self.box.set_credit(0, {"search": 5})
        for name in ("both", "add", "both", "list"):
            self.add(name)
        self.assertEqual(self.transmitted, [])
        self.box.set_credit(0, {"todo": 5})
        self.assertEqual(self.transmitted, [1, 2, 3, 4])

    def test_acceptance_frees_the_budget_oldest_first(self) -> None:
        self.box.set_routes(ROUTES)
        self.box.set_credit(0, {"search": 5})
        for _ in range(3):
            self.add("add")
        self.box.set_credit(2, {})
        self.assertEqual((self.accepted, self.budget.messages), ([1, 2], 1))

    def test_an_acceptance_of_more_than_was_sent_accepts_what_was_sent(self) -> None:
        self.box.set_routes(ROUTES)
        self.add("unknown")
        self.box.set_credit(7, {})
        self.assertEqual(self.accepted, [1])

    def test_new_routes_keep_the_order_of_what_waits(self) -> None:
        self.box.set_routes(ROUTES)
        for name in ("add", "list", "add"):
            self.add(name)
        self.box.set_routes({"add": ["todo"], "list": ["todo"]})
        self.box.set_credit(0, {"todo": 3})
        self.assertEqual(self.transmitted, [1, 2, 3])

    def test_a_name_that_left_the_routes_goes_at_once_for_the_broker_to_answer(self) -> None:
        self.box.set_routes(ROUTES)
        self.add("add")
        self.box.set_routes({})
        self.assertEqual(self.transmitted, [1])

    def test_after_a_loss_what_was_not_accepted_goes_again_in_its_order_and_with_new_credit(self) -> None:
        self.box.set_routes(ROUTES)
        self.box.set_credit(0, {"search": 2, "todo": 5})
        for name in ("add", "add", "add", "list", "add"):
            self.add(name)
        self.assertEqual(self.transmitted, [1, 2, 4])
        self.box.set_credit(1, {})
        self.box.connection_lost()
        self.transmitted.clear()
        self.box.set_routes(ROUTES)
        self.assertEqual(self.transmitted, [])
        self.box.set_credit(0, {"search": 3, "todo": 1})
        self.assertEqual(sorted(self.transmitted), [2, 3, 4, 5])
        self.assertEqual([number for number in self.transmitted if number != 4], [2, 3, 5])
        self.box.set_credit(4, {})
        self.assertEqual(len(self.accepted), 5)

    def sent_and_accepted(self, names: Sequence[str], **fields: Any) -> list[Command]:
        """Whose names are acknowledged, but for `list`."""
        self.box.set_routes(ROUTES, ["add", "both"])
        self.box.set_credit(0, {"search": 9, "todo": 9})
        commands = [self.add(name, **fields) for name in names]
        self.box.set_credit(len(names), {}, [])
        self.assertEqual(self.accepted, self.transmitted)
        return commands

    def gone_again(self) -> list[int]:
        self.transmitted.clear()
        self.box.set_routes(ROUTES, ["add", "both"])
        self.box.set_credit(0, {"search": 9, "todo": 9}, [])
        return self.transmitted

    def test_what_is_accepted_is_kept_until_it_is_settled(self) -> None:
        self.sent_and_accepted(["add"] * 5)
        self.assertEqual((self.box.size, self.budget.messages), (0, 5))
        self.box.set_credit(5, {}, [[2, 3]])
        self.assertEqual(self.budget.messages, 3)
        self.box.set_credit(5, {}, [[1, 1], [4, 5]])
        self.assertEqual(self.budget.messages, 0)

    def test_a_range_that_was_settled_before_or_was_never_accepted_settles_nothing_more(self) -> None:
        self.sent_and_accepted(["add"] * 3)
        self.box.set_credit(3, {}, [[1, 2]])
        self.box.set_credit(3, {}, [[1, 2], [4, 1_000_000_000]])
        self.assertEqual(self.budget.messages, 1)

    def test_where_the_broker_does_not_say_what_is_settled_it_is_what_is_accepted(self) -> None:
        self.box.set_routes(ROUTES, ["add"])
        self.box.set_credit(0, {"search": 9})
        self.add("add")
        self.box.set_credit(1, {})
        self.assertEqual(self.budget.messages, 0)
        self.assertEqual(self.box.connection_lost(), [])
        self.assertEqual(self.gone_again(), [])

    def test_after_a_loss_what_was_accepted_and_is_acknowledged_goes_again_marked_unless_it_was_settled(self) -> None:
        commands = self.sent_and_accepted(["add", "add", "both", "add"])
        self.box.set_credit(4, {}, [[2, 2]])
        self.assertEqual(self.box.connection_lost(), [])
        self.assertEqual(self.box.size, 3)
        self.assertEqual(self.gone_again(), [1, 3, 4])
        self.assertEqual([each.redelivered for each in commands], [True, False, True, True])

    def test_what_goes_again_does_so_before_what_had_waited_behind_it(self) -> None:
        self.sent_and_accepted(["add", "add"])
        self.box.set_credit(2, {"search": 2}, [])
        self.add("add")
        self.box.connection_lost()
        self.assertEqual(self.gone_again(), [1, 2, 3])

    def test_after_a_loss_what_was_accepted_and_is_not_acknowledged_is_given_back_and_not_kept(self) -> None:
        plain, _ = self.sent_and_accepted(["list", "add"])
        self.assertEqual(self.box.connection_lost(), [plain])
        self.assertEqual(self.budget.messages, 1)
        self.assertEqual(self.gone_again(), [2])

    def test_a_scripts_commands_are_acknowledged_whatever_their_names(self) -> None:
        self.sent_and_accepted(["list", "add"])
        self.assertEqual(self.box.connection_lost(all_acknowledged=True), [])
        self.assertEqual(sorted(self.gone_again()), [1, 2])

    def test_a_command_whose_replies_have_begun_does_not_go_again(self) -> None:
        (begun,) = self.sent_and_accepted(["add"], begun=True)
        self.assertEqual(self.box.connection_lost(), [begun])
        self.assertEqual(self.gone_again(), [])

    def test_what_the_next_broker_settles_is_counted_anew(self) -> None:
        self.sent_and_accepted(["add", "add"])
        self.box.connection_lost()
        self.gone_again()
        self.box.set_credit(2, {}, [[1, 1]])
        self.assertEqual(self.budget.messages, 1)
        self.box.connection_lost()
        self.assertEqual(self.gone_again(), [2])

    def test_what_was_settled_meanwhile_does_not_go_and_holds_up_nothing(self) -> None:
        self.box.set_routes(ROUTES)
        first = self.add("add")
        self.add("add")
        first.settled = True
        self.box.forget(first)
        self.assertEqual(self.budget.messages, 1)
        self.box.set_credit(0, {"search": 1})
        self.assertEqual(self.transmitted, [2])

    def test_what_waits_past_its_deadline_expires(self) -> None:
        self.box.set_routes(ROUTES)
        late = time.monotonic() + 1
        self.add("add", deadline=late)
        self.add("add")
        self.box.expire(late - 0.1)
        self.assertEqual(self.expired, [])
        self.box.expire(late)
        self.assertEqual((self.expired, self.budget.messages), ([1], 1))
        self.box.set_credit(0, {"search": 2})
        self.assertEqual(self.transmitted, [2])

    def test_what_is_past_its_deadline_when_its_credit_comes_expires_instead_of_going(self) -> None:
        self.box.set_routes(ROUTES)
        self.add("add", deadline=time.monotonic() - 1)
        self.box.set_credit(0, {"search": 1})
        self.assertEqual((self.expired, self.transmitted), ([1], []))
