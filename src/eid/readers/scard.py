"""The PC/SC service by its plain functions: loaded late, with typed errors. Nothing else imports pyscard."""

from __future__ import annotations

import importlib
from types import TracebackType
from typing import Any, Self

from eid.errors import (
    CardMute,
    CardRemoved,
    CardReset,
    NoCard,
    NoReader,
    ReaderForbidden,
    ReaderGone,
    ReaderServiceDown,
    SharingViolation,
    TransportError,
)

__all__ = [
    "OK",
    "PNP",
    "RESET",
    "SERVICE_LOST",
    "SHARING",
    "STATE_EMPTY",
    "STATE_EXCLUSIVE",
    "STATE_IN_USE",
    "STATE_PRESENT",
    "STATE_UNAVAILABLE",
    "STATE_UNKNOWN",
    "Context",
    "error_for",
    "load",
]

#: Stands for the list of readers itself in SCardGetStatusChange.
PNP = "\\\\?PnP?\\Notification"

STATE_UNKNOWN = 0x04
STATE_UNAVAILABLE = 0x08
STATE_EMPTY = 0x10
STATE_PRESENT = 0x20
STATE_EXCLUSIVE = 0x80
STATE_IN_USE = 0x100

OK = 0
INVALID_HANDLE = 0x80100003
UNKNOWN_READER = 0x80100009
TIMEOUT = 0x8010000A
SHARING = 0x8010000B
NO_SMARTCARD = 0x8010000C
COMM_ERROR = 0x80100013
READER_UNAVAILABLE = 0x80100017
NO_SERVICE = 0x8010001D
SERVICE_STOPPED = 0x8010001E
NO_READERS = 0x8010002E
UNRESPONSIVE = 0x80100066
UNPOWERED = 0x80100067
RESET = 0x80100068
REMOVED = 0x80100069
SECURITY_VIOLATION = 0x8010006A

#: A stopped pcscd: no socket, said goodbye, vanished in the middle, or came back and knows us no more.
SERVICE_LOST = frozenset({NO_SERVICE, SERVICE_STOPPED, COMM_ERROR, INVALID_HANDLE})

_ERRORS: dict[int, tuple[type[TransportError], str]] = {
    INVALID_HANDLE: (ReaderServiceDown, "pcscd was restarted"),
    UNKNOWN_READER: (NoReader, "no reader of this name"),
    SHARING: (SharingViolation, "another program holds the card"),
    NO_SMARTCARD: (NoCard, "the reader is empty"),
    COMM_ERROR: (ReaderServiceDown, "pcscd stopped"),
    READER_UNAVAILABLE: (ReaderGone, "the reader is not there any more"),
    NO_SERVICE: (ReaderServiceDown, "pcscd is not running"),
    SERVICE_STOPPED: (ReaderServiceDown, "pcscd stopped"),
    NO_READERS: (NoReader, "pcscd knows no reader"),
    UNRESPONSIVE: (CardMute, "the card does not answer to reset"),
    UNPOWERED: (CardMute, "the card has no power"),
    RESET: (CardReset, "the card was reset"),
    REMOVED: (CardRemoved, "the card was removed"),
    SECURITY_VIOLATION: (ReaderForbidden, "pcscd refuses this user"),
}


def error_for(result: int, doing: str) -> TransportError:
    """The typed error for a PC/SC return code.

    :param doing: which call failed, for developers.
    """
    code = result & 0xFFFFFFFF
    kind, text = _ERRORS.get(code, (TransportError, f"PC/SC error {code:08X}"))
    return kind(f"{text} ({doing})")


def load() -> Any:
    """The module ``smartcard.scard``.

    :raises ReaderServiceDown: pyscard or the library of PC/SC is not installed.
    """
    try:
        return importlib.import_module("smartcard.scard")
    except ImportError:
        raise ReaderServiceDown("pyscard is not installed: pip install 'eid[pcsc]'") from None


class Context:
    """A connection to the PC/SC service; a context manager. One thread at a time may use it.

    :raises ReaderServiceDown: the service is not running or not installed.
    :raises ReaderForbidden: the service does not serve this user.
    """

    def __init__(self) -> None:
        self.scard = load()
        result, self.handle = self.scard.SCardEstablishContext(self.scard.SCARD_SCOPE_SYSTEM)
        if result != OK:
            raise error_for(result, "establishing a context")

    def release(self) -> None:
        """Give everything back. A lost service has nothing to be given back to."""
        self.scard.SCardReleaseContext(self.handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def readers(self) -> list[str]:
        """Names of the readers, in the service's order; none is no error.

        :raises TransportError: the service is gone.
        """
        result, names = self.scard.SCardListReaders(self.handle, [])
        if result & 0xFFFFFFFF == NO_READERS:
            return []
        if result != OK:
            raise error_for(result, "listing the readers")
        return list(names)

    def states(self, known: dict[str, int], milliseconds: int) -> dict[str, tuple[int, bytes]]:
        """Wait until a reader's state differs from the *known* one, then give all (state, ATR) by name.

        :param known: the states given by the last call; 0 for "unknown", which returns at once.
        :raises TransportError: the service is gone. Nothing new within *milliseconds* is no error.
        """
        arguments = list(known.items())
        result, states = self.scard.SCardGetStatusChange(self.handle, milliseconds, arguments)
        if result & 0xFFFFFFFF not in (OK, TIMEOUT):
            raise error_for(result, "waiting for a change")
        return {name: (state, bytes(atr)) for name, state, atr in states}
