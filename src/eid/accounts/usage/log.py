"""The usage log: what every one promises, and one in memory.

A log only grows. Each entry holds the hash of the one before; :mod:`eid.accounts.usage.checkpoint` signs
where it ends, and :mod:`eid.accounts.usage.verify` finds what was changed since.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from eid.accounts.model import Actor
from eid.accounts.usage import Entry, NewEntry, SubjectKey, UsageKind
from eid.accounts.usage.chain import Frontier, Head, first_hash
from eid.accounts.usage.rows import Row
from eid.accounts.usage.store import StoredUsageLog, Writer

__all__ = ["MemoryUsageLog", "UsageLog"]


class UsageLog(Protocol):
    """Keeps the entries of one log. Implementations can be shared by threads.

    Every method raises :class:`~eid.errors.UsageLogUnavailable` when nobody knows: whoever wanted to
    log something must then not do it.
    """

    def append(self, *entries: NewEntry) -> tuple[Entry, ...]:
        """Add *entries*, all or none, on the disk when this returns.

        :param entries: at most :data:`eid.accounts.usage.store.MAX_BATCH`; one call for several is much cheaper than one for each.
        :returns: as they were added, or as an earlier one with the same ``once`` was.
        """
        ...

    def head(self) -> Head:
        """Where the log ends."""
        ...

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[Entry]:
        """The entries from place *start* to before *stop*."""
        ...

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        """The same as they are kept and hashed: for verifying and exporting."""
        ...

    def of_subject(self, *subjects: str) -> Iterator[Entry]:
        """Who used this person's data: the entries about the person, in order.

        :param subjects: the identifier of the account and every number it ever had.
        """
        ...

    def inclusion(self, sequence: int, size: int | None = None) -> tuple[bytes, ...]:
        """The proof that an entry is in the log of *size* entries (RFC 9162, 2.1.3).

        :raises UsageProofUnavailable: it is not, or the log is shorter.
        """
        ...

    def consistency(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """The proof that the log of *old* entries is the beginning of that of *new* (RFC 9162, 2.1.4).

        :raises UsageProofUnavailable: the log is shorter, or *old* is 0.
        """
        ...

    def erase(
        self,
        *subjects: str,
        at: datetime,
        requester: str,
        basis: str | None = None,
        actor: Actor | None = None,
        before: datetime | None = None,
        keep: Iterable[UsageKind] = (),
    ) -> Entry:
        """Take the person out of their entries: salt and pseudonyms go, everything else stays, and so does the chain.

        :param subjects: as for :meth:`of_subject`.
        :param before: younger entries stay, where a law demands it.
        :param keep: kinds that stay for the same reason, such as proofs of consent.
        :returns: the entry that says how many entries were touched, and of whom it says nothing.
        """
        ...

    def expire(
        self, due: Mapping[UsageKind, datetime], *, at: datetime, requester: str, basis: str | None = None
    ) -> Entry | None:
        """Take the content out of entries whose time of retention is over; place, time and kind stay.

        :param due: for each kind, before when (:meth:`eid.accounts.usage.retention.Retention.due`).
        :returns: the entry that says how many; ``None`` when nothing was due. At most
            :data:`eid.accounts.usage.store.MAX_EXPIRY` at a time: call again until it is ``None``.
        """
        ...

    def keep_checkpoint(self, checkpoint: str) -> None:
        """Keep a signed checkpoint with the log. One that is held elsewhere proves more."""
        ...

    def checkpoints(self) -> tuple[str, ...]:
        """Those that were kept, oldest first."""
        ...


class MemoryUsageLog(StoredUsageLog):
    """A log that ends with the process: for tests and for trying things out.

    :param key: makes the pseudonyms.
    :param clock: where the times of the entries come from, a stable word.
    """

    def __init__(self, *, key: SubjectKey, clock: str = "system") -> None:
        super().__init__(key=key, clock=clock)
        self._log = secrets.token_bytes(16)
        self._lock = threading.RLock()
        self._rows: list[Row] = []
        self._made: list[bytes] = []
        self._frontier = Frontier()
        #: The ``once`` of entries: the place of each, and the other way round.
        self._known: dict[bytes, int] = {}
        self._names: dict[int, bytes] = {}
        self._persons: dict[bytes, set[int]] = {}
        self._checkpoints: list[str] = []

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Writer]:
        with self._lock:
            yield _MemoryWriter(self)

    def _place(self) -> tuple[bytes, Frontier, bytes]:
        with self._lock:
            last = self._rows[-1].hash if self._rows else first_hash(self._log)
            return self._log, self._frontier.copy(), last

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        """See :class:`UsageLog`."""
        with self._lock:
            return iter(self._rows[start:stop])

    def _rows_about(self, pseudonyms: Sequence[bytes]) -> Iterator[Row]:
        with self._lock:
            places = sorted({place for each in pseudonyms for place in self._persons.get(each, ())})
            return iter([self._rows[place] for place in places])

    def _nodes(self, sequences: Sequence[int]) -> Mapping[int, bytes]:
        with self._lock:
            return {each: self._made[each] for each in sequences}

    def keep_checkpoint(self, checkpoint: str) -> None:
        """See :class:`UsageLog`."""
        with self._lock:
            self._checkpoints.append(checkpoint)

    def checkpoints(self) -> tuple[str, ...]:
        """See :class:`UsageLog`."""
        with self._lock:
            return tuple(self._checkpoints)

    def __len__(self) -> int:
        return len(self._rows)

    def __bool__(self) -> bool:  # an empty log is a log
        return True

    def __repr__(self) -> str:
        return f"<MemoryUsageLog of {len(self)}>"


class _MemoryWriter:
    def __init__(self, log: MemoryUsageLog) -> None:
        self._of = log
        self.log, self.frontier, self.hash = log._place()

    def known(self, names: Sequence[bytes]) -> Mapping[bytes, Row]:
        has = self._of._known
        return {name: self._of._rows[has[name]] for name in names if name in has}

    def add(self, rows: Sequence[tuple[Row, bytes, bytes | None]]) -> None:
        for row, nodes, name in rows:
            self._of._rows.append(row)
            self._of._made.append(nodes)
            if name is not None:
                self._of._known[name] = row.sequence
                self._of._names[row.sequence] = name
            if row.subject is not None:
                self._of._persons.setdefault(row.subject, set()).add(row.sequence)
        self._of._frontier = self.frontier

    def about(self, pseudonyms: Sequence[bytes], before: int | None, keep: Sequence[int]) -> Sequence[Row]:
        rows = self._of._rows_about(pseudonyms)
        return [row for row in rows if (before is None or row.at < before) and row.kind not in keep]

    def due(self, due: Mapping[int, int], limit: int) -> Sequence[Row]:
        found = [row for row in self._of._rows if row.content is not None and row.at < due.get(row.kind, 0)]
        return found[:limit]

    def erased(self) -> Iterable[int]:
        return [row.sequence for row in self._of._rows if row.erased]

    def replace(self, rows: Sequence[Row]) -> None:
        for row in rows:
            before = self._of._rows[row.sequence]
            if before.subject is not None and row.subject is None:
                self._of._persons[before.subject].discard(row.sequence)
            self._of._rows[row.sequence] = row
            if row.content is None:
                self._of._known.pop(self._of._names.pop(row.sequence, b""), None)
