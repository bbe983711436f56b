"""Names with accents against the name line of the MRZ."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.vietnam.names import MAX_NAME, mrz_name_agrees, mrz_tokens


@pytest.mark.parametrize(
    ("name", "tokens"),
    [
        ("Nguyễn Đức Ánh", "NGUYEN DUC ANH"),
        (unicodedata.normalize("NFD", "Nguyễn Đức Ánh"), "NGUYEN DUC ANH"),
        ("NGUYỄN ĐỨC ÁNH", "NGUYEN DUC ANH"),
        ("Ðặng Ɖặng đặng", "DANG DANG DANG"),
        ("H'Ví Niê", "HVI NIE"),
        ("H’Ví Hʼví H‘Ví", "HVI HVI HVI"),
        ("Y-Thử Y‑Thử Y‐Thử", "Y THU Y THU Y THU"),
        ("Lò Thị Ñ Mẫu", "LO THI N MAU"),
        ("Nguyễn\u200b\u00a0Đức  Ánh ", "NGUYEN DUC ANH"),
    ],
)
def test_a_name_is_folded_as_the_card_prints_it(name: str, tokens: str) -> None:
    assert mrz_tokens(name) == tuple(tokens.split())


@pytest.mark.parametrize("name", ["", " ", "'", "阮", "Anh 2", "Anh.", "a" * (MAX_NAME + 1)])
def test_what_has_no_mrz_letters_is_not_compared(name: str) -> None:
    assert mrz_tokens(name) is None
    assert mrz_name_agrees(name, "ANH<<<<") is None


def test_an_empty_name_line_is_not_compared() -> None:
    assert mrz_name_agrees("Anh", "<" * 30) is None


@pytest.mark.parametrize(
    ("name", "printed", "agrees"),
    [
        ("Nguyễn Đức Ánh", "NGUYEN<<DUC<ANH", True),
        ("Nguyễn Đức Ánh", "NGUYEN<DUC<<ANH", True),
        ("Nguyễn Đức Ánh", "NGUYEN<<ANH<DUC", False),
        ("Nguyễn Đức Ánh", "NGUYEN<<DUC", False),
        ("Nguyễn Đức Ánh", "NGUYEN<<DUC<AN", False),
        ("Lê Thu An", "LE<<THUAN", False),
        ("H'Ví Niê", "HVI<<NIE", True),
        ("H'Ví Niê", "H<VI<<NIE", True),
        ("Y-Thử Êban", "Y<THU<<EBAN", True),
        ("Y-Thử Êban", "YTHU<<EBAN", True),
        ("Công Tằng Tôn Nữ Thị Ví Dụ Mẫu", "CONG<<TANG<TON<NU<THI<VI<DU<MA", True),
        ("Công Tằng Tôn Nữ Thị Ví Dụ Mẫu", "CONG<<TANG<T<N<T<V<DU<MAU<<<<<", True),
        ("Công Tằng Tôn Nữ Thị Ví Dụ Mẫu", "CONG<<TANG<TON<NU<THI<VI<DU<ME", False),
    ],
)
def test_agreement(name: str, printed: str, agrees: bool) -> None:
    assert mrz_name_agrees(name, printed.ljust(30, "<")) is agrees


def test_name_vectors_with_an_mrz_side_agree(vietnam_vectors: dict[str, list[dict[str, Any]]]) -> None:
    seen = 0
    for case in vietnam_vectors["names"]:
        if case["b_source"] == "mrz":
            seen += 1
            printed = case["b"].replace(" ", "<").ljust(30, "<")
            expected = case["expect"]["class"] in ("accent_folded", "truncated")
            assert mrz_name_agrees(case["a"], printed) is expected, case["id"]
    assert seen >= 5


@given(st.text(max_size=80))
def test_folding_twice_is_folding_once(name: str) -> None:
    tokens = mrz_tokens(name)
    if tokens is not None:
        assert mrz_tokens(" ".join(tokens)) == tokens
