"""Codes found in pictures, whatever these look like; pictures that are none are refused."""

from __future__ import annotations

import io
import random
import struct
import sys
import zlib
from pathlib import Path

import pytest
import segno
from distortions import ACCEPTED, photographed
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter, ImageOps

from eid.document.images import MAX_SCANS
from eid.errors import LimitExceeded, MissingExtra, QrCameraUnavailable, QrPictureUnreadable
from eid.qr import pictures
from eid.qr.planning import ErrorLevel
from eid.qr.rendering import draw
from eid.qr.scanning import Scanned, scan_array, scan_camera, scan_file, scan_image

TEXT = "SYNTHETIC CODE 42"


def picture(text: str = TEXT, scale: int = 4) -> Image.Image:
    return Image.open(io.BytesIO(draw(text).png(scale))).convert("L")


def texts(codes: tuple[Scanned, ...]) -> list[str | None]:
    return sorted(code.text or "" for code in codes)


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


# --- pictures --------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", pictures.FORMATS)
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_every_kind_of_file_is_scanned(form: str, mode: str, tmp_path: Path) -> None:
    path = tmp_path / "code"  # the name says nothing
    path.write_bytes(encoded(picture().convert(mode), form))
    (code,) = scan_file(path)
    assert (code.text, code.octets) == (TEXT, TEXT.encode())
    assert (code.version, code.level) == (1, ErrorLevel.M)


@pytest.mark.parametrize("mode", ["1", "P", "LA", "RGBA", "CMYK", "YCbCr", "HSV", "I", "F"])
def test_every_kind_of_pixels_is_scanned(mode: str) -> None:
    image = picture().convert("RGB").convert(mode) if mode == "HSV" else picture().convert(mode)
    assert texts(scan_image(image)) == [TEXT]


def test_sixteen_bits_of_grey_are_scanned() -> None:
    deep = picture().convert("I").point(lambda grey: grey * 257).convert("I;16")
    assert texts(scan_image(pictures.open_picture(encoded(deep, "PNG")))) == [TEXT]


def test_a_code_on_transparent_ground_is_scanned() -> None:
    image = Image.new("RGBA", picture().size, (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), mask=ImageOps.invert(picture()))
    assert texts(scan_image(image)) == [TEXT]


@pytest.mark.parametrize(
    "turned",
    [
        ImageOps.invert,
        ImageOps.mirror,
        ImageOps.flip,
        lambda image: image.rotate(90),
        lambda image: image.rotate(180),
        lambda image: image.rotate(45, expand=True, fillcolor=255),
    ],
    ids=["inverted", "mirrored", "flipped", "90", "180", "45"],
)
def test_light_on_dark_mirrored_and_turned_codes_are_scanned(turned) -> None:
    assert texts(scan_image(turned(picture()))) == [TEXT]


