"""A service keeps who used whose data; an auditor finds what its administrator changed afterwards. No network.

    python examples/audit_usage_log.py [LOG.jsonl]

You will see:

1. a log in a database, and the checkpoints that the auditor was sent meanwhile;
2. the auditor's verification of the exported file: it passes;
3. the administrator changes the purpose of one entry: found at that entry;
4. he deletes one, and computes all hashes anew: found between two checkpoints;
5. he cuts off the end: found;
6. a person is erased, which is allowed: the log still verifies, and nobody finds that person in it.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import eid
from eid.accounts.stores.vault import Vault
from eid.accounts.usage import NewEntry, SubjectKey, UsageKind
from eid.accounts.usage.chain import first_hash, leaf_hash
from eid.accounts.usage.checkpoint import take_checkpoint
from eid.accounts.usage.export import ExportedLog, export_log
from eid.accounts.usage.findings import LogReport
from eid.accounts.usage.rows import Row, frame, row_digest
from eid.accounts.usage.sql import SqlUsageLog
from eid.accounts.usage.verify import verify_log
from eid.crypto.keys import KeySet, SoftwareSigner


def main() -> int:
    """Return 0 when everything was found that was done, and nothing else."""
    vault, office = Vault.generate(), SoftwareSigner.generate("Ed25519", kid="log-2026")
    keys = KeySet([office.key])
    with tempfile.TemporaryDirectory() as folder:
        log = SqlUsageLog.open(f"sqlite:///{folder}/log.db", key=SubjectKey(vault.secret("usage log")))
        auditor: list[str] = []
        for _ in range(3):
            log.append(*(use(person) for person in ("a-1", "a-2", "a-3", "a-4")))
            auditor.append(take_checkpoint(log, office, at=eid.utc_now()))
        name, rows = log.head().log, list(log.rows())

        def verify(changed: Iterable[Row]) -> LogReport:
            return verify_log(changed, log=name, checkpoints=auditor, keys=keys)

        stream = io.BytesIO()
        export_log(log, stream)
        if len(sys.argv) > 1:
            Path(sys.argv[1]).write_bytes(stream.getvalue())
        stream.seek(0)
        show("as it was exported", verify(ExportedLog(stream).rows()))
        quiet = rows[5]._replace(content=(rows[5].content or b"").replace(b"marketing", b"reception"))
        show("one purpose altered", verify([*rows[:5], quiet, *rows[6:]]))
        show("one deleted, all hashes computed anew", verify(anew(name, rows[:5] + rows[6:])))
        show("the end cut off", verify(rows[:10]))
        record = log.erase("a-2", at=eid.utc_now(), requester="data protection office")
        show("one person erased", verify(log.rows()))
        left = len(list(log.of_subject("a-2")))
        print(
            f"  {record.content.count if record.content else 0} entries without their person; found: {left}"
        )
        log.close()
    return 0 if left == 0 else 1


def use(person: str) -> NewEntry:
    """Somebody's data are used for what they were not given for."""
    return NewEntry(
        kind=UsageKind.DISCLOSURE, at=eid.utc_now(), requester="shop.example", subject=person,
        purpose="marketing", fields=("name", "address"),
    )  # fmt: skip


def anew(log: bytes, rows: list[Row]) -> list[Row]:
    """What an administrator can do who has read how logs are made."""
    made: list[Row] = []
    last = first_hash(log)
    for place, row in enumerate(rows):
        last = leaf_hash(last, frame(row.kind, place, row.at, row_digest(row) or b""))
        made.append(row._replace(sequence=place, hash=last))
    return made


def show(what: str, report: LogReport) -> None:
    """One line for the report, one for each thing that was found."""
    print(f"{what}: {report.outcome}")
    for finding in report.findings:
        print(f"  {finding.code}, entries {finding.first} to {finding.last}")


if __name__ == "__main__":
    sys.exit(main())
