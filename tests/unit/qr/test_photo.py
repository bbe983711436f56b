"""Photos for codes: small enough, the face kept, nothing else of the file in them."""

from __future__ import annotations

import io
import struct
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from eid.document.dg2 import DG2, encode_dg2
from eid.document.face import FaceImage
from eid.document.iso19794 import encode_face_record, read_face_record
from eid.errors import (
    DocumentError,
    InputError,
    LimitExceeded,
    MissingExtra,
    QrPhotoError,
    QrPictureUnreadable,
)
from eid.qr.photo import BUDGET, SIZE, SmallPhoto, fit_photo
from eid.simulator.portrait import portrait


def pixels(photo: SmallPhoto) -> Image.Image:
    image = Image.open(io.BytesIO(photo.octets))
    assert (image.format, image.size) == ("WEBP", SIZE)
    return image


def encoded(image: Image.Image, form: str = "JPEG", **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def with_eyes(image: Image.Image, *points: tuple[int, int, int, int]) -> FaceImage:
    """A face record with feature points: type, code, column, row (ISO/IEC 19794-5, 5.6)."""
    record = encode_face_record(encoded(image, quality=95), image.width, image.height, "image/jpeg")
    blocks = b"".join(struct.pack(">BBHH2x", *point) for point in points)
    size, count = struct.unpack_from(">IH", record, 14)
    assert count == 0
    changed = record[:8] + struct.pack(">IH", len(record) + len(blocks), 1)
    changed += struct.pack(">IH", size + len(blocks), len(points)) + record[20:34] + blocks + record[34:]
    (face,) = read_face_record(changed)
    return face


def scene(left_eye: tuple[int, int], right_eye: tuple[int, int], size: tuple[int, int]) -> Image.Image:
    """A grey table with two black eyes, and nothing else that is dark."""
    image = Image.new("RGB", size, (200, 200, 200))
    pen = ImageDraw.Draw(image)
    radius = abs(left_eye[0] - right_eye[0]) / 6
    for x, y in (left_eye, right_eye):
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(0, 0, 0))
    return image


def dark_box(photo: SmallPhoto) -> tuple[int, int, int, int]:
    """Around everything dark: both eyes."""
    found = pixels(photo).convert("L").point([255 * (grey < 80) for grey in range(256)]).getbbox()
    assert found is not None
    return found


# --- size ------------------------------------------------------------------------------------------


def test_the_portrait_of_a_card_fits_the_budget() -> None:
    (face,) = DG2.parse(encode_dg2(portrait(), 300, 400, "image/jpeg")).faces
    photo = fit_photo(face)
    assert len(photo.octets) <= BUDGET == 600
    assert photo.quality > 40
    assert photo == fit_photo(face)
    assert abs(photo.quality - fit_photo(portrait()).quality) <= 3  # from the image file alone


@settings(max_examples=25, deadline=None)
@given(st.integers(300, 2500))
def test_every_budget_is_kept_and_used(budget: int) -> None:
    photo = fit_photo(portrait(), budget=budget)
    assert len(photo.octets) <= budget
    assert photo.quality == 100 or len(photo.octets) > 0.7 * budget
    pixels(photo).load()


def test_the_picture_is_grey_and_upright() -> None:
    image = pixels(fit_photo(portrait())).convert("RGB")
    bands = [list(band.tobytes()) for band in image.split()]
    assert all(max(of) - min(of) <= 2 for of in zip(*bands, strict=True))


def test_a_budget_that_holds_no_picture_is_refused() -> None:
    with pytest.raises(QrPhotoError):
        fit_photo(portrait(), budget=60)
    with pytest.raises(InputError):
        fit_photo(portrait(), budget=0)


