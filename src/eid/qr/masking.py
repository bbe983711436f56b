"""The mask of a QR code (ISO/IEC 18004, 7.8): of eight, the one that leaves the fewest confusing patterns.

zxing-cpp draws a code with a given mask six times faster than it finds the best one, so it is found here.
All modules of a code are the bits of one long integer, row after row, and are compared with their
neighbours all at once.
"""

from __future__ import annotations

import functools

__all__ = ["MASKS", "penalty"]

MASKS = range(8)


def penalty(modules: int, width: int) -> int:
    """How confusing a code is for scanners, in the points of ISO/IEC 18004, 7.8.3.1.

    :param modules: of all rows, the lower right one in the lowest bit; dark ones are set.
    :param width: modules in a row.
    """
    everywhere, beside = (1 << width * width) - 1, _starts(width, 2)
    same_across = ~(modules ^ modules >> 1) & beside
    same_down = ~(modules ^ modules >> width) & everywhere >> width
    blocks = same_across & same_across >> width & same_down
    points = 3 * blocks.bit_count()
    for step, same, fives, elevens in (
        (1, same_across, _starts(width, 5), _starts(width, 11)),
        (width, same_down, everywhere >> 4 * width, everywhere >> 10 * width),
    ):
        threes = same & same >> step
        runs = threes & threes >> 2 * step & fives  # five alike begin here
        # A run of n counts n - 2: one for each five in it, and two for its beginning.
        points += runs.bit_count() + 2 * (runs & ~(runs << step)).bit_count()
        points += 40 * _finders(modules, modules ^ everywhere, step, elevens)
    share = abs(2 * modules.bit_count() - width * width) * 10 // (width * width)
    return points + 10 * share


def _finders(dark: int, light: int, step: int, elevens: int) -> int:
    """Places that look like a finder pattern: 1011101 with four light modules before or behind."""
    ends = dark & light >> step & dark >> 2 * step
    core = ends & dark >> 3 * step & ends >> 4 * step
    pair = light & light >> step
    four = pair & pair >> 2 * step
    return (core & four >> 7 * step & elevens).bit_count() + (four & core >> 4 * step & elevens).bit_count()


@functools.cache
def _starts(width: int, length: int) -> int:
    """Where *length* modules of one row may begin, counted from the right."""
    row = (1 << width - length + 1) - 1
    return sum(row << width * number for number in range(width))
