"""How large a QR code becomes: version and error level, for the paper it is printed on and the camera.

What will not scan is refused here, before anything is drawn. The rules are those of the print-size
guide: every module (one square of the code) is at least 0.25 mm wide on paper and 3 pixels wide in the
camera's picture, and four modules around the code stay empty (ISO/IEC 18004, 6.3.8).
"""

from __future__ import annotations

import enum
import math
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from eid.errors import InputError, QrTooLong, QrWillNotScan

__all__ = [
    "CAMERAS",
    "MAX_CHARACTERS",
    "MAX_PIXELS_PER_MM",
    "MAX_PRINT_MM",
    "MIN_MODULE_MM",
    "MIN_PIXELS",
    "MIN_PIXELS_PER_MM",
    "PHONE",
    "QUIET_ZONE",
    "Camera",
    "ErrorLevel",
    "Layout",
    "is_alphanumeric",
    "plan",
]

#: Empty modules on each side (ISO/IEC 18004, 6.3.8).
QUIET_ZONE: Final = 4
#: Three dots of a printer with 300 dots to the inch, two of a label printer: ink runs by up to one dot.
MIN_MODULE_MM: Final = 0.25
#: Camera pixels for a module. At three every code was read in the round trip through pixels; the guide
#: has the figures below that.
MIN_PIXELS: Final = 3.0
#: Bounds of what is planned for: a code on the wall of a house, a telescope, a microscope.
MAX_PRINT_MM: Final = 10_000.0
MIN_PIXELS_PER_MM: Final = 0.001
MAX_PIXELS_PER_MM: Final = 10_000.0
#: Characters of the largest code (version 40-L, alphanumeric; ISO/IEC 18004, table 7).
MAX_CHARACTERS: Final = 4296
#: While modules stay as large as this, the room is better spent on error correction.
_AMPLE_MODULE_MM: Final = 0.4
_AMPLE_PIXELS: Final = 5.0

_ALPHANUMERIC = re.compile(r"[0-9A-Z $%*+\-./:]+")


class ErrorLevel(enum.StrEnum):
    """Share of the code that may be dirty or torn: about 7, 15, 25 and 30 % (ISO/IEC 18004, 6.5.1)."""

    L = "L"
    M = "M"
    Q = "Q"
    H = "H"


@dataclass(frozen=True, slots=True)
class Camera:
    """What will scan the code.

    :param name: for messages.
    :param pixels_per_mm: pixels in the camera's picture for a millimetre on the paper, at the distance
        at which it is held and is in focus.
    :raises InputError: *pixels_per_mm* is outside :data:`MIN_PIXELS_PER_MM` to :data:`MAX_PIXELS_PER_MM`.
    """

    name: str
    pixels_per_mm: float

    def __post_init__(self) -> None:
        if not MIN_PIXELS_PER_MM <= self.pixels_per_mm <= MAX_PIXELS_PER_MM:
            raise InputError(f"pixels_per_mm must be {MIN_PIXELS_PER_MM:g} to {MAX_PIXELS_PER_MM:g}")


#: A phone held 15 cm away: 1,920 pixels of the moving picture over 24 cm of paper.
PHONE: Final = Camera("phone", 8.0)
#: Classes of cameras, by name. A hand-held scanner has 1,280 pixels for 10 cm; a webcam without
#: autofocus is sharp from some 40 cm on, where its 1,920 pixels see 48 cm.
CAMERAS: Final = MappingProxyType(
    {each.name: each for each in (PHONE, Camera("scanner", 12.0), Camera("webcam", 4.0))}
)


@dataclass(frozen=True, slots=True)
class Layout:
    """The form of one code.

    :param version: 1 to 40; a code of version *v* is 17 + 4 *v* modules wide.
    :param alphanumeric: all characters are in the alphanumeric mode (base45 is made for it); otherwise
        UTF-8 in the byte mode.
    :param print_size: width of the printed picture in mm, the empty margin included; ``None`` where the
        size is not known.
    :param camera: what it was planned for.
    """

    version: int
    level: ErrorLevel
    alphanumeric: bool
    print_size: float | None
    camera: Camera

    @property
    def modules(self) -> int:
        """Width of the code in modules, without margin."""
        return 17 + 4 * self.version

    @property
    def side(self) -> int:
        """Width in modules, the empty margin included."""
        return self.modules + 2 * QUIET_ZONE

    @property
    def module_mm(self) -> float | None:
        """Width of a printed module."""
        return None if self.print_size is None else self.print_size / self.side

    @property
    def pixels_per_module(self) -> float | None:
        """Camera pixels for a printed module."""
        return None if self.module_mm is None else self.module_mm * self.camera.pixels_per_mm

    @property
    def needed_mm(self) -> float:
        """The smallest width at which this code may be printed, rounded up to a tenth of a millimetre."""
        needed = self.side * max(MIN_MODULE_MM, MIN_PIXELS / self.camera.pixels_per_mm)
        return math.ceil(round(needed * 10, 6)) / 10


