"""Codes as pictures: the right size, the same from both encoders, refused where they would not scan."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
import segno.consts
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from eid.errors import InputError, QrTooLong, QrWillNotScan
from eid.qr.planning import (
    CAMERAS,
    MAX_PRINT_MM,
    MIN_MODULE_MM,
    MIN_PIXELS,
    MIN_PIXELS_PER_MM,
    PHONE,
    Camera,
    ErrorLevel,
    plan,
)
from eid.qr.rendering import MAX_SCALE, Form, QrPicture, draw, draw_with_qrcode, render
from eid.qr.scanning import Scanned, scan_image

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
BOTH = pytest.mark.parametrize("drawn", [draw, draw_with_qrcode])


def scanned(png: bytes) -> Scanned:
    (code,) = scan_image(Image.open(io.BytesIO(png)))
    return code


# --- version and level -----------------------------------------------------------------------------


@pytest.mark.parametrize("level", ErrorLevel)
@pytest.mark.parametrize("version", range(1, 41))
def test_every_version_holds_what_the_standard_says(version: int, level: ErrorLevel) -> None:
    """The capacities of segno are the oracle; each text fits exactly, and one character more does not."""
    bits = segno.consts.SYMBOL_CAPACITY[version][getattr(segno.consts, f"ERROR_LEVEL_{level}")]
    pairs, rest = divmod(bits - 4 - (9 if version < 10 else 11 if version < 27 else 13), 11)
    characters = 2 * pairs + (rest >= 6)
    octets = (bits - 4 - (8 if version < 10 else 16)) // 8
    for text, more in (("A" * characters, "A"), ("a" * octets, "a")):
        assert plan(text, level=level).version == version
        if version == 40:
            with pytest.raises(QrTooLong):
                plan(text + more, level=level)
        else:
            assert plan(text + more, level=level).version == version + 1


@BOTH
def test_base45_is_packed_two_characters_to_eleven_bits(drawn) -> None:
    """419 characters in a version 12-M, as the format table has it; as octets they would need version 16."""
    text = (ALPHANUMERIC * 10)[:419]
    picture = drawn(text)
    assert (picture.layout.version, picture.layout.level) == (12, "M")
    assert scanned(picture.png(4)).text == text
    assert plan(text.lower()).version == 16


def test_a_level_that_costs_no_larger_version_is_taken() -> None:
    assert (plan("HELLO").version, plan("HELLO").level) == (1, "H")
    assert plan("HELLO", level=ErrorLevel.L).level == "L"


def test_a_text_too_long_for_level_m_goes_to_level_l() -> None:
    assert plan("A" * 4000).level == "L"
    with pytest.raises(QrTooLong):
        plan("A" * 4000, level=ErrorLevel.M)
    with pytest.raises(QrTooLong):
        plan("A" * 4297)


@pytest.mark.parametrize("text", ["", "a lone \ud800 surrogate"])
def test_no_text_is_no_code(text: str) -> None:
    with pytest.raises(InputError):
        draw(text)


# --- what scans ------------------------------------------------------------------------------------


@given(
    length=st.integers(1, 1500),
    camera=st.sampled_from([*CAMERAS.values(), Camera("own", 1.5)]),
    size=st.floats(5, 150),
)
def test_what_is_planned_for_paper_can_be_scanned_and_what_is_refused_cannot(
    length: int, camera: Camera, size: float
) -> None:
    text = "A" * length
    narrowest = plan(text, level=ErrorLevel.L).side * max(MIN_MODULE_MM, MIN_PIXELS / camera.pixels_per_mm)
    if size < narrowest:
        with pytest.raises(QrWillNotScan) as refused:
            plan(text, print_size=size, camera=camera)
        needed = refused.value.needed_mm
        assert narrowest - 1e-6 <= needed < narrowest + 0.11
        assert f"{needed:g} mm" in refused.value.detail
        size = needed
    layout = plan(text, print_size=size, camera=camera)
    assert layout.module_mm is not None
    assert layout.pixels_per_module is not None
    assert layout.module_mm > MIN_MODULE_MM - 1e-6
    assert layout.pixels_per_module > MIN_PIXELS - 1e-6
    assert layout.needed_mm <= layout.print_size + 0.1


def test_room_on_the_paper_is_spent_on_error_correction() -> None:
    text = "A" * 419
    levels = [plan(text, print_size=size).level for size in (26, 28, 50, 75)]
    assert levels == ["L", "M", "M", "H"]


def test_a_coarser_camera_needs_a_larger_print() -> None:
    text = "A" * 419
    assert plan(text, print_size=30, camera=CAMERAS["scanner"]).version == 12
    with pytest.raises(QrWillNotScan) as refused:
        plan(text, print_size=30, camera=CAMERAS["webcam"])
    assert "webcam" in str(refused.value)
    assert refused.value.needed_mm == pytest.approx(51.8, abs=0.1)


@pytest.mark.parametrize("size", [0.0, -5.0, float("nan"), float("inf"), 1e308])
def test_a_print_size_is_a_positive_number(size: float) -> None:
    with pytest.raises(InputError):
        plan("A", print_size=size)
    with pytest.raises(InputError):
        Camera("own", size)


@pytest.mark.parametrize("pixels", [1e-320, 1e-4, 1e5])
def test_a_camera_that_cannot_be_is_refused(pixels: float) -> None:
    with pytest.raises(InputError):
        Camera("own", pixels)


def test_the_largest_print_and_the_coarsest_camera_can_be_reckoned_with() -> None:
    assert len(draw("A", print_size=MAX_PRINT_MM, camera=CAMERAS["webcam"]).png()) > 1000
    with pytest.raises(QrWillNotScan):
        plan("A", print_size=30, camera=Camera("own", MIN_PIXELS_PER_MM))


# --- both encoders ---------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.text(ALPHANUMERIC, min_size=1, max_size=700),
        st.text(st.characters(max_codepoint=127), min_size=1, max_size=300),
        st.text(st.sampled_from("Nguyễn Đức Ánh|café ñ đ 漢字カナ ÿ\\\n"), min_size=1, max_size=150),
    ),
    st.sampled_from([None, *ErrorLevel]),
)
def test_both_encoders_say_the_same_at_the_same_version_and_level(
    text: str, level: ErrorLevel | None
) -> None:
    for drawn in (draw, draw_with_qrcode):
        picture = drawn(text, level=level)
        code = scanned(picture.png(3))
        assert code.text == text
        assert (code.version, code.level) == (picture.layout.version, picture.layout.level)
        assert picture.layout == plan(text, level=level)


def test_text_that_is_not_ascii_is_written_as_utf8() -> None:
    assert scanned(draw("café").png()).octets == "café".encode()


def test_codes_are_drawn_where_the_extra_is_not_installed() -> None:
    program = (
        "import sys; sys.modules['zxingcpp'] = sys.modules['PIL'] = None\n"
        "from eid.qr.rendering import Form, render\n"
        "sys.stdout.buffer.write(render('HELLO', Form.PNG))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert scanned(done.stdout).text == "HELLO"


# --- forms -----------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("scale", [1, 2, 3, 7, 8, 9, 16])
def test_a_png_has_whole_pixels_and_a_white_margin_of_four_modules(drawn, scale: int) -> None:
    picture = drawn("HELLO")
    image = Image.open(io.BytesIO(picture.png(scale)))
    assert (image.format, image.mode, image.size) == ("PNG", "1", (29 * scale, 29 * scale))
    assert modules_of(image.convert("L").reduce(scale), picture) == picture.rows


def modules_of(image: Image.Image, picture: QrPicture) -> tuple[bytes, ...]:
    """Dark and light read back from one pixel for each module; the margin must be white."""
    side, modules = picture.layout.side, picture.layout.modules
    grey = image.convert("L")
    assert grey.size == (side, side)
    rows = [grey.crop((0, y, side, y + 1)).tobytes() for y in range(side)]
    assert set(b"".join(rows)) == {0, 255}
    white = b"\xff" * side
    assert rows[:4] == rows[-4:] == [white] * 4
    assert all(row[:4] == row[-4:] == b"\xff" * 4 for row in rows)
    return tuple(bytes(1 - pixel // 255 for pixel in row[4:-4]) for row in rows[4 : 4 + modules])


def test_a_png_for_printing_carries_its_size() -> None:
    image = Image.open(io.BytesIO(draw("A" * 419, print_size=30).png()))
    across, _ = image.info["dpi"]
    assert image.width / across * 25.4 == pytest.approx(30, rel=1e-3)
    assert across >= 600
    assert "dpi" not in Image.open(io.BytesIO(draw("A").png())).info


@pytest.mark.parametrize("scale", [0, -1, MAX_SCALE + 1])
def test_a_scale_is_bounded(scale: int) -> None:
    with pytest.raises(InputError):
        draw("A").png(scale)


def test_an_svg_says_the_same() -> None:
    picture = draw("HELLO", print_size=25.4)
    root = ET.fromstring(picture.svg())
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("25.4mm", "25.4mm", "0 0 29 29")
    ground, code = root
    assert (ground.get("fill"), ground.get("d")) == ("#fff", "M0 0h29v29h-29z")
    image = Image.new("L", (29, 29), 255)
    path = code.get("d") or ""
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path):
        image.paste(0, (int(x), int(y), int(x) + int(width), int(y) + 1))
    assert re.sub(r"M(\d+) (\d+)h(\d+)v1h-\3z", "", path) == ""
    assert modules_of(image, picture) == picture.rows


def test_render_gives_finished_pictures() -> None:
    assert scanned(render("HELLO", Form.PNG)).text == "HELLO"
    assert render("HELLO", Form.SVG) == draw_with_qrcode("HELLO").svg().encode()
    assert render("HELLO", Form.TERMINAL, camera=PHONE).decode() == draw_with_qrcode("HELLO").terminal()


def test_nothing_of_the_content_is_shown_by_repr() -> None:
    assert "rows" not in repr(draw("HELLO"))
