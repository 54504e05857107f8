"""Whether a value is as a pattern says."""

from __future__ import annotations

from typing import Any

from .notation import ABSENT, ANYTHING, REST, Bound, Containing, Misspelt, Sign, Unordered, Variable, show

Variables = dict[str, Any]

_MISSING = object()


def difference(pattern: Any, actual: Any, variables: Variables, where: str) -> str | None:
    """What is not as it should be, or None; then the pattern's new variables are added."""
    learnt = dict(variables)
    found = _difference(pattern, actual, learnt, where)
    if found is None:
        variables.update(learnt)
    return found


def filled(value: Any, variables: Variables) -> Any:
    """What is to be sent: variables as their values, absent entries left out."""
    if isinstance(value, Variable):
        if value.name not in variables:
            raise Misspelt(f"${value.name} has no value yet")
        return variables[value.name]
    if isinstance(value, dict):
        return {key: filled(each, variables) for key, each in value.items() if each is not ABSENT}
    if isinstance(value, list):
        return [filled(each, variables) for each in value]
    if isinstance(value, (Sign, Bound, Containing, Unordered)):
        raise Misspelt(f"'{show(value)}' says what may come; it cannot be sent")
    return value


def _difference(pattern: Any, actual: Any, variables: Variables, where: str) -> str | None:
    if pattern is ABSENT:
        return None if actual is _MISSING else f"{where} is {show(actual)}, but should be absent"
    if actual is _MISSING:
        return f"{where} is absent, but should be {show(pattern)}"
    if pattern is ANYTHING:
        return None
    if isinstance(pattern, Variable):
        if pattern.name not in variables:
            variables[pattern.name] = actual
            return None
        pattern = variables[pattern.name]
    if isinstance(pattern, Bound):
        return _bound_difference(pattern, actual, where)
    if isinstance(pattern, Containing):
        holds = isinstance(actual, str) and pattern.part in actual
        return None if holds else f"{where} is {show(actual)}, but should be {show(pattern)}"
    if isinstance(pattern, Unordered):
        return _unordered_difference(pattern, actual, where)
    if isinstance(pattern, dict) and isinstance(actual, dict):
        return _map_difference(pattern, actual, variables, where)
    if isinstance(pattern, list) and isinstance(actual, list):
        return _list_difference(pattern, actual, variables, where)
    if _same(pattern, actual):
        return None
    return f"{where} is {show(actual)}, but should be {show(pattern)}"


# A whole number and a double of the same value are the same on the wire; true and 1 are not.
def _same(expected: Any, actual: Any) -> bool:
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    return bool(expected == actual)


def _bound_difference(bound: Bound, actual: Any, where: str) -> str | None:
    is_number = isinstance(actual, int) and not isinstance(actual, bool)
    within = is_number and (actual >= bound.limit if bound.sign == ">=" else actual <= bound.limit)
    return None if within else f"{where} is {show(actual)}, but should be {show(bound)}"


def _map_difference(pattern: dict[Any, Any], actual: dict[str, Any], variables: Variables, where: str) -> str | None:
    for key, each in pattern.items():
        if key is REST:
            continue
        found = _difference(each, actual.get(key, _MISSING), variables, f"{where}.{key}")
        if found:
            return found
    unknown = [key for key in actual if key not in pattern]
    if unknown and REST not in pattern:
        return f"{where} has {', '.join(unknown)}, which should not be there"
    return None


def _list_difference(pattern: list[Any], actual: list[Any], variables: Variables, where: str) -> str | None:
    is_open = bool(pattern) and pattern[-1] is REST
    items = pattern[:-1] if is_open else pattern
    if len(actual) < len(items) or (len(actual) > len(items) and not is_open):
        return f"{where} has {len(actual)} elements, but should have {len(items)}{' or more' if is_open else ''}"
    for at, (each, one) in enumerate(zip(items, actual)):
        found = _difference(each, one, variables, f"{where}[{at}]")
        if found:
            return found
    return None


def _unordered_difference(pattern: Unordered, actual: Any, where: str) -> str | None:
    left = list(actual) if isinstance(actual, list) else [actual]
    for each in pattern.items:
        if each not in left:
            return f"{where} is {show(actual)}, but should hold {show(each)}"
        left.remove(each)
    return f"{where} holds {show(left[0])}, which should not be there" if left else None
