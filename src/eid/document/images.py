"""Pixels of a portrait, with Pillow (the extra ``images``). Nothing else in the library needs it."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

from eid.document.face import JPEG, FaceImage
from eid.errors import DocumentError, LimitExceeded, MissingExtra

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["MAX_PIXELS", "decode"]

#: Pixels of a portrait. Doc 9303 portraits have about 0.3 million; cameras of kiosks up to 12 million.
MAX_PIXELS = 16_000_000


def decode(face: FaceImage) -> Image:
    """The portrait as a loaded :class:`PIL.Image.Image`.

    :raises MissingExtra: Pillow is not installed.
    :raises LimitExceeded: more than :data:`MAX_PIXELS`, by the image's own header.
    :raises DocumentError: the image is damaged (kind ``image``).
    """
    try:
        from PIL import Image
    except ImportError:
        raise MissingExtra("portraits need Pillow: install eid[images]") from None
    if face.width * face.height > MAX_PIXELS:
        raise LimitExceeded(f"an image of more than {MAX_PIXELS} pixels")
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
