"""A command that failed, or a relay that cannot go on."""

from __future__ import annotations


class ExoError(Exception):
    """`code` is one of the protocol's stable words; `reason` is a sentence for people.

    `message_name` and `message_id` say which command it was; they are empty where it was none.
    """

    def __init__(self, code: str, reason: str, *, message_name: str = "", message_id: str = "") -> None:
        about = f"{message_name}: " if message_name else ""
        super().__init__(f"{about}{reason} ({code})")
        self.code = code
        self.reason = reason
        self.message_name = message_name
        self.message_id = message_id


def describe(error: BaseException) -> str:
    """One line for people: the type is part of what a KeyError says, and no part of an ExoError's sentence."""
    if isinstance(error, ExoError):
        return str(error)
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
