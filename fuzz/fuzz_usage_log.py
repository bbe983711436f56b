"""Fuzz the usage log: a file that passes has the very entries that the checkpoint was signed over."""

from __future__ import annotations

import contextlib
import functools
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from common import instrumented, run

with instrumented(__name__):
    from eid.accounts.model import Actor, Role
    from eid.accounts.usage import Content, Entry, NewEntry, SubjectKey, UsageKind
    from eid.accounts.usage.checkpoint import read_checkpoint, take_checkpoint
    from eid.accounts.usage.export import ExportedLog, export_log
    from eid.accounts.usage.form import row_from_line, row_to_json
    from eid.accounts.usage.log import MemoryUsageLog
    from eid.accounts.usage.proof import EntryProof, prove_entry
    from eid.accounts.usage.receipts import read_receipt, receipt_of, sign_receipt
    from eid.accounts.usage.verify import verify_log
    from eid.crypto.keys import KeySet, SoftwareSigner
    from eid.document.checks import Outcome
    from eid.encoding import strict_json
    from eid.errors import EidError

_NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
_SIZE = 9


@functools.cache
def _signer() -> SoftwareSigner:
    return SoftwareSigner.generate("Ed25519", kid="fuzz")


@functools.cache
def _log() -> tuple[MemoryUsageLog, str]:
    log = MemoryUsageLog(key=SubjectKey(bytes(32)))
    kinds = (UsageKind.CHECK, UsageKind.DISCLOSURE, UsageKind.COMMAND)
    for number in range(6):
        log.append(
            NewEntry(
                kind=kinds[number % 3],
                at=_NOW + timedelta(minutes=number),
                requester="bank.example",
                subject=f"a-{number % 2}",
                actor=Actor(Role.HOLDER, f"a-{number % 2}"),
                purpose="loan",
                fields=("name",),
            )
        )
    log.append(
        NewEntry(
            kind=UsageKind.CONSENT, at=_NOW, requester="bank.example", subject="a-1", purpose="loan",
            fields=("name",), action="given", channel="app", outcome="DONE",
        )
    )  # fmt: skip
    log.erase("a-0", at=_NOW, requester="office")
    log.expire({UsageKind.CHECK: _NOW + timedelta(minutes=2)}, at=_NOW, requester="office")
    return log, take_checkpoint(log, _signer(), at=_NOW + timedelta(hours=1))


def check(data: bytes) -> None:
    """Read *data* as a file, a line, a checkpoint, a proof, a receipt, and as content."""
    log, held = _log()
    keys = KeySet([_signer().key])
    with contextlib.suppress(EidError):
        _check_file(data, held, keys)
    with contextlib.suppress(EidError):
        row = row_from_line(data, None)
        assert row_from_line(strict_json.dumps(row_to_json(row)), None) == row
        Entry.of(row)
    with contextlib.suppress(EidError):
        said = Content.from_bytes(data)
        assert Content.from_bytes(said.to_bytes()) == said
    text = data.decode("latin-1")
    with contextlib.suppress(EidError):
        assert read_checkpoint(text, keys=keys).head == log.head()
    with contextlib.suppress(EidError):
        assert read_receipt(text, keys=keys).fields == {"name"}
    proof = EntryProof.from_bytes(data)
    repr(proof)
    entry, _ = proof.check(keys=keys)
    assert entry.hash == next(log.rows(entry.sequence)).hash


def _check_file(data: bytes, held: str, keys: KeySet) -> None:
    log, _ = _log()
    exported = ExportedLog(io.BytesIO(data))
    rows = list(exported.rows())
    report = verify_log(
        rows, log=log.head().log, size=exported.size, checkpoints=[held], kept=exported.checkpoints, keys=keys
    )
    report.to_json()
    if report.outcome is Outcome.PASSED:
        assert rows[:_SIZE] == list(log.rows())


def seeds() -> Iterator[bytes]:
    """A log with everything in it as a file, and what was signed about it."""
    log, held = _log()
    stream = io.BytesIO()
    export_log(log, stream)
    yield stream.getvalue()
    lines = stream.getvalue().splitlines(keepends=True)
    yield lines[0] + b"".join(lines[2:])
    yield b"".join([*lines[:4], *lines[6:8], *lines[4:6], *lines[8:]])
    yield lines[2].rstrip()
    yield lines[-1].rstrip()
    yield held.encode()
    keys = KeySet([_signer().key])
    for place in (0, 3, 6, 8):
        yield prove_entry(log, place, held, keys=keys).to_bytes()
    receipt = receipt_of(next(log.entries(6)), log=log.head().log)
    yield sign_receipt(receipt, _signer()).encode()


if __name__ == "__main__":
    run(check, seeds)
