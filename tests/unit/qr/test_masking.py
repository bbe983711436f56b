"""The mask found here is the one of the standard, and changes nothing but the mask."""

from __future__ import annotations

import random

import pytest
import segno.consts
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from eid.qr.masking import MASKS, penalty
from eid.qr.planning import ErrorLevel
from eid.qr.rendering import draw

Rows = list[list[int]]


def penalty_by_the_book(rows: Rows) -> int:
    """ISO/IEC 18004, 7.8.3.1, line by line."""
    width, points = len(rows), 0
    for lines in (rows, [list(column) for column in zip(*rows, strict=True)]):
        for line in lines:
            text = "".join(map(str, line))
            for run in text.replace("01", "0 1").replace("10", "1 0").split():
                points += len(run) - 2 if len(run) >= 5 else 0
            windows = [text[at : at + 11] for at in range(width - 10)]
            points += 40 * (windows.count("10111010000") + windows.count("00001011101"))
    for y in range(width - 1):
        for x in range(width - 1):
            points += 3 * (rows[y][x] == rows[y][x + 1] == rows[y + 1][x] == rows[y + 1][x + 1])
    per_cent = 100 * sum(map(sum, rows)) / width**2
    return points + 10 * int(abs(per_cent - 50) / 5)


def bits(rows: Rows) -> int:
    return int("".join(str(module) for row in rows for module in row), 2)


@settings(max_examples=150, deadline=None)
@given(st.integers(11, 30), st.integers(0, 9), st.integers())
def test_points_are_those_of_the_standard(width: int, darkness: int, seed: int) -> None:
    rng = random.Random(seed)
    rows = [[int(rng.randrange(10) < darkness) for _ in range(width)] for _ in range(width)]
    for _ in range(3):  # chance seldom makes these
        pattern = [1, 0, 1, 1, 1, 0, 1, 0, 0, 0, 0][:: rng.choice((-1, 1))]
        left, top = rng.randrange(width - 10), rng.randrange(width)
        for i, module in enumerate(pattern):
            rows[top][left + i] = module
            rows[left + i][top] = module
    assert penalty(bits(rows), width) == penalty_by_the_book(rows)


def drawn_by_zxing(text: str, version: int, level: ErrorLevel, mask: int) -> Rows:
    code = zxingcpp.create_barcode(
        text, zxingcpp.BarcodeFormat.QRCode, version=version, ec_level=str(level), data_mask=mask
    )
    image = memoryview(code.to_image(scale=1, add_quiet_zones=False))
    return [[int(module == 0) for module in row] for row in image.tolist()]


@pytest.mark.parametrize("level", ErrorLevel)
@pytest.mark.parametrize("version", range(1, 41))
def test_every_module_is_as_zxing_draws_it_with_that_mask(version: int, level: ErrorLevel) -> None:
    """Scanning alone would not notice: error correction repairs a good deal."""
    bits = segno.consts.SYMBOL_CAPACITY[version][getattr(segno.consts, f"ERROR_LEVEL_{level}")]
    octets = (bits - 4 - (8 if version < 10 else 16)) // 8
    text = "".join(random.Random(version).choices("ab0A:", k=octets - 1)) + "z"
    picture = draw(text, level=level)
    layout = picture.layout
    assert layout.version == version
    rows = [list(row) for row in picture.rows]
    image = Image.frombytes(
        "L", (layout.modules, layout.modules), bytes(255 - 255 * m for r in rows for m in r)
    )
    (code,) = zxingcpp.read_barcodes(
        image.resize((layout.modules * 4,) * 2, Image.Resampling.NEAREST), is_pure=True
    )
    assert rows == drawn_by_zxing(text, layout.version, level, code.extra["DataMask"])


@pytest.mark.parametrize("text", ["A", "HELLO WORLD", "0A$Z" * 60, "lower case " * 20])
def test_the_best_of_eight_masks_is_taken(text: str) -> None:
    picture = draw(text)
    points = [
        penalty_by_the_book(drawn_by_zxing(text, picture.layout.version, picture.layout.level, mask))
        for mask in MASKS
    ]
    assert penalty_by_the_book([list(row) for row in picture.rows]) == min(points) < max(points)
