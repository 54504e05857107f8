"""The payloads of control messages. Each is read as a whole before anything is done with it, and raises `malformed`
where it is not as the protocol says, so that half of one never takes effect.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import wire
from .exo_error import ExoError


def read_credit(frame: bytes) -> tuple[int, dict[str, int]]:
    """Commands accepted, and credits granted by role."""
    payload = read_map(frame, "credit")
    accepted = payload.get("accepted") or 0
    _demand(_is_count(accepted), "credit: 'accepted' is no count")
    return accepted, _map_of(payload.get("grants"), _is_count, "credit: 'grants' is no map from roles to counts")


def read_routes(frame: bytes) -> dict[str, list[str]]:
    """Roles by name."""
    names = read_map(frame, "routes").get("names")
    return _map_of(names, _is_list_of_texts, "routes: 'names' is no map from names to lists of roles")


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
