"""The pages are read by the neighbour module ``doc_pages``; examples in them get a card to talk to."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from eid.simulator.chip import Chip
from eid.simulator.personalise import Personalisation, new_personalisation, personalise, write_csca
from eid.vietnam.sample import sample_citizen

sys.path.insert(0, str(Path(__file__).resolve().parent))


@pytest.fixture(scope="session")
def description() -> dict[str, Any]:
    """The sample citizen's card, complete with keys."""
    return new_personalisation(sample_citizen())


class CardOnReader(Chip):
    """What ``pcsc.wait_for_card`` returns, as far as the pages use it."""

    def __enter__(self) -> CardOnReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.power_off()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, description: dict[str, Any]) -> Personalisation:
    """A working folder with ``csca/``, and the sample card on whatever reader is asked for."""
    card = personalise(description)
    (tmp_path / "csca").mkdir()
    write_csca(card, tmp_path / "csca" / "csca.der")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("eid.readers.pcsc.wait_for_card", lambda **_: CardOnReader(card))
    return card
