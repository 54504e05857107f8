"""Makes commands of what applications say, and a script's words of its own."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Callable
from typing import Any

from . import wire
from .answer import Answer, GatheredAnswer, Reply, StreamedAnswer, page_of
from .commands import Commands
from .delivery import Delivery
from .exo_error import ExoError
from .incoming_command import IncomingCommand
from .lock import LONGEST_WAIT_SECONDS, HeldLocks, Lock, TakingLock, check
from .outgoing_command import NO_OPTIONS, CommandSpec, OutgoingCommand, SendOptions
from .script_attempt import ScriptAttempt

DEFAULT_TIMEOUT_SECONDS = 60.0

_LAST_WORDS = ("done", "failed")
_WAITING_WORDS = ("done", "failed", "checkpoint")  # which go when it is their time


class Sending:
    def __init__(
        self,
        commands: Commands,
        attempt: ScriptAttempt | None,
        *,
        window: Callable[[str, int], None],
        unhandled: Callable[[BaseException], None],
        frame_limit: Callable[[], int],
    ) -> None:
        self._commands = commands
        self._cancel = commands.cancel
        self._attempt = attempt
        self._window = window
        self._unhandled = unhandled
        self._frame_limit = frame_limit
        self.closed = False
        self.locks = HeldLocks(unhandled)
        self._unlocking: set[asyncio.Task[None]] = set()  # so that they live until they are done

    def send(self, name: str, payload: Any, options: SendOptions, handled: IncomingCommand | None) -> Delivery:
        wire.check_name(name)
        delivery = Delivery()
        spec = self._spec(name, payload, options, handled)
        if self.closed:
            delivery.fail(_closed(name), _ignore, self._unhandled)
            return delivery
        spec.delivery = delivery
        if self._attempt is None or spec.own is None or spec.own not in _WAITING_WORDS:
            command = self._commands.submit(spec)
            delivery.begun(command, self._cancel)
        else:
            self._say(self._attempt, spec, spec.own)
        return delivery

    def room(self) -> asyncio.Future[None] | None:
        return self._commands.room()

    async def request(self, name: str, payload: Any, options: SendOptions, handled: IncomingCommand | None) -> Reply:
        answers: list[GatheredAnswer] = []

        def answer(id: str) -> Answer:
            answers.append(GatheredAnswer(lambda pages: self._window(id, pages)))
            return answers[0]

        command = self._ask("one", name, payload, options, handled, answer)
        try:
            return await answers[0].future
        except asyncio.CancelledError:
            self._commands.cancel(command)
            raise

    def request_pages(
        self, name: str, payload: Any, options: SendOptions, handled: IncomingCommand | None
    ) -> AsyncGenerator[list[Any], None]:
        answers: list[StreamedAnswer[list[Any]]] = []

        def answer(id: str) -> Answer:
            answers.append(StreamedAnswer(lambda pages: self._window(id, pages), page_of, lambda: self._commands.abandon(id)))
            return answers[0]

        self._ask("one", name, payload, options, handled, answer)
        return answers[0].items()

    def request_many(
        self, name: str, payload: Any, options: SendOptions, handled: IncomingCommand | None
    ) -> AsyncGenerator[Reply, None]:
        answers: list[StreamedAnswer[Reply]] = []

        def answer(id: str) -> Answer:
            answers.append(
                StreamedAnswer(
                    lambda pages: self._window(id, pages), lambda reply: reply, lambda: self._commands.abandon(id)
                )
            )
            return answers[0]

        self._ask("many", name, payload, options, handled, answer)
        return answers[0].items()

    def progress(self, attempt: ScriptAttempt, done: float, total: float | None, note: str | None) -> None:
        payload = {key: value for key, value in (("done", done), ("total", total), ("note", note)) if value is not None}
        delivery = self.send(attempt.name_of("progress"), payload, NO_OPTIONS, None)
        delivery.ignore()

    async def checkpoint(self, attempt: ScriptAttempt, value: Any) -> None:
        """Resolves once the value is durable. It is encoded now, since the script may change it while it waits."""
        answer = GatheredAnswer(lambda pages: None)
        spec = self._spec(attempt.name_of("checkpoint"), value, NO_OPTIONS, None)
        spec.expects = "one"
        spec.answer = lambda id: answer
        if attempt.finished:
            raise _closed(spec.name)
        self._say(attempt, spec, "checkpoint")
        await answer.future

    def lock(self, key: str, timeout: float | None, handled: IncomingCommand | None) -> TakingLock:
        check(key, timeout)
        usual = DEFAULT_TIMEOUT_SECONDS if self._attempt is None else math.inf
        wait = usual if timeout is None else timeout
        return TakingLock(lambda: self._take_lock(key, wait, handled))

    async def _take_lock(self, key: str, wait: float, handled: IncomingCommand | None) -> Lock:
        """How long it waits is the host's business, so that no lock comes to who is not there any more."""
        payload: dict[str, Any] = {"key": key}
        if wait != math.inf:
            payload["timeoutMs"] = math.ceil(min(wait, LONGEST_WAIT_SECONDS) * 1000)
        answer = GatheredAnswer(lambda pages: None)
        command = self._ask("one", "exo.lock", payload, SendOptions(timeout=math.inf), handled, lambda id: answer)

        async def give_back(lock: Lock) -> None:
            self.locks.remove(command.id)
            await self._unlock(key, command.id, handled)

        try:
            reply = await answer.future
        except asyncio.CancelledError:
            # It may have come at the same moment.
            self._commands.cancel(command)
            self._unlock(key, command.id, handled)
            raise
        lock = Lock(key, reply.payload["number"], give_back)
        self.locks.add(command.id, lock)
        return lock

    def _unlock(self, key: str, id: str, handled: IncomingCommand | None) -> asyncio.Task[None]:
        """Done when the bus has taken it. A lock that is not there any more is given back already. Without a deadline,
        since the next host may hear of it by a registration that was on its way.
        """
        delivery = self.send("exo.unlock", {"key": key, "lock": id}, SendOptions(timeout=math.inf), handled)

        async def wait() -> None:
            try:
                await delivery
            except ExoError:
                pass

        task = asyncio.get_running_loop().create_task(wait())
        self._unlocking.add(task)
        task.add_done_callback(self._unlocking.discard)
        return task

    async def follow(self, attempt: ScriptAttempt, commands: list[str]) -> None:
        await self.request(attempt.name_of("follow"), {"commands": commands}, NO_OPTIONS, attempt.start)

    def _ask(
        self,
        expects: str,
        name: str,
        payload: Any,
        options: SendOptions,
        handled: IncomingCommand | None,
        answer: Callable[[str], Answer],
    ) -> OutgoingCommand:
        wire.check_name(name)
        spec = self._spec(name, payload, options, handled)
        if self.closed:
            raise _closed(name)
        spec.expects = expects
        spec.answer = answer
        return self._commands.submit(spec)

    def _spec(self, name: str, payload: Any, options: SendOptions, handled: IncomingCommand | None) -> CommandSpec:
        attempt = self._attempt
        if attempt is not None and handled is None:
            handled = attempt.start
        activity_id, caused_by = options.activity_id, None
        if activity_id is None and handled is not None:
            activity_id, caused_by = handled.activity_id, handled.id
        return CommandSpec(
            name=name,
            frame=wire.encode_payload(payload, options.content_type, name, self._frame_limit()),
            options=options,
            timeout=self._timeout_of(options),
            activity_id=activity_id,
            caused_by=caused_by,
            own=self._word_of(name),
        )

    # A script's word to the host, which is settled when the bus has taken it.
    def _word_of(self, name: str) -> str | None:
        if self._attempt is None:
            return None
        return "exo" if name.startswith("exo.") else self._attempt.word_of(name)

    # A script's commands have no deadline unless it asks for one: its phase's timeout bounds them.
    def _timeout_of(self, options: SendOptions) -> float:
        timeout = options.timeout
        if timeout is None:
            return DEFAULT_TIMEOUT_SECONDS if self._attempt is None else math.inf
        if isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or not timeout > 0:
            raise ValueError(f"the timeout of a message is a number of seconds above 0, not {timeout!r}")
        return timeout

    # A script's last words and checkpoints, sent as commands.
    def _say(self, attempt: ScriptAttempt, spec: CommandSpec, word: str) -> None:
        if attempt.finished:
            if spec.delivery is not None:
                spec.delivery.fail(_closed(spec.name), _ignore, _ignore_error)
            return
        spec.ordinal = attempt.reserve() if word == "checkpoint" else 0

        def say() -> None:
            if word in _LAST_WORDS:
                attempt.said_by_command()
            spec.handled_errors = attempt.handled_errors
            self._commands.submit(spec)

        if word == "failed":
            say()
            return
        if word == "done":
            attempt.begin_finishing()
        attempt.when_settled(say, spec.ordinal)


def _closed(name: str) -> ExoError:
    return ExoError("closed", "the relay is closed", message_name=name)


def _ignore() -> None:
    pass


def _ignore_error(error: ExoError) -> None:
    pass
