"""The conformance driver of the Python relay: joins the bus that its environment names, with the handlers that the
README beside this folder describes.
"""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

from exorelay import ExoError, ExoRelay, HandlerContext, Lock, handle


class Driver:
    """What a case asks the relay to send, and what has become of it."""

    def __init__(self) -> None:
        self._outcomes: dict[str, asyncio.Future[dict[str, Any]]] = defaultdict(asyncio.Future)
        self._held: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._tasks: set[asyncio.Task[None]] = set()
        self._asked: dict[str, asyncio.Task[Any]] = {}
        self._counts: dict[str, int] = defaultdict(int)
        self._locks: dict[str, Lock] = {}
        self._lost: dict[str, str] = {}  # the code with which the lock of a label was lost
        self._unheard: list[dict[str, str]] = []
        self.relay = ExoRelay.from_environment(self)
        self.relay.on("error", self._hear)

    @handle("echo")
    def echo(self, payload: Any, context: HandlerContext) -> None:
        context.reply("echoed", payload)

    @handle("seen")
    def seen(self, payload: Any, context: HandlerContext) -> None:
        message = context.message
        about = {
            "name": message.name, "id": message.id, "activityId": message.activity_id, "sender": message.sender,
            "version": message.version, "redelivered": message.redelivered, "expects": message.expects,
            "timeoutMs": None if message.timeout is None else round(message.timeout * 1000),
        }  # fmt: skip
        context.reply("seen", {"payload": payload, **{key: each for key, each in about.items() if each is not None}})

    @handle("fail")
    def fail(self, reason: str, context: HandlerContext) -> None:
        context.reply.error(reason)

    @handle("throw")
    def throw(self, text: str, context: HandlerContext) -> None:
        raise RuntimeError(text)

    @handle("pages")
    async def pages(self, wanted: dict[str, int], context: HandlerContext) -> None:
        for page in range(wanted["count"] - 1):
            await context.reply.write("paged", [page])
        await context.reply.end("paged", [wanted["count"] - 1])

    @handle("many")
    async def many(self, wanted: dict[str, int], context: HandlerContext) -> None:
        for number in range(wanted["count"] - 1):
            await context.reply.write("one-of-many", number)
        await context.reply.end("one-of-many", wanted["count"] - 1)

    @handle("inflate")
    def inflate(self, size: int, context: HandlerContext) -> None:
        context.reply("inflated", "x" * size)

    @handle("hold")
    async def hold(self, key: str, context: HandlerContext) -> None:
        await self._held[key].wait()
        context.reply("held", key)

    @handle("release")
    def release(self, key: str, context: HandlerContext) -> None:
        self._held[key].set()

    @handle("send")
    def send(self, wanted: dict[str, Any], context: HandlerContext) -> None:
        async def work() -> dict[str, Any]:
            await context.send(wanted["name"], _payload_of(wanted), **_options_of(wanted))
            return {"sent": True}

        self._note(wanted, work)

    @handle("ask")
    def ask(self, wanted: dict[str, Any], context: HandlerContext) -> None:
        async def work() -> dict[str, Any]:
            reply = await context.request(wanted["name"], _payload_of(wanted), **_options_of(wanted))
            about = {"reply": reply.name, "payload": reply.payload, "sender": reply.sender}
            return about if reply.version is None else {**about, "version": reply.version}

        self._note(wanted, work)

    @handle("ask-many")
    def ask_many(self, wanted: dict[str, Any], context: HandlerContext) -> None:
        async def work() -> dict[str, Any]:
            replies = context.request_many(wanted["name"], _payload_of(wanted), **_options_of(wanted))
            return {"replies": [reply.payload async for reply in replies]}

        self._note(wanted, work)

    @handle("outcome")
    async def outcome(self, label: str, context: HandlerContext) -> None:
        context.reply("outcome", await self._outcomes[label])

    @handle("cancel")
    def cancel(self, label: str, context: HandlerContext) -> None:
        self._asked[label].cancel()

    @handle("await-cancel")
    async def await_cancel(self, key: str, context: HandlerContext) -> None:
        await context.cancelled
        context.send("was-cancelled", key)

    @handle("count")
    def count(self, key: str, context: HandlerContext) -> None:
        self._counts[key] += 1
        context.reply("counted", self._counts[key])

    @handle("lock")
    def lock(self, wanted: dict[str, Any], context: HandlerContext) -> None:
        async def work() -> dict[str, Any]:
            timeout = wanted["timeoutMs"] / 1000 if "timeoutMs" in wanted else None
            taken = self._locks[wanted["label"]] = await context.lock(wanted["key"], timeout=timeout)
            taken.on_lost(lambda error: self._lost.setdefault(wanted["label"], error.code))
            return {"key": taken.key, "number": taken.number}

        self._note(wanted, work)

    @handle("unlock")
    def unlock(self, label: str, context: HandlerContext) -> None:
        self._keep(self._locks[label].release())

    @handle("has-lock")
    def has_lock(self, label: str, context: HandlerContext) -> None:
        context.reply("lock", self._lost.get(label, self._locks[label].held))

    @handle("unheard")
    def unheard(self, payload: Any, context: HandlerContext) -> None:
        context.reply("unheard", self._unheard)

    @handle("close")
    def close(self, payload: Any, context: HandlerContext) -> None:
        self._keep(self.relay.close())

    def _hear(self, error: BaseException) -> None:
        if isinstance(error, ExoError) and error.message_name:
            self._unheard.append({"name": error.message_name, "code": error.code})

    def _note(self, wanted: dict[str, Any], work: Callable[[], Awaitable[dict[str, Any]]]) -> None:
        async def noted() -> None:
            try:
                outcome = await work()
            except ExoError as error:
                outcome = {"code": error.code, "reason": error.reason}
                if error.message_id:
                    outcome["id"] = error.message_id
            except asyncio.CancelledError:
                outcome = {"code": "cancelled", "reason": "its task was cancelled"}
            except (TypeError, ValueError) as error:
                outcome = {"code": "usage", "reason": str(error)}
            self._outcomes[wanted["label"]].set_result(outcome)

        self._asked[wanted["label"]] = self._keep(noted())

    def _keep(self, work: Any) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _payload_of(wanted: dict[str, Any]) -> Any:
    return "x" * wanted["fill"] if "fill" in wanted else wanted.get("payload")


def _options_of(wanted: dict[str, Any]) -> dict[str, Any]:
    options = {"version": wanted.get("version"), "content_type": wanted.get("contentType")}
    return {**options, "timeout": wanted["timeoutMs"] / 1000} if "timeoutMs" in wanted else options


async def main() -> int:
    try:
        await Driver().relay.run()
    except ExoError as error:
        print(f"relay.py: {error}", file=sys.stderr)
        return 1
    return 0


sys.exit(asyncio.run(main()))
