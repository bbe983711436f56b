from __future__ import annotations

import io
import json
import struct
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from eid.document import images
from eid.document.dg2 import DG2, encode_dg2
from eid.document.face import JPEG, JPEG2000, JPEG2000_CODESTREAM, FaceImage, image_header
from eid.document.images import decode
from eid.document.iso19794 import MAX_FACES, encode_face_record, read_face_record
from eid.document.iso39794 import read_face_block
from eid.encoding.tlv import tlv
from eid.errors import DocumentError, EidError, EncodingError, LimitExceeded, MissingExtra


def _jpeg(width: int = 16, height: int = 8, **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (200, 150, 100)).save(out, "JPEG", **options)
    return out.getvalue()


def _jp2(width: int = 16, height: int = 8, *, codestream: bool = False) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (200, 150, 100)).save(out, "JPEG2000", no_jp2=codestream)
    return out.getvalue()


def _block(image: bytes, *, count: int = 1) -> bytes:
    picture = tlv(0xA1, tlv(0xA0, tlv(0xA0, tlv(0x80, image))))
    representation = tlv(0x30, tlv(0x80, b"\0"), picture)
    return tlv(0x65, tlv(0xA0, tlv(0x80, b"\3")), tlv(0xA1, *[representation] * count))


def _dg2(*templates: bytes, count: int | None = None) -> bytes:
    number = len(templates) if count is None else count
    return tlv(0x75, tlv(0x7F61, tlv(0x02, bytes([number])), *(tlv(0x7F60, tlv(0xA1), t) for t in templates)))


def _kind(read: object, octets: bytes) -> str:
    with pytest.raises(DocumentError) as caught:
        read(octets)
    return caught.value.kind


def test_every_face_of_the_corpus_is_found_and_decoded(corpora: Path) -> None:
    expected = json.loads((corpora / "faces/expected.json").read_text())
    assert len(expected) == 9
    for entry in expected:
        octets = (corpora / "faces" / entry["file"]).read_bytes()
        if "EF.DG2" in entry["what"]:
            (face,) = DG2.parse(octets).faces
        elif "record" in entry["what"]:
            (face,) = read_face_record(octets)
        elif "block" in entry["what"]:
            (face,) = read_face_block(octets)
        else:
            face = FaceImage.of(octets, "file")
        assert octets[entry["image_offset"] :].startswith(face.data)
        assert len(face.data) == (15000 if "39794" in entry["what"] else entry["image_octets_to_end"])
        assert (face.media_type, face.width, face.height) == (
            entry["image_type"],
            entry["width"],
            entry["height"],
        )
        if entry["what"] != "JP2 file" and "JP2" not in entry["what"]:
            assert face.source_format == ("ISO 39794-5" if "39794" in entry["what"] else "ISO 19794-5")
        picture = decode(face)
        assert (picture.size, picture.mode) == ((entry["width"], entry["height"]), entry["mode"])


@pytest.mark.parametrize(
    ("image", "media_type"),
    [
        (_jpeg(), JPEG),
        (_jpeg(progressive=True), JPEG),
        (_jp2(), JPEG2000),
        (_jp2(codestream=True), JPEG2000_CODESTREAM),
    ],
)
def test_a_written_dg2_is_read_back(image: bytes, media_type: str) -> None:
    (face,) = DG2.parse(encode_dg2(image, 16, 8, media_type)).faces
    assert face == FaceImage(image, media_type, 16, 8, "ISO 19794-5")
    assert decode(face).size == (16, 8)
    assert image not in repr(face).encode("latin-1")
    assert repr(face) == f"<FaceImage {media_type} 16x8, {len(image)} octets>"


def test_the_image_says_its_type_and_size_not_the_record() -> None:
    (face,) = DG2.parse(encode_dg2(_jp2(), 1, 2, JPEG)).faces
    assert (face.media_type, face.width, face.height) == (JPEG2000, 16, 8)


@pytest.mark.parametrize("size", [(0, 8), (8, 0), (70_000, 8), (8, 70_000)])
def test_a_record_cannot_state_every_size(size: tuple[int, int]) -> None:
    with pytest.raises(DocumentError):
        encode_dg2(_jpeg(), *size, JPEG)


