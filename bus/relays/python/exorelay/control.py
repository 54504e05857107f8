"""The payloads of control messages. Each is read as a whole before anything is done with it, and raises `malformed`
where it is not as the protocol says, so that half of one never takes effect.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import wire
from .exo_error import ExoError


Range = tuple[int, int]


def read_registered(frame: bytes) -> dict[str, Any]:
    """What the broker says of itself and of this connection."""
    registered = read_map(frame, "registered")
    _demand(_is_count(registered.get("heartbeatMs") or 0), "registered: 'heartbeatMs' is no count")
    _demand(isinstance(registered.get("environment") or "", str), "registered: 'environment' is no text")
    return registered


def read_credit(frame: bytes) -> tuple[int, dict[str, int], list[Range] | None]:
    """Commands accepted, credits granted by role, and the first and last numbers of ranges of commands settled, None
    when the broker does not tell them.
    """
    payload = read_map(frame, "credit")
    accepted = payload.get("accepted") or 0
    _demand(_is_count(accepted), "credit: 'accepted' is no count")
    settled = payload.get("settled")
    _demand(settled is None or _is_list_of_ranges(settled), "credit: 'settled' is no list of ranges")
    grants = _map_of(payload.get("grants"), _is_count, "credit: 'grants' is no map from roles to counts")
    return accepted, grants, settled


def read_routes(frame: bytes) -> tuple[dict[str, list[str]], list[str]]:
    """Roles by name, and the names that are acknowledged."""
    payload = read_map(frame, "routes")
    acknowledged: list[str] = payload.get("acknowledged") or []
    _demand(_is_list_of_texts(acknowledged), "routes: 'acknowledged' is no list of names")
    names = _map_of(payload.get("names"), _is_list_of_texts, "routes: 'names' is no map from names to lists of roles")
    return names, acknowledged


def read_ids(frame: bytes) -> list[str]:
    ids: list[str] = read_map(frame, "delivered").get("ids") or []
    _demand(_is_list_of_texts(ids), "delivered: 'ids' is no list of ids")
    return ids


def read_map(frame: bytes, kind: str) -> dict[str, Any]:
    value = wire.decode_payload(frame, "msgpack", kind)
    _demand(isinstance(value, dict), f"the payload of '{kind}' is no map")
    whole: dict[str, Any] = value
    return whole


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_list_of_ranges(value: object) -> bool:
    return isinstance(value, list) and all(_is_range(each) for each in value)


def _is_range(value: object) -> bool:
    if not isinstance(value, list) or len(value) != 2:
        return False
    return _is_count(value[0]) and _is_count(value[1]) and 1 <= value[0] <= value[1]


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _map_of(value: Any, fits: Callable[[object], bool], otherwise: str) -> dict[str, Any]:
    entries: dict[str, Any] = {} if value is None else value
    _demand(isinstance(entries, dict), otherwise)
    _demand(all(isinstance(key, str) and fits(each) for key, each in entries.items()), otherwise)
    return entries


def _demand(fine: bool, otherwise: str) -> None:
    if not fine:
        raise ExoError("malformed", otherwise)
