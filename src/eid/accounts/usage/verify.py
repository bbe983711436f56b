"""Verify a usage log: find what was altered, dropped, moved, doubled, cut off or replaced, and where.

Two things are compared. Each entry with the hash kept beside it and with the entry before: whoever
changed an entry and nothing else is found at that very entry. And the root of the tree with every
checkpoint: whoever also computed all hashes anew is found between the last checkpoint that still
agrees and the first that does not. Behind the last checkpoint held elsewhere nothing is promised.
"""

from __future__ import annotations

import contextlib
import struct
from array import array
from collections.abc import Iterable, Iterator, Sequence

from eid.accounts.usage import Content, UsageKind
from eid.accounts.usage.chain import Frontier, Head, first_hash, leaf_hash
from eid.accounts.usage.checkpoint import Checkpoint, read_checkpoint
from eid.accounts.usage.findings import LogFinding, LogReport
from eid.accounts.usage.rows import Erased, Row, frame, microseconds, row_digest
from eid.crypto.keys import KeySource
from eid.document.checks import Outcome
from eid.errors import CheckpointInvalid, EidError, UsageLogFormatError

__all__ = ["MAX_FINDINGS", "first_difference", "verify_log"]

#: Findings about entries before the rest is not looked at any more; neighbours count as one.
MAX_FINDINGS = 1000
_OWN = (UsageKind.ERASURE.number, UsageKind.EXPIRY.number)
#: Clocks of two machines may differ by this many microseconds.
_SKEW = 300 * 10**6
_HASH = 32
_ORDER = (Outcome.FAILED, Outcome.UNDECIDED, Outcome.NOT_CHECKED)
_KINDS = {"signature": "CHECKPOINT_FORGED", "log": "CHECKPOINT_OTHER_LOG"}


def verify_log(
    rows: Iterable[Row],
    *,
    log: bytes,
    checkpoints: Sequence[str] = (),
    kept: Sequence[str] = (),
    keys: KeySource | None = None,
    size: int | None = None,
) -> LogReport:
    """Verify a whole log.

    :param rows: in the order in which they are kept, from the first.
    :param log: its identifier, from :attr:`eid.accounts.usage.chain.Head.log` or the export. Better from
        somewhere else: who replaced the log could have replaced that too.
    :param checkpoints: held elsewhere, in the order in which they were signed.
    :param kept: those that were kept with the log. Alone they leave the outcome undecided: whoever writes
        there can cut the end of the log together with the last of them, and whoever has the key can sign
        them anew. Findings count them on behind *checkpoints*.
    :param keys: of who signs checkpoints.
    :param size: how many entries the log says it has.
    :returns: never raises because of what is in the log.
    """
    signed = _Signed(checkpoints, kept, keys, log)
    walk = _Walk(log, signed, size)
    with contextlib.suppress(_Enough):
        walk.along(rows)
    return walk.report()


def first_difference(one: Iterable[Row], other: Iterable[Row]) -> int | None:
    """Where two copies of a log part: the place of the first entry that differs, or that one has not.

    For a log that was forked. ``None`` when they are the same.
    """
    left, right = iter(one), iter(other)
    place = 0
    while True:
        first, second = next(left, None), next(right, None)
        if first is None and second is None:
            return None
        if first is None or second is None or first.hash != second.hash:
            return place
        place += 1


