"""A portrait small enough for a QR code: grey WebP of 64 x 80 pixels, with the face kept.

Such a picture is for a look by a person. It is too small for a face matcher.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from eid.document.face import Eyes, FaceImage
from eid.document.images import decode
from eid.errors import InputError, QrPhotoError
from eid.qr.pictures import grey, open_picture

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["BUDGET", "MEDIA_TYPE", "SIZE", "SmallPhoto", "fit_photo"]

#: Width and height in pixels.
SIZE: Final = (64, 80)
#: Octets of the picture: a signed code with it is version 25-M.
BUDGET: Final = 600
MEDIA_TYPE: Final = "image/webp"

#: The picture is so many distances between the eyes wide, and they lie so far down (share of the height):
#: from ear to ear, from the hair to below the chin.
_EYE_DISTANCES: Final = 3.6
_EYE_HEIGHT: Final = 0.45
#: A portrait without eyes named: what is too high is cut by this share above the face, the rest below.
#: Portraits have more chest than space above the hair.
_CUT_ABOVE: Final = 0.3
#: Eyes nearer to each other than this part of the picture's width are a mistake of the record: portraits
#: have a fourth to a third.
_EYES_APART: Final = 12


@dataclass(frozen=True, slots=True)
class SmallPhoto:
    """A fitted portrait.

    :param octets: WebP, without metadata.
    :param quality: the encoder's quality, 0 to 100, that the budget allowed.
    """

    octets: bytes = field(repr=False)
    quality: int


def fit_photo(portrait: FaceImage | bytes, *, budget: int = BUDGET) -> SmallPhoto:
    """Cut *portrait* to the face, shrink it, and keep as much of it as *budget* octets hold.

    With the centres of the eyes named by the face record (ISO/IEC 19794-5, 5.6) the cut follows them;
    otherwise it is the middle of an upright portrait.

    :param portrait: the face of DG2, or the octets of a PNG, JPEG, WebP or BMP file.
    :param budget: octets of the result, at most.
    :raises MissingExtra: Pillow is not installed.
    :raises LimitExceeded: the picture is larger than any portrait.
    :raises DocumentError: the face of DG2 is damaged (kind ``image``).
    :raises QrPictureUnreadable: the file is no picture, or damaged.
    :raises QrPhotoError: even at the lowest quality it takes more than *budget*.
    :raises InputError: a budget that is no positive number.
    """
    if budget < 1:
        raise InputError("a budget of less than one octet")
    if isinstance(portrait, FaceImage):
        image, eyes = grey(decode(portrait)), portrait.eyes
    else:
        image, eyes = open_picture(portrait), None
    return _smallest(_shrunk(image, _cut(image, eyes)), budget)


def _cut(image: Image, eyes: Eyes | None) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the part to keep, of the shape of :data:`SIZE`."""
    wanted, high = SIZE
    width = min(image.width, image.height * wanted / high)
    distance = math.dist(*eyes) if eyes is not None else 0.0
    if eyes is not None and distance > image.width / _EYES_APART:
        width = min(width, _EYE_DISTANCES * distance)
        height = width * high / wanted
        (x1, y1), (x2, y2) = eyes
        left, top = (x1 + x2 - width) / 2, (y1 + y2) / 2 - _EYE_HEIGHT * height
    else:
        height = width * high / wanted
        left, top = (image.width - width) / 2, (image.height - height) * _CUT_ABOVE
    left = min(max(left, 0.0), image.width - width)
    top = min(max(top, 0.0), image.height - height)
    return left, top, min(left + width, image.width), min(top + height, image.height)


def _shrunk(image: Image, box: tuple[float, float, float, float]) -> Image:
    from PIL import ImageOps
    from PIL.Image import Resampling

    small = image.resize(SIZE, Resampling.LANCZOS, box=box)
    small.info = {}  # a colour profile or EXIF data of the portrait would be written, too
    return ImageOps.autocontrast(small, cutoff=1)


def _smallest(image: Image, budget: int) -> SmallPhoto:
    """The best quality within *budget*, by halving: seven or eight encodings."""
    best: SmallPhoto | None = None
    low, high = 0, 100
    while low <= high:
        quality = (low + high) // 2
        stream = io.BytesIO()
        image.save(stream, "WEBP", quality=quality, method=6)
        octets = stream.getvalue()
        if len(octets) <= budget:
            best, low = SmallPhoto(octets, quality), quality + 1
        else:
            high = quality - 1
    if best is None:
        raise QrPhotoError(f"more than {budget} octets at the lowest quality")
    return best
