"""Two names beside each other: every class and reason, and what must hold for any two texts."""

from __future__ import annotations

import logging
import random
import shutil
import subprocess
import unicodedata
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from eid.errors import InputError, LimitExceeded
from eid.vietnam.legacy_encodings import from_tcvn3, from_vni, suspected_encoding
from eid.vietnam.matching import (
    Advice,
    NameClass,
    NameMatch,
    NameSource,
    Reason,
    fold_name,
    match_names,
)
from eid.vietnam.names import MAX_NAME

TEXT, MRZ = NameSource.TEXT, NameSource.MRZ

#: Letters that meet in names, and what keyboards, databases and other programs put beside them.
_ALPHABET = "aăâeêioôơuưyđbcghlmnpqrstvxñŏŭčĕĭ ƀ'-’‑ÐƉ\u00a0\u200b\u0300\u0301\u0303\u0309\u0323áàÁẠỄ?ÃºA<"
names = st.text(st.sampled_from(_ALPHABET), max_size=14) | st.text(max_size=14)
lettered = names.filter(lambda text: any(map(str.isalpha, text)) and any(map(str.isalpha, fold_name(text))))
sources = st.sampled_from([TEXT, MRZ])


def matched(a: str, b: str, a_source: NameSource = TEXT, b_source: NameSource = TEXT) -> NameMatch:
    return match_names(a, b, a_source=a_source, b_source=b_source)


def words(match: NameMatch) -> tuple[str, set[str]]:
    return match.name_class.value, {reason.value for reason in match.reasons}


def test_all_vectors_are_in_their_class_for_their_reasons(vietnam_vectors: dict[str, list[Any]]) -> None:
    cases = vietnam_vectors["names"]
    assert len(cases) >= 52
    for case in cases:
        sides = NameSource(case["a_source"]), NameSource(case["b_source"])
        expected = case["expect"]["class"], set(case["expect"]["reasons"])
        assert words(matched(case["a"], case["b"], *sides)) == expected, case["id"]
        assert words(matched(case["b"], case["a"], *sides[::-1])) == expected, case["id"]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        # y and i are the same as the whole rhyme of a syllable only; a Y alone is a name in the highlands.
        ("Quý", "Qúi", "orthographic tone_placement iy_variant"),
        ("H'Y Niê", "HY Niê", "orthographic punctuation"),
        ("H'Y Niê", "H'I Niê", "near edit_distance_1"),
        ("Y Thử", "I Thử", "near edit_distance_1"),
        ("Lý", "Lỳ", "accent_conflict"),
        ("H'Mỹ", "H'Mĩ", "orthographic iy_variant"),
        # The tilde of Ñ is a letter's, not a tone.
        ("Ña", "Nã", "accent_conflict"),
        ("Ñê\u0306", "Nê\u0306\u0303", "accent_conflict"),
        ("Ña", "Na", "accent_folded no_diacritics"),
        ("Ƀlăng", "Blang", "accent_folded no_diacritics"),
        # A reason does not hide another.
        ("Hoà  Trần", "HÒA TRẦN", "orthographic whitespace case tone_placement"),
        ("Ðặng Hoà", "Hòa Đặng", "token_order look_alike tone_placement token_order"),
        ("Nguyễn Đức Ánh", "NGUYEN DUC ANHH", "near case no_diacritics edit_distance_1"),
        ("Nguyễn Văn Hùng", "NGUYỄN VĂN HƯNG", "accent_conflict case"),
        (unicodedata.normalize("NFD", "Trần Hoà"), "Trần Hòa", "orthographic unicode_form tone_placement"),
        # Only apostrophes and hyphens join or split.
        ("Lê Thu-An", "Lê Thu An", "orthographic punctuation"),
        ("Lê Thu-An", "Lê ThuAn", "orthographic punctuation"),
        ("Lê Thu An", "Lê ThuAn", "different"),
        # A middle word that is missing is missing from the middle, on one side.
        ("Nguyễn Đức Ánh", "Nguyễn Đức", "different"),
        ("Nguyễn Đức Văn Ánh", "Nguyễn Văn Đức Mẫu Ánh", "different"),
        ("Ánh", "Ánh Ánh", "different"),
        ("Lê Thử Mẫu", "Lê Mẫu Mẫu", "different"),
        ("Tran Mau", "TRAN MAU", "canonical case"),
        ("Anh\tMẫu", "Anh Mẫu", "canonical whitespace"),
        # A letter that carries an accent is one letter, whatever became of its place.
        ("Nguyễn Đức Ánh", "Nguyn Đức Ánh", "near edit_distance_1"),
        ("Nguyễn Đức Ánh", "Nguyễn Đức nh", "near edit_distance_1"),
        ("Trần Mẫu Thử", "Tron Mẫu Thử", "near edit_distance_1"),
        ("TRẦN MẪU THỬ", "Trn Mẫu Thử", "near case edit_distance_1"),
        ("Phạm Thuỷ Mẫu", "Phạm Thủi Mẫu", "near tone_placement edit_distance_1"),
        # A letter more and a tone less are two edits.
        ("Nguyễn Đức Ánh", "Nguyễn Đức Anhh", "different"),
        # Two letters are two edits, also in two words.
        ("Le Mau Thu", "Le Nau Thi", "different"),
        ("Le Mau", "Le Mua", "different"),
    ],
)  # fmt: skip
def test_classes_and_reasons(a: str, b: str, expected: str) -> None:
    name_class, *reasons = expected.split()
    assert words(matched(a, b)) == (name_class, set(reasons))
    assert words(matched(b, a)) == (name_class, set(reasons))


