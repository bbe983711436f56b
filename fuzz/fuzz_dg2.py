"""Fuzz the portrait: DG2, records of ISO 19794-5, blocks of ISO 39794-5, and the image headers."""

from __future__ import annotations

from collections.abc import Iterator

from common import instrumented, run

with instrumented(__name__):
    from eid.document.dg2 import DG2, encode_dg2
    from eid.document.face import image_header
    from eid.document.iso19794 import encode_face_record, read_face_record
    from eid.document.iso39794 import read_face_block
    from eid.encoding.tlv import tlv
    from eid.errors import EidError


def check(data: bytes) -> None:
    """Read *data* as each of the four."""
    for read in (read_face_record, read_face_block, lambda octets: DG2.parse(octets).faces):
        try:
            faces = read(data)
        except EidError:
            continue
        assert faces
        for face in faces:
            assert face.data in data
            assert image_header(face.data) == (face.media_type, face.width, face.height)
            assert min(face.width, face.height) > 0
    image_header(data)


def tiny_jpeg() -> bytes:
    """The segments of a JPEG of 3 by 2 pixels up to its frame header."""
    return bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffc0000b080002000301011100ffd9")


def tiny_codestream() -> bytes:
    """The size segment of a JPEG 2000 codestream of 3 by 2 pixels."""
    return bytes.fromhex("ff4fff510029000000000003000000020000000000000000" + "00" * 16 + "0001070101")


def tiny_jp2() -> bytes:
    """The boxes of a JPEG 2000 file of 3 by 2 pixels."""
    header = bytes.fromhex("00000016696864720000000200000003000107070000")
    return (
        bytes.fromhex("0000000c6a5020200d0a870a")
        + bytes.fromhex("00000014667479706a703220000000006a703220")
        + (8 + len(header)).to_bytes(4, "big") + b"jp2h" + header
        + bytes(4) + b"jp2c" + tiny_codestream()
    )  # fmt: skip


def tiny_block(image: bytes) -> bytes:
    """A face block of ISO 39794-5 with one representation of *image*."""
    picture = tlv(0xA1, tlv(0xA0, tlv(0xA0, tlv(0x80, image))))
    representation = tlv(0x30, tlv(0x80, b"\0"), picture)
    return tlv(0xA1, tlv(0x65, tlv(0xA0, tlv(0x80, b"\3"), tlv(0x81, b"\7\xe3")), tlv(0xA1, representation)))


def seeds() -> Iterator[bytes]:
    """Each form around each kind of image."""
    for image in (tiny_jpeg(), tiny_codestream(), tiny_jp2()):
        yield image
        yield encode_face_record(image, 3, 2, "image/jpeg")
        yield encode_dg2(image, 3, 2, "image/jp2")
        yield tlv(0x75, tlv(0x7F61, tlv(0x02, b"\1"), tlv(0x7F60, tlv(0xA1), tlv(0x7F2E, tiny_block(image)))))


if __name__ == "__main__":
    run(check, seeds)
