"""What came of a cleaning: numbers, and no personal data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from eid.bulk.agreement import PairVerdict
from eid.bulk.work import Counted

__all__ = ["Summary"]


@dataclass(frozen=True, slots=True)
class Summary:
    """What was done and found, counted.

    :param counts: by kind, column and code.
    :param joins: how many tables were joined.
    :param columns: which column of the source was taken for which field.
    :param encoding: of a table of text.
    :param resumed: the run went on where an earlier one had stopped.
    :param rejected: the file of rejected rows; ``None`` when there are none.
    """

    counts: Counter[Counted]
    joins: int
    columns: Mapping[str, str]
    encoding: str | None
    delimiter: str | None
    resumed: bool
    out: Path
    report: Path
    rejected: Path | None

    def _rows(self, word: str, table: str = "") -> int:
        return self.counts["rows", table, word]

    @property
    def rows(self) -> int:
        """Rows of the source that hold anything."""
        return self._rows("read") + self._rows("rejected")

    @property
    def rows_rejected(self) -> int:
        """Rows that could not be put into columns."""
        return self._rows("rejected")

    @property
    def conflicts(self) -> int:
        """Rows whose number another row has, of this or a joined table, for what seems another person."""
        joined = sum(self.counts["joins", f"join{n}", PairVerdict.CONFLICT] for n in range(1, self.joins + 1))
        return joined + self.counts["duplicates", "", "number_conflict"]

    def by_code(self, kind: str) -> dict[str, dict[str, int]]:
        """Counts of *kind* (``notes``, ``problems``, ``joins``, ``join_codes``): column, then code."""
        table: dict[str, dict[str, int]] = {}
        for (each, column, code), count in sorted(self.counts.items()):
            if each == kind and count:
                table.setdefault(column, {})[code] = count
        return table

    def to_json(self) -> dict[str, object]:
        """The form of the command line."""
        return {
            "rows": self.rows,
            "cleaned": self._rows("read"),
            "with_problems": self._rows("with_problems"),
            "rejected": self.by_code("rejected").get("", {}),
            "empty": self._rows("empty"),
            "columns": dict(self.columns),
            "notes": self.by_code("notes"),
            "problems": self.by_code("problems"),
            "candidates": {column: codes[""] for column, codes in self.by_code("candidates").items()},
            "duplicates": self.by_code("duplicates").get("", {}),
            "joins": [self._join(f"join{number}") for number in range(1, self.joins + 1)],
            "conflicts": self.conflicts,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "resumed": self.resumed,
            "out": str(self.out),
            "report": str(self.report),
            "rejected_rows": str(self.rejected) if self.rejected is not None else None,
        }

    def _join(self, name: str) -> dict[str, object]:
        return {
            "rows": self._rows("read", name),
            "rejected": self._rows("rejected", name),
            "verdicts": self.by_code("joins").get(name, {}),
            "codes": self.by_code("join_codes").get(name, {}),
        }