# --- the face --------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.integers(80, 320), st.integers(60, 440), st.integers(36, 110), st.booleans())
def test_both_eyes_are_kept_wherever_the_face_is(x: int, y: int, distance: int, swapped: bool) -> None:
    eyes = ((x + distance // 2, y), (x - distance // 2, y))
    left, right = eyes[::-1] if swapped else eyes  # records exist with the eyes confused
    face = with_eyes(scene(left, right, (400, 500)), (1, 0xC1, *left), (1, 0xC2, *right))
    assert face.eyes == (left, right)
    x1, y1, x2, y2 = dark_box(fit_photo(face, budget=2000))
    assert x2 - x1 == pytest.approx(SIZE[0] / 3.6 * 4 / 3, abs=2.5)
    if 1.9 * distance < x < 400 - 1.9 * distance and 2.3 * distance < y < 500 - 2.6 * distance:
        # Elsewhere the picture ends before the face can be in the middle.
        assert (x1 + x2) / 2 == pytest.approx(SIZE[0] / 2, abs=2)
        assert (y1 + y2) / 2 == pytest.approx(SIZE[1] * 0.45, abs=2)


@pytest.mark.parametrize(
    "points",
    [
        [],
        [(1, 0xC1, 200, 100)],
        [(1, 0xC1, 200, 100), (1, 0xC3, 100, 100)],
        [(2, 0xC1, 200, 100), (2, 0xC2, 100, 100)],
        [(1, 0xC1, 200, 100), (1, 0xC2, 400, 100)],
        [(1, 0xC1, 200, 100), (1, 0xC2, 100, 500)],
    ],
    ids=["none", "one eye", "a nostril", "another type", "right of the picture", "below the picture"],
)
def test_eyes_that_are_not_named_or_not_in_the_picture_are_none(
    points: list[tuple[int, int, int, int]],
) -> None:
    face = with_eyes(scene((200, 100), (100, 100), (400, 500)), *points)
    assert face.eyes is None
    assert fit_photo(face) == fit_photo(face.data)


@pytest.mark.parametrize("right", [(200, 100), (205, 100)])
def test_eyes_impossibly_near_to_each_other_do_not_lose_the_face(right: tuple[int, int]) -> None:
    face = with_eyes(scene((200, 100), (100, 100), (400, 500)), (1, 0xC1, 200, 100), (1, 0xC2, *right))
    assert face.eyes is not None
    assert fit_photo(face) == fit_photo(face.data)


def test_without_eyes_the_middle_is_kept_and_more_is_cut_below_than_above() -> None:
    """Both eyes of an upright portrait, of a long one and of a wide one stay in the photo."""
    for size, eyes in (
        ((300, 400), ((190, 160), (110, 160))),
        ((300, 600), ((190, 220), (110, 220))),
        ((800, 400), ((440, 160), (360, 160))),
    ):
        x1, y1, x2, y2 = dark_box(fit_photo(encoded(scene(*eyes, size)), budget=2000))
        assert (x1 + x2) / 2 == pytest.approx(SIZE[0] / 2, abs=1)
        assert 0.2 * SIZE[1] < (y1 + y2) / 2 < 0.6 * SIZE[1]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 700), st.integers(1, 700))
def test_pictures_of_every_shape_are_fitted(width: int, height: int) -> None:
    pixels(fit_photo(encoded(Image.new("L", (width, height), 90), "PNG")))


# --- what else a file holds ------------------------------------------------------------------------


def test_metadata_of_the_file_stay_behind() -> None:
    image = Image.open(io.BytesIO(portrait()))
    exif = Image.Exif()
    exif[0x010E] = "SECRET PLACE"
    octets = encoded(image, "JPEG", exif=exif, icc_profile=b"SECRET PROFILE" * 10, comment=b"SECRET NOTE")
    assert octets.count(b"SECRET") == 12
    photo = fit_photo(octets, budget=3000)
    assert b"SECRET" not in photo.octets
    assert not {"exif", "icc_profile", "comment", "xmp"} & pixels(photo).info.keys()


def test_the_photo_is_not_shown_by_repr() -> None:
    photo = fit_photo(portrait())
    assert repr(photo) == f"SmallPhoto(quality={photo.quality})"


# --- what is no portrait ---------------------------------------------------------------------------


def test_damaged_pictures_are_our_errors() -> None:
    with pytest.raises(QrPictureUnreadable):
        fit_photo(portrait()[:3000])
    with pytest.raises(QrPictureUnreadable):
        fit_photo(b"no picture")
    whole = FaceImage.of(portrait(), "test")
    cut = FaceImage(whole.data[:3000], whole.media_type, whole.width, whole.height, "test")
    with pytest.raises(DocumentError):
        fit_photo(cut)
    huge = FaceImage(whole.data, whole.media_type, 60_000, 60_000, "test")
    with pytest.raises(LimitExceeded):
        fit_photo(huge)


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(MissingExtra):
        fit_photo(portrait())
