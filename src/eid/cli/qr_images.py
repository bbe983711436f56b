"""``eid qr render`` and ``eid qr scan``: codes as pictures, and what a picture says."""

from __future__ import annotations

import enum
import os
import re
import shutil
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eid.cli.failures import Failure, message, usage
from eid.cli.files import NewFile, read_file
from eid.cli.messages import ENVIRONMENT, HOLDS
from eid.cli.options import command
from eid.cli.output import Output
from eid.errors import InputError

if TYPE_CHECKING:
    from eid.qr.planning import Camera, Layout
    from eid.qr.rendering import QrPicture
    from eid.qr.scanning import Scanned

__all__ = ["drawn", "render", "scan"]

_SHEET = ".pdf"
_SUFFIXES = (".png", ".svg", _SHEET)
#: Characters of standard input: as many labels as a sheet may have, each of the longest code.
_MAX_INPUT = 5000 * 4400
_SURROGATE = re.compile("[\ud800-\udfff]")


class Level(enum.StrEnum):
    """Error correction levels."""

    L = "L"
    M = "M"
    Q = "Q"
    H = "H"


@command
def render(
    out: Output,
    text: Annotated[
        list[str],
        typer.Argument(
            metavar="TEXT...",
            help="What the code shall say, or - . For a sheet of labels several, or lines of standard input;"
            " a caption may follow after a tab.",
        ),
    ],
    to: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="A .png, .svg or .pdf (sheet of labels) instead of the terminal."
        ),
    ] = None,
    print_size: Annotated[
        float | None,
        typer.Option("--print-size", metavar="MM", help="Width on paper, the white margin included."),
    ] = None,
    camera: Annotated[
        str,
        typer.Option(
            "--camera", metavar="NAME", help="What will scan it: phone, scanner, webcam, or pixels per mm."
        ),
    ] = "phone",
    level: Annotated[
        Level | None, typer.Option("--level", help="Keep to this error correction level.", show_default=False)
    ] = None,
) -> int:
    """Draw a QR code. One that could not be scanned when printed is refused.

    Ends with 2 when the text does not fit, or the code would be too small for printer or camera.
    """
    from eid.qr.planning import ErrorLevel

    suffix = to.suffix.lower() if to is not None else None
    if suffix is not None and suffix not in _SUFFIXES:
        raise usage("picture_suffix", "--out")
    if print_size is not None and not 1 <= print_size <= 10_000:
        raise usage("bad_value", "--print-size")
    if suffix == _SHEET and print_size is None:
        raise usage("missing", "--print-size")
    texts = _texts(text, lines=suffix == _SHEET)
    wanted: dict[str, Any] = {
        "print_size": print_size,
        "camera": _camera(camera),
        "level": ErrorLevel(level) if level else None,
    }
    if to is None:
        return _to_terminal(out, texts[0], wanted)
    with NewFile(to) as file:
        octets, layout = _sheet(texts, wanted) if suffix == _SHEET else _picture(texts[0], suffix, wanted)
        file.write(octets)
    if out.json:
        sizes = _layout_json(layout) if layout else {"labels": len(texts), "print_size_mm": print_size}
        out.document({"out": str(to), **sizes})
    else:
        out.line(f"{out.label('written')}: {to}")
        if layout is not None:
            out.line(_layout_line(out, layout))
    return HOLDS


def _texts(given: Sequence[str], *, lines: bool) -> list[str]:
    """The texts to draw, at least one; *lines*: each of standard input is one."""
    if list(given) != ["-"]:
        texts = list(given)
    else:
        try:
            stream = getattr(sys.stdin, "buffer", None)
            read = sys.stdin.read(_MAX_INPUT + 1) if stream is None else stream.read(_MAX_INPUT + 1).decode()
        except (OSError, UnicodeDecodeError, AttributeError, ValueError):
            raise usage("nothing_given", "TEXT") from None
        if len(read) > _MAX_INPUT:
            raise Failure("FILE_TOO_LARGE", path="-")
        texts = read.splitlines() if lines else [read.removesuffix("\n").removesuffix("\r")]
        texts = [each for each in texts if each]
    if not texts or not all(texts):
        raise usage("nothing_given", "TEXT")
    if any(_SURROGATE.search(each) for each in texts):  # octets of the command line that are no text
        raise usage("bad_value", "TEXT")
    if len(texts) > 1 and not lines:
        raise usage("one_text", "TEXT")
    return texts


def _camera(given: str) -> Camera:
    from eid.errors import InputError
    from eid.qr.planning import CAMERAS, Camera

    if given in CAMERAS:
        return CAMERAS[given]
    try:
        return Camera(f"{float(given):g}/mm", float(given))
    except (ValueError, InputError):
        raise usage("camera", "--camera") from None