LONG = "Công Tằng Tôn Nữ Thị Ví Dụ Mẫu"


@pytest.mark.parametrize(
    ("printed", "name_class"),
    [
        ("CONG<<TANG<TON<NU<THI<VI<DU<MA", "truncated"),
        ("CONG TANG TON NU THI VI DU MA", "truncated"),
        ("CONG<<TANG<TON<NU<THI<VI<DU<ME", "different"),
        ("CONG<<TANG<TON<NU<THI<VI<DU<<<", "different"),  # the line was not full
        ("CONG TANG TON NU THI VI DU", "different"),
        ("CONG TANG TON NU THI VI DU M", "different"),  # 29 positions, and the next letter had room
        ("CONG TANG TON NU THI VI DU MAU", "accent_folded"),
    ],
)
def test_a_line_may_be_cut_only_when_it_is_full(printed: str, name_class: str) -> None:
    assert matched(LONG, printed, TEXT, MRZ).name_class == name_class
    assert matched(printed, LONG, MRZ, TEXT).name_class == name_class


@pytest.mark.parametrize("printed", ["CONG<<TANG<TON<NU<THI<THU<THU<", "CONG TANG TON NU THI THU THU"])
def test_a_line_that_ends_with_a_whole_word_may_be_cut_behind_it(printed: str) -> None:
    long = "Công Tằng Tôn Nữ Thị Thử Thử Mẫu"
    for match in (matched(long, printed, TEXT, MRZ), matched(printed, long, MRZ, TEXT)):
        assert words(match) == ("truncated", {"case", "no_diacritics", "truncated"})
    assert matched(long, printed.replace("CONG", "CON"), TEXT, MRZ).name_class == "different"
    assert matched(long, printed).name_class is NameClass.DIFFERENT


def test_only_a_machine_readable_line_is_cut() -> None:
    assert matched(LONG, "CONG TANG TON NU THI VI DU MA").name_class is NameClass.NEAR
    assert matched(LONG, LONG[:-1], TEXT, TEXT).name_class is not NameClass.TRUNCATED


def test_fillers_are_spaces_in_a_machine_readable_line_alone() -> None:
    printed = "NGUYEN<<DUC<ANH<<<<<<<<<<<<<<<"
    assert words(matched("Nguyễn Đức Ánh", printed, TEXT, MRZ)) == (
        "accent_folded",
        {"case", "no_diacritics"},
    )
    assert matched("Nguyễn Đức Ánh", printed).name_class is NameClass.DIFFERENT


