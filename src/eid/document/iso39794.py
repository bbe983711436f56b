"""Facial image blocks of ISO/IEC 39794-5:2019, which follow 19794-5 in documents from 2026 on."""

from __future__ import annotations

from eid.document.face import FaceImage
from eid.document.iso19794 import MAX_FACES
from eid.encoding.tlv import Node, parse
from eid.errors import DocumentError, LimitExceeded

__all__ = ["SOURCE_FORMAT", "face_block_images", "read_face_block"]

SOURCE_FORMAT = "ISO 39794-5"

_BLOCK = 0x65  # FaceImageDataBlock, [APPLICATION 5]
_REPRESENTATIONS = 0xA1
# representation: imageRepresentation [1], base [0], imageRepresentation2DBlock [0], representationData2D [0]
_PATH = (0xA1, 0xA0, 0xA0, 0x80)


def read_face_block(octets: bytes) -> tuple[FaceImage, ...]:
    """Every two-dimensional image of a block, given with or without the A1 that Doc 9303-10 puts around.

    :raises EncodingError: malformed.
    :raises DocumentError: not such a block, no image in it (kind ``face``), or an image that is neither
        JPEG nor JPEG 2000 (kind ``image``).
    :raises LimitExceeded: more than :data:`MAX_FACES` representations.
    """
    return face_block_images(parse(octets, der=False))


def face_block_images(node: Node) -> tuple[FaceImage, ...]:
    """Like :func:`read_face_block`, for a node already read."""
    if node.tag == 0xA1:
        inside = node.children()
        if len(inside) != 1:
            raise DocumentError("more than one face block where one belongs", "face")
        node = inside[0]
    if node.tag != _BLOCK:
        raise DocumentError("not a face block", "face")
    representations = node.find(_REPRESENTATIONS)
    found = representations.children() if representations else []
    if len(found) > MAX_FACES:
        raise LimitExceeded(f"more than {MAX_FACES} faces in one block")
    images = [octets for octets in map(_image, found) if octets is not None]
    if not images:
        raise DocumentError("a face block without an image", "face")
    return tuple(FaceImage.of(octets, SOURCE_FORMAT) for octets in images)


def _image(representation: Node) -> bytes | None:
    """The image of one representation; ``None`` for a three-dimensional shape or a later kind."""
    node: Node | None = representation.expect(0x30)
    for tag in _PATH:
        node = node.find(tag) if node is not None else None
    return None if node is None else node.value
