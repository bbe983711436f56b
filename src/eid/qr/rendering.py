"""Drawing a QR code: PNG, SVG and half blocks for a terminal. Sheets of labels: :mod:`eid.qr.sheets`.

Two encoders make the same code: zxing-cpp (the extra ``qr``) is a hundred times faster and draws what is
printed or sent; ``qrcode``, which is always there, draws for terminals, and everything where the extra
is not installed or the text is not plain ASCII.
"""

from __future__ import annotations

import enum
import functools
import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from eid.errors import InputError
from eid.qr.masking import MASKS, penalty
from eid.qr.planning import PHONE, QUIET_ZONE, Camera, ErrorLevel, Layout, plan

__all__ = ["MAX_SCALE", "Form", "QrPicture", "draw", "draw_with_qrcode", "render"]

#: Pixels for a module, at most: version 40 is then 11,840 pixels wide.
MAX_SCALE = 64
#: Pixels for a module of a PNG whose printed size is not known.
_SCALE = 8
#: Dots to the inch that a PNG for printing has at least.
_PRINT_DPI = 600


class Form(enum.StrEnum):
    """What a code is drawn as."""

    PNG = "png"
    SVG = "svg"
    TERMINAL = "terminal"


@dataclass(frozen=True, slots=True)
class QrPicture:
    """A code, module by module.

    :param layout: its version, level and size.
    :param rows: from the top, without the empty margin; one octet for a module, 1 dark and 0 light.
    """

    layout: Layout
    rows: tuple[bytes, ...] = field(repr=False)

    def png(self, scale: int | None = None) -> bytes:
        """A black and white PNG (ISO/IEC 15948), with the empty margin and, where it is known, the print size.

        :param scale: pixels for a module, at most :data:`MAX_SCALE`. Left out: 8, or 600 dots to the inch
            of the print size.
        :raises InputError: a scale outside 1 to :data:`MAX_SCALE`.
        """
        scale = self._scale() if scale is None else scale
        if not 1 <= scale <= MAX_SCALE:
            raise InputError(f"a scale outside 1 to {MAX_SCALE}")
        width = self.layout.side * scale
        header = struct.pack(">IIBBBBB", width, width, 1, 0, 0, 0, 0)  # 1 bit, greyscale
        chunks = [_chunk(b"IHDR", header)]
        if self.layout.print_size is not None:
            per_metre = round(width / self.layout.print_size * 1000)
            chunks.append(_chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1)))
        chunks += _chunk(b"IDAT", zlib.compress(b"".join(self._scanlines(scale)), 1)), _chunk(b"IEND", b"")
        return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)

    def _scale(self) -> int:
        if self.layout.module_mm is None:
            return _SCALE
        return min(MAX_SCALE, math.ceil(self.layout.module_mm * _PRINT_DPI / 25.4))

    def _scanlines(self, scale: int) -> Iterator[bytes]:
        """Rows of pixels, each behind its filter type (ISO/IEC 15948, 9.2)."""
        width = self.layout.side * scale
        size = (width + 7) // 8
        again = b"\2" + bytes(size)  # filter Up: no difference to the row above
        margin = b"\0" + b"\xff" * size + again * (scale * QUIET_ZONE - 1)
        blank = bytes(QUIET_ZONE)
        yield margin
        for row in self.rows:
            yield b"\0" + _bits(blank + row + blank, scale, size) + again * (scale - 1)
        yield margin

    def svg(self) -> str:
        """An SVG 1.1 drawing, in millimetres where the print size is known."""
        side = self.layout.side
        size = self.layout.print_size
        extent = "" if size is None else f' width="{size:g}mm" height="{size:g}mm"'
        path = "".join(f"M{x} {y}h{width}v1h-{width}z" for x, y, width in self.runs())
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" version="1.1" viewBox="0 0 {side} {side}"{extent}'
            f' shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{side}v{side}h-{side}z"/>'
            f'<path d="{path}"/></svg>\n'
        )

    def runs(self) -> Iterator[tuple[int, int, int]]:
        """Dark modules that lie side by side: left, top and width, counted with the empty margin."""
        for y, row in enumerate(self.rows, QUIET_ZONE):
            end = 0
            while (start := row.find(1, end)) >= 0:
                end = row.find(0, start)
                end = len(row) if end < 0 else end
                yield start + QUIET_ZONE, y, end - start

    def terminal(self, *, colour: bool = True) -> str:
        """Half blocks, two rows of modules to a line of text; a module is one column wide.

        :param colour: black and white are asked for by number (colours 16 and 231 of 256), so the code
            looks the same on dark and on light terminals. Without, light modules are drawn in the
            terminal's own letters: right on a dark terminal, inverted on a light one.
        """
        blank = bytes(self.layout.side)
        margin = bytes(QUIET_ZONE)
        rows = [blank] * QUIET_ZONE + [margin + row + margin for row in self.rows] + [blank] * QUIET_ZONE
        rows += [blank] * (len(rows) % 2)
        line = _coloured if colour else _plain
        return "".join(line(upper, lower) + "\n" for upper, lower in zip(rows[::2], rows[1::2], strict=True))


def _bits(row: bytes, scale: int, size: int) -> bytes:
    """*row* with each module *scale* pixels wide, eight pixels to an octet, light ones set."""
    if scale == 8:
        return row.translate(_LIGHT)
    digits = row.translate(_DIGITS).replace(b"L", b"1" * scale).replace(b"D", b"0" * scale)
    return (int(digits, 2) << 8 * size - len(digits)).to_bytes(size, "big")