def test_damaged_names_are_never_better_than_near_and_go_to_a_person() -> None:
    for a, b in [
        ("Nguy?n ??c ?nh", "Nguyễn Đức Ánh"),
        ("Nguy?n Mẫu", "Nguy?n Mẫu"),
        ("Nguyá»n Mau", "Nguyễn Mau"),
        ("Nguy?n Đức Mẫu", "Nguy?n Mẫu"),
        ("Nguy\ufffdn", "NGUY\ufffdN"),
    ]:
        match = matched(a, b)
        assert match.name_class is NameClass.NEAR
        assert Reason.DEGRADED_TEXT in match.reasons
        assert match.advice is Advice.REVIEW
    other = matched("Tr?n", "Lê")
    assert words(other) == ("different", {"degraded_text"})
    assert other.advice is Advice.NOT_SAME


def test_names_of_foreigners_are_not_taken_for_damage() -> None:
    assert matched("Äiti Åberg", "Äiti Åberg").name_class is NameClass.EXACT
    assert words(matched("Märta Æble", "MÄRTA ÆBLE")) == ("canonical", {"case"})
    assert Reason.DEGRADED_TEXT in matched("Nguyễn VÄn", "Nguyễn Văn").reasons


def test_scrambled_twice_is_repaired_and_said() -> None:
    scrambled = "Nguyễn Đức Ánh".encode().decode("latin-1").encode().decode("latin-1")
    assert words(matched(scrambled, "Nguyễn Đức Ánh")) == ("canonical", {"mojibake_repaired"})


def test_advice_follows_the_class() -> None:
    advice = {
        Advice.SAME: ("exact", "canonical", "orthographic"),
        Advice.COMPATIBLE: ("accent_folded", "truncated"),
        Advice.REVIEW: ("token_order", "partial"),
        Advice.NOT_SAME: ("accent_conflict", "near", "different"),
    }
    assert sum(map(len, advice.values())) == len(NameClass)
    for expected, classes in advice.items():
        for name_class in classes:
            match = NameMatch(NameClass(name_class))
            assert match.advice is expected
            assert match.explanation.en
            assert match.explanation.vi


@pytest.mark.parametrize(
    "nothing", ["", " ", "'", "-", "???", "12", "<<<", "\u200b", "\u200b".encode().decode("latin-1")]
)
def test_what_is_missing_agrees_with_nothing(nothing: str) -> None:
    for a, b in [(nothing, "Ánh"), ("Ánh", nothing), (nothing, nothing)]:
        with pytest.raises(InputError):
            matched(a, b)


def test_a_source_that_is_none_is_refused() -> None:
    with pytest.raises(InputError):
        matched("Ánh", "Ánh", "guess")  # type: ignore[arg-type]


def test_long_input_is_refused_before_any_work() -> None:
    assert matched("a" * MAX_NAME, "a" * MAX_NAME).name_class is NameClass.EXACT
    for call in (
        lambda: matched("a" * (MAX_NAME + 1), "a"),
        lambda: matched("a", "a" * (MAX_NAME + 1)),
        lambda: fold_name("a" * (MAX_NAME + 1)),
    ):
        with pytest.raises(LimitExceeded):
            call()