def test_several_faces_and_feature_points_are_read() -> None:
    image = _jpeg()
    picture = struct.pack(">BBHHBBHH", 1, 0, 16, 8, 1, 0, 0, 0) + image
    faces = b"".join(
        struct.pack(">IH14x", 20 + 8 * points + len(picture), points) + bytes(8 * points) + picture
        for points in (0, 3)
    )
    record = struct.pack(">4s4sIH", b"FAC\0", b"010\0", 14 + len(faces), 2) + faces
    assert [face.data for face in read_face_record(record)] == [image, image]
    assert [face.data for face in read_face_record(record + b"padding")] == [image, image]
    block = tlv(0x7F2E, _block(image, count=2))
    parsed = DG2.parse(_dg2(tlv(0x5F2E, record), block))
    assert [face.source_format for face in parsed.faces] == ["ISO 19794-5"] * 2 + ["ISO 39794-5"] * 2


@given(st.data())
def test_every_cut_of_a_record_is_noticed(draw: st.DataObject) -> None:
    record = encode_face_record(_jpeg(), 16, 8, JPEG)
    end = draw.draw(st.integers(0, len(record) - 1))
    assert _kind(read_face_record, record[:end]) == "face"


def _patched(record: bytes, at: int, octets: bytes) -> bytes:
    return record[:at] + octets + record[at + len(octets) :]


@pytest.mark.parametrize(
    ("at", "octets"),
    [
        (0, b"FIR\0"),
        (4, b"0101"),
        (8, b"\xff\xff\xff\xff"),
        (8, b"\0\0\0\x0e"),
        (12, b"\0\0"),
        (12, b"\0\2"),
        (14, b"\0\0\0\0"),
        (14, b"\xff\xff\xff\xff"),
        (18, b"\xff\xff"),
    ],
)
def test_lengths_that_contradict_each_other_are_refused(at: int, octets: bytes) -> None:
    record = encode_face_record(_jpeg(), 16, 8, JPEG)
    assert _kind(read_face_record, _patched(record, at, octets)) == "face"


def test_the_number_of_faces_is_bounded() -> None:
    record = encode_face_record(_jpeg(), 16, 8, JPEG)
    face = tlv(0x5F2E, record)
    many = (MAX_FACES + 1).to_bytes(2, "big")
    for read, octets in (
        (read_face_record, _patched(record, 12, many)),
        (read_face_block, _block(_jpeg(), count=MAX_FACES + 1)),
        (DG2.parse, _dg2(*[face] * (MAX_FACES + 1))),
        (DG2.parse, _dg2(*[tlv(0x7F2E, _block(_jpeg(), count=9))] * 2)),
    ):
        with pytest.raises(LimitExceeded):
            read(octets)


def test_blocks_without_an_image_are_refused() -> None:
    shape = tlv(0x30, tlv(0x80, b"\0"), tlv(0xA1, tlv(0xA1)))
    for octets in (
        tlv(0x65, tlv(0xA0)),
        tlv(0x65, tlv(0xA1)),
        tlv(0x65, tlv(0xA1, shape)),
        tlv(0xA1, _block(_jpeg()), _block(_jpeg())),
        tlv(0x66),
    ):
        assert _kind(read_face_block, octets) == "face"
    with pytest.raises(EncodingError):
        read_face_block(tlv(0x65, tlv(0xA1, tlv(0x31))))


def test_both_wrappings_of_a_block_are_read() -> None:
    block = _block(_jpeg())
    for data in (tlv(0x7F2E, block), tlv(0x7F2E, tlv(0xA1, block)), tlv(0x5F2E, tlv(0xA1, block))):
        assert DG2.parse(_dg2(data)).faces[0].source_format == "ISO 39794-5"


@pytest.mark.parametrize(
    "octets",
    [
        tlv(0x75),
        tlv(0x75, tlv(0x7F61)),
        tlv(0x75, tlv(0x7F61, tlv(0x7F60))),
        _dg2(),
        _dg2(tlv(0x5F2E, encode_face_record(_jpeg(), 16, 8, JPEG)), count=2),
        _dg2(tlv(0x7F2E, _block(_jpeg()), _block(_jpeg()))),
        _dg2(tlv(0x80)),
    ],
)
def test_groups_without_what_they_announce_are_refused(octets: bytes) -> None:
    assert _kind(DG2.parse, octets) == "dg2"


def test_another_file_is_refused() -> None:
    with pytest.raises(EncodingError):
        DG2.parse(tlv(0x61))


