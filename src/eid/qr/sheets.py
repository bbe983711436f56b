"""Sheets of printed labels: codes with captions on A4 pages, as PDF (ISO 32000-1), all drawn as vectors."""

from __future__ import annotations

import bisect
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from eid.errors import LimitExceeded, QrSheetError, QrTooLong, QrWillNotScan
from eid.qr import lettering
from eid.qr.planning import PHONE, Camera, ErrorLevel
from eid.qr.rendering import QrPicture, draw

__all__ = ["MAX_LABELS", "Label", "label_sheet"]

#: Labels of one document.
MAX_LABELS: Final = 5000

# Millimetres.
_PAGE_WIDTH, _PAGE_HEIGHT = 210.0, 297.0  # A4
_MARGIN = 10.0
_GAP = 3.0
#: Between the line to cut along and what it encloses.
_PADDING = 1.0
_TYPE_SIZE, _SMALLEST_TYPE = 2.8, 1.8  # 8 and 5 points
_LEADING = 1.4
_MAX_CAPTION = 500

_POINTS = 72 / 25.4

#: A code, and the lines of its caption with their type sizes.
_Cell = tuple[QrPicture, list[tuple[str, float]]]


@dataclass(frozen=True, slots=True)
class Label:
    """One label.

    :param text: what the code says.
    :param caption: what is written below it, in English or Vietnamese letters; lines end with a line feed.
    """

    text: str = field(repr=False)
    caption: str = field(default="", repr=False)


def label_sheet(
    labels: Sequence[Label],
    *,
    print_size: float,
    camera: Camera = PHONE,
    level: ErrorLevel | None = None,
) -> bytes:
    """A PDF with every label once, in rows, with thin lines to cut along.

    Print it at 100 %: a printer that shrinks pages to its own margins shrinks the codes.

    :param labels: at most :data:`MAX_LABELS`.
    :param print_size: width of each code in mm, its empty margin included.
    :param camera: what will scan the codes.
    :param level: an error level that must be kept to.
    :raises QrTooLong: no code holds a text.
    :raises QrWillNotScan: modules would be too small for printer or camera.
    :raises QrSheetError: no label, one larger than a page, or a caption that cannot be written.
    :raises LimitExceeded: too many labels.
    :raises InputError: as :func:`eid.qr.planning.plan`.
    """
    if not labels:
        raise QrSheetError("no label")
    if len(labels) > MAX_LABELS:
        raise LimitExceeded(f"more than {MAX_LABELS} labels")
    cells: list[_Cell] = []
    for number, label in enumerate(labels, 1):
        try:
            picture = draw(label.text, print_size=print_size, camera=camera, level=level)
            cells.append((picture, _caption(label.caption, print_size)))
        except (QrTooLong, QrWillNotScan, QrSheetError) as error:
            error.detail = f"label {number}: {error.detail}"
            raise
    lines = max(len(caption) for _, caption in cells)
    grid = _Grid.of(print_size + 2 * _PADDING, print_size + 2 * _PADDING + lines * _TYPE_SIZE * _LEADING)
    pages = [_page(cells[at : at + grid.per_page], grid) for at in range(0, len(cells), grid.per_page)]
    return _document(pages)


@dataclass(frozen=True, slots=True)
class _Grid:
    """Cells of *width* and *height* on a page."""

    width: float
    height: float
    columns: int
    rows: int

    @classmethod
    def of(cls, width: float, height: float) -> _Grid:
        columns = math.floor((_PAGE_WIDTH - 2 * _MARGIN + _GAP) / (width + _GAP))
        rows = math.floor((_PAGE_HEIGHT - 2 * _MARGIN + _GAP) / (height + _GAP))
        if columns < 1 or rows < 1:
            raise QrSheetError(f"labels of {width:.0f} x {height:.0f} mm on A4")
        return cls(width, height, columns, rows)

    @property
    def per_page(self) -> int:
        return self.columns * self.rows

    def place(self, number: int) -> tuple[float, float]:
        """Left and upper edge of a cell in mm, from the lower left of the page."""
        row, column = divmod(number, self.columns)
        left = _MARGIN + column * (self.width + _GAP)
        return left, _PAGE_HEIGHT - _MARGIN - row * (self.height + _GAP)


