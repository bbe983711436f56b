"""Dates as documents have them: day, month or all but the year may be unknown (Doc 9303-3, 4.8)."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass

from eid.errors import DocumentError

__all__ = ["PartialDate"]


_COMPACT = re.compile(r"([0-9]{4})([0-9]{2}|<<|  )([0-9]{2}|<<|  )")


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date of which the day, or day and month, may be unknown (``None``). Nothing is invented.

    There is no order between two of them: compare :meth:`first_day` or :meth:`last_day`.
    """

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if self.month is None and self.day is not None:
            raise DocumentError("a date with a day but no month", "date")
        try:
            # Not "or": a zero is no month, and unknown is spelled None.
            month = 1 if self.month is None else self.month
            dt.date(self.year, month, 1 if self.day is None else self.day)
        except (ValueError, OverflowError):
            raise DocumentError("impossible date", "date") from None

    @classmethod
    def from_compact(cls, text: str) -> PartialDate:
        """Read ``CCYYMMDD``, in which month and day may be unknown: ``00``, fillers or spaces.

        :raises DocumentError: another form, or an impossible date (kind ``date``).
        """
        match = _COMPACT.fullmatch(text)
        if match is None:
            raise DocumentError("a date that is not CCYYMMDD", "date")
        year, *rest = match.groups()
        month, day = (int(part) or None if part.isdigit() else None for part in rest)
        return cls(int(year), month, day)

    @property
    def complete(self) -> bool:
        """Whether day and month are known."""
        return self.day is not None

    def first_day(self) -> dt.date:
        """The earliest day it can mean."""
        return dt.date(self.year, self.month or 1, self.day or 1)

    def last_day(self) -> dt.date:
        """The latest day it can mean."""
        if self.day is not None:
            return self.first_day()
        month = self.month or 12
        return dt.date(self.year, month, calendar.monthrange(self.year, month)[1])

    def __str__(self) -> str:
        """ISO 8601, cut where it is unknown: ``1999-07-04``, ``1999-07``, ``1999``."""
        parts = [f"{self.year:04d}"]
        if self.month is not None:
            parts.append(f"{self.month:02d}")
        if self.day is not None:
            parts.append(f"{self.day:02d}")
        return "-".join(parts)
