"""Facial image records of ISO/IEC 19794-5:2005, the form in almost every DG2 of today."""

from __future__ import annotations

import struct

from eid.document.face import JPEG, Eyes, FaceImage
from eid.errors import DocumentError, LimitExceeded

__all__ = ["MAX_FACES", "SOURCE_FORMAT", "encode_face_record", "read_face_record"]

SOURCE_FORMAT = "ISO 19794-5"
#: Images in one record. Doc 9303-10 asks for one; some issuers add a second.
MAX_FACES = 16

_MAGIC = b"FAC\0"
_HEADER = struct.Struct(">4s4sIH")  # format, version, length of record, number of faces (5.4)
_FACE = struct.Struct(">IH14x")  # length of block, number of feature points, description (5.5)
_IMAGE = struct.Struct(">BBHHBBHH")  # type, coding, width, height, colour, source, device, quality (5.7)
_FEATURE_POINT = struct.Struct(">BBHH2x")  # type, code, column, row (5.6)
#: A point of two dimensions, and the codes of the centres of the eyes: 12.1 the left, 12.2 the right.
_TWO_DIMENSIONS, _LEFT_EYE, _RIGHT_EYE = 1, 0xC1, 0xC2


def read_face_record(octets: bytes) -> tuple[FaceImage, ...]:
    """Every image of a record.

    The record's own words for type and size of the image are not used: the image says it itself.

    :param octets: the record, from ``FAC`` on; octets after its stated length are ignored.
    :raises DocumentError: not such a record, or lengths that contradict each other (kind ``face``), or
        an image that is neither JPEG nor JPEG 2000 (kind ``image``).
    :raises LimitExceeded: more than :data:`MAX_FACES` images.
    """
    if len(octets) < _HEADER.size:
        raise DocumentError("a face record cut off in its header", "face")
    magic, version, length, count = _HEADER.unpack_from(octets)
    if magic != _MAGIC or not version.endswith(b"\0"):
        raise DocumentError("not a face record", "face")
    if length > len(octets):
        raise DocumentError("a face record cut off", "face")
    if count == 0:
        raise DocumentError("a face record without a face", "face")
    if count > MAX_FACES:
        raise LimitExceeded(f"more than {MAX_FACES} faces in one record")
    faces = []
    at = _HEADER.size
    for _ in range(count):
        if at + _FACE.size > length:
            raise DocumentError("a face record shorter than its faces", "face")
        size, points = _FACE.unpack_from(octets, at)
        first = at + _FACE.size
        start = first + points * _FEATURE_POINT.size + _IMAGE.size
        at += size
        if start >= at or at > length:
            raise DocumentError("a face of impossible length", "face")
        eyes = _eyes(octets[first : start - _IMAGE.size])
        faces.append(FaceImage.of(octets[start:at], SOURCE_FORMAT, eyes))
    return tuple(faces)


def _eyes(feature_points: bytes) -> Eyes | None:
    points = {
        code: (column, row)
        for kind, code, column, row in _FEATURE_POINT.iter_unpack(feature_points)
        if kind == _TWO_DIMENSIONS
    }
    if _LEFT_EYE in points and _RIGHT_EYE in points:
        return points[_LEFT_EYE], points[_RIGHT_EYE]
    return None


def encode_face_record(image: bytes, width: int, height: int, media_type: str) -> bytes:
    """A record of one full-frontal image, everything else unspecified.

    :param image: JPEG or JPEG 2000.
    :param width: pixels, at most 65,535.
    :param height: pixels, at most 65,535.
    :param media_type: ``image/jpeg``, or another one for JPEG 2000.
    :raises DocumentError: a size that the record cannot hold (kind ``face``).
    """
    if not (0 < width <= 0xFFFF and 0 < height <= 0xFFFF):
        raise DocumentError("an image side that a face record cannot state", "face")
    coding = 0 if media_type == JPEG else 1
    # 1: full frontal (table 9); colour space 1: 24 bit RGB; source, device and quality unspecified.
    picture = _IMAGE.pack(1, coding, width, height, 1, 0, 0, 0) + image
    face = _FACE.pack(_FACE.size + len(picture), 0) + picture
    return _HEADER.pack(_MAGIC, b"010\0", _HEADER.size + len(face), 1) + face
