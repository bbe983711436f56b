"""Finding and reading QR codes in pictures, with zxing-cpp (the extra ``qr``).

What a code says is not verified here: anybody can print a code.
"""

from __future__ import annotations

import importlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from eid.errors import LimitExceeded, MissingExtra, QrCameraUnavailable, QrPictureUnreadable
from eid.qr.pictures import MAX_FILE, MAX_PIXELS, grey, open_picture
from eid.qr.planning import ErrorLevel

if TYPE_CHECKING:
    from PIL.Image import Image
    from zxingcpp import Barcode

__all__ = ["Scanned", "scan_array", "scan_camera", "scan_file", "scan_image"]

#: A picture in which nothing was found is looked at once more at twice its size, up to so many pixels
#: before that. It finds codes with fewer than three pixels for a module, blurred ones, noisy ones; larger
#: pictures have pixels enough. A picture of full HD, the largest, takes 0.1 seconds.
_ENLARGED_PIXELS: Final = 2_100_000
#: Pictures of a camera for which a code may be out of sight and still be the same showing.
_FORGET_AFTER: Final = 30


@dataclass(frozen=True, slots=True)
class Scanned:
    """One code as it was read. Unverified: it says what somebody printed.

    :param octets: the content, as it stands in the code.
    :param text: the content as UTF-8, or ``None`` where it is not.
    :param version: 1 to 40.
    :param corners: of the code in the picture, in pixels: top left, top right, bottom right and bottom
        left as the code itself stands.
    """

    octets: bytes = field(repr=False)
    text: str | None = field(repr=False)
    version: int
    level: ErrorLevel
    corners: tuple[tuple[int, int], ...]


def scan_file(path: str | Path) -> tuple[Scanned, ...]:
    """Every QR code in a picture file: PNG, JPEG, WebP or BMP.

    :raises MissingExtra: the extra ``qr`` is not installed.
    :raises LimitExceeded: more than :data:`~eid.qr.pictures.MAX_FILE` octets or
        :data:`~eid.qr.pictures.MAX_PIXELS` pixels.
    :raises QrPictureUnreadable: not such a picture, a damaged one, or the file cannot be opened.
    """
    try:
        with Path(path).open("rb") as stream:
            octets = stream.read(MAX_FILE + 1)
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise QrPictureUnreadable(f"the file cannot be read ({reason})") from None
    return _scan(open_picture(octets))


def scan_image(image: Image) -> tuple[Scanned, ...]:
    """Every QR code in a Pillow image.

    :raises MissingExtra: the extra ``qr`` is not installed.
    :raises LimitExceeded: more than :data:`~eid.qr.pictures.MAX_PIXELS` pixels.
    :raises QrPictureUnreadable: it has no pixels, or its file turns out to be damaged.
    """
    return _scan(grey(image))


def scan_array(array: Any) -> tuple[Scanned, ...]:
    """Every QR code in an array of octets: rows x columns of grey, or rows x columns x 3 colours.

    :param array: a NumPy array, or anything else with the buffer protocol and that shape. The order of the
        colours does not matter.
    :raises MissingExtra: the extra ``qr`` is not installed.
    :raises LimitExceeded: more than :data:`~eid.qr.pictures.MAX_PIXELS` pixels.
    :raises QrPictureUnreadable: another shape or type.
    """
    try:
        from PIL import Image
    except ImportError:
        raise MissingExtra("scanning needs Pillow: install eid[qr]") from None
    try:
        view = memoryview(array)
    except (TypeError, BufferError):
        raise QrPictureUnreadable("an array without the buffer protocol") from None
    shape = view.shape or ()
    if view.format != "B" or len(shape) not in (2, 3) or 0 in shape or shape[2:] not in ((), (3,)):
        raise QrPictureUnreadable("an array that is not rows x columns (x 3) of octets")
    if shape[0] * shape[1] > MAX_PIXELS:
        raise LimitExceeded(f"an array of more than {MAX_PIXELS} pixels")
    mode = "L" if len(shape) == 2 else "RGB"
    return _scan(grey(Image.frombytes(mode, (shape[1], shape[0]), view.tobytes())))


def scan_camera(source: int | Path) -> Generator[Scanned, None, None]:
    """Codes as they come before a camera, each once while it stays there. Needs the extra ``camera``.

    The camera is released when the iterator is closed or ends; of a recording it ends with the last
    picture.

    :param source: the number of the camera, from 0 on, or a recording.
    :raises MissingExtra: the extra ``camera`` is not installed.
    :raises QrCameraUnavailable: the camera (or recording) cannot be opened, or it stops giving pictures.
    :raises QrPictureUnreadable: there is no such recording.
    """
    try:
        cv2 = importlib.import_module("cv2")
    except ImportError:
        raise MissingExtra("the camera needs OpenCV: install eid[camera]") from None
    if not isinstance(source, int) and not Path(source).is_file():  # OpenCV would take an address, too
        raise QrPictureUnreadable("no such recording")
    if isinstance(source, int) and source < 0:  # to OpenCV: whichever camera; version 5.0.0 then crashes
        raise QrCameraUnavailable("cameras are numbered from 0 on")
    capture = cv2.VideoCapture(source if isinstance(source, int) else str(source))
    try:
        if not capture.isOpened():
            raise QrCameraUnavailable("it cannot be opened")
        yield from _watch(capture, recording=not isinstance(source, int))
    finally:
        capture.release()


def _watch(capture: Any, *, recording: bool) -> Iterator[Scanned]:
    last_seen: dict[bytes, int] = {}
    number = 0
    while True:
        there, picture = capture.read()
        if not there:
            if recording:
                return
            raise QrCameraUnavailable("it stopped giving pictures")
        number += 1
        for code in scan_array(picture):
            if number - last_seen.get(code.octets, -_FORGET_AFTER) >= _FORGET_AFTER:
                yield code
            last_seen[code.octets] = number
        last_seen = {octets: at for octets, at in last_seen.items() if number - at < _FORGET_AFTER}


def _scan(image: Image) -> tuple[Scanned, ...]:
    """Every code in a grey image."""
    try:
        import zxingcpp
    except ImportError:
        raise MissingExtra("scanning needs zxing-cpp: install eid[qr]") from None
    # Model 2 is what everybody calls a QR code; micro codes and their like hold no credential.
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)
    found = zxingcpp.read_barcodes(image, formats=formats)
    if found or image.width * image.height > _ENLARGED_PIXELS:
        return tuple(_scanned(each, 1) for each in found)
    from PIL.Image import Resampling

    enlarged = image.resize((2 * image.width, 2 * image.height), Resampling.BICUBIC)
    again = zxingcpp.read_barcodes(enlarged, formats=formats)
    return tuple(_scanned(each, 2) for each in again)


def _scanned(barcode: Barcode, scale: int) -> Scanned:
    octets = barcode.bytes
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        text = None
    where = barcode.position
    extra: Any = barcode.extra
    points = (where.top_left, where.top_right, where.bottom_right, where.bottom_left)
    return Scanned(
        octets,
        text,
        int(extra["Version"]),
        ErrorLevel(barcode.ec_level),
        tuple((point.x // scale, point.y // scale) for point in points),
    )
