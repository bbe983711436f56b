"""Drivers: they run a protocol over something that can transmit. The only loop around a generator."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol as Interface
from typing import TypeVar, runtime_checkable

from eid.chip.apdu import Protocol, ResponseAPDU
from eid.errors import RecordingMismatch, TransportError

__all__ = ["TRAFFIC", "RecordedTransport", "RecordingTransport", "Transport", "run", "run_async"]

T = TypeVar("T")

#: Below DEBUG and off unless asked for by number: APDU octets are personal data.
TRAFFIC = 5
_log = logging.getLogger(__name__)


@runtime_checkable
class Transport(Interface):
    """Anything that sends octets to a chip and brings its answer back."""

    def transmit(self, command: bytes, /) -> bytes:
        """Send one command APDU, return the response APDU.

        :raises TransportError: no answer could be had.
        """
        ...


def run(protocol: Protocol[T], transport: Transport) -> T:
    """Run *protocol* over *transport* to its end and return its result.

    :raises ChipError: as the protocol raises it; transport errors are thrown into the protocol at
        its current command, so that it can keep what it has.
    """
    transmit = transport.transmit
    traffic = _log.isEnabledFor(TRAFFIC)
    try:
        command = next(protocol)
        while True:
            try:
                octets = transmit(command.to_bytes())
                response = _response(octets)
            except TransportError as error:
                command = protocol.throw(error)
                continue
            if traffic:
                _log.log(TRAFFIC, "%s > %s", command.to_bytes().hex(), octets.hex())
            command = protocol.send(response)
    except StopIteration as stop:
        result: T = stop.value
        return result


async def run_async(protocol: Protocol[T], transmit: Callable[[bytes], Awaitable[bytes]]) -> T:
    """The same over an asynchronous ``transmit(bytes) -> bytes``, for example a WebSocket relay."""
    try:
        command = next(protocol)
        while True:
            try:
                response = _response(await transmit(command.to_bytes()))
            except TransportError as error:
                command = protocol.throw(error)
                continue
            command = protocol.send(response)
    except StopIteration as stop:
        result: T = stop.value
        return result


def _response(octets: bytes) -> ResponseAPDU:
    if len(octets) < 2:
        raise TransportError(f"a response of {len(octets)} octets has no status word")
    return ResponseAPDU.from_bytes(octets)


class RecordedTransport:
    """Answers from a list of (command, response) pairs and refuses any other command.

    :param exchanges: octets of each command and of its response, in order.
    """

    def __init__(self, exchanges: Iterable[tuple[bytes, bytes]]) -> None:
        self._left = list(exchanges)
        self._left.reverse()

    @property
    def finished(self) -> bool:
        """Whether every recorded command was sent."""
        return not self._left

    def transmit(self, command: bytes) -> bytes:
        """The recorded answer.

        :raises RecordingMismatch: another command than the recorded one, or past the end.
        """
        if not self._left:
            raise RecordingMismatch("a command after the end of the recording")
        expected, response = self._left.pop()
        if expected != command:
            raise RecordingMismatch(f"command {command[:4].hex()} where {expected[:4].hex()} was recorded")
        return response


class RecordingTransport:
    """Passes everything to another transport and keeps the pairs in ``exchanges``."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self.exchanges: list[tuple[bytes, bytes]] = []

    def transmit(self, command: bytes) -> bytes:
        """Transmit and record."""
        response = self._inner.transmit(command)
        self.exchanges.append((command, response))
        return response
