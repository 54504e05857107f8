"""Joins a Python program to an exo bus, on which services and deployment scripts talk."""

from .answer import Reply
from .curve_file import CurveKeys
from .delivery import Delivery
from .exo_error import ExoError
from .handler_context import HandlerContext, Message, Replier, ScriptContext
from .handlers import handle
from .lock import Lock
from .relay import ExoRelay, ExoRelayOptions

__all__ = [
    "CurveKeys",
    "Delivery",
    "ExoError",
    "ExoRelay",
    "ExoRelayOptions",
    "HandlerContext",
    "Lock",
    "Message",
    "Replier",
    "Reply",
    "ScriptContext",
    "handle",
]

__version__ = "0.1.0"
