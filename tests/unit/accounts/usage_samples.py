"""Invented usage logs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from eid.accounts.model import Actor, Role
from eid.accounts.usage import NewEntry, SubjectKey, UsageKind
from eid.accounts.usage.chain import Frontier, Head, first_hash, leaf_hash
from eid.accounts.usage.checkpoint import sign_checkpoint, take_checkpoint
from eid.accounts.usage.log import MemoryUsageLog, UsageLog
from eid.accounts.usage.rows import Row, frame, row_digest
from eid.crypto.keys import KeySet, SoftwareSigner

NOW = dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC)
TURN, HOUR, DAY = dt.timedelta(minutes=10), dt.timedelta(hours=1), dt.timedelta(days=1)
KEY = SubjectKey(bytes(range(32)))
SIGNER = SoftwareSigner.generate("Ed25519", kid="log-2026")
KEYS = KeySet([SIGNER.key])
PERSONS = ("001099012349", "a-2", "a-3")
OFFICER = Actor(Role.OFFICER, "o-1")


def entry(number: int = 0, **changes: Any) -> NewEntry:
    """Some use of somebody's data, at its turn."""
    said: dict[str, Any] = {
        "kind": (UsageKind.CHECK, UsageKind.DISCLOSURE, UsageKind.COMMAND)[number % 3],
        "at": turn(number),
        "requester": "bank.example",
        "subject": PERSONS[number % 3],
        "actor": Actor(Role.HOLDER, PERSONS[number % 3]),
        "purpose": "loan",
        "basis": "Decree 69/2024/NĐ-CP, Art. 19(3)",
        "fields": ("birth_date", "name"),
        "outcome": "ALLOW",
        "rules_version": "ab" * 32,
    }
    return NewEntry(**{**said, **changes})


def turn(number: int) -> dt.datetime:
    """Every ten minutes something happens."""
    return NOW + number * TURN


def fill(log: UsageLog, count: int, *, start: int = 0) -> None:
    """*count* entries."""
    log.append(*(entry(number) for number in range(start, start + count)))


def rich_log(log: UsageLog | None = None) -> tuple[UsageLog, list[str]]:
    """A log with everything in it: whole, erased and expired entries, entries about nobody, a consent.

    :returns: the log, and checkpoints over 0, 8, 16 and 27 entries, as somebody else holds them.
    """
    log = MemoryUsageLog(key=KEY) if log is None else log
    held = [take_checkpoint(log, SIGNER, at=turn(0))]
    fill(log, 8)
    held.append(take_checkpoint(log, SIGNER, at=turn(8)))
    log.append(entry(8, subject=None, actor=None), entry(9, actor=OFFICER), entry(10, actor=None))
    log.append(consent("given", 11), consent("narrowed", 12, fields=("name",)))
    fill(log, 3, start=13)
    held.append(take_checkpoint(log, SIGNER, at=turn(16)))
    log.erase(PERSONS[1], at=turn(16), requester="office", actor=OFFICER)
    fill(log, 5, start=17)
    log.expire(
        {UsageKind.CHECK: turn(4), UsageKind.DISCLOSURE: turn(2)},
        at=turn(22), requester="office",
    )  # fmt: skip
    fill(log, 4, start=23)
    held.append(take_checkpoint(log, SIGNER, at=turn(27)))
    fill(log, 2, start=27)
    return log, held


def consent(action: str, number: int, **changes: Any) -> NewEntry:
    """Something the first person did to a consent."""
    said = {
        "kind": UsageKind.CONSENT,
        "subject": PERSONS[0],
        "action": action,
        "channel": "app",
        "outcome": "DONE",
    }
    return entry(number, **{**said, "actor": Actor(Role.HOLDER, PERSONS[0]), "codes": (), **changes})


# --- what somebody who can write to the database can do ------------------------------------------------


def rehashed(rows: Sequence[Row], log: bytes) -> list[Row]:
    """The same entries with places and hashes that fit: by somebody who knows how logs are made."""
    made: list[Row] = []
    last = first_hash(log)
    for place, row in enumerate(rows):
        digest = row_digest(row)
        assert digest is not None
        last = leaf_hash(last, frame(row.kind, place, row.at, digest))
        made.append(row._replace(sequence=place, hash=last))
    return made


def head_of(rows: Sequence[Row], log: bytes) -> Head:
    """Where such a log ends."""
    frontier = Frontier()
    for row in rows:
        frontier.add(row.hash)
    return Head(log, len(rows), rows[-1].hash if rows else first_hash(log), frontier.root)


def checkpoint_of(
    rows: Sequence[Row], log: bytes, *, at: dt.datetime, signer: SoftwareSigner = SIGNER
) -> str:
    """A checkpoint over such a log."""
    return sign_checkpoint(head_of(rows, log), signer, at=at)
