"""One registered connection to the broker."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import zmq

from . import control, wire
from .curve_file import CurveKeys
from .exo_error import ExoError
from .pack import Pack, is_small, unpack

SILENCE_SECONDS = 15.0  # the shortest time without a word after which a broker counts as lost
FIRST_PAUSE_SECONDS = 0.02  # between attempts to reach the broker, doubled each time
LONGEST_PAUSE_SECONDS = 1.0
TICK_SECONDS = 0.25
PACK_HEADER = wire.encode_header({"kind": "pack"})
FAILED_HANDSHAKE_EVENTS = (zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL, zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL)
WATCHED_EVENTS = zmq.EVENT_DISCONNECTED | zmq.EVENT_HANDSHAKE_FAILED_AUTH | sum(FAILED_HANDSHAKE_EVENTS)
READ_BATCH = 256  # messages after which everything else on the event loop has its turn


@dataclass
class ConnectionEvents:
    """What the owner of a Connection hears, in the order of events."""

    registered: Callable[[dict[str, Any]], None]  # the broker admitted us; counts start from 0
    message: Callable[[wire.Header, bytes], None]  # anything after that which is not about the connection itself
    lost: Callable[[ExoError], None]  # it is not registered any more and tries again by itself
    refused: Callable[[ExoError], None]  # the broker does not want us; it has given up
    fault: Callable[[BaseException], None]  # what came in could not be read, or taking it raised; it goes on


class Connection:
    """Registers, stays alive, and when the broker is lost makes a new socket and registers again. Knows nothing of
    what the messages mean.

    Commands that are sent one after another go in packs, where the broker reads them.

    A DEALER without a high-water mark takes each message in the call itself; what goes into it is bounded by credit
    and windows. ZeroMQ's descriptor tells of changes only and every call may use one up, so after each write the
    socket is read again in the next turn.
    """

    def __init__(
        self,
        *,
        endpoint: str,
        registration: Callable[[], dict[str, Any]],
        events: ConnectionEvents,
        silence: float = SILENCE_SECONDS,
        curve: CurveKeys | None = None,
    ) -> None:
        self._curve = curve
        self._endpoint = endpoint
        self._registration = registration
        self._events = events
        self._silence = silence
        self._heartbeat = silence / 3
        self._state = "idle"  # idle → registering → registered → lost → registering …; closed in the end
        self._ever_registered = False
        self._handshake_trouble = ""  # of the last handshake, before that
        self._pause = FIRST_PAUSE_SECONDS
        self._socket: zmq.Socket[bytes] | None = None
        self._monitor: zmq.Socket[bytes] | None = None
        self._packs = False  # the broker reads them
        self._pack = Pack()
        self._reading = False  # a read is due in this turn or the next
        self._retry_timer: asyncio.TimerHandle | None = None
        self._tick_timer: asyncio.TimerHandle | None = None
        self._heard = False
        self._said = False
        self._last_heard = self._last_said = self._last_tick = 0.0

    @property
    def registered(self) -> bool:
        return self._state == "registered"

    @property
    def handshake_trouble(self) -> str:
        """Why the bus may be breaking off each handshake; empty where it does not."""
        return "" if self._ever_registered else self._handshake_trouble

    def open(self) -> None:
        """Starts; raises `bus-lost` when the endpoint is none."""
        self._loop = asyncio.get_running_loop()
        self._state = "registering"
        try:
            self._open_socket()
        except zmq.ZMQError as error:
            self.close()
            reason = f"cannot connect to '{self._endpoint}': {error}; EXO_BUS or the option endpoint names it"
            raise ExoError("bus-lost", reason) from None
        self._last_tick = time.monotonic()
        self._tick_timer = self._loop.call_later(TICK_SECONDS, self._tick)

    def send(self, header: wire.Header, payload: bytes = wire.EMPTY) -> None:
        """Sends two frames, commands with those that are sent in the same turn of the loop; does nothing when there is
        no registered connection."""
        if self._state != "registered":
            return
        if self._packs and header["kind"] == "command" and is_small(payload):
            self._gather(header, payload)
        else:
            self._write(header, payload)

    def close(self) -> None:
        """Ends without a goodbye; idempotent."""
        self._state = "closed"
        for timer in (self._tick_timer, self._retry_timer):
            if timer is not None:
                timer.cancel()
        self._close_socket()

    def _open_socket(self) -> None:
        self._socket = socket = zmq.Context.instance().socket(zmq.DEALER)
        socket.linger = 0
        socket.sndhwm = 0
        self._secure(socket)
        self._monitor = monitor = socket.get_monitor_socket(WATCHED_EVENTS)
        monitor.linger = 0
        self._last_heard = time.monotonic()
        self._loop.add_reader(socket.FD, self._read)
        self._loop.add_reader(monitor.FD, self._read_monitor)
        # ZeroMQ makes the descriptor readable only for who has tried to read and found nothing.
        self._loop.call_soon(self._read_monitor)
        socket.connect(self._endpoint)
        self._write({"kind": "register"}, wire.encode_payload(self._registration(), None, "register"))

    def _secure(self, socket: zmq.Socket[bytes]) -> None:
        socket.ipv6 = "[" in self._endpoint
        if self._curve is not None:
            socket.curve_serverkey = self._curve.server.encode()
            socket.curve_publickey = self._curve.public.encode()
            socket.curve_secretkey = self._curve.secret.encode()

    def _close_socket(self) -> None:
        socket, monitor = self._socket, self._monitor
        self._socket = self._monitor = None
        self._packs, self._pack = False, Pack()
        for each in (monitor, socket):
            if each is not None:
                self._loop.remove_reader(each.FD)
        if socket is not None:
            socket.disable_monitor()
            socket.close(linger=0)
        if monitor is not None:
            monitor.close(linger=0)

    def _gather(self, header: wire.Header, payload: bytes) -> None:
        frame = wire.encode_header(header)
        if not self._pack.has_room_for(frame, payload):
            self._send_pack()
        if self._pack.count == 0:
            self._loop.call_soon(self._send_pack)
        self._pack.add(frame, payload)

    def _send_pack(self) -> None:
        if self._pack.count > 0:
            self._write_frames(*self._pack.take(PACK_HEADER))

    def _write(self, header: wire.Header, payload: bytes) -> None:
        self._send_pack()
        self._write_frames(wire.encode_header(header), payload)

    def _write_frames(self, header: bytes, payload: bytes) -> None:
        socket = self._socket
        if socket is None:
            return
        self._said = True
        try:
            socket.send(header, zmq.SNDMORE | zmq.NOBLOCK)
            socket.send(payload, zmq.NOBLOCK)
        except zmq.ZMQError as error:
            self._lose(socket, f"writing failed: {error}")
            return
        self._read_soon()

    def _read_soon(self) -> None:
        if not self._reading:
            self._reading = True
            self._loop.call_soon(self._read)

    def _read(self) -> None:
        self._reading = False
        socket = self._socket
        for _ in range(READ_BATCH):
            if socket is None or self._socket is not socket:
                return
            try:
                frames = socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            except zmq.ZMQError as error:
                self._lose(socket, f"reading failed: {error}")
                return
            self._heard = True
            self._take(frames)
        self._read_soon()

    # The first two bytes of an event are its number.
    def _read_monitor(self) -> None:
        monitor = self._monitor
        if monitor is None:
            return
        try:
            event = int.from_bytes(monitor.recv_multipart(zmq.NOBLOCK)[0][:2], sys.byteorder)
        except zmq.Again:
            return
        if event == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
            self._on_key_refused()
            return
        if event in FAILED_HANDSHAKE_EVENTS:
            self._on_handshake_failed()
        self._lose(self._socket, "the broker closed the connection")

    def _take(self, frames: list[bytes]) -> None:
        try:
            if len(frames) != 2:
                raise ExoError("malformed", f"the broker sent {len(frames)} frames instead of two")
            header = wire.decode_header(frames[0])
            if header["kind"] == "pack":
                self._unpack(frames[1])
            else:
                self._dispatch(header, frames[1])
        except Exception as error:
            self._events.fault(error)

    # What ends the connection ends the pack with it; a message that is at fault does not.
    def _unpack(self, pack: bytes) -> None:
        socket = self._socket
        for header, payload in unpack(pack):
            if self._socket is not socket:
                return
            try:
                self._dispatch(wire.decode_header(header), payload)
            except Exception as error:
                self._events.fault(error)

    def _dispatch(self, header: wire.Header, payload: bytes) -> None:
        kind = header["kind"]
        if kind == "pong":
            return
        if kind == "registered":
            self._on_registered(control.read_registered(payload))
        elif kind == "refused":
            self._on_refused(header)
        elif kind == "pack":
            raise ExoError("malformed", "pack: there is another in it")
        elif self._state == "registered":
            self._events.message(header, payload)

    def _on_registered(self, reply: dict[str, Any]) -> None:
        self._state = "registered"
        self._ever_registered = True
        self._pause = FIRST_PAUSE_SECONDS
        self._packs = reply.get("packs") is True
        self._heartbeat = (reply.get("heartbeatMs") or 0) / 1000 or self._heartbeat
        self._last_said = time.monotonic()
        self._events.registered(reply)

    # A key is made before its program starts and refused once it has ended, so there is nothing to wait for.
    def _on_key_refused(self) -> None:
        if self._state == "closed":
            return
        self.close()
        reason = "the bus does not admit this program's key; EXO_CURVE_FILE or the option curve names it"
        self._events.refused(ExoError("not-admitted", reason))

    # A bus whose key is another than this program believes cannot read what it says, and hangs up without a word. So
    # does one that ends, or that has no room for this program just then, so it is tried again.
    def _on_handshake_failed(self) -> None:
        own = "this program has no keys, which that bus may want"
        why = own if self._curve is None else "the server key may not be that of this bus"
        names = "EXO_CURVE_FILE or the option curve names them"
        self._handshake_trouble = f"the bus at {self._endpoint} breaks off each handshake: {why}; {names}"

    # After a loss the broker may still believe in the old connection for a while, so that refusal is tried again.
    def _on_refused(self, header: wire.Header) -> None:
        code = header.get("code", "malformed")
        if code == "not-registered" or (code == "already-connected" and self._ever_registered):
            self._lose(self._socket, f"the broker refused: {header.get('reason', code)}")
            return
        self.close()
        self._events.refused(ExoError(code, header.get("reason", "the broker refused the registration")))

    def _lose(self, socket: zmq.Socket[bytes] | None, reason: str) -> None:
        if socket is None or socket is not self._socket or self._state == "closed":
            return
        was_registered = self._state == "registered"
        self._close_socket()
        self._state = "lost"
        self._retry_timer = self._loop.call_later(self._pause, self._retry)
        self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
        if was_registered:
            self._events.lost(ExoError("bus-lost", reason))

    def _retry(self) -> None:
        if self._state != "lost":
            return
        self._state = "registering"
        try:
            self._open_socket()
        except zmq.ZMQError as error:
            self._lose(self._socket, f"cannot connect: {error}")

    # A late tick means that this program did not let its event loop run; what the broker said meanwhile is unread,
    # so its silence proves nothing yet.
    def _tick(self) -> None:
        self._tick_timer = self._loop.call_later(TICK_SECONDS, self._tick)
        now = time.monotonic()
        was_blocked = now - self._last_tick > 4 * TICK_SECONDS
        self._last_tick = now
        if self._heard or was_blocked:
            self._last_heard = now
        if self._said:
            self._last_said = now
        self._heard = self._said = False
        if self._socket is None:
            return
        silence = max(3 * self._heartbeat, self._silence)
        if now - self._last_heard >= silence:
            self._lose(self._socket, f"the broker said nothing for {silence:g} s")
        elif self._state == "registered" and now - self._last_said >= self._heartbeat:
            self._write({"kind": "ping"}, wire.EMPTY)
