"""A usage log as a file, to be verified by somebody who has no database, and one person's part of it.

The file is text, one JSON value in each line (RFC 8259): a header, the checkpoints that were kept with
the log, and the entries. An entry is an array (:mod:`eid.accounts.usage.form`) and, unless it expired, its
content in the next line, the very octets that were hashed::

    {"format":"eid-usage-log/1","log":"6f1c…","size":2}
    "eyJhbGciOi…"
    [0,1795251600000000,"check","9d2e…","51a0…","77c3…",null,null,null]
    {"requester":"bank.example","purpose":"loan","clock":"system"}
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from eid.accounts.usage import MAX_CONTENT
from eid.accounts.usage.chain import MAX_SIZE
from eid.accounts.usage.checkpoint import MAX_CHECKPOINT
from eid.accounts.usage.form import octets_from_hex, row_from_line, row_to_json
from eid.accounts.usage.log import UsageLog
from eid.accounts.usage.receipts import receipt_of
from eid.accounts.usage.rows import Row
from eid.encoding import strict_json
from eid.errors import EidError, InputError, UsageLogFormatError

__all__ = ["FORMAT", "ExportedLog", "export_log", "export_person"]

FORMAT = "eid-usage-log/1"
#: Octets of a line, its end included.
_MAX_LINE = MAX_CONTENT + 1
#: Checkpoints in a file: one for each hour of a century.
_MAX_CHECKPOINTS = 1_000_000


def export_log(log: UsageLog, stream: BinaryIO) -> int:
    """Write the whole log, as it is now.

    :param stream: receives the octets; what it raises goes through.
    :returns: how many entries.
    """
    # In this order: a checkpoint over entries that came meanwhile would look like a log that was cut.
    checkpoints = log.checkpoints()
    head = log.head()
    write = stream.write
    write(_line({"format": FORMAT, "log": head.log.hex(), "size": head.size}))
    for token in checkpoints:
        write(_line(token))
    for row in log.rows(0, head.size):
        write(_line(row_to_json(row)))
        if row.content is not None:
            write(_one_line(row.content))
    return head.size


def _line(value: object) -> bytes:
    return strict_json.dumps(value) + b"\n"


def _one_line(content: bytes) -> bytes:
    """Content never has a line break, unless somebody altered it: then it is read as altered."""
    octets = content if isinstance(content, bytes) else b""
    return (octets if octets[:1] == b"{" and b"\n" not in octets else b"{}") + b"\n"


class ExportedLog:
    """Reads an exported log, line by line: what is in memory at a time is one line.

    :param stream: at the beginning of the file.
    :raises UsageLogFormatError: no exported log, or of a newer version.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        header = self._json(self._next_line())
        if not isinstance(header, dict) or header.get("format") != FORMAT:
            raise UsageLogFormatError("no exported usage log of this version")
        log, size = header.get("log"), header.get("size")
        if header.keys() != {"format", "log", "size"} or not isinstance(log, str) or len(log) != 32:
            raise UsageLogFormatError("another header than an exported usage log has")
        if type(size) is not int or not 0 <= size <= MAX_SIZE:
            raise UsageLogFormatError("a header without size")
        #: Identifier of the log.
        self.log = octets_from_hex(log)
        #: How many entries the file says it has.
        self.size = size
        #: What was kept with the log.
        self.checkpoints: tuple[str, ...] = tuple(self._checkpoints())

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Read the file at *path*; use it in a ``with``.

        :raises UsageLogFormatError: missing, unreadable, or no exported log.
        """
        try:
            stream = Path(path).open("rb")  # noqa: SIM115 - closed by whoever uses what this returns
        except (OSError, ValueError) as error:
            reason = (isinstance(error, OSError) and error.strerror) or type(error).__name__
            raise UsageLogFormatError(f"{Path(path).name}: {reason}") from None
        try:
            return cls(stream)
        except BaseException:
            stream.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    def rows(self) -> Iterator[Row]:
        """The entries, once. A line that cannot be read stands as an entry that was altered, so that the
        rest can be verified.
        """
        sequence = -1
        line = self._pending
        while line:
            after = self._next_line()
            try:
                if after[:1] == b"{":
                    content, after = after, self._next_line()
                    row = row_from_line(_ended(line), _ended(content))
                else:
                    row = row_from_line(_ended(line), None)
            except UsageLogFormatError:
                row = Row(sequence + 1, 0, 0, b"")
            sequence = row.sequence
            yield row
            line = after

    def _checkpoints(self) -> Iterator[str]:
        for count in itertools.count():
            self._pending = self._next_line()
            if not self._pending.startswith(b'"'):
                return
            token = self._json(self._pending)
            if count == _MAX_CHECKPOINTS or not isinstance(token, str) or len(token) > MAX_CHECKPOINT:
                raise UsageLogFormatError("too many checkpoints, or one that is too long")
            yield token

    def _next_line(self) -> bytes:
        """With its end, unless it is the last one and was cut; empty at the end of the file."""
        try:
            line = self._stream.readline(_MAX_LINE)
            if len(line) == _MAX_LINE and line[-1:] != b"\n":
                while line and line[-1:] != b"\n":
                    line = self._stream.readline(_MAX_LINE)
                return b"\n"
        except OSError as error:
            raise UsageLogFormatError(f"the file cannot be read: {error.strerror}") from None
        return line

    @staticmethod
    def _json(line: bytes) -> Any:
        try:
            return strict_json.loads(_ended(line), limit=_MAX_LINE)
        except EidError as error:
            raise UsageLogFormatError(f"a line that is no JSON: {error.code}") from None


def _ended(line: bytes) -> bytes:
    """Without its end, which it must have."""
    if line[-1:] != b"\n":
        raise UsageLogFormatError("a line that was cut")
    return line[:-1]


# --- one person ----------------------------------------------------------------------------------


def export_person(log: UsageLog, subjects: Iterable[str], *, at: datetime) -> dict[str, object]:
    """Who used this person's data, for the person: every entry, and what the person agreed to.

    :param subjects: the identifier of the account and every number it ever had.
    :param at: when it is made; aware.
    :returns: JSON. It names neither the person nor anybody else but the services and offices involved.
    """
    entries = list(log.of_subject(*subjects))
    name = log.head().log
    receipts = []
    for entry in entries:
        with contextlib.suppress(InputError):  # no act of consent; as an entry it is there all the same
            receipts.append(receipt_of(entry, log=name).to_json())
    for receipt in receipts:
        receipt.pop("subject", None)  # it would tie this export to others of the same person
    return {
        "format": "eid-usage-of-person/1",
        "made_at": at.isoformat(),
        "log": name.hex(),
        "count": len(entries),
        "entries": [entry.to_json() for entry in entries],
        "consents": receipts,
    }
