"""What warden.js is, in Python, but for what it writes."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from exorelay import ExoError, ExoRelay, HandlerContext, Lock

ROLE = os.environ["ROLE"]
relay = ExoRelay.from_environment()
held: list[Lock] = []


def numbered() -> dict[str, Any]:
    lock = held[-1]
    return {"number": lock.number, "held": lock.held, "lost": None if lock.loss is None else lock.loss.code}


def heard(_: ExoError) -> None:
    pass  # the lock keeps it


@relay.handle(f"{ROLE}.take")
async def take(wanted: dict[str, Any], context: HandlerContext) -> None:
    timeout = wanted.get("timeout")
    lock = await context.lock(wanted["key"], timeout=None if timeout is None else timeout / 1000)
    lock.on_lost(heard)
    held.append(lock)
    context.reply("taken", numbered())


@relay.handle(f"{ROLE}.tell")
def tell(_: Any, context: HandlerContext) -> None:
    context.reply("told", numbered())


@relay.handle(f"{ROLE}.give-back")
async def give_back(_: Any, context: HandlerContext) -> None:
    await held[-1].release()
    context.reply("given-back")


asyncio.run(relay.run())
