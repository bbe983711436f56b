"""Pixels of a portrait, with Pillow (the extra ``images``). Nothing else in the library needs it."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

from eid.document.face import JPEG, FaceImage
from eid.errors import DocumentError, LimitExceeded, MissingExtra

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["MAX_PIXELS", "MAX_SCANS", "decode", "require_few_scans"]

#: Pixels of a portrait. Doc 9303 portraits have about 0.3 million; cameras of kiosks up to 12 million.
MAX_PIXELS = 16_000_000
#: Times that a JPEG may go over its picture. Progressive ones do it some ten times, and hostile ones a
#: hundred thousand times: an empty scan has few octets and takes as long as a full one.
MAX_SCANS = 64
#: Marker SOS (ISO/IEC 10918-1, B.1.1.3). Within the coded data of a scan FF never stands before DA.
_START_OF_SCAN = b"\xff\xda"


def require_few_scans(jpeg: bytes) -> None:
    """Refuse a JPEG of few octets that keeps a processor busy for minutes.

    :raises LimitExceeded: more than :data:`MAX_SCANS` scans.
    """
    if jpeg.count(_START_OF_SCAN) > MAX_SCANS:
        raise LimitExceeded(f"a JPEG of more than {MAX_SCANS} scans")


def decode(face: FaceImage) -> Image:
    """The portrait as a loaded :class:`PIL.Image.Image`.

    :raises MissingExtra: Pillow is not installed.
    :raises LimitExceeded: more than :data:`MAX_PIXELS`, by the image's own header, or a JPEG of more than
        :data:`MAX_SCANS` scans.
    :raises DocumentError: the image is damaged (kind ``image``).
    """
    try:
        from PIL import Image
    except ImportError:
        raise MissingExtra("portraits need Pillow: install eid[images]") from None
    if face.width * face.height > MAX_PIXELS:
        raise LimitExceeded(f"an image of more than {MAX_PIXELS} pixels")
    if face.media_type == JPEG:
        require_few_scans(face.data)
    formats = ["JPEG"] if face.media_type == JPEG else ["JPEG2000"]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # damaged EXIF data is no reason to lose the picture
            image = Image.open(io.BytesIO(face.data), formats=formats)
            if image.size == (face.width, face.height):
                image.load()
                return image
    except Exception as error:  # noqa: BLE001 - Pillow's plugins raise almost anything on damaged input
        raise DocumentError(f"a damaged image ({type(error).__name__})", "image") from None
    raise DocumentError("an image of another size than its header states", "image")