def _caption(text: str, room: float) -> list[tuple[str, float]]:
    """Lines and their type size: smaller where a line is long, cut off where it still is."""
    if len(text) > _MAX_CAPTION:
        raise QrSheetError(f"a caption of more than {_MAX_CAPTION} characters")
    lines = []
    for line in text.splitlines():
        size = min(_TYPE_SIZE, max(_SMALLEST_TYPE, room / max(lettering.width(line), 0.1)))
        lines.append((_cut(line, room / size), size))
    return lines


def _cut(line: str, room: float) -> str:
    """As much of *line* as *room* type sizes hold, with an ellipsis where something is missing."""
    if lettering.width(line) <= room + 1e-6:
        return line
    # Found by halving: one letter after the other, five thousand long captions took half an hour.
    kept = bisect.bisect(range(1, len(line)), room + 1e-6, key=lambda end: lettering.width(line[:end] + "…"))
    return line[:kept] + "…"


def _page(cells: Sequence[_Cell], grid: _Grid) -> bytes:
    """The content of a page, compressed at once: five thousand large codes take a gigabyte otherwise."""
    content = [
        _cell(picture, caption, *grid.place(place), grid) for place, (picture, caption) in enumerate(cells)
    ]
    # Millimetres, thin grey lines, black squares and letters.
    return zlib.compress(b"\n".join((b"%.6f 0 0 %.6f 0 0 cm 0.1 w 0.7 G 0 g" % (_POINTS, _POINTS), *content)))


def _cell(
    picture: QrPicture, caption: Sequence[tuple[str, float]], left: float, upper: float, grid: _Grid
) -> bytes:
    """Operators for one label: the line to cut along, the code, the caption. In millimetres."""
    side = grid.width - 2 * _PADDING
    module = side / picture.layout.side
    # One path: separate ones would leave hairlines between their neighbouring edges on screens.
    squares = "".join(f"{x} {y} {width} 1 re\n" for x, y, width in picture.runs())
    x, y = left + _PADDING, upper - _PADDING
    parts = [
        f"{left:.3f} {upper - grid.height:.3f} {grid.width:.3f} {grid.height:.3f} re S",
        f"q {module:.6f} 0 0 {-module:.6f} {x:.3f} {y:.3f} cm\n{squares}f Q",
    ]
    written = [part.encode() for part in parts]
    for number, (line, size) in enumerate(caption, 1):
        middle = left + (grid.width - lettering.width(line) * size) / 2
        written.append(lettering.line(line, middle, y - side - (number - 0.3) * _TYPE_SIZE * _LEADING, size))
    return b"\n".join(written)


def _document(pages: Sequence[bytes]) -> bytes:
    """The file: objects, their positions, trailer (ISO 32000-1, 7.5).

    :param pages: compressed contents.
    """
    first = 4  # objects 1 to 3: catalogue, page tree, font
    kids = b" ".join(b"%d 0 R" % (first + 2 * number) for number in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/ViewerPreferences<</PrintScaling/None>>>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(pages), kids),
        lettering.FONT,
    ]
    box = b"0 0 %.3f %.3f" % (_PAGE_WIDTH * _POINTS, _PAGE_HEIGHT * _POINTS)
    for number, stream in enumerate(pages):
        objects += (
            b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>"
            % (box, first + 2 * number + 1),
            b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(stream), stream),
        )
    file = bytearray(b"%PDF-1.6\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(file))
        file += b"%d 0 obj%s\nendobj\n" % (number, content)
    start = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    file += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    file += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(file)
