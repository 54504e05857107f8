"""The acknowledged commands that a relay has completed last."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

COMMAND_LIMIT = 10_000
BYTE_LIMIT = 16 * 1024 * 1024  # of all replies together


@dataclass(frozen=True)
class KeptReply:
    name: str
    frame: bytes
    content_type: str | None


class CompletedCommands:
    """Remembers ids with their replies, so that each command is run once however often it is delivered. The oldest are
    forgotten first, and all with the process.
    """

    def __init__(self, commands: int = COMMAND_LIMIT, size: int = BYTE_LIMIT) -> None:
        self._command_limit = commands
        self._byte_limit = size
        self._replies: OrderedDict[str, KeptReply | None] = OrderedDict()
        self._bytes = 0

    def __contains__(self, id: str) -> bool:
        return id in self._replies

    def reply_to(self, id: str) -> KeptReply | None:
        """None where there was none."""
        return self._replies.get(id)

    def add(self, id: str, reply: KeptReply | None) -> None:
        """A command whose reply is over the limit is not remembered: it is run again."""
        if id in self._replies:
            self._bytes -= _size_of(self._replies.pop(id))
        if _size_of(reply) > self._byte_limit:
            return
        self._replies[id] = reply
        self._bytes += _size_of(reply)
        while len(self._replies) > self._command_limit or self._bytes > self._byte_limit:
            self._bytes -= _size_of(self._replies.popitem(last=False)[1])


def _size_of(reply: KeptReply | None) -> int:
    return 0 if reply is None else len(reply.frame)