#: Modules to octets of eight pixels, and to letters.
_LIGHT = b"\xff\0" + bytes(254)
_DIGITS = b"LD" + bytes(254)


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


#: Letter and colours for the upper and the lower module. One colour is a space: the upper half block is
#: not exactly half a cell in every font.
_CELLS = {
    (0, 0): (" ", "48;5;231"),
    (1, 1): (" ", "48;5;16"),
    (0, 1): ("\N{UPPER HALF BLOCK}", "38;5;231;48;5;16"),
    (1, 0): ("\N{UPPER HALF BLOCK}", "38;5;16;48;5;231"),
}
_LIGHT_LETTERS = {
    (0, 0): "\N{FULL BLOCK}",
    (0, 1): "\N{UPPER HALF BLOCK}",
    (1, 0): "\N{LOWER HALF BLOCK}",
    (1, 1): " ",
}


def _coloured(upper: bytes, lower: bytes) -> str:
    parts, before = [], ""
    for pair in zip(upper, lower, strict=True):
        letter, colours = _CELLS[pair]
        parts.append(letter if colours == before else f"\x1b[{colours}m{letter}")
        before = colours
    return "".join(parts) + "\x1b[0m"


def _plain(upper: bytes, lower: bytes) -> str:
    return "".join(_LIGHT_LETTERS[pair] for pair in zip(upper, lower, strict=True))


def draw(
    text: str,
    *,
    print_size: float | None = None,
    camera: Camera = PHONE,
    level: ErrorLevel | None = None,
) -> QrPicture:
    """Encode *text*, with zxing-cpp where that is installed.

    The parameters and errors are those of :func:`eid.qr.planning.plan`.
    """
    layout = plan(text, print_size=print_size, camera=camera, level=level)
    # zxing-cpp writes other text in Latin-1 where it can, and octets with a mark many scanners do not know.
    rows = _by_zxing(text, layout) if text.isascii() else None
    return QrPicture(layout, rows or _by_qrcode(text, layout))


def draw_with_qrcode(
    text: str,
    *,
    print_size: float | None = None,
    camera: Camera = PHONE,
    level: ErrorLevel | None = None,
) -> QrPicture:
    """Like :func:`draw`, always with the package ``qrcode``: same version and level, another mask maybe."""
    layout = plan(text, print_size=print_size, camera=camera, level=level)
    return QrPicture(layout, _by_qrcode(text, layout))


def render(
    text: str,
    form: Form,
    *,
    print_size: float | None = None,
    camera: Camera = PHONE,
    level: ErrorLevel | None = None,
) -> bytes:
    """A finished picture of *text*; SVG and terminal in UTF-8.

    The other parameters and errors are those of :func:`eid.qr.planning.plan`.
    """
    if form is Form.PNG:
        return draw(text, print_size=print_size, camera=camera, level=level).png()
    picture = draw_with_qrcode(text, print_size=print_size, camera=camera, level=level)
    return (picture.svg() if form is Form.SVG else picture.terminal()).encode()


def _by_zxing(text: str, layout: Layout) -> tuple[bytes, ...] | None:
    """The modules; ``None`` where zxing-cpp is not installed."""
    try:
        import zxingcpp  # noqa: F401
    except ImportError:
        return None
    plain = _masked(text, layout.version, layout.level, 0)
    candidates = [plain ^ changed for changed in _changes(layout.version, layout.level)]
    side = layout.modules
    best = min(candidates, key=lambda modules: penalty(modules, side))
    modules = format(best, f"0{side * side}b").encode().translate(_FROM_DIGITS)
    return tuple(modules[at : at + side] for at in range(0, side * side, side))


def _masked(text: str, version: int, level: ErrorLevel, mask: int) -> int:
    """The modules with this mask as bits, the lower right one lowest; dark ones are set."""
    import zxingcpp

    barcode = zxingcpp.create_barcode(
        text, zxingcpp.BarcodeFormat.QRCode, version=version, ec_level=str(level), data_mask=mask
    )
    image: Any = barcode.to_image(scale=1, add_quiet_zones=False)  # a buffer, which its stub does not say
    return int(memoryview(image).tobytes().translate(_TO_DIGITS), 2)


@functools.cache
def _changes(version: int, level: ErrorLevel) -> tuple[int, ...]:
    """What each mask changes in a code with mask 0: the same in every code of a version and level."""
    plain, *others = (_masked("0", version, level, mask) for mask in MASKS)
    return (0, *(plain ^ other for other in others))


#: Black to 1; and back to modules.
_TO_DIGITS = b"1" + b"0" * 255
_FROM_DIGITS = bytes(49) + b"\1" + bytes(206)


def _by_qrcode(text: str, layout: Layout) -> tuple[bytes, ...]:
    import qrcode  # type: ignore[import-untyped]
    from qrcode import constants, util

    mode = util.MODE_ALPHA_NUM if layout.alphanumeric else util.MODE_8BIT_BYTE
    code = qrcode.QRCode(layout.version, getattr(constants, f"ERROR_CORRECT_{layout.level}"), border=0)
    code.add_data(util.QRData(text.encode(), mode=mode))
    code.make(fit=False)
    return tuple(bytes(row) for row in code.modules)
