"""What the stores of the usage log share: everything but where the rows are kept."""

from __future__ import annotations

import abc
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from eid.accounts.model import Actor, Role
from eid.accounts.usage import Content, Entry, NewEntry, SubjectKey, UsageKind
from eid.accounts.usage.chain import Frontier, Head, completed_nodes, consistency_path, inclusion_path
from eid.accounts.usage.rows import SALT, Erased, Row, microseconds, seal
from eid.errors import InputError, UsageProofUnavailable

__all__ = ["MAX_BATCH", "MAX_EXPIRY", "StoredUsageLog", "Writer"]

#: Entries of one call of ``append``.
MAX_BATCH = 1000
#: Entries that one expiry reduces; the next call goes on.
MAX_EXPIRY = 10_000
_NOTHING_DUE: Mapping[UsageKind, datetime] = {}


class Writer(Protocol):
    """What a store can do while nobody else writes. All of it or nothing stays."""

    log: bytes
    #: Changed by whoever adds; kept by :meth:`add`.
    frontier: Frontier
    hash: bytes

    def known(self, names: Sequence[bytes]) -> Mapping[bytes, Row]:
        """Which of these ``once`` stand already."""
        ...

    def add(self, rows: Sequence[tuple[Row, bytes, bytes | None]]) -> None:
        """Keep rows, each with the hashes of the subtrees it completes and its ``once``."""
        ...

    def about(self, pseudonyms: Sequence[bytes], before: int | None, keep: Sequence[int]) -> Sequence[Row]:
        """The rows about these persons, in order, older than *before*, of no kind in *keep*."""
        ...

    def due(self, due: Mapping[int, int], limit: int) -> Sequence[Row]:
        """The rows that still have content and are older than their kind allows, in order."""
        ...

    def erased(self) -> Iterable[int]:
        """The places of entries that are without their person and still have content, ascending."""
        ...

    def replace(self, rows: Sequence[Row]) -> None:
        """Keep these in the place of those with the same sequence; what they no longer hold is gone."""
        ...


