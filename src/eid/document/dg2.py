"""DG2: the portrait (Doc 9303-10, 4.7.2), in one or more biometric data templates."""

from __future__ import annotations

from dataclasses import dataclass

from eid.document.face import FaceImage
from eid.document.iso19794 import MAX_FACES, encode_face_record, read_face_record
from eid.document.iso39794 import face_block_images, read_face_block
from eid.encoding.der import read_integer
from eid.encoding.tlv import Node, parse, tlv
from eid.errors import DocumentError, LimitExceeded

__all__ = ["DG2", "encode_dg2"]


@dataclass(frozen=True, slots=True)
class DG2:
    """The faces of the document, in their order; the first is the one that is printed."""

    faces: tuple[FaceImage, ...]

    @classmethod
    def parse(cls, octets: bytes) -> DG2:
        """Read DG2 with records of ISO 19794-5 or blocks of ISO 39794-5, told apart by their content.

        :raises EncodingError: malformed, cut off or another file.
        :raises DocumentError: no face in it (kind ``dg2``), or a record that breaks its standard.
        :raises LimitExceeded: more than 16 faces.
        """
        group = parse(octets, 0x75, der=False).find(0x7F61)
        if group is None:
            raise DocumentError("DG2 without a group of templates", "dg2")
        inside = group.children()
        if not inside or inside[0].tag != 0x02:
            raise DocumentError("DG2 without the number of templates", "dg2")
        templates = [node for node in inside if node.tag == 0x7F60]
        if len(templates) > MAX_FACES:
            raise LimitExceeded(f"more than {MAX_FACES} biometric templates")
        if not templates or read_integer(inside[0]) != len(templates):
            raise DocumentError("DG2 does not have as many templates as it says", "dg2")
        faces = tuple(face for template in templates for face in _template_faces(template))
        if len(faces) > MAX_FACES:
            raise LimitExceeded(f"more than {MAX_FACES} faces")
        return cls(faces)


def _template_faces(template: Node) -> tuple[FaceImage, ...]:
    for node in template.children():
        if node.tag == 0x7F2E:
            inside = node.children()
            if len(inside) != 1:
                raise DocumentError("a biometric template without exactly one block", "dg2")
            return face_block_images(inside[0])
        if node.tag == 0x5F2E:
            data = node.value
            return read_face_record(data) if data.startswith(b"FAC\0") else read_face_block(data)
    raise DocumentError("a biometric template without data", "dg2")


def encode_dg2(image: bytes, width: int, height: int, media_type: str) -> bytes:
    """Write EF.DG2 with one ISO 19794-5 record of one full-frontal image.

    :param image: JPEG or JPEG 2000, as it is.
    :param width: pixels.
    :param height: pixels.
    :param media_type: ``image/jpeg`` or ``image/jp2``.
    :raises DocumentError: a size that the record cannot hold (kind ``face``).
    """
    # Version 1.1 of the header, facial features, format 8 of owner 257 (ISO/IEC JTC 1/SC 37).
    header = tlv(
        0xA1, tlv(0x80, b"\x01\x01"), tlv(0x81, b"\x02"), tlv(0x87, b"\x01\x01"), tlv(0x88, b"\x00\x08")
    )
    record = tlv(0x5F2E, encode_face_record(image, width, height, media_type))
    return tlv(0x75, tlv(0x7F61, tlv(0x02, b"\x01"), tlv(0x7F60, header, record)))
