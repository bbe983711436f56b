"""The test chip on a socket: it dials a virtual reader (``vpcd``), or listens for a reader side.

Framing: :mod:`eid.chip.virtual`. A chip that falls silent (quirk ``mute_at``) keeps the connection
open and sends nothing; one that vanishes (``dies_at``) hangs up.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from eid.chip.virtual import Control, FrameDecoder, encode_frame, read_control
from eid.errors import CardMute, CardRemoved, EncodingError, InputError, RemoteUnreachable
from eid.simulator.chip import Chip

__all__ = ["ServedChip", "dial", "listen"]

# vpcd writes length and body apart: without immediate ACKs each command costs 44 ms (Linux only).
_QUICKACK = getattr(socket, "TCP_QUICKACK", None)
_TIMEOUT = 5.0


class ServedChip:
    """A chip being served by threads of its own, until it is stopped. A context manager.

    Made by :func:`dial` and :func:`listen`.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._links: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        #: Host and port: of the other side after :func:`dial`, our own after :func:`listen`.
        self.address: tuple[str, int] = ("", 0)

    def __repr__(self) -> str:
        return f"<ServedChip {self.address[0]}:{self.address[1]}>"

    @property
    def running(self) -> bool:
        """Whether a connection is served or awaited."""
        return any(thread.is_alive() for thread in self._threads)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is served any more; whether that came within *timeout* seconds."""
        for thread in list(self._threads):
            thread.join(timeout)
        return not self.running

    def stop(self) -> None:
        """Take the card out of the reader: hang up and end the threads. Never raises."""
        self._stopping.set()
        with self._lock:
            links, self._links = self._links, set()
        for link in links:
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
            link.close()
        for thread in list(self._threads):
            if thread is not threading.current_thread():
                thread.join(_TIMEOUT)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _keep(self, link: socket.socket) -> bool:
        """Remember *link* for :meth:`stop`; ``False`` when it is too late."""
        with self._lock:
            if not self._stopping.is_set():
                self._links.add(link)
                return True
        link.close()
        return False

    def _forget(self, link: socket.socket) -> None:
        with self._lock:
            self._links.discard(link)
        link.close()

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name="eid-test-chip", daemon=True)
        self._threads = [running for running in self._threads if running.is_alive()] + [thread]
        thread.start()

    def _serve(self, chip: Chip, link: socket.socket) -> None:
        try:
            _converse(chip, link)
        except (OSError, CardRemoved, InputError):
            pass  # the other side hung up or talks nonsense, or the card was told to vanish
        finally:
            self._forget(link)

    def _accept(self, chip_factory: Callable[[], Chip], server: socket.socket) -> None:
        while not self._stopping.is_set():
            try:
                link, _ = server.accept()
            except OSError:
                break
            if self._keep(link):
                chip = chip_factory()
                self._start(lambda chip=chip, link=link: self._serve(chip, link))  # type: ignore[misc]
        self._forget(server)


def _converse(chip: Chip, link: socket.socket) -> None:
    """Answer frames until the other side hangs up."""
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    frames = FrameDecoder()
    while True:
        if _QUICKACK is not None:  # the kernel takes it back by itself: set before each receive
            link.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
        octets = link.recv(0x10002)
        if not octets:
            return
        for body in frames.feed(octets):
            answer = _answer(chip, body)
            if answer is not None:
                link.sendall(encode_frame(answer))


def _answer(chip: Chip, body: bytes) -> bytes | None:
    """What one frame gets; ``None`` for no answer."""
    try:
        control = read_control(body)
    except EncodingError:
        return None
    if control is None:
        try:
            return chip.transmit(body)
        except CardMute:
            return None
    if control is Control.ATR:
        return chip.atr
    if control is Control.OFF:
        chip.power_off()
    elif control is Control.ON:
        chip.power_on()
    else:
        chip.reset()
    return None


def dial(chip: Chip, host: str, port: int, *, timeout: float = _TIMEOUT) -> ServedChip:
    """Lay *chip* into the virtual reader that listens at *host*:*port*; returns at once.

    :param timeout: seconds to establish the connection.
    :raises RemoteUnreachable: nobody listens there.
    """
    try:
        link = socket.create_connection((host, port), timeout)
        link.settimeout(None)
    except (OSError, ValueError, OverflowError) as error:  # names and ports can be of any nonsense
        raise RemoteUnreachable(f"no connection to {host}:{port} ({type(error).__name__})") from None
    served = ServedChip()
    served.address = (host, port)
    served._keep(link)
    served._start(lambda: served._serve(chip, link))
    return served


def listen(chip_factory: Callable[[], Chip], host: str = "127.0.0.1", port: int = 0) -> ServedChip:
    """Wait for reader sides at *host*:*port*; each connection gets a chip of its own.

    :param chip_factory: makes the chip of one connection, for example ``lambda: Chip(card)``.
    :param port: 0 takes a free one; see :attr:`ServedChip.address`.
    :raises RemoteUnreachable: the address cannot be used.
    """
    try:
        server = socket.create_server((host, port))
    except (OSError, ValueError, OverflowError) as error:
        raise RemoteUnreachable(f"cannot listen at {host}:{port} ({type(error).__name__})") from None
    served = ServedChip()
    served.address = (host, int(server.getsockname()[1]))
    served._keep(server)
    served._start(lambda: served._accept(chip_factory, server))
    return served
