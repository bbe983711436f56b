"""Pictures of QR codes: how fast they are drawn and read, and under which conditions they are still read.

    python benchmarks/qr_images.py [--codes N]

`rows()` is what `make bench` shows. Run as a program it also draws N codes for each setting and prints how
many of them were scanned: the table of the print-size guide.
"""

from __future__ import annotations

import argparse
import io
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from measure import Row
from PIL import Image

from eid.qr.planning import ErrorLevel, plan
from eid.qr.rendering import draw
from eid.qr.scanning import scan_image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "unit" / "qr"))

from distortions import ACCEPTED, Camera, photographed

__all__ = ["rows"]

_ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_ROUNDS = 60


def _text(version: int, rng: random.Random) -> str:
    """Text that fills *version* at level M."""
    low, high = 1, 4296
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _version("A" * middle) <= version else (low, middle - 1)
    return "".join(rng.choices(_ALPHANUMERIC, k=low))


def _version(text: str) -> int:
    return plan(text, level=ErrorLevel.M).version if len(text) <= 3391 else 41


def _milliseconds(*calls: Callable[[], object]) -> list[float]:
    """Median time of each, in turn."""
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(_ROUNDS):
        for call, found in zip(calls, times, strict=True):
            start = time.perf_counter()
            call()
            found.append((time.perf_counter() - start) * 1000)
    return [statistics.median(found) for found in times]


# --- speed -----------------------------------------------------------------------------------------


def _drawing(text: str) -> Row:
    import qrcode
    import segno

    def by_qrcode() -> None:
        code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, box_size=8)
        code.add_data(text)
        code.make_image().save(io.BytesIO())

    def by_segno() -> None:
        segno.make_qr(text, error="m", boost_error=False).save(io.BytesIO(), kind="png", scale=8, border=4)

    ours, other, third = _milliseconds(lambda: draw(text).png(), by_qrcode, by_segno)
    return Row("QR image, version 13", ours, "ms", 1.2, f"qrcode {other:.0f} ms, segno {third:.0f} ms")


def _reading(text: str) -> Row:
    image = Image.open(io.BytesIO(draw(text).png(4))).convert("L")
    assert [code.text for code in scan_image(image)] == [text]
    calls: list[Callable[[], object]] = [lambda: scan_image(image)]
    beside = "pyzbar is not installed"
    try:
        from pyzbar import pyzbar
    except ImportError:  # the package, or the library libzbar0 it needs
        pass
    else:
        calls.append(lambda: pyzbar.decode(image))
        beside = "pyzbar {:.1f} ms"
    ours, *other = _milliseconds(*calls)
    return Row("QR decode, version 13", ours, "ms", 0.35, beside.format(*other))


def rows() -> list[Row]:
    """Drawing and reading, beside other packages."""
    text = _text(13, random.Random(13))
    return [_drawing(text), _reading(text)]


# --- what is still scanned -------------------------------------------------------------------------

_AS_BAD = Camera(pixels=3.0, steady=True)
_PIXELS = (2.0, 2.5, 3.0, 4.0)
_SETTINGS: dict[str, Camera] = {
    "flat and sharp": _AS_BAD.at(rotation=0, perspective=0, blur=0, noise=0, jpeg=95),
    "up to 20°, 5 %, blur 0.8, noise 10, JPEG 70": ACCEPTED,
    "all of that at its worst": _AS_BAD,
    "turned by 45°": _AS_BAD.at(rotation=45),
    "perspective 10 %": _AS_BAD.at(perspective=0.10),
    "blur 1.2": _AS_BAD.at(blur=1.2),
    "blur 1.6": _AS_BAD.at(blur=1.6),
    "noise 30": _AS_BAD.at(noise=30),
    "JPEG 30": _AS_BAD.at(jpeg=30),
}


def _scanned(camera: Camera, texts: list[str]) -> float:
    """Per cent of the codes that were read."""
    good = 0
    for number, text in enumerate(texts):
        picture = draw(text, level=ErrorLevel.M)
        image = Image.open(io.BytesIO(picture.png(6)))
        shot = photographed(image, picture.layout.side, camera, random.Random(number))
        good += [code.text for code in scan_image(shot)] == [text]
    return 100 * good / len(texts)


def _table(count: int) -> None:
    rng = random.Random(3)
    texts = [_text(8 + number % 18, rng) for number in range(count)]
    print("| pixels for a module | " + " | ".join(f"{pixels:g}" for pixels in _PIXELS) + " |")
    print("|---|" + "---|" * len(_PIXELS))
    for name, camera in _SETTINGS.items():
        found = [_scanned(camera.at(pixels=pixels), texts) for pixels in _PIXELS]
        print(f"| {name} | " + " | ".join(f"{share:.1f} %" for share in found) + " |", flush=True)


def main() -> None:
    """Both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--codes", type=int, default=180)
    options = parser.parse_args()
    for row in rows():
        print(f"{row.name:48} {row.value:8.2f} {row.unit:8} <= {row.limit:g}  {row.detail}")
    _table(options.codes)


if __name__ == "__main__":
    main()
