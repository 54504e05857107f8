"""Which function handles which command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar, Union

from . import wire

if TYPE_CHECKING:
    from .handler_context import HandlerContext, ScriptContext

# A coroutine function has completed when its coroutine ends; a plain one with its first reply where one is
# expected, else when it returns. Raising tells the sender `handler-failed`.
Handler = Union["Callable[[Any, HandlerContext], object]", "Callable[[Any, ScriptContext], object]"]
AnyHandler = TypeVar("AnyHandler", bound=Callable[..., object])

_NAMES = "__exo_handles__"


def handle(name: str) -> Callable[[AnyHandler], AnyHandler]:
    """Marks a function or method as the handler for the command `name`, which may be any string:

        @handle("todo.add")
        async def add(todo, context): ...
    """
    wire.check_name(name)

    def mark(function: AnyHandler) -> AnyHandler:
        if not callable(function):
            raise TypeError(f"the handler for '{name}' is no function")
        setattr(function, _NAMES, (*getattr(function, _NAMES, ()), name))
        return function

    return mark


def handlers_of(source: object) -> dict[str, Callable[..., object]]:
    """The handlers in a mapping from names to functions, or those marked by `handle` in a module or an object.

    Raises a ValueError when two functions handle one name.
    """
    handlers: dict[str, Callable[..., object]] = {}
    for name, function in source.items() if isinstance(source, Mapping) else _marked(source):
        wire.check_name(name)
        if not callable(function):
            raise TypeError(f"the handler for '{name}' is no function")
        if name in handlers and handlers[name] != function:
            raise ValueError(f"'{name}' is handled twice, by {_title(handlers[name])} and {_title(function)}")
        handlers[name] = function
    return handlers


def _marked(source: object) -> list[tuple[str, Callable[..., object]]]:
    if isinstance(source, ModuleType):
        members = list(vars(source).values())
    else:
        attributes = {name: each for kind in reversed(type(source).__mro__) for name, each in vars(kind).items()}
        members = [getattr(source, name) for name, each in attributes.items() if hasattr(each, _NAMES)]
    return [(name, member) for member in members for name in _names(member)]


# A module may hold anything, also objects that answer to every attribute.
def _names(member: object) -> tuple[str, ...]:
    names = getattr(member, _NAMES, ()) if callable(member) else ()
    return names if isinstance(names, tuple) else ()


def _title(function: object) -> str:
    return str(getattr(function, "__qualname__", function))