class _Signed:
    """The checkpoints: those that hold, by size, and findings about the others."""

    def __init__(self, given: Sequence[str], kept: Sequence[str], keys: KeySource | None, log: bytes) -> None:
        self.findings: list[LogFinding] = []
        #: With their positions in the list given.
        self.good: list[tuple[int, Checkpoint]] = []
        position = 0
        held_elsewhere = False
        for tokens in (given, kept):
            latest = largest = 0
            for token in tokens:
                found = self._read(position, token, keys, log)
                if found is not None:
                    at, size = microseconds(found.at), found.head.size
                    # Two machines that sign at the same moment are not of one mind which of them was first.
                    if at < latest - _SKEW or (size < largest and at > latest + _SKEW):
                        self._note("CHECKPOINT_ORDER", Outcome.FAILED, position)
                    else:
                        latest, largest = max(at, latest), max(size, largest)
                    self.good.append((position, found))
                position += 1
            if tokens is given:
                # Over no entries it says nothing but that there is a log.
                held_elsewhere = any(each.head.size for _, each in self.good)
        if not held_elsewhere:
            self._note("CHECKPOINT_NOT_GIVEN", Outcome.UNDECIDED, None)
        self.good.sort(key=lambda each: each[1].head.size)

    def _read(self, position: int, token: str, keys: KeySource | None, log: bytes) -> Checkpoint | None:
        if keys is None:
            self._note("CHECKPOINT_KEY_UNKNOWN", Outcome.UNDECIDED, position)
            return None
        try:
            return read_checkpoint(token, keys=keys, log=log)
        except CheckpointInvalid as error:
            self._note(_KINDS.get(error.kind, "CHECKPOINT_MALFORMED"), Outcome.FAILED, position)
        except EidError:
            self._note("CHECKPOINT_KEY_UNKNOWN", Outcome.UNDECIDED, position)
        return None

    def _note(self, code: str, outcome: Outcome, position: int | None) -> None:
        self.findings.append(LogFinding(code, outcome, checkpoint=position))


