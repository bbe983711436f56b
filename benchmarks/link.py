"""Transports that measure: a stopwatch around the chip, and a modelled contactless link."""

from __future__ import annotations

import time
from dataclasses import dataclass

from cards import CAN, BenchCard

import eid
from eid import vietnam
from eid.chip.transport import Transport
from eid.document.lds import FILES

COMMAND_MS = 12.0
OCTET_MS = 0.1


class Stopwatch:
    """Passes commands on and sums up the time the chip took."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self.elapsed = 0.0

    def transmit(self, command: bytes) -> bytes:
        """Transmit, timed."""
        start = time.perf_counter()
        response = self._inner.transmit(command)
        self.elapsed += time.perf_counter() - start
        return response


class ModelledLink:
    """Counts what a link of 12 ms per command and 0.1 ms per octet would take; it does not sleep."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self.commands = 0
        self.milliseconds = 0.0

    def transmit(self, command: bytes) -> bytes:
        """Transmit, counted."""
        response = self._inner.transmit(command)
        self.commands += 1
        self.milliseconds += COMMAND_MS + OCTET_MS * (len(command) + len(response))
        return response


@dataclass(frozen=True)
class LinkResult:
    """What reading one card over the modelled link took."""

    portrait_commands: int
    portrait_octets: int
    milliseconds: float
    ratio: float


def read_over_model(card: BenchCard) -> LinkResult:
    """Read everything; the floor is one command per block of a file and the octets of the files.

    Access and authentication are in both sums as they are: their number is fixed by the standard. The
    floor of the files has no status words, check values or headers at all.
    """
    link = ModelledLink(card.fresh())
    file_ms = 0.0
    marks: dict[str, tuple[int, float]] = {}
    current = ""

    def progress(name: str, done: int, total: int) -> None:
        nonlocal current, file_ms
        if name != current:
            # The first command of a file has just been answered.
            current = name
            marks[name] = (link.commands - 1, 0.0)
        marks[name] = (marks[name][0], link.commands - marks[name][0])

    evidence = eid.read(link, CAN, profile=vietnam.CITIZEN_CARD, progress=progress)
    block = card.block
    files = {name: len(octets) for name, octets in evidence.files.items()}
    commands = sum(int(count) for _, count in marks.values())
    fewest = sum(-(-size // block) for size in files.values())
    # What is not file reading (access, authentication) counts alike on both sides.
    overhead = link.milliseconds - COMMAND_MS * commands - OCTET_MS * sum(files.values())
    protection = _protection(card, commands)
    floor = (
        overhead
        - protection
        + COMMAND_MS * fewest
        + OCTET_MS * sum(files.values())
        + _protection(card, fewest)
    )
    portrait = FILES["DG2"].name
    return LinkResult(int(marks[portrait][1]), files[portrait], link.milliseconds, link.milliseconds / floor)


def _protection(card: BenchCard, commands: int) -> float:
    """Time for the secure-messaging octets of reading commands: head, Le, check values, padding."""
    return commands * OCTET_MS * (4 + 1 + 3 + 10 + 1 + 4 + 9 + 4 + 10 + 2)