def _to_terminal(out: Output, text: str, wanted: dict[str, Any]) -> int:
    from eid.qr.rendering import draw_with_qrcode

    picture = draw_with_qrcode(text, **wanted)
    if out.json:
        # Without colours: JSON is for programs, and which ground it will stand on is not known.
        out.document({**_layout_json(picture.layout), "terminal": picture.terminal(colour=False)})
        return HOLDS
    terminal = sys.stdout.isatty()
    columns = shutil.get_terminal_size().columns
    if terminal and columns < picture.layout.side:
        raise Failure("TERMINAL_TOO_NARROW", columns=str(picture.layout.side))
    text_of_picture = drawn(picture)
    if text_of_picture is None:
        raise Failure("TERMINAL_WITHOUT_BLOCKS")
    out.write(text_of_picture)
    return HOLDS


def drawn(picture: QrPicture) -> str | None:
    """*picture* for standard output, coloured where that is allowed; ``None`` where it cannot show blocks."""
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    text = picture.terminal(colour=colour)
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return None
    return text


def _picture(text: str, suffix: str | None, wanted: dict[str, Any]) -> tuple[bytes, Layout]:
    from eid.qr.rendering import draw, draw_with_qrcode

    if suffix == ".png":
        picture = draw(text, **wanted)
        return picture.png(), picture.layout
    picture = draw_with_qrcode(text, **wanted)
    return picture.svg().encode(), picture.layout


def _sheet(texts: Sequence[str], wanted: dict[str, Any]) -> tuple[bytes, None]:
    from eid.qr.sheets import Label, label_sheet

    parts = (text.partition("\t") for text in texts)
    labels = [Label(content, caption.replace("\\n", "\n")) for content, _, caption in parts]
    return label_sheet(labels, **wanted), None


def _layout_json(layout: Layout) -> dict[str, Any]:
    return {
        "version": layout.version,
        "level": str(layout.level),
        "modules": layout.modules,
        "quiet_zone": (layout.side - layout.modules) // 2,
        "print_size_mm": layout.print_size,
        "module_mm": layout.module_mm,
        "camera": layout.camera.name,
        "pixels_per_module": layout.pixels_per_module,
    }


def _layout_line(out: Output, layout: Layout) -> str:
    parts = [f"{out.label('qr_version')} {layout.version}-{layout.level}, {layout.side} x {layout.side}"]
    if layout.module_mm is not None:
        parts.append(f"{layout.print_size:g} mm")
        parts.append(f"{layout.module_mm:.2f} mm {out.label('per_module')}")
        parts.append(f"{layout.pixels_per_module:.1f} {out.label('pixels_of')} {layout.camera.name}")
    return ", ".join(parts)


# --- scan ------------------------------------------------------------------------------------------


@command
def scan(
    out: Output,
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE...", help="Pictures: PNG, JPEG, WebP or BMP.", show_default=False),
    ] = None,
    camera: Annotated[
        int | None,
        typer.Option("--camera", metavar="N", min=0, help="Wait for a code before camera N (0, 1, ...)."),
    ] = None,
) -> int:
    """Print what the QR codes in pictures say, or the first one before a camera.

    Nothing is verified: `eid qr verify` does that. The text is printed as it is, for the next program to
    read. Ends with 4 when a picture cannot be read or shows no code.
    """
    if (camera is None) == (not files):
        raise usage("file_or_camera", hint="eid qr scan --help")
    found, empty = _scanned(files or []) if camera is None else ([_watch(out, camera)], {})
    if not found:
        raise next(iter(empty.values()))
    if out.json:
        codes = [{"file": path and str(path), **_code_json(code)} for path, code in found]
        out.document({"codes": codes, "without_code": [str(path) for path in empty]})
    else:
        for _, code in found:
            out.line(f"{out.label('octets')}: {code.octets.hex()}" if code.text is None else code.text)
        for path, error in empty.items():
            said = error.message(out.language) if isinstance(error, Failure) else message(error, out.language)
            out.note(said if str(path) in said else f"{path}: {said}")
    return ENVIRONMENT if empty else HOLDS


def _scanned(
    files: Sequence[Path],
) -> tuple[list[tuple[Path | None, Scanned]], dict[Path, Failure | InputError]]:
    """The codes with their files, and what is wrong with the files that show none."""
    from eid.qr.pictures import MAX_FILE, open_picture
    from eid.qr.scanning import scan_image

    found: list[tuple[Path | None, Scanned]] = []
    empty: dict[Path, Failure | InputError] = {}
    for path in files:
        try:
            codes = scan_image(open_picture(read_file(path, MAX_FILE)))
        except (Failure, InputError) as error:
            empty[path] = error
            continue
        found += [(path, code) for code in codes]
        if not codes:
            empty[path] = Failure("NO_CODE_IN_PICTURE", path=str(path))
    return found, empty


def _watch(out: Output, camera: int) -> tuple[Path | None, Scanned]:
    from eid.qr.scanning import scan_camera

    if not out.json:
        out.note(f"{out.label('hold_code')} {out.label('stop_with')}")
    with closing(scan_camera(camera)) as codes:
        return None, next(codes)


def _code_json(code: Scanned) -> dict[str, Any]:
    return {
        "text": code.text,
        "octets": None if code.text is not None else code.octets.hex(),
        "version": code.version,
        "level": str(code.level),
        "corners": code.corners,
    }