def is_alphanumeric(text: str) -> bool:
    """Whether *text* has only the 45 characters of the alphanumeric mode (ISO/IEC 18004, 7.4.4)."""
    return _ALPHANUMERIC.fullmatch(text) is not None


def plan(
    text: str,
    *,
    print_size: float | None = None,
    camera: Camera = PHONE,
    level: ErrorLevel | None = None,
) -> Layout:
    """Choose version and error level for *text*.

    Level M (else L) where the size is not known. Where it is: the highest level at which modules stay
    ample, else M, else L. The version is the smallest that holds the text at that level, and the level the
    highest that needs no larger version.

    :param text: what the code shall say.
    :param print_size: width of the printed picture in mm, the empty margin included.
    :param camera: what will scan it.
    :param level: a level that must be kept to.
    :raises QrTooLong: no version holds the text.
    :raises QrWillNotScan: modules would be too small for printer or camera.
    :raises InputError: no text, lone surrogates in it, or a print size of nothing or beyond
        :data:`MAX_PRINT_MM`.
    """
    if not text:
        raise InputError("a QR code needs a text")
    if print_size is not None and not 0 < print_size <= MAX_PRINT_MM:
        raise InputError(f"print_size must be a positive number of millimetres, at most {MAX_PRINT_MM:g}")
    if len(text) > MAX_CHARACTERS:
        raise QrTooLong(f"{len(text)} characters")
    found = _layouts(text, (level,) if level else tuple(ErrorLevel), print_size, camera)
    if not found:
        raise QrTooLong(f"{len(text)} characters at level {level or ErrorLevel.L}")
    chosen = found[: 1 if level else 2][-1] if print_size is None else _for_paper(found)
    # A higher level that needs no larger version costs nothing.
    return [each for each in found if each.version == chosen.version][-1]


def _for_paper(found: list[Layout]) -> Layout:
    """The highest level with ample modules, else M, else L. *found* goes from the lowest level up."""
    if not _fits(found[0], MIN_MODULE_MM, MIN_PIXELS):
        raise _will_not_scan(found[0])
    if ample := [each for each in found[1:] if _fits(each, _AMPLE_MODULE_MM, _AMPLE_PIXELS)]:
        return ample[-1]
    return [each for each in found[:2] if _fits(each, MIN_MODULE_MM, MIN_PIXELS)][-1]


def _layouts(
    text: str, levels: tuple[ErrorLevel, ...], print_size: float | None, camera: Camera
) -> list[Layout]:
    """The smallest layout at each of *levels*; a level that holds too little is left out."""
    alphanumeric = is_alphanumeric(text)
    count = len(_octets(text))
    versions = ((each, _version(count, each, alphanumeric=alphanumeric)) for each in levels)
    return [
        Layout(version, each, alphanumeric, print_size, camera)
        for each, version in versions
        if version is not None
    ]


def _octets(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise InputError("a text with lone surrogates") from None


def _version(count: int, level: ErrorLevel, *, alphanumeric: bool) -> int | None:
    """The smallest version that holds *count* characters or octets in one segment (ISO/IEC 18004, 7.4)."""
    from qrcode import constants, util  # type: ignore[import-untyped]

    capacities = util.BIT_LIMIT_TABLE[getattr(constants, f"ERROR_CORRECT_{level}")]
    for version in range(1, 41):
        # Mode, number of characters, then 11 bits for two characters and 6 for a last one, or octets.
        if alphanumeric:
            bits = 4 + (9 if version < 10 else 11 if version < 27 else 13) + count // 2 * 11 + count % 2 * 6
        else:
            bits = 4 + (8 if version < 10 else 16) + count * 8
        if bits <= capacities[version]:
            return version
    return None


def _fits(layout: Layout, module_mm: float, pixels: float) -> bool:
    assert layout.module_mm is not None
    assert layout.pixels_per_module is not None
    # A hair of tolerance, so that the size an error asks for is accepted.
    return layout.module_mm > module_mm - 1e-9 and layout.pixels_per_module > pixels - 1e-9


def _will_not_scan(layout: Layout) -> QrWillNotScan:
    detail = (
        f"version {layout.version}-{layout.level}: {layout.side} modules on {layout.print_size:g} mm are "
        f"{layout.module_mm:.2f} mm each and {layout.pixels_per_module:.1f} pixels of the camera "
        f"({layout.camera.name}); print it {layout.needed_mm:g} mm wide or wider"
    )
    return QrWillNotScan(detail, layout.needed_mm)
