from __future__ import annotations

import hashlib

import pytest

from eid.chip.access import Can, Mrz
from eid.errors import AccessKeyFormatError, MrzError

TD1 = "I<UTOT000000014<<<<<<<<<<<<<<<\n9002281F3502273UTO<<<<<<<<<<<4\nMUSTER<<VERA<LINH<<<<<<<<<<<<<"
INFORMATION = "T00000001490022813502273"


def test_a_can_is_six_ascii_digits() -> None:
    assert Can("012349").password == b"012349"
    assert Can("012349").text == b"012349"
    for wrong in ("", "12345", "1234567", "12345a", "١٢٣٤٥٦", "123456\n", " 12345"):
        with pytest.raises(AccessKeyFormatError):
            Can(wrong)


def test_the_same_key_comes_from_lines_and_from_fields() -> None:
    assert Mrz.from_text(TD1).information == INFORMATION
    assert Mrz.from_text(TD1.replace("\n", "")) == Mrz(INFORMATION)
    assert Mrz.from_fields("T00000001", "900228", "350227") == Mrz(INFORMATION)
    assert Mrz(INFORMATION).password == hashlib.sha1(INFORMATION.encode()).digest()
    assert Mrz(INFORMATION).text == INFORMATION.encode()


def test_short_long_and_lower_case_document_numbers() -> None:
    assert Mrz.from_fields("l898902c", "690806", "940623").information == "L898902C<369080619406236"
    assert Mrz.from_fields("D23145890734", "340712", "950712").information == "D23145890734934071279507122"


def test_a_wrong_check_digit_is_named() -> None:
    with pytest.raises(MrzError) as caught:
        Mrz.from_text(TD1.replace("T000000014", "T000000015"))
    assert caught.value.kind == "check_digit"
    assert "T0000" not in str(caught.value)


@pytest.mark.parametrize(
    ("number", "birth", "expiry", "kind"),
    [
        ("AB-12", "900228", "350227", "characters"),
        ("Ä", "900228", "350227", "characters"),
        ("A" * 23, "900228", "350227", "characters"),
        ("T00000001", "90022", "350227", "date"),
        ("T00000001", "900228", "35022X", "date"),
    ],
)
def test_fields_an_mrz_cannot_have_are_refused(number: str, birth: str, expiry: str, kind: str) -> None:
    with pytest.raises(MrzError) as caught:
        Mrz.from_fields(number, birth, expiry)
    assert caught.value.kind == kind


def test_information_of_impossible_length_is_refused() -> None:
    for wrong in (INFORMATION[:-1], INFORMATION + "<" * 30, INFORMATION.lower(), INFORMATION + "\n"):
        with pytest.raises(MrzError):
            Mrz(wrong)


def test_information_of_the_longest_document_number_is_taken() -> None:
    assert len(Mrz.from_fields("A" * 22, "900228", "350227").information) == 37
    assert len(Mrz("A" * 45).information) == 45
    with pytest.raises(MrzError):
        Mrz("A" * 46)


def test_keys_do_not_show() -> None:
    assert "012349" not in repr(Can("012349"))
    assert "T0000" not in repr(Mrz(INFORMATION))