class StoredUsageLog(abc.ABC):
    """Everything about a log but where it is kept. See :class:`~eid.accounts.usage.log.UsageLog`.

    :param key: makes the pseudonyms.
    :param clock: where the times of the entries come from, a stable word.
    """

    def __init__(self, *, key: SubjectKey, clock: str = "system") -> None:
        self._key = key
        self._clock = clock

    # --- what a store has to do -------------------------------------------------------------------

    @abc.abstractmethod
    def _writing(self) -> AbstractContextManager[Writer]:
        """Alone with the log until the block ends."""

    @abc.abstractmethod
    def _place(self) -> tuple[bytes, Frontier, bytes]:
        """Identifier, edge of the tree, and hash of the last entry."""

    @abc.abstractmethod
    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        """See :class:`~eid.accounts.usage.log.UsageLog`."""

    @abc.abstractmethod
    def _rows_about(self, pseudonyms: Sequence[bytes]) -> Iterator[Row]:
        """Rows of these persons, in order."""

    @abc.abstractmethod
    def _nodes(self, sequences: Sequence[int]) -> Mapping[int, bytes]:
        """For each row what :meth:`Frontier.add` returned."""

    @abc.abstractmethod
    def keep_checkpoint(self, checkpoint: str) -> None:
        """See :class:`~eid.accounts.usage.log.UsageLog`."""

    @abc.abstractmethod
    def checkpoints(self) -> tuple[str, ...]:
        """See :class:`~eid.accounts.usage.log.UsageLog`."""

    # --- writing ----------------------------------------------------------------------------------

    def append(self, *entries: NewEntry) -> tuple[Entry, ...]:
        """See :class:`~eid.accounts.usage.log.UsageLog`.

        :raises InputError: more than :data:`MAX_BATCH`.
        :raises UsageLogDamaged: the log does not end where it says.
        """
        if len(entries) > MAX_BATCH:
            raise InputError(f"more than {MAX_BATCH} entries at once")
        if not entries:
            return ()
        names = [None if each.once is None else self._once(each.once) for each in entries]
        contents = [each.content(clock=self._clock) for each in entries]
        persons = [(self._pseudonym(each.subject), self._acting(each.actor)) for each in entries]
        with self._writing() as writer:
            asked = [name for name in names if name is not None]
            stands = dict(writer.known(asked)) if asked else {}
            made: list[tuple[Row, bytes, bytes | None]] = []
            rows = []
            for new, content, name, (subject, actor) in zip(entries, contents, names, persons, strict=True):
                row = None if name is None else stands.get(name)
                if row is None:
                    row, nodes = self._next(writer, new.kind, new.at, content, subject, actor)
                    made.append((row, nodes, name))
                    if name is not None:
                        stands[name] = row
                rows.append(row)
            if made:
                writer.add(made)
        return tuple(Entry.of(row) for row in rows)

    def _next(
        self,
        writer: Writer,
        kind: UsageKind,
        at: datetime,
        content: Content,
        subject: bytes | None = None,
        actor: bytes | None = None,
    ) -> tuple[Row, bytes]:
        row = seal(
            content.to_bytes(),
            kind=kind.number,
            sequence=writer.frontier.size,
            at=at,
            previous=writer.hash,
            salt=secrets.token_bytes(SALT),
            subject=subject,
            actor=actor,
        )
        writer.hash = row.hash
        return row, writer.frontier.add(row.hash)

    def _pseudonym(self, subject: str | None) -> bytes | None:
        return None if subject is None else self._key.pseudonym(subject)

    def _acting(self, actor: Actor | None) -> bytes | None:
        """Staff stand in the content; everybody else only keyed."""
        if actor is None or actor.role in (Role.OFFICER, Role.AUDITOR):
            return None
        return self._key.pseudonym(actor.reference)

    def _once(self, name: str) -> bytes:
        return self._key.of("once", name)

    # --- reading ----------------------------------------------------------------------------------

    def head(self) -> Head:
        """See :class:`~eid.accounts.usage.log.UsageLog`."""
        log, frontier, last = self._place()
        return Head(log, frontier.size, last, frontier.root)

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[Entry]:
        """See :class:`~eid.accounts.usage.log.UsageLog`."""
        return map(Entry.of, self.rows(start, stop))

    def of_subject(self, *subjects: str) -> Iterator[Entry]:
        """See :class:`~eid.accounts.usage.log.UsageLog`."""
        return map(Entry.of, self._rows_about(self._pseudonyms(subjects)))

    def _pseudonyms(self, subjects: Sequence[str]) -> list[bytes]:
        if not subjects:
            raise InputError("whose entries?")
        return sorted({self._key.pseudonym(subject) for subject in subjects})

    def inclusion(self, sequence: int, size: int | None = None) -> tuple[bytes, ...]:
        """See :class:`~eid.accounts.usage.log.UsageLog`."""
        end = self._within(size)
        wanted: set[int] = set()
        inclusion_path(sequence, end, _Noting(wanted))
        nodes = self._nodes(sorted(wanted))
        return inclusion_path(sequence, end, _LookingUp(nodes))

    def consistency(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """See :class:`~eid.accounts.usage.log.UsageLog`."""
        end = self._within(new)
        wanted: set[int] = set()
        consistency_path(old, end, _Noting(wanted))
        nodes = self._nodes(sorted(wanted))
        return consistency_path(old, end, _LookingUp(nodes))

    def _within(self, size: int | None) -> int:
        has = self._place()[1].size
        if size is not None and size > has:
            raise UsageProofUnavailable("the log is shorter")
        return has if size is None else size

    # --- taking out -------------------------------------------------------------------------------

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
        """See :class:`~eid.accounts.usage.log.UsageLog`."""
        pseudonyms = self._pseudonyms(subjects)
        younger = None if before is None else microseconds(before)
        kept = sorted({kind.number for kind in keep})
        new = NewEntry(kind=UsageKind.COMMAND, at=at, requester=requester, basis=basis, actor=_staff(actor))
        with self._writing() as writer:
            rows = writer.about(pseudonyms, younger, kept)
            writer.replace([row.without_person() for row in rows])
            return self._record(writer, UsageKind.ERASURE, new, len(rows))

    def expire(
        self, due: Mapping[UsageKind, datetime], *, at: datetime, requester: str, basis: str | None = None
    ) -> Entry | None:
        """See :class:`~eid.accounts.usage.log.UsageLog`."""
        if not due.keys().isdisjoint(_FOR_GOOD):
            raise InputError("erasures and expiries stay on record")
        moments = {kind.number: microseconds(moment) for kind, moment in due.items()}
        new = NewEntry(kind=UsageKind.COMMAND, at=at, requester=requester, basis=basis)
        with self._writing() as writer:
            rows = writer.due(moments, MAX_EXPIRY)
            if not rows:
                return None
            writer.replace([row.without_content() for row in rows])
            return self._record(writer, UsageKind.EXPIRY, new, len(rows), due)

    def _record(
        self,
        writer: Writer,
        kind: UsageKind,
        new: NewEntry,
        count: int,
        due: Mapping[UsageKind, datetime] = _NOTHING_DUE,
    ) -> Entry:
        """Write down what is reduced now."""
        erased = Erased()
        for place in writer.erased():
            erased.add(place)
        content = replace(
            new.content(clock=self._clock),
            count=count,
            erased=erased.count,
            covers=erased.covers,
            due=tuple(sorted((each, before.astimezone(UTC)) for each, before in due.items())),
        )
        row, nodes = self._next(writer, kind, new.at, content)
        writer.add([(row, nodes, None)])
        return Entry.of(row)


#: What the log writes about itself stays: without it nobody could tell what may be missing.
_FOR_GOOD = (UsageKind.ERASURE, UsageKind.EXPIRY)


def _staff(actor: Actor | None) -> Actor | None:
    """Who erases is named when that is an office; a holder who asks is not: nothing may be left of him."""
    return actor if actor is None or actor.role in (Role.OFFICER, Role.AUDITOR) else None


def _last_of(level: int, index: int) -> int:
    """The row that completes a subtree."""
    return ((index + 1) << level) - 1


class _Noting:
    """Notes which rows a proof needs."""

    def __init__(self, wanted: set[int]) -> None:
        self._wanted = wanted

    def __call__(self, level: int, index: int) -> bytes:
        self._wanted.add(_last_of(level, index))
        return bytes(32)


class _LookingUp:
    def __init__(self, nodes: Mapping[int, bytes]) -> None:
        self._nodes = nodes

    def __call__(self, level: int, index: int) -> bytes:
        return completed_nodes(self._nodes.get(_last_of(level, index), b""), level)
