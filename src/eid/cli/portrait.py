"""A portrait on a terminal: two pixels to a character in colour, or a ramp of greys without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eid.cli.output import Output
from eid.document.images import decode

if TYPE_CHECKING:
    from rich.text import Text

    from eid.document.face import FaceImage

__all__ = ["show_portrait"]

_COLUMNS = 36
#: Dark to bright, as it looks in bright letters on dark ground.
_RAMP = " .:-=+*#%@"


def show_portrait(out: Output, face: FaceImage) -> None:
    """Draw *face* on standard output.

    :raises MissingExtra: Pillow is not installed.
    :raises DocumentError: the image is damaged.
    :raises LimitExceeded: it is larger than any portrait.
    """
    console = out.console
    blocks = (
        console.color_system == "truecolor" and console.encoding.startswith("utf") and not console.no_color
    )
    console.print(_blocks(face) if blocks else _greys(face))


def _pixels(face: FaceImage, mode: str) -> tuple[bytes, int]:
    """Rows of pixels, two rows to a line of text, and the number of lines."""
    image = decode(face).convert(mode)
    lines = max(1, round(image.height / image.width * _COLUMNS / 2))
    return image.resize((_COLUMNS, 2 * lines)).tobytes(), lines


def _blocks(face: FaceImage) -> Text:
    from rich.text import Text

    pixels, lines = _pixels(face, "RGB")
    picture = Text(no_wrap=True)

    def colour(column: int, row: int) -> str:
        at = 3 * (row * _COLUMNS + column)
        return f"#{pixels[at : at + 3].hex()}"

    for line in range(lines):
        for column in range(_COLUMNS):
            style = f"{colour(column, 2 * line)} on {colour(column, 2 * line + 1)}"
            picture.append("\N{UPPER HALF BLOCK}", style)
        picture.append("\n")
    return picture


def _greys(face: FaceImage) -> Text:
    from rich.text import Text

    pixels, lines = _pixels(face, "L")
    rows = []
    for line in range(lines):
        upper = pixels[2 * line * _COLUMNS :][:_COLUMNS]
        lower = pixels[(2 * line + 1) * _COLUMNS :][:_COLUMNS]
        rows.append("".join(_RAMP[(a + b) * len(_RAMP) // 511] for a, b in zip(upper, lower, strict=True)))
    return Text("\n".join(rows) + "\n", no_wrap=True)