class _Walk:
    """One pass over the entries."""

    def __init__(self, log: bytes, signed: _Signed, size: int | None) -> None:
        self._log = log
        self._size = size
        self._signed = signed
        self._frontier = Frontier()
        #: The hash of the entry before; ``None`` when that is missing.
        self._last: bytes | None = first_hash(log)
        self._next = 0
        #: Nothing was missing so far, so the tree is that of the log.
        self._whole = True
        self._missing: list[list[int]] = []
        self._marks: list[tuple[str, list[int]]] = []
        self._newest: dict[str, list[int]] = {}
        #: Altered entries that may be the one before instead, with its hash: no checkpoint tells yet.
        self._vague: set[int] = set()
        self._agreed = 0
        self._agreeing = 0
        self._differing: list[tuple[int, Checkpoint, int]] = []
        self._compared = 0
        self._erased = Erased()
        #: The last erasure or expiry, and which were erased before it: their number, digest and range.
        self._record: tuple[Content, tuple[int, bytes, int, int]] | None = None
        #: Those that were erased and stand behind it.
        self._since: list[int] = []
        #: By kind, when the expired were made and where they stand.
        self._expired: dict[int, tuple[array[int], array[int]]] = {}
        #: By kind, the expiries on record: where they stand, and before when they allow it.
        self._due: dict[int, list[tuple[int, int]]] = {}
        self._floor = 0
        self._compare()

    # --- the entries ------------------------------------------------------------------------------

    def along(self, rows: Iterable[Row]) -> None:
        """Look at every entry."""
        #: Of an altered entry, the hash it should have: perhaps it was the hash that was altered.
        doubt: bytes | None = None
        for row in rows:
            sequence, at, kind, kept, content, salt = row[:6]
            if sequence != self._next:
                self._settle(doubt)
                doubt = None
                if not self._jumped(sequence):
                    continue
            framed = _framed(row)
            last = self._last
            if framed is None:
                computed = None
            elif last is None:
                computed = kept  # the hash before is missing, so there is nothing to compare with
            else:
                computed = leaf_hash(last, framed)
                if doubt is not None and computed != kept and leaf_hash(doubt, framed) == kept:
                    self._last, computed = doubt, kept
                    self._vague.discard(sequence - 1)
            if doubt is not None:
                self._settle(doubt)
                doubt = None
            self._next = sequence + 1
            if framed is not None and at < self._floor:
                self._mark("USAGE_TIME_BACKDATED", sequence)
            if computed == kept and type(kept) is bytes and len(kept) == _HASH:
                self._last = kept
                self._add(kept)
            else:
                doubt = self._altered(sequence, kept, computed)
            if framed is None:
                continue
            if content is None:
                self._expire(kind, at, sequence)
            elif salt is None:
                self._erased.add(sequence)
                self._since.append(sequence)
            elif kind in _OWN:
                self._recorded(sequence, content)
        self._settle(doubt)

    def _altered(self, sequence: int, kept: bytes, computed: bytes | None) -> bytes | None:
        """Note an altered entry; returns the hash that it may have had."""
        self._mark("USAGE_ENTRY_ALTERED", sequence)
        if type(kept) is bytes and len(kept) == _HASH:
            self._last = kept
            if computed is not None:
                if sequence != self._agreed:
                    self._vague.add(sequence)
                return computed
            self._add(kept)
        elif type(computed) is bytes and len(computed) == _HASH:
            self._last = computed
            self._add(computed)
        else:
            # Neither its hash nor what it was over is left: the next one has nothing to hold on to.
            self._last, self._whole = None, False
        return None

    def _settle(self, doubt: bytes | None) -> None:
        """Nothing more will tell which hash the last entry had: the one that it ended up with counts."""
        if doubt is not None and self._last is not None:
            self._add(self._last)

    def _jumped(self, sequence: int) -> bool:
        """Another place than the next. Whether to go on from there."""
        if sequence > self._next:
            if len(self._missing) == MAX_FINDINGS:
                raise _Enough
            self._missing.append([self._next, sequence - 1])
            self._last, self._whole = None, False
            return True
        for gap in self._missing:
            if gap[0] <= sequence <= gap[1]:
                self._mark("USAGE_ENTRY_MISPLACED", sequence)
                parts = ([gap[0], sequence - 1], [sequence + 1, gap[1]])
                self._missing.remove(gap)
                self._missing += [part for part in parts if part[0] <= part[1]]
                return False
        self._mark("USAGE_ENTRY_REPEATED", sequence)
        return False

    def _expire(self, kind: int, at: int, sequence: int) -> None:
        times, places = self._expired.setdefault(kind, (array("Q"), array("Q")))
        times.append(at)
        places.append(sequence)

    def _recorded(self, sequence: int, content: bytes) -> None:
        """An erasure or expiry: it says what is reduced up to here, now that it is the last one."""
        try:
            said = Content.from_bytes(content)
        except UsageLogFormatError:
            self._mark("USAGE_ENTRY_ALTERED", sequence)
            return
        erased = self._erased
        self._record = said, (erased.count, erased.covers, erased.first, erased.last)
        self._since.clear()
        for kind, before in said.due:
            if kind.number not in _OWN:  # erasures and expiries stay on record
                self._due.setdefault(kind.number, []).append((sequence, microseconds(before)))

    # --- the tree ---------------------------------------------------------------------------------

    def _add(self, leaf: bytes) -> None:
        if self._whole:
            self._frontier.add(leaf)
            if self._frontier.size == self._stop:
                self._compare()

    def _compare(self) -> None:
        """With every checkpoint of the present size."""
        size, good = self._frontier.size, self._signed.good
        known = Head(self._log, size, self._last or b"", self._frontier.root)
        agreed = self._agreed
        while self._compared < len(good) and good[self._compared][1].head.size == size:
            position, checkpoint = good[self._compared]
            self._compared += 1
            if checkpoint.head == known:
                # The hashes up to here are those that were signed: what does not fit them was altered.
                self._vague.clear()
                self._agreed = size
                self._agreeing += 1
                self._floor = max(self._floor, microseconds(checkpoint.at) - _SKEW)
            else:
                self._differing.append((position, checkpoint, agreed))
        self._stop = good[self._compared][1].head.size if self._compared < len(good) else -1

    # --- what was found ---------------------------------------------------------------------------

    def _mark(self, code: str, sequence: int) -> None:
        """Neighbours are one finding."""
        last = self._newest.get(code)
        if last is not None and last[1] <= sequence <= last[1] + 1:
            last[1] = sequence
            return
        if len(self._marks) == MAX_FINDINGS:
            raise _Enough
        self._newest[code] = [sequence, sequence]
        self._marks.append((code, self._newest[code]))

    def report(self) -> LogReport:
        """Everything that was found."""
        findings = [*self._of_entries(), *self._of_checkpoints(), *self._signed.findings]
        order = list(_ORDER)
        findings.sort(key=lambda each: (order.index(each.outcome), each.first or 0, each.code))
        head = Head(self._log, self._next, self._last or b"", self._frontier.root)
        expired = sum(len(places) for _, places in self._expired.values())
        return LogReport(head, tuple(findings), self._agreed, self._agreeing, self._erased.count, expired)

    def _of_entries(self) -> Iterator[LogFinding]:
        for code, (first, last) in self._marks:
            if code == "USAGE_ENTRY_ALTERED" and first in self._vague:
                first -= 1
            notice = code == "USAGE_TIME_BACKDATED"
            yield LogFinding(code, Outcome.NOT_CHECKED if notice else Outcome.FAILED, first, last)
        for first, last in self._missing:
            yield LogFinding("USAGE_ENTRY_MISSING", Outcome.FAILED, first, last)
        yield from self._unrecorded()

    def _unrecorded(self) -> Iterator[LogFinding]:
        code, failed = "USAGE_REDUCED_UNRECORDED", Outcome.FAILED
        for first, last in _runs(self._since):
            yield LogFinding(code, failed, first, last)
        if self._record is not None:
            said, (count, covers, first, last) = self._record
            if (said.erased, said.covers) != (count, covers):
                yield LogFinding(code, failed, first, last)
        for kind, (times, places) in self._expired.items():
            for first, last in _runs(_early(zip(places, times, strict=True), self._due.get(kind, []))):
                yield LogFinding(code, failed, first, last)

    def _of_checkpoints(self) -> Iterator[LogFinding]:
        good = self._signed.good
        heads: dict[int, set[Head]] = {}
        for _, checkpoint in good:
            heads.setdefault(checkpoint.head.size, set()).add(checkpoint.head)
        rewritten = False
        for position, checkpoint, agreed in self._differing:
            size = checkpoint.head.size
            if size < self._agreed or len(heads[size]) > 1:
                yield LogFinding("USAGE_LOG_FORKED", Outcome.FAILED, agreed, size - 1, position)
            elif not rewritten:
                # What comes after it differs for the same reason.
                rewritten = True
                yield LogFinding("USAGE_LOG_REWRITTEN", Outcome.FAILED, agreed, size - 1, position)
        beyond = [each for each in good[self._compared :] if each[1].head.size > self._next]
        for position, checkpoint in good[self._compared :]:
            size = checkpoint.head.size
            if size <= self._next:
                yield LogFinding("CHECKPOINT_NOT_REACHED", Outcome.UNDECIDED, checkpoint=position)
            elif len(heads[size]) > 1:
                yield LogFinding("USAGE_LOG_FORKED", Outcome.FAILED, self._agreed, size - 1, position)
        if beyond:
            position, longest = beyond[-1]
            yield LogFinding("USAGE_LOG_CUT", Outcome.FAILED, self._next, longest.head.size - 1, position)
        elif self._size is not None and self._size > self._next:
            yield LogFinding("USAGE_LOG_CUT", Outcome.FAILED, self._next, self._size - 1)