def test_all_codes_of_a_picture_are_found_where_they_are() -> None:
    sheet = Image.new("L", (640, 480), 200)
    places = {f"CODE {number}": (20 + 200 * (number % 3), 20 + 210 * (number // 3)) for number in range(6)}
    for text, place in places.items():
        sheet.paste(picture(text), place)
    found = scan_image(sheet)
    assert texts(found) == sorted(places)
    for code in found:
        left, top = places[str(code.text)]
        margin, end = 4 * 4, (4 + 21) * 4
        expected = ((margin, margin), (end, margin), (end, end), (margin, end))
        for (x, y), (dx, dy) in zip(code.corners, expected, strict=True):
            assert abs(x - left - dx) <= 2
            assert abs(y - top - dy) <= 2


def test_nothing_is_found_where_nothing_is() -> None:
    assert scan_image(Image.new("L", (300, 300), 255)) == ()
    assert scan_image(Image.new("L", (1, 1))) == ()
    noise = random.Random(1).randbytes(300 * 300)
    assert scan_image(Image.frombytes("L", (300, 300), noise)) == ()


def test_a_blurred_small_code_is_found_at_the_second_look() -> None:
    """At 2.5 pixels for a module and as crooked as a camera may hold it; corners are in the picture's pixels."""
    camera = ACCEPTED.at(pixels=2.5, steady=True)
    code = Image.open(io.BytesIO(draw("A" * 419).png(5)))
    for seed in range(20):
        seen = photographed(code, 73, camera, random.Random(seed))
        (found,) = scan_image(seen)
        assert found.text == "A" * 419
        assert all(0 <= x < seen.width and 0 <= y < seen.height for x, y in found.corners)


def test_what_is_not_utf8_has_octets_and_no_text() -> None:
    """Kanji mode, Latin-1, octets: what they mean is for somebody else to say."""
    for code in (
        segno.make("漢字", mode="kanji", micro=False),
        segno.make("é", encoding="latin-1", micro=False),
    ):
        (found,) = scan_image(Image.open(io.BytesIO(encoded_by(code))))
        assert found.text is None
        assert found.octets in ("漢字".encode("shift-jis"), b"\xe9")


def encoded_by(code: segno.QRCode) -> bytes:
    stream = io.BytesIO()
    code.save(stream, kind="png", scale=5)
    return stream.getvalue()


def test_utf8_with_its_mark_is_text() -> None:
    code = segno.make("Nguyễn", encoding="utf-8", eci=True, micro=False)
    assert texts(scan_image(Image.open(io.BytesIO(encoded_by(code))))) == ["Nguyễn"]


def test_other_kinds_of_codes_are_no_qr_codes() -> None:
    import zxingcpp

    assert scan_image(Image.open(io.BytesIO(encoded_by(segno.make("123", micro=True))))) == ()
    for kind in ("DataMatrix", "Aztec", "PDF417", "Code128"):
        other = zxingcpp.create_barcode("123456", getattr(zxingcpp.BarcodeFormat, kind))
        assert scan_array(other.to_image(scale=5)) == ()


def test_content_is_not_shown_by_repr() -> None:
    (code,) = scan_image(picture())
    assert TEXT not in repr(code)
    assert repr(TEXT.encode()) not in repr(code)


# --- arrays ----------------------------------------------------------------------------------------


def grey_array(image: Image.Image) -> memoryview:
    return memoryview(image.tobytes()).cast("B", (image.height, image.width))


def test_arrays_of_grey_and_of_colours_are_scanned() -> None:
    wide = Image.new("L", (300, 200), 255)
    wide.paste(picture(), (40, 20))
    colours = memoryview(wide.convert("RGB").tobytes()).cast("B", (200, 300, 3))
    assert texts(scan_array(grey_array(wide))) == texts(scan_array(colours)) == [TEXT]


@pytest.mark.parametrize(
    "array",
    [
        b"octets in a row",
        5,
        None,
        [[0, 0], [0, 0]],
        memoryview(bytes(16)).cast("B", (2, 2, 4)),
        memoryview(bytes(16)).cast("B", (2, 2, 2, 2)),
        memoryview(bytes(64)).cast("d", (2, 4)),
        memoryview(b""),
    ],
)
def test_other_arrays_are_refused(array: object) -> None:
    with pytest.raises(QrPictureUnreadable):
        scan_array(array)


def test_an_array_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eid.qr.scanning.MAX_PIXELS", 10_000)
    with pytest.raises(LimitExceeded):
        scan_array(memoryview(bytes(101 * 100)).cast("B", (101, 100)))


# --- hostile files ---------------------------------------------------------------------------------


def bomb(width: int, height: int) -> bytes:
    """A PNG whose header promises *width* x *height* pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1_000_000)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(("width", "height"), [(5200, 5001), (20_000, 20_000), (2**31 - 1, 2**31 - 1)])
def test_a_picture_that_promises_too_many_pixels_is_refused_before_they_are_made(
    width: int, height: int, tmp_path: Path
) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(bomb(width, height))
    with pytest.raises(LimitExceeded):
        scan_file(path)


@pytest.mark.parametrize("size", [(pictures.MAX_SIDE + 1, 3), (3, pictures.MAX_SIDE + 1)])
def test_a_picture_with_a_side_beyond_what_the_decoder_takes_is_refused(size: tuple[int, int]) -> None:
    width, height = (min(side, pictures.MAX_SIDE) for side in size)
    assert scan_image(Image.new("L", (width, height))) == ()
    with pytest.raises(LimitExceeded, match="side"):
        scan_image(Image.new("L", size))


def progressive(size: int, *, again: int = 0) -> bytes:
    """A progressive JPEG whose last scan, which has few octets, comes some more times."""
    stream = io.BytesIO()
    Image.new("L", (size, size), 128).save(stream, "JPEG", progressive=True)
    octets = stream.getvalue()
    return octets[:-2] + octets[octets.rindex(b"\xff\xda") : -2] * again + octets[-2:]


def test_a_jpeg_that_goes_over_its_picture_without_end_is_refused() -> None:
    # 230 KB of them, for a picture of 5,000 x 5,000, kept a processor busy for 75 seconds.
    assert pictures.open_picture(progressive(500)).size == (500, 500)
    assert pictures.open_picture(progressive(500, again=MAX_SCANS // 2)).size == (500, 500)
    with pytest.raises(LimitExceeded, match="scans"):
        pictures.open_picture(progressive(500, again=MAX_SCANS))


def test_a_large_file_is_refused_before_it_is_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    with path.open("wb") as stream:
        stream.truncate(pictures.MAX_FILE + 1)
    with pytest.raises(LimitExceeded):
        scan_file(path)


@pytest.mark.parametrize("name", ["missing.png", "folder", "null\0byte"])
def test_a_file_that_cannot_be_read_is_our_error(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(QrPictureUnreadable):
        scan_file(tmp_path / name)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([encoded(picture(), form) for form in pictures.FORMATS]), st.data(), st.integers(0, 3))
def test_damaged_files_raise_our_errors_only(octets: bytes, data: st.DataObject, flips: int) -> None:
    changed = bytearray(octets)
    for _ in range(flips):
        at = data.draw(st.integers(0, len(changed) - 1))
        changed[at] ^= data.draw(st.integers(1, 255))
    if not flips:
        del changed[data.draw(st.integers(0, len(changed) - 1)) :]
    try:
        image = pictures.open_picture(bytes(changed))
    except (QrPictureUnreadable, LimitExceeded):
        return
    scan_image(image)


def test_an_image_without_pixels_is_refused() -> None:
    with pytest.raises(QrPictureUnreadable):
        scan_image(Image.new("L", (0, 5)))


def test_other_kinds_of_files_are_not_opened() -> None:
    for octets in (b"", b"%PDF-1.7", b"<svg/>", encoded(picture(), "TIFF"), encoded(picture(), "GIF")):
        with pytest.raises(QrPictureUnreadable):
            pictures.open_picture(octets)


# --- what is not installed -------------------------------------------------------------------------


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    image, path = picture(), tmp_path / "code.png"
    path.write_bytes(encoded(image, "PNG"))
    array = grey_array(image)
    monkeypatch.setitem(sys.modules, "zxingcpp", None)
    for scan, source in ((scan_image, image), (scan_file, path), (scan_array, array)):
        with pytest.raises(MissingExtra, match=r"eid\[qr\]"):
            scan(source)
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(MissingExtra, match=r"eid\[qr\]"):
        scan_file(path)
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(MissingExtra, match=r"eid\[camera\]"):
        next(scan_camera(0))


# --- the camera ------------------------------------------------------------------------------------


@pytest.fixture
def cv2():
    return pytest.importorskip("cv2", reason="OpenCV is not installed: pip install eid[camera]")


def recorded(cv2, path: Path, shown: list[str | None]) -> Path:
    """A film of 8 pictures for each text, ``None`` for an empty table."""
    import numpy

    film = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (640, 480))
    assert film.isOpened()
    for text in shown:
        frame = Image.new("RGB", (640, 480), (190, 190, 190))
        if text is not None:
            frame.paste(
                picture(text, 8).rotate(10, fillcolor=255).filter(ImageFilter.GaussianBlur(1)), (90, 60)
            )
        for _ in range(8):
            film.write(numpy.asarray(frame))
    film.release()
    return path


def test_codes_before_a_camera_come_once_each(cv2, tmp_path: Path) -> None:
    film = recorded(cv2, tmp_path / "film.avi", [None, "FIRST", "FIRST", None, "SECOND", "FIRST"])
    assert [code.text for code in scan_camera(film)] == ["FIRST", "SECOND"]


def test_a_code_that_was_away_for_long_comes_again(cv2, tmp_path: Path) -> None:
    film = recorded(cv2, tmp_path / "film.avi", ["FIRST", None, None, None, None, "FIRST"])
    assert [code.text for code in scan_camera(film)] == ["FIRST", "FIRST"]


def test_no_camera_is_our_error(cv2, tmp_path: Path) -> None:
    for number in (-1, 97):
        with pytest.raises(QrCameraUnavailable):
            next(scan_camera(number))
    for missing in (tmp_path / "missing.avi", "http://127.0.0.1:9/film"):
        with pytest.raises(QrPictureUnreadable):
            next(scan_camera(missing))
    (tmp_path / "no.avi").write_bytes(b"no film")
    with pytest.raises(QrCameraUnavailable):
        next(scan_camera(tmp_path / "no.avi"))
