"""One flipped bit anywhere on the way from card to terminal never makes a report better."""

from __future__ import annotations

import random

import pytest
from flipped_bits import CARDS, flip_bits

from eid.simulator.personalise import new_personalisation
from eid.vietnam.sample import sample_citizen

FLIPS_PER_CARD = 1_300


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", CARDS)
def test_one_flipped_bit_never_improves_a_report(name: str) -> None:
    flip_bits(new_personalisation(sample_citizen()), name, FLIPS_PER_CARD, random.Random(name))
