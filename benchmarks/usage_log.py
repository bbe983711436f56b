"""The usage log: entries verified in a second on one core, from memory, a file and a database.

    python benchmarks/usage_log.py [--entries 1000000] [--store URL]

Every second entry is about somebody else, each has purpose, basis, fields, outcome and rules, some 500 octets.
*Raw* is SHA-256 over the octets that are hashed (person, content, leaf, node), with nothing around it. CPU time.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from measure import Row

from eid.accounts.model import Actor, Role
from eid.accounts.usage import NewEntry, SubjectKey, UsageKind
from eid.accounts.usage.checkpoint import take_checkpoint
from eid.accounts.usage.export import ExportedLog, export_log
from eid.accounts.usage.findings import LogReport
from eid.accounts.usage.log import MemoryUsageLog, UsageLog
from eid.accounts.usage.rows import Row as LogRow
from eid.accounts.usage.sql import SqlUsageLog
from eid.accounts.usage.verify import verify_log
from eid.crypto.keys import KeySet, SoftwareSigner
from eid.document.checks import Outcome

__all__ = ["rows"]

_ENTRIES = 200_000
_BATCH = 1000
_FLOOR = 100_000
_NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def _entry(number: int) -> NewEntry:
    person = f"a-{number % 50_000}"
    return NewEntry(
        kind=UsageKind.CHECK,
        at=_NOW + timedelta(milliseconds=number),
        requester="bank.example",
        subject=person,
        actor=Actor(Role.HOLDER, person),
        purpose="account opening",
        basis="Decree 69/2024/NĐ-CP, Art. 19(3)",
        fields=("birth_date", "name"),
        outcome="ALLOW",
        rules_version="ab" * 32,
    )


def _filled(log: UsageLog, entries: int) -> float:
    """Entries added in a second."""
    start = time.process_time()
    for number in range(0, entries, _BATCH):
        log.append(*map(_entry, range(number, min(number + _BATCH, entries))))
    return entries / (time.process_time() - start)


def _rate(entries: int, act: Callable[[], LogReport]) -> float:
    start = time.process_time()
    report = act()
    spent = time.process_time() - start
    assert report.outcome is Outcome.PASSED, report.findings
    assert report.size == report.covered == entries
    return entries / spent


def _raw(kept: list[LogRow]) -> float:
    """The same hashes, ready to be computed."""
    sha256 = hashlib.sha256
    parts = [(bytes(80), bytes(32) + (row.content or b""), bytes(83), bytes(65)) for row in kept]
    start = time.process_time()
    for each in parts:
        for octets in each:
            sha256(octets).digest()
    return len(kept) / (time.process_time() - start)


def rows(entries: int = _ENTRIES, store: str | None = None) -> Iterator[Row]:
    """What the project promises is the first row.

    :param store: of a database to measure too; SQLite in a new folder without it.
    """
    signer = SoftwareSigner.generate("Ed25519")
    keys = KeySet([signer.key])
    log = MemoryUsageLog(key=SubjectKey(bytes(32)))
    added = _filled(log, entries)
    token = take_checkpoint(log, signer, at=_NOW + timedelta(days=1))
    name, kept = log.head().log, list(log.rows())
    rate = _rate(entries, partial(verify_log, kept, log=name, checkpoints=[token], keys=keys))
    detail = f"{entries} entries; {_raw(kept) / rate:.1f} times the raw hashes; added {added:.0f}/s"
    yield Row("usage log: verify", rate, "/s", _FLOOR, detail, at_least=True)
    del kept
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "log.jsonl")
        with path.open("wb") as stream:
            export_log(log, stream)
        octets = path.stat().st_size
        del log

        def from_file() -> LogReport:
            with ExportedLog.open(path) as read:
                return verify_log(read.rows(), log=read.log, checkpoints=[token], keys=keys)

        rate = _rate(entries, from_file)
        detail = f"read and verified, {octets / entries:.0f} octets an entry"
        yield Row("usage log: verify a file", rate, "/s", _FLOOR, detail, at_least=True)
        kind = "SQLite" if store is None else "database"
        kept_in = SqlUsageLog.open(store or f"sqlite:///{folder}/log.db", key=SubjectKey(bytes(32)))
        added = _filled(kept_in, entries)
        token = take_checkpoint(kept_in, signer, at=_NOW + timedelta(days=1))
        name = kept_in.head().log
        rate = _rate(entries, lambda: verify_log(kept_in.rows(), log=name, checkpoints=[token], keys=keys))
        yield Row(
            f"usage log: verify in {kind}", rate, "/s", None, f"added {added:.0f}/s, {_BATCH} at a time"
        )
        start = time.perf_counter()
        for number in range(50):
            kept_in.append(_entry(number))
        yield Row(
            f"usage log: one entry in {kind}", (time.perf_counter() - start) * 20, "ms", None, "on the disk"
        )
        kept_in.close()


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--store")
    options = parser.parse_args()
    for row in rows(options.entries, options.store):
        mark = {None: "", True: "ok", False: "OVER"}[row.kept]
        print(f"{row.name:36} {row.value:12.1f} {row.unit:4} {mark:5} {row.detail}", flush=True)


if __name__ == "__main__":
    main()
