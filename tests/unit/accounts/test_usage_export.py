"""The log as a file, and one person's part of it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import usage_samples as samples

from eid.accounts.usage import MAX_CONTENT, UsageKind
from eid.accounts.usage.chain import Head
from eid.accounts.usage.checkpoint import take_checkpoint
from eid.accounts.usage.export import ExportedLog, export_log, export_person
from eid.accounts.usage.form import row_from_json, row_from_line, row_to_json
from eid.accounts.usage.log import MemoryUsageLog, UsageLog
from eid.accounts.usage.rows import Row
from eid.accounts.usage.verify import verify_log
from eid.document.checks import Outcome
from eid.encoding import strict_json
from eid.errors import UsageLogFormatError


def exported(log: UsageLog) -> bytes:
    stream = io.BytesIO()
    export_log(log, stream)
    return stream.getvalue()


def test_a_log_comes_back_from_the_file_as_it_was() -> None:
    log, _ = samples.rich_log()
    read = ExportedLog(io.BytesIO(exported(log)))
    assert (read.log, read.size) == (log.head().log, 29)
    assert read.checkpoints == log.checkpoints()
    assert list(read.rows()) == list(log.rows())


def test_an_empty_log_is_a_file() -> None:
    log = MemoryUsageLog(key=samples.KEY)
    read = ExportedLog(io.BytesIO(exported(log)))
    assert list(read.rows()) == []
    assert verify_log(read.rows(), log=read.log, size=read.size).size == 0


def test_the_file_is_verified_by_somebody_who_has_only_a_checkpoint_and_a_key(tmp_path: Path) -> None:
    log, held = samples.rich_log()
    path = tmp_path / "log.jsonl"
    path.write_bytes(exported(log))
    with ExportedLog.open(path) as read:
        report = verify_log(
            read.rows(),
            log=read.log,
            size=read.size,
            checkpoints=held[-1:],
            kept=read.checkpoints,
            keys=samples.KEYS,
        )
    assert report.outcome is Outcome.PASSED
    assert json.loads(json.dumps(report.to_json()))["verdict"] == "PASSED"


def test_each_line_is_json_and_names_nobody() -> None:
    log, _ = samples.rich_log()
    octets = exported(log)
    for line in octets.splitlines():
        strict_json.loads(line, limit=100_000)
    assert samples.PERSONS[0].encode() not in octets


def test_content_of_any_length_fits() -> None:
    log = MemoryUsageLog(key=samples.KEY)
    log.append(samples.entry(fields=tuple(f"{n:03}{'đ' * 110}" for n in range(64))))
    (row,) = ExportedLog(io.BytesIO(exported(log))).rows()
    assert row == next(log.rows())
    assert row.content is not None
    assert len(row.content) > 14_000
    # The longest that there can be, with the end of its line.
    longest = row._replace(content=b"{" + b"x" * (MAX_CONTENT - 2) + b"}")
    lines = exported(log).splitlines(keepends=True)
    assert longest.content is not None
    again = ExportedLog(io.BytesIO(b"".join([*lines[:2], longest.content + b"\n"]))).rows()
    assert next(again).content == longest.content


def test_rows_in_another_spelling_of_json_are_the_same_rows() -> None:
    log, _ = samples.rich_log()
    for row in log.rows():
        values = row_to_json(row)
        usual = strict_json.dumps(values)
        spaced = json.dumps(values, indent=1).encode()
        assert row_from_line(usual, row.content) == row_from_line(spaced, row.content) == row
        assert row_from_json(values, row.content) == row


@pytest.mark.parametrize(
    "line",
    [
        b"", b"null", b"[]", b"{}", b"[0]", b"\xff", b"[" * 2000,
        b'[-1,0,"check","00",null,null,null,null,null]',
        b'[0,-1,"check","00",null,null,null,null,null]',
        b'[0,0,"party","00",null,null,null,null,null]',
        b'[0,0,1,"00",null,null,null,null,null]',
        b'[0,0,"check",null,null,null,null,null,null]',
        b'[0,0,"check","0",null,null,null,null,null]',
        b'[0,0,"check","00",0,null,null,null,null]',
        b'[0,0,"check","00",null,null,null,null,"zz"]',
        b'[0.0,0,"check","00",null,null,null,null,null]',
        b'[true,0,"check","00",null,null,null,null,null]',
        b'[00,0,"check","' + b"0" * 64 + b'",null,null,null,null,null]',
        b'[0,99999999999999999999,"check","00",null,null,null,null,null]',
        b'[0,0,"party","' + b"0" * 64 + b'",null,null,null,null,null]',
        b'[0,0,"check","00",null,null,null,null,null,null]',
    ],
)  # fmt: skip
def test_a_line_that_is_no_entry_is_refused_and_in_a_file_stands_as_altered(line: bytes) -> None:
    with pytest.raises(UsageLogFormatError):
        row_from_line(line, b"{}")
    header = b'{"format":"eid-usage-log/1","log":"' + b"00" * 16 + b'","size":1}\n'
    if line and line[:1] not in (b"{",):
        (row,) = ExportedLog(io.BytesIO(header + line + b"\n")).rows()
        assert row == Row(0, 0, 0, b"")


@pytest.mark.parametrize(
    "octets",
    [
        b"", b"\n", b"{}\n", b"[]\n", b"x\n", b'{"format":"eid-usage-log/2","log":"","size":0}\n',
        b'{"format":"eid-usage-log/1","log":"00","size":0}\n',
        b'{"format":"eid-usage-log/1","log":"' + b"zz" * 16 + b'","size":0}\n',
        b'{"format":"eid-usage-log/1","log":"' + b"00" * 16 + b'","size":-1}\n',
        b'{"format":"eid-usage-log/1","log":"' + b"00" * 16 + b'","size":true}\n',
        b'{"format":"eid-usage-log/1","log":"' + b"00" * 16 + b'","size":0,"more":1}\n',
        b'{"format":"eid-usage-log/1","log":"' + b"00" * 16 + b'","size":0}',
        b'{"format":"eid-usage-log/1","log":"' + b"00" * 16 + b'","size":0}\n"no end',
        b'{"format":"eid-usage-log/1","log":"' + b"00" * 16 + b'","size":0}\n"' + b"x" * 13_000 + b'"\n',
    ],
)  # fmt: skip
def test_what_is_no_exported_log_is_refused(octets: bytes) -> None:
    with pytest.raises(UsageLogFormatError):
        ExportedLog(io.BytesIO(octets))


def test_a_line_without_end_does_not_fill_the_memory() -> None:
    class Endless(io.RawIOBase):
        """Says how much was asked for at once."""

        most = 0

        def __init__(self, beginning: bytes) -> None:
            self._left = [beginning, *[b"x" * 16_000] * 100]

        def readline(self, size: int | None = -1, /) -> bytes:
            assert size is not None
            assert 0 < size < 100_000
            return self._left.pop(0) if self._left else b""

    header = b'{"format":"eid-usage-log/1","log":"' + b"00" * 16 + b'","size":1}\n'
    rows = ExportedLog(Endless(header)).rows()  # type: ignore[arg-type]
    assert all(row.hash == b"" for row in rows)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", tmp_path, "a\0b"):
        with pytest.raises(UsageLogFormatError):
            ExportedLog.open(path)
    (tmp_path / "other").write_bytes(b"something else\n")
    with pytest.raises(UsageLogFormatError):
        ExportedLog.open(tmp_path / "other")


def test_a_disk_that_fails_is_an_error_with_a_code() -> None:
    class Failing(io.BytesIO):
        def readline(self, size: int | None = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(UsageLogFormatError):
        ExportedLog(Failing())


def test_a_database_that_holds_nonsense_is_exported_as_altered() -> None:
    log, _ = samples.rich_log()
    rows = list(log.rows())
    rows[3] = Row(3, 0, 1, "text", 5, "x")  # type: ignore[arg-type]
    rows[5] = rows[5]._replace(content=b'{"a":\n1}')
    rows[6] = rows[6]._replace(kind=77)

    class Altered(MemoryUsageLog):
        def rows(self, start: int = 0, stop: int | None = None) -> Iterator[Row]:
            return iter(rows)

        def head(self):  # type: ignore[no-untyped-def]
            return log.head()

    read = ExportedLog(io.BytesIO(exported(Altered(key=samples.KEY))))
    report = verify_log(read.rows(), log=read.log, checkpoints=log.checkpoints(), keys=samples.KEYS)
    altered = [(each.first, each.last) for each in report.findings if each.code == "USAGE_ENTRY_ALTERED"]
    # Of entry 3 nothing is left, so no later checkpoint tells whether it was 4 or 5.
    assert altered == [(3, 3), (4, 6)]


# --- one person ------------------------------------------------------------------------------------


def test_a_person_gets_exactly_their_entries_and_their_consents() -> None:
    log, _ = samples.rich_log()
    mine = export_person(log, [samples.PERSONS[0], "an old number"], at=samples.NOW)
    listed = [entry["sequence"] for entry in mine["entries"]]  # type: ignore[attr-defined]
    pseudonym = samples.KEY.pseudonym(samples.PERSONS[0])
    assert listed == [row.sequence for row in log.rows() if row.subject == pseudonym]
    assert mine["count"] == len(listed)
    assert [(each["action"], each["fields"]) for each in mine["consents"]] == [  # type: ignore[attr-defined]
        ("given", ["birth_date", "name"]),
        ("narrowed", ["name"]),
    ]
    text = json.dumps(mine)
    assert samples.PERSONS[0] not in text
    assert pseudonym.hex() not in text, "nor a pseudonym: others could match it"
    others = {row.hash.hex() for row in log.rows() if row.subject != pseudonym}
    assert not [each for each in others if each in text]


def test_an_act_of_consent_that_makes_no_sense_keeps_nobody_from_their_entries() -> None:
    log = MemoryUsageLog(key=samples.KEY)
    log.append(
        samples.consent("given", 0), samples.consent("given", 1, fields=()), samples.consent("assumed", 2),
        samples.consent("given", 3, outcome="REFUSED"), samples.consent("withdrawn", 4, fields=()),
    )  # fmt: skip
    said = export_person(log, [samples.PERSONS[0]], at=samples.NOW)
    assert said["count"] == 5
    assert [each["action"] for each in said["consents"]] == ["given", "withdrawn"]  # type: ignore[attr-defined]


def test_a_checkpoint_taken_meanwhile_does_not_make_a_cut_log_of_the_file() -> None:
    class Busy(MemoryUsageLog):
        """Another process adds to it and signs, at the worst moment."""

        def head(self) -> Head:
            head = super().head()
            if len(self) < 6:
                samples.fill(self, 1, start=5)
                take_checkpoint(self, samples.SIGNER, at=samples.turn(7))
            return head

    log = Busy(key=samples.KEY)
    samples.fill(log, 5)
    held = samples.checkpoint_of(list(log.rows()), log._log, at=samples.turn(6))
    found = ExportedLog(io.BytesIO(exported(log)))
    report = verify_log(
        found.rows(), log=found.log, size=found.size, checkpoints=[held], kept=found.checkpoints, keys=samples.KEYS
    )  # fmt: skip
    assert (report.outcome, report.size) == (Outcome.PASSED, 5)


def test_nobody_gets_nothing() -> None:
    log, _ = samples.rich_log()
    for person in ("nobody", samples.PERSONS[1]):  # who was erased
        found = export_person(log, [person], at=samples.NOW)
        later = [entry for entry in found["entries"] if entry["sequence"] < 16]  # type: ignore[attr-defined]
        assert later == []


def test_a_consent_of_which_the_content_expired_is_no_receipt() -> None:
    log = MemoryUsageLog(key=samples.KEY)
    log.append(samples.consent("given", 0), samples.consent("given", 5))
    log.expire({UsageKind.CONSENT: samples.turn(3)}, at=samples.turn(9), requester="office")
    found = export_person(log, [samples.PERSONS[0]], at=samples.NOW)
    assert len(found["consents"]) == 1  # type: ignore[arg-type]