def _early(expired: Iterable[tuple[int, int]], recorded: Sequence[tuple[int, int]]) -> Iterator[int]:
    """The places of expired entries that no expiry behind them allows.

    :param expired: place and time of each, in order.
    :param recorded: of expiries, place and before when, in order.
    """
    # From each expiry on, the latest time that it or one behind it allows.
    allowed = [0]
    for _, before in reversed(recorded):
        allowed.append(max(before, allowed[-1]))
    passed = 0
    for place, at in expired:
        while passed < len(recorded) and recorded[passed][0] < place:
            passed += 1
        if at >= allowed[len(recorded) - passed]:
            yield place


def _runs(places: Iterable[int]) -> list[list[int]]:
    """Neighbours together, at most :data:`MAX_FINDINGS` of them."""
    runs: list[list[int]] = []
    for place in places:
        if runs and runs[-1][1] + 1 == place:
            runs[-1][1] = place
        elif len(runs) == MAX_FINDINGS:
            break
        else:
            runs.append([place, place])
    return runs


class _Enough(Exception):
    """More findings than anybody reads: the log is not worth more work."""


def _framed(row: Row) -> bytes | None:
    """What the hash of the entry is over; ``None`` when it does not have the form of one."""
    digest = row_digest(row)
    try:
        return None if digest is None else frame(row[2], row[0], row[1], digest)
    except (struct.error, TypeError):  # a database that keeps anything anywhere
        return None