_SIZ = "ff4fff5100290000" + "00000010" + "00000008" + "00" * 26
_JP2_HEAD = "0000000c6a5020200d0a870a"
_IHDR = "0000001669686472" + "00000008" + "00000010" + "0003070700" + "00"


@pytest.mark.parametrize(
    "image",
    [
        "",
        "89504e470d0a1a0a",
        "ffd8ff",
        "ffd8ffe0",
        "ffd8ffe00001",
        "ffd8ffe0000400",
        "ffd8ffe0000400000000",
        "ffd8ffd9",
        "ffd8ffda0002",
        "ffd8ffff00",
        "ffd8ffc0000b08",
        "ffd8ffc0000b0800000010",
        "ffd8ffc0000b0800080000",
        "ff4fff51",
        "ff4fff5100290000" + "00000010" + "00000008" + "00000010" + "00000000",
        "ff4fff5100290000" + "00000010" + "00000008" + "00000020" + "00000000",
        _JP2_HEAD,
        _JP2_HEAD + "00000000",
        _JP2_HEAD + "00000007" + "66747970",
        _JP2_HEAD + "000000ff" + "66747970",
        _JP2_HEAD + "00000001" + "66747970" + "000000000000000f",
        _JP2_HEAD + "0000001e" + "6a703268" + _IHDR,
        _JP2_HEAD + "00000010" + "6a703268" + "0000000869686472",
        _JP2_HEAD + "00000000" + "6a703263" + _SIZ,
        _JP2_HEAD
        + "0000001e"
        + "6a703268"
        + _IHDR.replace("00000010", "00000011")
        + "00000000"
        + "6a703263"
        + _SIZ,
        _JP2_HEAD + "0000001e" + "6a703268" + _IHDR + "00000000" + "6a703263" + "00" * 40,
    ],
)
def test_images_without_a_readable_size_are_refused(image: str) -> None:
    assert _kind(image_header, bytes.fromhex(image)) == "image"


def test_odd_but_right_image_headers_are_read() -> None:
    assert image_header(bytes.fromhex("ffd8ffe00002ffffffc2000b0800080010")) == (JPEG, 16, 8)
    extended = "00000001" + "66726565" + "0000000000000010"  # a box with a length of eight octets
    good = _JP2_HEAD + extended + "0000001e" + "6a703268" + _IHDR + "00000000" + "6a703263" + _SIZ
    assert image_header(bytes.fromhex(good)) == (JPEG2000, 16, 8)


def test_a_picture_of_too_many_pixels_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    face = FaceImage.of(_jpeg(), "test")
    monkeypatch.setattr(images, "MAX_PIXELS", 127)
    with pytest.raises(LimitExceeded):
        decode(face)
    monkeypatch.setattr(images, "MAX_PIXELS", 128)
    assert decode(face).size == (16, 8)


def test_a_damaged_picture_is_our_error() -> None:
    jp2 = _jp2()
    for image in (_jpeg()[:200], jp2[:-60] + bytes(60), _jp2(codestream=True)[:100]):
        assert _kind(decode, FaceImage.of(image, "test")) == "image"
    lying = FaceImage(_jpeg(), JPEG, 1, 1, "test")
    assert _kind(decode, lying) == "image"


@given(st.integers(0, 400), st.integers(0, 255), st.booleans())
def test_a_picture_with_a_changed_octet_decodes_or_is_our_error(at: int, value: int, jpeg: bool) -> None:
    image = bytearray(_jpeg() if jpeg else _jp2())
    image[at % len(image)] = value
    try:
        face = FaceImage.of(bytes(image), "test")
        assert decode(face).size == (face.width, face.height)
    except EidError:
        pass


def test_a_jpeg_that_goes_over_its_picture_without_end_is_not_decoded() -> None:
    stream = io.BytesIO()
    Image.new("L", (64, 64), 128).save(stream, "JPEG", progressive=True)
    octets = stream.getvalue()
    last = octets[octets.rindex(b"\xff\xda") : -2]
    assert decode(FaceImage.of(octets, "test")).size == (64, 64)
    with pytest.raises(LimitExceeded, match="scans"):
        decode(FaceImage.of(octets[:-2] + last * images.MAX_SCANS + octets[-2:], "test"))


def test_without_pillow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    face = FaceImage.of(_jpeg(), "test")
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(MissingExtra, match=r"eid\[images\]"):
        decode(face)
