"""Sheets of labels: opened by an independent PDF reader, every code on them scanned, captions read back."""

from __future__ import annotations

import io
import random
import re
import shutil
import subprocess
import unicodedata
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from eid.errors import InputError, LimitExceeded, QrSheetError, QrTooLong, QrWillNotScan
from eid.qr import lettering, sheets
from eid.qr.planning import CAMERAS, ErrorLevel
from eid.qr.scanning import scan_image
from eid.qr.sheets import Label, label_sheet

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
VOWELS = "aăâeêioôơuưy"
VIETNAMESE = sorted(
    {
        unicodedata.normalize("NFC", letter + mark)
        for vowel in VOWELS
        for letter in (vowel, vowel.upper())
        for mark in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
    }
    | {"đ", "Đ"}
)


def poppler(program: str, pdf: bytes, *options: str) -> bytes:
    if shutil.which(program) is None:
        pytest.skip("no poppler-utils here")
    done = subprocess.run([program, *options, "-", "-"], input=pdf, capture_output=True, check=True)
    assert done.stderr == b""
    return done.stdout


def page(pdf: bytes, number: int, dpi: int) -> Image.Image:
    """One page as the printer gets it."""
    options = ("-r", str(dpi), "-gray", "-f", str(number), "-l", str(number))
    if shutil.which("pdftoppm") is None:
        pytest.skip("no poppler-utils here")
    done = subprocess.run(["pdftoppm", *options, "-"], input=pdf, capture_output=True, check=True)
    return Image.open(io.BytesIO(done.stdout))


def labels(count: int, length: int = 419) -> list[Label]:
    rng = random.Random(count)
    return [
        Label("".join(rng.choices(ALPHANUMERIC, k=length)), f"Trạm y tế xã số {number}\nNguyễn Đức Ánh")
        for number in range(count)
    ]


@pytest.mark.parametrize("dpi", [150, 300])
def test_every_code_of_a_printed_page_is_scanned(dpi: int) -> None:
    given = labels(23)
    pdf = label_sheet(given, print_size=40)
    found = [code.text for number in (1, 2) for code in scan_image(page(pdf, number, dpi))]
    assert sorted(map(str, found)) == sorted(label.text for label in given)


def test_codes_are_as_wide_as_they_were_ordered() -> None:
    pdf = label_sheet(labels(1), print_size=60, level=ErrorLevel.M)
    (code,) = scan_image(page(pdf, 1, 300))
    (left, top), (right, _), _, (_, bottom) = code.corners
    modules, side = 17 + 4 * code.version, 17 + 4 * code.version + 8
    for length in (right - left, bottom - top):
        assert length / 300 * 25.4 == pytest.approx(60 * modules / side, abs=0.3)


def test_captions_can_be_searched_and_copied() -> None:
    text = "".join(VIETNAMESE)
    caption = "\n".join([*re.findall(".{1,18}", text), r"(a) \b “c” – 100 %"])
    read = poppler("pdftotext", label_sheet([Label("A", caption)], print_size=60)).decode()
    assert unicodedata.normalize("NFC", "".join(read.split())) == "".join(caption.split())


def test_a_long_caption_is_made_smaller_and_then_cut() -> None:
    pdf = label_sheet([Label("A", "w" * 30), Label("B", "w" * 300)], print_size=30)
    read = poppler("pdftotext", pdf).decode()
    assert "w" * 30 not in read
    assert "…" in read
    assert "w" * 15 in poppler("pdftotext", label_sheet([Label("A", "w" * 15)], print_size=30)).decode()


