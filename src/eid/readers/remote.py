"""A chip at the other end of a TCP connection; this side plays the reader (framing: :mod:`eid.chip.virtual`)."""

from __future__ import annotations

import contextlib
import socket
import time
from types import TracebackType
from typing import Self

from eid.chip.virtual import MAX_ATR, MAX_BODY, Control, FrameDecoder, encode_frame
from eid.document.evidence import ReaderInfo
from eid.errors import CardMute, CardRemoved, LimitExceeded, RemoteUnreachable, TransportError

__all__ = ["DEADLINE", "RemoteCard", "connect"]

#: Seconds a chip may take for one command. The slowest known PACE step stays below three.
DEADLINE = 10.0
# The other side writes length and body apart; a delayed ACK then costs 44 ms per command (Linux only).
_QUICKACK = getattr(socket, "TCP_QUICKACK", None)


def connect(host: str, port: int, *, timeout: float = DEADLINE, deadline: float = DEADLINE) -> RemoteCard:
    """Connect to a chip that listens, switch it on and read its answer to reset.

    :param timeout: seconds to establish the connection.
    :param deadline: seconds for the answer to one command, answer to reset included.
    :raises RemoteUnreachable: refused, unknown name, or no connection within *timeout*.
    :raises CardRemoved: the chip hung up at once.
    :raises CardMute: no answer to reset within *deadline*.
    """
    try:
        link = socket.create_connection((host, port), timeout)
    except (OSError, ValueError, OverflowError) as error:  # names and ports can be of any nonsense
        raise RemoteUnreachable(f"no connection to {host}:{port} ({type(error).__name__})") from None
    card = RemoteCard(link, f"{host}:{port}", deadline)
    try:
        card.power_on()
    except BaseException:
        card.close()
        raise
    return card


class RemoteCard:
    """A chip behind a socket, made by :func:`connect`. A context manager; one user at a time."""

    def __init__(self, link: socket.socket, name: str, deadline: float) -> None:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._link: socket.socket | None = link
        self._deadline = deadline
        self._frames = FrameDecoder()
        self.info = ReaderInfo(name)

    def power_on(self) -> None:
        """Switch the chip on and read its answer to reset into ``info``.

        :raises TransportError: as :meth:`transmit`.
        """
        self._send(Control.OFF.frame + Control.ON.frame + Control.ATR.frame)
        atr = self._receive(MAX_ATR)
        if not atr:
            raise CardMute("the chip has no answer to reset")
        self.info = ReaderInfo(self.info.name, atr)

    def transmit(self, command: bytes) -> bytes:
        """Send one command APDU, return the response APDU.

        :raises CardRemoved: the other side hung up.
        :raises CardMute: no whole answer within the deadline. The connection is closed then: an answer
            that comes late would be taken for the answer to the next command.
        :raises TransportError: an answer that breaks the framing; closed as well.
        """
        if len(command) < 4:
            raise TransportError("a command has at least four octets")
        self._send(encode_frame(command))
        return self._receive(MAX_BODY)

    def close(self) -> None:
        """Switch the chip off and hang up. Never raises; once closed, every command is `CardRemoved`."""
        link, self._link = self._link, None
        if link is not None:
            with contextlib.suppress(OSError):
                link.settimeout(1.0)
                link.sendall(Control.OFF.frame)
            link.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _send(self, octets: bytes) -> None:
        if self._link is None:
            raise CardRemoved("the connection is closed")
        try:
            self._link.settimeout(self._deadline)
            self._link.sendall(octets)
        except TimeoutError:
            self.close()
            raise CardMute("the chip takes no command") from None
        except OSError as error:
            self.close()
            raise CardRemoved(f"the connection broke ({type(error).__name__})") from None

    def _receive(self, limit: int) -> bytes:
        try:
            return self._frame(limit)
        except BaseException:  # KeyboardInterrupt too: what comes now belongs to a command given up
            self.close()
            raise

    def _frame(self, limit: int) -> bytes:
        link = self._link
        if link is None:
            raise CardRemoved("the connection is closed")
        end = time.monotonic() + self._deadline
        self._frames.limit = limit
        bodies: list[bytes] = []
        while not bodies:
            try:
                # The deadline is for the whole answer: a chip that trickles octets does not extend it.
                link.settimeout(max(end - time.monotonic(), 0.001))
                if _QUICKACK is not None:  # the kernel takes it back by itself: set before each receive
                    link.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
                octets = link.recv(MAX_BODY + 2)
            except TimeoutError:
                raise CardMute(f"no answer within {self._deadline:g} s") from None
            except OSError as error:
                raise CardRemoved(f"the connection broke ({type(error).__name__})") from None
            if not octets:
                raise CardRemoved("the other side hung up")
            try:
                bodies.extend(self._frames.feed(octets))
            except LimitExceeded:
                raise TransportError(f"an answer of more than {limit} octets") from None
            if time.monotonic() > end and not bodies:
                raise CardMute(f"no answer within {self._deadline:g} s")
        if len(bodies) > 1 or self._frames.pending:
            raise TransportError("more than one answer to a command")
        return bodies[0]
