"""How tables of delimited text are written."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from eid.vietnam.matching import NameSource

__all__ = ["Dialect", "Encoding"]


class Encoding(enum.StrEnum):
    """What the octets of a table are. ``AUTO`` is UTF-8, or UTF-16 with its mark, and nothing else."""

    AUTO = "auto"
    UTF_8 = "utf-8"
    UTF_16 = "utf-16"
    CP1258 = "cp1258"
    CP1252 = "cp1252"
    LATIN_1 = "latin-1"
    TCVN3 = "tcvn3"
    VNI = "vni"

    @property
    def codec(self) -> str:
        """Python's name. The two old Vietnamese encodings came through Windows-1252."""
        return {"auto": "utf-8", "tcvn3": "cp1252", "vni": "cp1252"}.get(self.value, self.value)

    @property
    def legacy(self) -> NameSource | None:
        """The old encoding in which the text still is after the codec."""
        return NameSource(self.value) if self in (Encoding.TCVN3, Encoding.VNI) else None


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a table is written.

    :param width: how many columns it has.
    :param header: their names; ``None`` for a table without.
    :param header_octets: the line of the header, as it stands there, for the file of rejected rows.
    :param start: octets in front of the first record.
    :param row: row of the first record as a spreadsheet counts, from 1.
    :param line: its line, from 1.
    """

    encoding: Encoding
    delimiter: str
    width: int
    header: tuple[str, ...] | None
    header_octets: bytes
    start: int
    row: int
    line: int
    bom: bool