@pytest.mark.parametrize("letter", ["w", "ế", "e\u0302\u0301"])
def test_as_much_of_a_caption_is_kept_as_fits_with_few_looks(
    letter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, measure = [], lettering.width
    monkeypatch.setattr(lettering, "width", lambda text: looks.append(text) or measure(text))
    text = letter * (500 // len(letter))
    ((line, size),) = sheets._caption(text, 30.0)
    assert len(looks) < 20  # one for each letter took half an hour for a whole document
    assert text.startswith(line.removesuffix("…"))
    assert measure(line) * size <= 30.0 + 1e-6
    assert measure(line[:-1] + letter + "…") * size > 30.0


def test_ink_of_every_vietnamese_letter_differs_from_its_base_letter() -> None:
    """Marks are really drawn, each its own: no two letters make the same picture."""
    drawn = {letter: lettering.line(letter, 0, 0, 1) for letter in VIETNAMESE}
    ink = {letter: re.sub(rb"<[0-9a-f]+>", b"", octets) for letter, octets in drawn.items()}
    assert len(set(ink.values())) == len(VIETNAMESE)


@given(st.text(st.sampled_from([*VIETNAMESE, *"BCDĐđQz 09()\\"]), max_size=30))
def test_composed_and_decomposed_captions_look_the_same(text: str) -> None:
    forms = [unicodedata.normalize(form, text) for form in ("NFC", "NFD")]
    ink = [re.sub(rb"<[0-9a-f]+>", b"", lettering.line(form, 0, 0, 1)) for form in forms]
    assert ink[0] == ink[1]
    assert lettering.width(forms[0]) == lettering.width(forms[1])


@pytest.mark.parametrize("caption", ["漢字", "a\x00b", "tab\there", "\u0301", "ç", "\x81", "a" * 501])
def test_a_caption_that_cannot_be_written_is_refused(caption: str) -> None:
    with pytest.raises(QrSheetError, match="label 2") as refused:
        label_sheet([Label("A"), Label("B", caption)], print_size=30)
    assert caption not in str(refused.value)


def test_what_cannot_be_printed_is_refused_with_its_number() -> None:
    with pytest.raises(QrWillNotScan, match="label 2") as refused:
        label_sheet([Label("A"), Label("A" * 419)], print_size=12)
    assert refused.value.needed_mm > 12
    with pytest.raises(QrTooLong, match="label 1"):
        label_sheet([Label("A" * 5000)], print_size=50)
    with pytest.raises(QrWillNotScan, match="webcam"):
        label_sheet([Label("A" * 419)], print_size=30, camera=CAMERAS["webcam"])
    with pytest.raises(QrSheetError):
        label_sheet([], print_size=30)
    with pytest.raises(QrSheetError):
        label_sheet([Label("A")], print_size=200)
    with pytest.raises(QrSheetError):
        label_sheet([Label("A", "line\n" * 100)], print_size=100)
    with pytest.raises(InputError):
        label_sheet([Label("A")], print_size=-1)


def test_a_document_has_a_bounded_number_of_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_LABELS", 2)
    with pytest.raises(LimitExceeded):
        label_sheet([Label("A")] * 3, print_size=30)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 60), st.sampled_from([20.0, 33.3, 90.0, 150.0]))
def test_the_file_is_built_as_the_standard_says(count: int, size: float) -> None:
    """ISO 32000-1, 7.5: every object where the table says, every stream of its length, nothing off the page."""
    pdf = label_sheet([Label(f"LABEL {n}") for n in range(count)], print_size=size)
    start = int(pdf.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    table = pdf[start:].split(b"trailer")[0].splitlines()
    assert table[0] == b"xref"
    for number, entry in enumerate(table[3:], 1):
        assert len(entry) == 19  # twenty with the line feed
        assert pdf[int(entry[:10]) :].startswith(b"%d 0 obj<<" % number)
    cells = 0
    for length, stream in re.findall(
        rb"/Length (\d+)/Filter/FlateDecode>>stream\n(.*?)\nendstream", pdf, re.DOTALL
    ):
        assert len(stream) == int(length)
        content = zlib.decompress(stream)
        for x, y, width, height in re.findall(rb"^(\S+) (\S+) (\S+) (\S+) re S$", content, re.MULTILINE):
            assert 9.9 < float(x) < float(x) + float(width) < 200.1
            assert 9.9 < float(y) < float(y) + float(height) < 287.1
            cells += 1
    assert cells == count
    assert b"/Count %d" % pdf.count(b"/Type/Page/") in pdf


def test_nothing_of_a_label_is_shown_by_repr() -> None:
    assert repr(Label("SECRET", "Nguyễn")) == "Label()"
