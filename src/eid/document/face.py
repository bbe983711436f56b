"""A facial image as octets, with the type and size that its own header states."""

from __future__ import annotations

from dataclasses import dataclass

from eid.errors import DocumentError

__all__ = ["JPEG", "JPEG2000", "JPEG2000_CODESTREAM", "Eyes", "FaceImage", "image_header"]

#: Two points of an image: column and row of each.
Eyes = tuple[tuple[int, int], tuple[int, int]]

JPEG = "image/jpeg"
JPEG2000 = "image/jp2"
#: JPEG 2000 without the file format around it; there is no registered media type for it.
JPEG2000_CODESTREAM = "image/jpeg2000-codestream"

_JP2_SIGNATURE = bytes.fromhex("0000000c6a5020200d0a870a")
_CODESTREAM = bytes.fromhex("ff4fff51")


@dataclass(frozen=True, slots=True, repr=False)
class FaceImage:
    """One portrait, still compressed. :func:`eid.document.images.decode` makes pixels of it.

    :param data: the octets of the image, exactly as they stand in the record.
    :param media_type: ``image/jpeg``, ``image/jp2`` or ``image/jpeg2000-codestream``, by the image's
        own first octets: cards exist whose record names another type.
    :param width: pixels, from the image's own header.
    :param height: pixels, from the image's own header.
    :param source_format: ``ISO 19794-5`` or ``ISO 39794-5``, the record it came in.
    :param eyes: where the record says that the centres of the eyes are, in pixels from the top left, the
        person's left eye first; ``None`` where it does not say.
    """

    data: bytes
    media_type: str
    width: int
    height: int
    source_format: str
    eyes: Eyes | None = None

    @classmethod
    def of(cls, data: bytes, source_format: str, eyes: Eyes | None = None) -> FaceImage:
        """An image whose type and size are taken from *data* itself.

        :param eyes: as of the class; left out where one is outside the image.
        :raises DocumentError: not JPEG or JPEG 2000, or a damaged header (kind ``image``).
        """
        media_type, width, height = image_header(data)
        inside = eyes is not None and all(x < width and y < height for x, y in eyes)
        return cls(data, media_type, width, height, source_format, eyes if inside else None)

    def __repr__(self) -> str:  # a face is personal data
        return f"<FaceImage {self.media_type} {self.width}x{self.height}, {len(self.data)} octets>"


def image_header(data: bytes) -> tuple[str, int, int]:
    """Media type, width and height of a JPEG (ITU-T T.81) or JPEG 2000 (ISO/IEC 15444-1) image.

    :raises DocumentError: another kind of image, cut off before its size, or without extent.
    """
    if data.startswith(b"\xff\xd8\xff"):
        media_type, size = JPEG, _jpeg_size(data)
    elif data.startswith(_JP2_SIGNATURE):
        media_type, size = JPEG2000, _jp2_size(data)
    elif data.startswith(_CODESTREAM):
        media_type, size = JPEG2000_CODESTREAM, _codestream_size(data, 0)
    else:
        raise DocumentError("neither JPEG nor JPEG 2000", "image")
    width, height = size
    if width <= 0 or height <= 0:
        raise DocumentError("an image without extent", "image")
    return media_type, width, height


def _number(data: bytes, at: int, size: int) -> int:
    if at + size > len(data):
        raise DocumentError("image cut off inside its header", "image")
    return int.from_bytes(data[at : at + size], "big")


#: Start of frame, all coding processes; C4, C8 and CC in that range are other segments (T.81, B.1.1.3).
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def _jpeg_size(data: bytes) -> tuple[int, int]:
    at = 2
    while True:
        if _number(data, at, 1) != 0xFF:
            raise DocumentError("no marker where a JPEG segment begins", "image")
        marker = _number(data, at + 1, 1)
        if marker == 0xFF:  # fill octet (T.81, B.1.1.2)
            at += 1
            continue
        if marker in _START_OF_FRAME:
            return _number(data, at + 7, 2), _number(data, at + 5, 2)
        if marker in (0x00, 0xD9, 0xDA):
            raise DocumentError("a JPEG without a frame header", "image")
        at += 2 + _number(data, at + 2, 2)


def _jp2_size(data: bytes) -> tuple[int, int]:
    """Size by the image header box; the codestream must agree, or a decoder could be surprised."""
    stated: tuple[int, int] | None = None
    at = 0
    while at < len(data):
        kind, body, end = _box(data, at, len(data))
        if kind == b"jp2h":
            inner, inside, inner_end = _box(data, body, end)
            if inner != b"ihdr" or inner_end - inside != 14:
                raise DocumentError("a JPEG 2000 header box without image header", "image")
            stated = _number(data, inside + 4, 4), _number(data, inside, 4)
        elif kind == b"jp2c":
            if stated != _codestream_size(data, body):
                raise DocumentError("JPEG 2000 header and codestream disagree", "image")
            return stated
        at = end
    raise DocumentError("a JPEG 2000 file without codestream", "image")


def _box(data: bytes, at: int, limit: int) -> tuple[bytes, int, int]:
    """Type, start of content and end of the box at *at* (ISO/IEC 15444-1, I.4)."""
    length, body = _number(data, at, 4), at + 8
    if length == 1:
        length, body = _number(data, at + 8, 8), at + 16
    end = limit if length == 0 else at + length
    if end < body or end > limit:
        raise DocumentError("a JPEG 2000 box of impossible length", "image")
    return data[at + 4 : at + 8], body, end


def _codestream_size(data: bytes, at: int) -> tuple[int, int]:
    """Image area on the reference grid (ISO/IEC 15444-1, A.5.1)."""
    if data[at : at + 4] != _CODESTREAM:
        raise DocumentError("a JPEG 2000 codestream without size", "image")
    right, bottom, left, top = (_number(data, at + 8 + 4 * i, 4) for i in range(4))
    return right - left, bottom - top
