"""Pictures from outside, with Pillow: opened within limits, turned to grey."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Final

from eid.document.images import require_few_scans
from eid.errors import LimitExceeded, MissingExtra, QrPictureUnreadable

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["FORMATS", "MAX_FILE", "MAX_PIXELS", "MAX_SIDE", "grey", "open_picture"]

#: Octets of a picture file.
MAX_FILE: Final = 32 * 1024 * 1024
#: Pixels of a picture: those of a 24-megapixel camera, with room to spare.
MAX_PIXELS: Final = 26_000_000
#: Pixels of its longer side: the decoder takes twice as many, and small pictures are enlarged twice.
MAX_SIDE: Final = 32_767
#: Kinds of files that are opened. Every further one is a further parser for hostile files.
FORMATS: Final = ("PNG", "JPEG", "WEBP", "BMP")


def open_picture(octets: bytes) -> Image:
    """The first picture of a file, loaded, in grey.

    :raises MissingExtra: Pillow is not installed.
    :raises LimitExceeded: more than :data:`MAX_FILE` octets, by its header more than :data:`MAX_PIXELS`
        pixels, or a JPEG of too many scans (:data:`eid.document.images.MAX_SCANS`).
    :raises QrPictureUnreadable: none of :data:`FORMATS`, or damaged.
    """
    try:
        from PIL import Image
    except ImportError:
        raise MissingExtra("pictures need Pillow: install eid[qr]") from None
    if len(octets) > MAX_FILE:
        raise LimitExceeded(f"a picture file of more than {MAX_FILE} octets")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # damaged EXIF data is no reason to lose the picture
            image = Image.open(io.BytesIO(octets), formats=FORMATS)
            if image.width * image.height <= MAX_PIXELS:
                image.draft("L", None)  # JPEG: the colours need not be decoded
    except Image.DecompressionBombError:
        raise LimitExceeded(f"a picture of more than {MAX_PIXELS} pixels") from None
    except Exception as error:  # noqa: BLE001 - Pillow's plugins raise almost anything on damaged input
        raise QrPictureUnreadable(f"no PNG, JPEG, WebP or BMP ({type(error).__name__})") from None
    if image.format not in ("PNG", "WEBP", "BMP"):  # JPEG, or MPO: a JPEG with others behind it
        require_few_scans(octets)
    return grey(image)


def grey(image: Image) -> Image:
    """*image* in 8-bit grey; what is transparent becomes white, as on paper.

    :raises LimitExceeded: more than :data:`MAX_PIXELS` pixels, or :data:`MAX_SIDE` on a side.
    :raises QrPictureUnreadable: no pixels, or they cannot be loaded.
    """
    if image.width * image.height > MAX_PIXELS:
        raise LimitExceeded(f"a picture of more than {MAX_PIXELS} pixels")
    if max(image.size) > MAX_SIDE:
        raise LimitExceeded(f"a picture of more than {MAX_SIDE} pixels on a side")
    if not image.width * image.height:
        raise QrPictureUnreadable("a picture without extent")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image.load()
            if image.has_transparency_data:
                image = _on_white(image)
            return image if image.mode == "L" else image.convert("L")
    except Exception as error:  # noqa: BLE001 - as above
        raise QrPictureUnreadable(f"a damaged picture ({type(error).__name__})") from None


def _on_white(image: Image) -> Image:
    from PIL import Image

    pixels = image.convert("LA")
    alpha = pixels.getchannel("A")
    return Image.composite(pixels.getchannel("L"), Image.new("L", image.size, 255), alpha)
