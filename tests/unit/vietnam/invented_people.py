"""Invented people by the thousand: their printed codes, their chips, and what can happen to a code.

Names are put together from syllables at random, in all letters that Vietnamese and its neighbours in the
highlands are written in. Nobody is meant.
"""

from __future__ import annotations

import datetime as dt
import random
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from eid.document.dates import PartialDate
from eid.vietnam.dg13 import DG13, encode_dg13, parse_dg13
from eid.vietnam.mrz import CardMrz, card_mrz_lines, read_card_mrz
from eid.vietnam.provinces import PROVINCES

ONSETS = [
    "b",
    "c",
    "ch",
    "d",
    "đ",
    "gi",
    "h",
    "kh",
    "l",
    "m",
    "n",
    "ngh",
    "ph",
    "qu",
    "r",
    "s",
    "th",
    "tr",
    "v",
    "x",
]
VOWELS = [
    "a",
    "ă",
    "â",
    "e",
    "ê",
    "i",
    "o",
    "ô",
    "ơ",
    "u",
    "ư",
    "y",
    "iê",
    "uô",
    "ưa",
    "ươ",
    "oa",
    "uyê",
    "ai",
    "êu",
]
CODAS = ["", "", "", "c", "ch", "m", "n", "ng", "nh", "p", "t"]
TONES = ["", "", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"]
FAMILIES = ["Nguyễn", "Trần", "Lê", "Phạm", "Đặng", "Đỗ", "Vũ", "Võ", "Bùi", "Ngô", "Lý", "Ưng", "Âu"]
#: Words without an accent in letters that Telex takes for keys, as names of the highlands have them.
HIGHLANDS = [
    "H'Ví", "H’Loan", "Y-Thử", "Êban", "Niê", "Ksor", "Rmah", "Siu", "Nay", "K'Brêu", "Kpă", "Blăng", "Ñoĭ",
    "Čil", "Ŏt", "Ê\u0306nuôl", "Giàng", "A", "Y", "Wang", "Loong", "Ddam", "Bhees", "Kraoo", "Phlor", "Ajar",
]  # fmt: skip
PLACES = [
    "Số {n}",
    "Thôn {w}",
    "Tổ dân phố {n}",
    "Xã {w}",
    "Phường {w}",
    "Huyện {w}",
    "Tỉnh {w}",
    "Buôn {w} {n}B",
]


@dataclass(frozen=True)
class Invented:
    """One person with a card."""

    number: str
    name: str
    born: dt.date
    sex: str
    residence: str
    issued: dt.date
    old_number: str
    parents: tuple[str, str] | None
    cancelled: str

    @property
    def code(self) -> str:
        fields = [
            self.number, self.old_number, self.name, f"{self.born:%d%m}{self.born.year:04d}",
            "Nam" if self.sex == "M" else "Nữ", self.residence, f"{self.issued:%d%m%Y}",
        ]  # fmt: skip
        if self.issued >= dt.date(2024, 7, 1):
            fields += [self.cancelled, *(self.parents or ("", "")), ""]
        return "|".join(fields)

    @property
    def printed_lines(self) -> CardMrz:
        born = PartialDate(self.born.year, self.born.month, self.born.day)
        return read_card_mrz(
            card_mrz_lines(
                number=self.number, full_name=self.name, birth_date=born, sex=self.sex, expiry_date=None
            )
        )

    @property
    def national_data(self) -> DG13:
        fields: dict[str, object] = {
            "pin": self.number, "full_name": self.name, "dob": f"{self.born:%d/%m}/{self.born.year:04d}",
            "sex": "Nam" if self.sex == "M" else "Nữ", "residence": self.residence,
            "issue_date": f"{self.issued:%d/%m/%Y}", "expiry": "Không thời hạn",
        }  # fmt: skip
        if self.old_number:
            fields["old_number"] = self.old_number
        if self.parents:
            fields["parents"] = list(self.parents)
        return parse_dg13(encode_dg13(fields))


def people(count: int, seed: int) -> Iterator[Invented]:
    chance = random.Random(seed)
    for _ in range(count):
        yield _person(chance)


def _person(chance: random.Random) -> Invented:
    sex = chance.choice("MF")
    child = chance.random() < 0.15
    issued = dt.date(2024 if child else 2021, 7, 1) + dt.timedelta(days=chance.randrange(850))
    born = issued - dt.timedelta(days=chance.randrange(1, 5000) if child else chance.randrange(5200, 36000))
    century = (born.year - 1900) // 100 * 2 + (sex == "F")
    prefix = chance.choice(list(PROVINCES))
    number = f"{prefix}{century}{born.year % 100:02d}{chance.randrange(10**6):06d}"
    return Invented(
        number=number,
        name=_name(chance),
        born=born,
        sex=sex,
        residence=_residence(chance),
        issued=issued,
        old_number=f"{chance.randrange(10**9):09d}" if chance.random() < 0.6 else "",
        parents=(_name(chance), _name(chance)) if child else None,
        cancelled=f"{prefix}{century ^ 1}{number[4:]}" if chance.random() < 0.1 else "",
    )


def _name(chance: random.Random) -> str:
    if chance.random() < 0.2:
        words = chance.sample(HIGHLANDS, chance.randrange(2, 4))
    else:
        words = [chance.choice(FAMILIES), *(_word(chance) for _ in range(chance.randrange(1, 5)))]
    name = unicodedata.normalize("NFC", " ".join(words))
    return name.upper() if chance.random() < 0.3 else name


def _word(chance: random.Random) -> str:
    vowel = list(chance.choice(VOWELS))
    vowel[chance.randrange(len(vowel))] += chance.choice(TONES)
    word = chance.choice(ONSETS) + "".join(vowel) + chance.choice(CODAS)
    return unicodedata.normalize("NFC", word).capitalize()


def _residence(chance: random.Random) -> str:
    def place(form: str) -> str:
        word = chance.choice(HIGHLANDS) if chance.random() < 0.2 else _word(chance)
        return form.format(n=chance.randrange(1, 999), w=word)

    parts = [place(form) for form in chance.sample(PLACES, chance.randrange(2, 5))]
    return unicodedata.normalize("NFC", ", ".join([*parts, place("Tỉnh {w}")]))


# --- damage ----------------------------------------------------------------------------------------

_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_WINDOWS = {o: bytes([o]).decode("cp1252", "ignore") or chr(o) for o in range(256)}


def windows(text: str) -> str:
    """UTF-8 as a Windows program shows it."""
    return "".join(_WINDOWS[octet] for octet in text.encode())


#: What can be undone: the warnings it must leave, no more and no fewer, and how it is done.
REVERSIBLE: dict[str, tuple[set[str], Callable[[str, random.Random], str | bytes]]] = {
    "byte order mark": ({"bom_stripped"}, lambda text, _: "\ufeff" + text),
    "octets with a mark": ({"bom_stripped"}, lambda text, _: b"\xef\xbb\xbf" + text.encode()),
    "suffix": ({"trailing_stripped"}, lambda text, chance: text + _suffix(chance)),
    "decomposed": ({"normalised_nfc"}, lambda text, _: unicodedata.normalize("NFD", text)),
    "full width": ({"fullwidth_digits_folded"}, lambda text, _: text.translate(_FULL_WIDTH)),
    "odd spaces": ({"special_spaces_replaced"}, lambda text, chance: _odd_spaces(text, chance)),
    "no width": ({"special_spaces_replaced"}, lambda text, chance: _no_width(text, chance)),
    "latin-1": ({"mojibake_repaired"}, lambda text, _: text.encode().decode("latin-1")),
    "windows-1252": ({"mojibake_repaired"}, lambda text, _: windows(text)),
    "scrambled twice": ({"mojibake_repaired"}, lambda text, _: windows(windows(text))),
    "marked, then scrambled": (
        {"bom_stripped", "mojibake_repaired"},
        lambda text, _: windows("\ufeff" + text),
    ),
}


def _suffix(chance: random.Random) -> str:
    return "".join(chance.choices(["\r", "\n", "\r\n", "\0", " ", "\t"], k=chance.randrange(1, 4)))


def _odd_spaces(text: str, chance: random.Random) -> str:
    return text.replace(" ", chance.choice("\u00a0\u2007\u2009\u202f\u3000"))


def _no_width(text: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(text))
    return text[:at] + chance.choice("\u200b\u200c\u200d\u2060\ufeff\u200e") + text[at:]


def question_marks(text: str) -> str:
    """A keyboard that has none of the letters."""
    return "".join(letter if letter.isascii() else "?" for letter in text)


def without_accents(text: str) -> str:
    """A program that folds what it stores."""
    plain = unicodedata.normalize("NFD", text.translate(str.maketrans("đĐ’", "dD'")))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def lost_octets(text: str) -> str:
    """UTF-8 shown as Latin-1 by something that drops control characters."""
    return "".join(letter for letter in text.encode().decode("latin-1") if not "\x80" <= letter <= "\x9f")


def telex(text: str) -> str:
    """What a computer with Telex on makes of typed letters. Accented ones arrive ready made.

    Only the rules that matter here: a doubled a, e, o or d, a w, a tone key behind a vowel.
    """
    typed: list[str] = []
    for key in text:
        low = key.lower()
        word = _word_start(typed)
        if low in "aeod" and low in [letter.lower() for letter in typed[word:]]:
            at = max(i for i in range(word, len(typed)) if typed[i].lower() == low)
            typed[at] = _case({"a": "â", "e": "ê", "o": "ô", "d": "đ"}[low], typed[at])
        elif low == "w":
            at = max((i for i in range(word, len(typed)) if typed[i].lower() in "auo"), default=-1)
            if at < 0:
                typed.append(_case("ư", key))
            else:
                typed[at] = _case({"a": "ă", "u": "ư", "o": "ơ"}[typed[at].lower()], typed[at])
        elif low in "sfrxj" and (at := _vowel(typed, word)) >= 0:
            tone = dict(zip("sfrxj", "\u0301\u0300\u0309\u0303\u0323", strict=True))[low]
            typed[at] = unicodedata.normalize("NFC", typed[at] + tone)
        else:
            typed.append(key)
    return "".join(typed)


def _word_start(typed: list[str]) -> int:
    start = len(typed)
    while start and typed[start - 1].isalpha():
        start -= 1
    return start


def _vowel(typed: list[str], start: int) -> int:
    """The last vowel of the word that carries no tone, when none carries one."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    at = -1
    for i in range(start, len(typed)):
        marks = unicodedata.normalize("NFD", typed[i].lower())
        if marks[0] in "aeiouy":
            if any(tone in marks for tone in tones):
                return -1
            at = i
    return at


def _case(letter: str, like: str) -> str:
    return letter.upper() if like.isupper() else letter
