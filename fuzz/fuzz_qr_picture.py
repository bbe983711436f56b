"""Fuzz picture files: opened within limits, scanned, or refused with an error of ours."""

from __future__ import annotations

import functools
import io
from collections.abc import Iterator

from common import instrumented, run

with instrumented(__name__):
    from PIL import Image

    from eid.qr.pictures import FORMATS, open_picture
    from eid.qr.rendering import draw
    from eid.qr.scanning import scan_image

#: Larger pictures would only make it slow.
_PIXELS = 200_000


def check(data: bytes) -> None:
    """Read *data* as a picture file and scan it."""
    image = open_picture(data)
    assert image.mode == "L"
    if image.width * image.height > _PIXELS:
        return
    for code in scan_image(image):
        assert code.text is None or code.text.encode() == code.octets
        assert 1 <= code.version <= 40


@functools.cache
def _seeds() -> tuple[bytes, ...]:
    image = Image.open(io.BytesIO(draw("SEED 1").png(3))).convert("L")
    files = []
    for form in FORMATS:
        stream = io.BytesIO()
        image.save(stream, form)
        files.append(stream.getvalue())
    return (draw("Một").png(2), *files)


def seeds() -> Iterator[bytes]:
    """One small code in every form that is opened."""
    return iter(_seeds())


if __name__ == "__main__":
    run(check, seeds)
