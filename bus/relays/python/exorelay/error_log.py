"""Writes errors that nobody handled as lines of the log."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from .exo_error import ExoError

QUIET_SECONDS = 1.0


@dataclass
class _Kind:
    timer: asyncio.TimerHandle
    more: int = 0


class ErrorLog:
    """Those that say the same are written once a second with their number, so that a loop of sixty thousand failing
    sends neither floods the log nor vanishes from it.
    """

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._kinds: dict[tuple[str, str], _Kind] = {}

    def add(self, error: BaseException) -> None:
        if not isinstance(error, ExoError):
            self._logger.error("%s", error, exc_info=error)
            return
        key = (error.code, error.message_name)
        kind = self._kinds.get(key)
        if kind is not None:
            kind.more += 1
            return
        self._logger.error("%s", error)
        loop = _running_loop()
        if loop is not None:
            self._kinds[key] = _Kind(loop.call_later(QUIET_SECONDS, self._close, key))

    def flush(self) -> None:
        """Writes what was counted and not yet written."""
        for key, kind in list(self._kinds.items()):
            kind.timer.cancel()
            self._close(key)

    def _close(self, key: tuple[str, str]) -> None:
        kind = self._kinds.pop(key)
        code, name = key
        if kind.more > 0:
            self._logger.error("%s: %d more failed like this (%s)", name, kind.more, code)


# A delivery that the program keeps until its end is dropped after the event loop has gone.
def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
