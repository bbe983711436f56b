"""Card readers through PC/SC (extra ``pcsc``): which there are, what happens at them, and a card to talk to.

pyscard is loaded with the first call. Only its plain functions are used: its monitor threads die with
pcscd and never come back.
"""

from __future__ import annotations

import enum
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from eid.document.evidence import ReaderInfo
from eid.errors import (
    CardMute,
    CardRemoved,
    NoCard,
    NoReader,
    ReaderGone,
    ReaderServiceDown,
    SharingViolation,
    TransportError,
)
from eid.readers.pcsc_link import Link
from eid.readers.scard import (
    PNP,
    STATE_EXCLUSIVE,
    STATE_IN_USE,
    STATE_PRESENT,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    Context,
)
from eid.readers.worker import Worker

__all__ = [
    "DEADLINE",
    "Card",
    "Happening",
    "Reader",
    "ReaderEvent",
    "connect",
    "list_readers",
    "wait_for_card",
    "watch",
]

_log = logging.getLogger(__name__)

#: Seconds a card may take for one command. The slowest known PACE step stays below three.
DEADLINE = 10.0
#: Seconds between looks at things that pcscd does not wake us for; also how fast Ctrl-C works.
_SLICE = 0.5


# Readers whose driver still works on a command that was given up; cleared once the driver is back.
_stuck: set[str] = set()


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader and what lies on it.

    :param atr: the card's answer to reset; empty without a card and for a mute one.
    """

    name: str
    card_present: bool
    atr: bytes = b""


class Happening(enum.StrEnum):
    """What :func:`watch` reports."""

    READER_ADDED = "READER_ADDED"
    READER_REMOVED = "READER_REMOVED"
    CARD_INSERTED = "CARD_INSERTED"
    CARD_REMOVED = "CARD_REMOVED"


@dataclass(frozen=True, slots=True)
class ReaderEvent:
    """Something happened at a reader.

    :param atr: the card's answer to reset, for ``CARD_INSERTED``.
    """

    happening: Happening
    reader: str
    atr: bytes = b""


def list_readers() -> tuple[Reader, ...]:
    """The readers that PC/SC knows, in its order; empty when there is none.

    :raises ReaderServiceDown: pcscd is not running, or pyscard is not installed.
    :raises ReaderForbidden: pcscd refuses this user.
    """
    with Context() as context:
        states = context.states(dict.fromkeys(context.readers(), 0), 0)
        return tuple(Reader(name, bool(state & STATE_PRESENT), atr) for name, (state, atr) in states.items())


def connect(reader: str | Reader, *, deadline: float = DEADLINE) -> Card:
    """Connect to the card on *reader*: exclusively if possible, else shared (``card.shared`` tells).

    :param reader: the full name, or an item of :func:`list_readers`.
    :param deadline: seconds for connecting, and later for each command.
    :raises NoReader: PC/SC knows no such reader.
    :raises NoCard: the reader is empty.
    :raises SharingViolation: another program holds the card exclusively, or does not let it go.
    :raises CardMute: the card does not answer to reset, or nothing happened within *deadline*.
    :raises ReaderServiceDown: pcscd is not running, or pyscard is not installed.
    """
    name = reader.name if isinstance(reader, Reader) else reader
    link = Link(name)
    worker = Worker("eid card reader")
    try:
        worker.call(link.open, deadline)
    except TimeoutError:
        worker.finish(link.close)
        raise _why_no_connection(name, deadline) from None
    except SharingViolation:
        worker.finish(link.close)
        if name in _stuck:  # nobody else but a connection of our own
            raise CardMute("the reader still works on a command that was given up") from None
        raise
    except BaseException:
        worker.finish(link.close)
        raise
    _log.debug("connected to %s%s", name, ", shared" if link.shared else "")
    return Card(link, worker, deadline)


def _why_no_connection(name: str, deadline: float) -> TransportError:
    with Context() as context:
        state = context.states({name: 0}, 0)[name][0]
    # Connecting blocks as long as another program has a transaction, and then the card is in shared use.
    # It blocks as well while a command that was given up is still with the driver; such a card is mute.
    if state & STATE_IN_USE and not state & STATE_EXCLUSIVE:
        return SharingViolation(f"the card was not let go within {deadline:g} s")
    return CardMute(f"no connection within {deadline:g} s")


class Card:
    """A card on a reader, made by :func:`connect` or :func:`wait_for_card`. A context manager; one user at a time.

    ``info`` names the reader and holds the ATR; ``shared`` tells that another program uses the card too.
    """

    def __init__(self, link: Link, worker: Worker, deadline: float) -> None:
        self._link = link
        self._worker = worker
        self._deadline = deadline
        self._ended: type[TransportError] | None = None
        self.info: ReaderInfo = link.info
        self.shared: bool = link.shared

    def transmit(self, command: bytes) -> bytes:
        """Send one command APDU, return the response APDU.

        :raises CardRemoved: the card was taken away, or this object was closed.
        :raises CardReset: another program reset the card; a new reading can start at once.
        :raises CardMute: no answer within the deadline. The connection is given up: its thread ends when
            the driver lets go of the command, and a new connection can be made then.
        :raises ReaderGone: the reader was unplugged.
        :raises ReaderServiceDown: pcscd stopped.
        """
        if self._ended is not None:
            raise self._ended("the connection was ended before")
        try:
            return self._worker.call(lambda: self._link.transmit(command), self._deadline)
        except TransportError:
            raise
        except TimeoutError:
            self._abandon(CardMute)
            raise CardMute(f"no answer within {self._deadline:g} s") from None
        except BaseException:  # KeyboardInterrupt: the answer that comes belongs to a command given up
            self._abandon(CardRemoved)
            raise

    def close(self) -> None:
        """Reset the card and let it go. Never raises; once closed, every command is :class:`CardRemoved`."""
        if self._ended is None:
            self._ended = CardRemoved
            self._worker.finish(self._link.close, 1.0)

    def _abandon(self, reason: type[TransportError]) -> None:
        """Leave a command that does not come back to its thread, which tidies up when it does."""
        self._ended = reason
        _stuck.add(self.info.name)
        self._worker.finish(self._tidy)

    def _tidy(self) -> None:
        self._link.close()
        _stuck.discard(self.info.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def wait_for_card(
    *, reader: str | None = None, timeout: float | None = None, deadline: float = DEADLINE
) -> Card:
    """Wait until a card lies on a reader, and connect to it.

    :param reader: a reader's name or a part of it, in any case; any reader if left out.
    :param timeout: seconds to wait; for ever if left out.
    :param deadline: as for :func:`connect`.
    :raises NoReader: there is no (such) reader: waiting for a card would be in vain.
    :raises NoCard: no card within *timeout*.
    :raises TransportError: as for :func:`connect`; a card taken away at once is waited for again.
    """
    end = None if timeout is None else time.monotonic() + timeout
    with Context() as context:
        known: dict[str, int] = {}
        while True:
            names = [name for name in context.readers() if reader is None or reader.lower() in name.lower()]
            if not names:
                raise NoReader("no reader" if reader is None else "no reader of this name")
            states = context.states({name: known.get(name, 0) for name in names}, _milliseconds(end))
            for name, (state, _) in states.items():
                if state & STATE_PRESENT:
                    try:
                        return connect(name, deadline=deadline)
                    except (NoCard, CardRemoved, ReaderGone):
                        pass  # lifted again
            known = {name: state for name, (state, _) in states.items()}
            if end is not None and time.monotonic() >= end:
                raise NoCard(f"no card within {timeout:g} s")


def watch(timeout: float | None = None) -> Iterator[ReaderEvent]:
    """What happens at the readers. The first events tell what is there already.

    A pcscd that stops takes its readers with it (``READER_REMOVED``); when it is back, so are they.

    :param timeout: seconds after which the iteration ends; never if left out.
    :raises ReaderServiceDown: pcscd is not running at the start, or pyscard is not installed.
    """
    end = None if timeout is None else time.monotonic() + timeout
    context: Context | None = Context()
    seen: dict[str, int] = {}
    try:
        while end is None or time.monotonic() < end:
            try:
                context = context or Context()
                states = _look(context, seen, _milliseconds(end))
            except ReaderServiceDown:
                if context is not None:
                    context.release()
                context, states = None, {}
            yield from _changes(seen, states)
            seen = {name: state for name, (state, _) in states.items()}
            if context is None:
                time.sleep(_milliseconds(end) / 1000)
    finally:
        if context is not None:
            context.release()


def _milliseconds(end: float | None) -> int:
    left = _SLICE if end is None else min(max(end - time.monotonic(), 0.0), _SLICE)
    return int(left * 1000)


def _look(context: Context, seen: dict[str, int], milliseconds: int) -> dict[str, tuple[int, bytes]]:
    """The states of all readers, as soon as one differs from *seen* or a reader comes or goes."""
    names = context.readers()
    known = {name: seen.get(name, 0) for name in names}
    # Readers that are already known to have gone are news that must not wait for other news.
    pause = milliseconds if known.keys() == seen.keys() else 0
    states = context.states({**known, PNP: 0}, pause)
    states.pop(PNP, None)
    gone = STATE_UNKNOWN | STATE_UNAVAILABLE
    return {name: found for name, found in states.items() if not found[0] & gone}


def _changes(before: dict[str, int], after: dict[str, tuple[int, bytes]]) -> Iterator[ReaderEvent]:
    for name in before.keys() - after.keys():
        if before[name] & STATE_PRESENT:
            yield ReaderEvent(Happening.CARD_REMOVED, name)
        yield ReaderEvent(Happening.READER_REMOVED, name)
    for name, (state, atr) in after.items():
        old = before.get(name)
        if old is None:
            yield ReaderEvent(Happening.READER_ADDED, name)
        was, now = bool((old or 0) & STATE_PRESENT), bool(state & STATE_PRESENT)
        # The upper half counts insertions and removals: a card may have been changed between two looks.
        swapped = was and now and (old or 0) >> 16 != state >> 16
        if was and (not now or swapped):
            yield ReaderEvent(Happening.CARD_REMOVED, name)
        if now and (not was or swapped):
            yield ReaderEvent(Happening.CARD_INSERTED, name, atr)