def test_nothing_shows_the_names(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        match = matched("Nguyễn Đức Ánh", "NGUYEN DUC ANH", TEXT, MRZ)
        with pytest.raises(InputError) as refused:
            matched("Nguyễn", "???")
    for text in (repr(match), str(match.to_json()), str(refused.value), caplog.text):
        assert "nguy" not in text.casefold()


# --- any text --------------------------------------------------------------------------------------


@given(names)
@example("Ãº¿")  # octets of UTF-8 only when it is small
def test_folding_twice_is_folding_once(name: str) -> None:
    assert fold_name(fold_name(name)) == fold_name(name)


@given(lettered, lettered, sources, sources)
@settings(max_examples=300)
def test_the_order_of_the_two_does_not_matter(a: str, b: str, one: NameSource, other: NameSource) -> None:
    assert refusable(a, b, one, other) == refusable(b, a, other, one)


def refusable(a: str, b: str, one: NameSource, other: NameSource) -> NameMatch | None:
    try:
        return matched(a, b, one, other)
    except InputError:  # one of them had no letters beside fillers
        return None


@given(lettered)
def test_a_name_is_exactly_itself_unless_it_is_damaged(name: str) -> None:
    match = matched(name, name)
    assert words(match) in (("exact", set()), ("near", {"degraded_text"}))


@given(lettered, lettered)
@settings(max_examples=300)
def test_same_folding_is_canonical_and_never_without_a_reason(a: str, b: str) -> None:
    match = matched(a, b)
    if Reason.DEGRADED_TEXT not in match.reasons and a != b:
        assert (match.name_class is NameClass.CANONICAL) == (fold_name(a) == fold_name(b))
        if match.name_class not in (NameClass.DIFFERENT, NameClass.ACCENT_CONFLICT):
            assert match.reasons


def invented(chance: random.Random) -> str:
    """A name of syllables put together at random; nobody is meant."""
    from invented_people import CODAS, ONSETS, TONES, VOWELS

    def word() -> str:
        vowel = chance.choice(VOWELS)
        text = chance.choice(ONSETS) + vowel[:1] + chance.choice(TONES) + vowel[1:] + chance.choice(CODAS)
        return unicodedata.normalize("NFC", text).capitalize()

    return " ".join(word() for _ in range(chance.randrange(2, 5)))


def test_what_happens_to_a_name_on_its_way_is_told_and_still_matched() -> None:
    chance = random.Random(6)
    for _ in range(400):
        name = invented(chance)
        plain = "".join(
            letter
            for letter in unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
            if not unicodedata.combining(letter)
        )
        assert matched(name, name.upper()).advice is Advice.SAME
        assert matched(name, unicodedata.normalize("NFD", name)).advice is Advice.SAME
        assert matched(name, f" {name.replace(' ', chr(0xA0))}").name_class is NameClass.CANONICAL
        if plain != name:
            assert matched(name, plain.upper(), TEXT, MRZ).name_class is NameClass.ACCENT_FOLDED
        if not name.isascii():
            scrambled = name.encode().decode("latin-1")
            assert words(matched(name, scrambled)) == ("canonical", {"mojibake_repaired"})


# --- encodings of before Unicode -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "source", "reasons"),
    [
        ("NguyÔn §øc ¸nh", NameSource.TCVN3, {"legacy_encoding", "case"}),  # a font of capitals
        ("Nguyeãn Ñöùc AÙnh", NameSource.VNI, {"legacy_encoding"}),
        ("NGUYEÃN ÑÖÙC AÙNH", NameSource.VNI, {"legacy_encoding", "case"}),
    ],
)
def test_old_encodings_are_read_when_named_and_said(old: str, source: NameSource, reasons: set[str]) -> None:
    assert words(matched(old, "Nguyễn Đức Ánh", source, TEXT)) == ("canonical", reasons)
    assert matched(old, "Nguyễn Đức Ánh").advice is not Advice.SAME  # never unasked
    assert suspected_encoding(old) == source.value


@pytest.mark.parametrize("text", ["Nguyễn Đức Ánh", "", "Ñoĭ", "François", "Müller", "Lê Văn Mẫu", "Niê"])
def test_nothing_else_is_suspected(text: str) -> None:
    assert suspected_encoding(text) is None


def test_the_table_of_tcvn3_is_that_of_iconv() -> None:
    if shutil.which("iconv") is None:
        pytest.skip("iconv is not here")
    octets = bytes(range(0xA1, 0x100)).replace(b"\xb0", b"").replace(b"\xb1", b"")
    done = subprocess.run(
        ["iconv", "-f", "TCVN", "-t", "UTF-8"], input=octets, capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("this iconv knows no TCVN")
    assert from_tcvn3(octets.decode("latin-1")) == unicodedata.normalize("NFC", done.stdout.decode())


def test_every_toned_vowel_comes_out_of_vni() -> None:
    tones = {"ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
    for old, vowel in {"a": "a", "e": "e", "o": "o", "u": "u", "y": "y", "ô": "ơ", "ö": "ư"}.items():
        for mark, tone in tones.items():
            if (vowel, mark) != ("y", "ï"):  # î stands for it
                assert from_vni(old + mark) == unicodedata.normalize("NFC", vowel + tone)
                assert from_vni((old + mark).upper()) == unicodedata.normalize("NFC", vowel + tone).upper()
    assert from_vni("aâaáaàaåaãaä aêaéaèaúaüaë eâeá oäoã") == "âấầẩẫậ ăắằẳẵặ êế ộỗ"
    assert from_vni("ñôöæóòîíì ÑÔÖÆÓÒÎÍÌ") == "đơưỉĩịỵíì ĐƠƯỈĨỊỴÍÌ"
