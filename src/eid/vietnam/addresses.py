"""Vietnamese addresses as far as they can be read without a list of all places: levels and province.

Until 30 June 2025 an address had three levels (province, district, commune), since then it has two
(Resolution 202/2025/QH15), and provinces kept names with other territory. So nothing is said without a date:
a unit is its code together with the days on which it is valid. Districts and communes are given as they are
written; their codes were used again with another meaning, so there are none here. The raw text is kept.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from eid.errors import LimitExceeded
from eid.vietnam.letters import join_look_alikes, plain_spaces, split_tone, without_accents
from eid.vietnam.mojibake import shows_damage, unscrambled
from eid.vietnam.provinces import MERGER, PROVINCES, UNITS

__all__ = ["MAX_ADDRESS", "Address", "DatedUnit", "parse_address"]

#: Characters of an address that are looked at; a longer one is none.
MAX_ADDRESS = 1_000

#: Thừa Thiên Huế became the city of Huế half a year before the merger (matching.md, addr-10).
_HUE_IS_A_CITY = dt.date(2025, 1, 1)
#: Cities that were provinces of their own before.
_CITIES = frozenset({"Hà Nội", "Hải Phòng", "Đà Nẵng", "Hồ Chí Minh", "Cần Thơ"})


@dataclass(frozen=True, slots=True)
class DatedUnit:
    """A province or unit and when it is valid: the code alone says nothing, 52 was a part of what it is.

    :param code: three digits, the prefix of a province until 30 June 2025, or two digits since.
    :param since: first day; ``None`` where it is before what is known here.
    :param until: last day; ``None`` while it is valid.
    """

    code: str
    name: str
    since: dt.date | None
    until: dt.date | None


@dataclass(frozen=True, slots=True)
class Address:
    """What an address says. All texts are personal data.

    :param raw: as given.
    :param levels: how many levels are named, of province, district and commune.
    :param province: its name in the usual spelling; ``None`` when it is not known.
    :param former_prefix: of the province until 30 June 2025, where the date or the name says that it is meant.
    :param unit_code: of the unit since 1 July 2025 in which that province lies.
    :param unit: what the name meant on the date; ``None`` when there is no date and it meant two things.
    :param district: with its type, as written.
    :param commune: with its type, as written.
    :param warnings: stable words: ``empty``, ``not_vietnamese``, ``province_unknown``, ``date_missing``,
        ``duplicate_tail``, ``abbreviation_expanded``, ``spelling_variant``, ``name_not_of_date``,
        ``levels_not_of_date``, ``mojibake_repaired``, ``degraded_text``.
    """

    raw: str = field(repr=False)
    levels: int = 0
    province: str | None = field(default=None, repr=False)
    former_prefix: str | None = None
    unit_code: str | None = None
    unit: DatedUnit | None = field(default=None, repr=False)
    district: str | None = field(default=None, repr=False)
    commune: str | None = field(default=None, repr=False)
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """As in the vectors, with district and commune; personal data in clear."""
        return {
            "raw": self.raw,
            "levels": self.levels,
            "province_as_written": self.province,
            "former_prefix": self.former_prefix,
            "unit_code_since_2025_07": self.unit_code,
            "district": self.district,
            "commune": self.commune,
            "warnings": list(self.warnings),
        }


def parse_address(text: str, *, as_of: dt.date | None) -> Address:
    """Read an address from the province downwards.

    Levels are told by their type words (*Xã*, *Phường*, *Huyện* …), of which the usual abbreviations are
    known; parts without one are left alone, but for the province at the end. Nothing is guessed.

    :param text: parts with commas or semicolons between them, or dashes before a type word.
    :param as_of: the day on which it was written or was right; ``None`` when that is not known.
    :raises LimitExceeded: longer than :data:`MAX_ADDRESS`.
    """
    if len(text) > MAX_ADDRESS:
        raise LimitExceeded(f"an address of more than {MAX_ADDRESS} characters")
    warnings = list[str]()
    parts = _split(_cleaned(text, warnings))
    if not parts:
        return Address(text, warnings=(*warnings, "empty"))
    named, province = _take_province(parts, as_of, warnings)
    units = _take_units(parts, warnings)
    if not named and not units and not any(_BELOW.match(_key(part)) for part in parts):
        return Address(text, warnings=(*warnings, "not_vietnamese"))
    prefix, code, unit = _dated(province, as_of, warnings) if province else (None, None, None)
    if not province:
        warnings.append("province_unknown")
    if as_of is None:
        warnings.append("date_missing")
    elif units and ("district" in units) == (as_of >= MERGER):
        warnings.append("levels_not_of_date")
    return Address(
        raw=text,
        levels=len(units) + named,
        province=province,
        former_prefix=prefix,
        unit_code=code,
        unit=unit,
        district=units.get("district"),
        commune=units.get("commune"),
        warnings=tuple(dict.fromkeys(warnings)),
    )


# --- parts -----------------------------------------------------------------------------------------

_FULL = {
    "province": "tỉnh",
    "city": "thành phố",
    "district": "huyện|quận|thị xã",
    "commune": "xã|phường|thị trấn|đặc khu",
}
#: With a full stop, or a figure behind them: else they are names. Three figures are a room.
_SHORT = {
    "province": r"t\. *",
    "city": r"(?:tp|t\.p)(?:\. *| +)",
    "district": r"(?:h|tx)\. *|q(?:\. *| *(?=[0-9]))",
    "commune": r"(?:x|tt)\. *|p(?:\. *(?![0-9]{3})| *(?=[0-9]{1,2}\b))",
}


def _patterns(words: Mapping[str, str]) -> list[tuple[str, re.Pattern[str]]]:
    return [(level, re.compile(rf"(?:{each})(?=\S)")) for level, each in words.items()]


_FULL_TYPES = _patterns({level: f"(?:{words}) +" for level, words in _FULL.items()})
_BARE_TYPES = _patterns({level: f"(?:{without_accents(words)}) +" for level, words in _FULL.items()})
_SHORT_TYPES = _patterns(_SHORT)
#: What stands below the communes: no level, but nobody abroad writes it.
_BELOW = re.compile(
    r"(?:số|nhà|thôn|tổ|ấp|bản|buôn|bon|plei|làng|xóm|khu|khóm|đường|phố|ngõ|ngách|hẻm|chung cư|căn hộ)\b"
)
_SEPARATOR = re.compile(r"[,;\n]")
_DASH = re.compile(r" +[-\u2013\u2014] +")
_COUNTRY = frozenset({"việt nam", "viet nam", "vietnam"})


def _cleaned(text: str, warnings: list[str]) -> str:
    cleaned = unscrambled(text)
    if cleaned != text:
        warnings.append("mojibake_repaired")
    if shows_damage(_SEPARATOR.sub(" ", cleaned)):
        warnings.append("degraded_text")
    return unicodedata.normalize("NFC", plain_spaces(cleaned))


def _split(text: str) -> list[str]:
    """The parts, the smallest place first; without the country at the end."""
    pieces = list[str]()
    for part in _SEPARATOR.split(text):
        start = 0
        for dash in _DASH.finditer(part):
            if _type(part[dash.end() :])[0] is not None:
                pieces.append(part[start : dash.start()])
                start = dash.end()
        pieces.append(part[start:])
    parts = [" ".join(piece.split()) for piece in pieces if piece.strip(" .")]
    return parts[:-1] if parts and _key(parts[-1]).strip(".") in _COUNTRY else parts


def _key(text: str) -> str:
    return join_look_alikes(text).casefold()


def _type(part: str) -> tuple[str | None, str, bool]:
    """Level and name of a part, and whether its type is abbreviated. *TP.* stands on every card and is not."""
    key = _key(part)
    for level, pattern in _BARE_TYPES if part.isascii() else _FULL_TYPES:
        if found := pattern.match(key):
            return level, key[found.end() :], False
    for level, pattern in _SHORT_TYPES:
        if found := pattern.match(key):
            return level, key[found.end() :], level != "city"
    return None, key, False


def _take_province(parts: list[str], as_of: dt.date | None, warnings: list[str]) -> tuple[bool, str | None]:
    """Whether a province is named at the end, and which; what names it is taken away from *parts*."""
    level, name, short = _type(parts[-1])
    found = _province(name) if level in (None, "province", "city") else None
    if found is not None and level == "city" and not _is_city(found[0], as_of):
        return False, None  # the city in the province of its name, which is left out
    if found is None and (level == "province" or (level == "city" and _no_cities_below(as_of))):
        parts.pop()
        return True, None
    if found is None:
        found = _behind_dash(parts)
    if found is None:
        return False, None
    parts.pop()
    province, warning = found
    warnings += [warning] if warning else []
    warnings += ["abbreviation_expanded"] if short else []
    while parts and _repeats(parts[-1], province, as_of):
        parts.pop()
        warnings.append("duplicate_tail")
    return True, province


def _behind_dash(parts: list[str]) -> tuple[str, str | None] | None:
    """The province at the end of the last part, which is then a part of its own."""
    last = parts[-1]
    for dash in _DASH.finditer(last):  # from the left: some names have a dash themselves
        found = _province(_key(last[dash.end() :]))
        if found is not None:
            parts[-1:] = [last[: dash.start()], last[dash.end() :]]
            return found
    return None


def _no_cities_below(as_of: dt.date | None) -> bool:
    """Whether a city is a province in any case: since the merger there is no other kind."""
    return as_of is not None and as_of >= MERGER


def _is_city(name: str, as_of: dt.date | None) -> bool:
    """Whether a city of that name can be the province itself."""
    if _no_cities_below(as_of):
        return True
    return name in _CITIES or (name == "Huế" and (as_of is None or as_of >= _HUE_IS_A_CITY))


def _repeats(part: str, province: str, as_of: dt.date | None) -> bool:
    level, name, _ = _type(part)
    found = _province(name)
    # A city of the province's name lies in it, unless the province is that city.
    own = level in (None, "province") or (level == "city" and _is_city(province, as_of))
    return own and found is not None and found[0] == province


def _take_units(parts: Iterable[str], warnings: list[str]) -> dict[str, str]:
    """District and commune, from the province downwards."""
    units = dict[str, str]()
    for part in reversed(list(parts)):
        level, _, short = _type(part)
        if level in ("district", "city") and not units:
            units["district"] = part
        elif level == "commune":
            units["commune"] = part
        elif level is None and not units:
            continue
        else:
            break
        warnings += ["abbreviation_expanded"] if short else []
        if "commune" in units:
            break
    return units


# --- provinces -------------------------------------------------------------------------------------

_BY_NAME = {each.name: each for each in PROVINCES.values()} | {"Huế": PROVINCES["046"]}
_CODES = {name: code for code, name in UNITS.items()}


def _plain(name: str) -> str:
    """Letters and tone of each word; dashes, points and spaces are the same, also none between the words."""
    words = re.split(r"[ .\-\u2013\u2014]+", _key(name))
    return "".join("".join(split_tone(word)) for word in words)


_NAMES = {_plain(name): name for name in (*_BY_NAME, *_CODES)}
_BARE_NAMES = {without_accents(key): name for key, name in _NAMES.items()}
_ABBREVIATIONS = {"hcm": "Hồ Chí Minh", "tphcm": "Hồ Chí Minh", "hn": "Hà Nội", "brvt": "Bà Rịa - Vũng Tàu"}
_VARIANTS = {
    _plain(variant): name
    for name, variants in {
        "Đắk Lắk": ("Đắc Lắc", "Đăk Lăk", "Đắc Lắk", "Đăc Lăc", "Dac Lac"),
        "Đắk Nông": ("Đắc Nông", "Đăk Nông", "Đăc Nông", "Dac Nong"),
        "Bắc Kạn": ("Bắc Cạn", "Bac Can"),
    }.items()
    for variant in variants
}


def _province(name: str) -> tuple[str, str | None] | None:
    """The province or unit of that name, and a warning when it is written in another way."""
    key = _plain(name)
    if key in _NAMES:
        return _NAMES[key], None
    if key in _ABBREVIATIONS:
        return _ABBREVIATIONS[key], "abbreviation_expanded"
    variant = _VARIANTS.get(key) or (_BARE_NAMES.get(key) if key.isascii() else None)
    return (variant, "spelling_variant") if variant else None


def _dated(name: str, as_of: dt.date | None, warnings: list[str]) -> tuple[str | None, str, DatedUnit | None]:
    """Former prefix, code since the merger, and the unit, of a name on a day."""
    former, code = _BY_NAME[name], _CODES.get(name)
    if code is not None and as_of is not None and as_of >= MERGER:
        return None, code, DatedUnit(code, name, MERGER, None)
    if code is not None and as_of is None:
        return None, code, None
    if as_of is not None and not _named_so(name, as_of):
        warnings.append("name_not_of_date")
    unit = DatedUnit(former.prefix, former.name, None, MERGER - dt.timedelta(days=1))
    return former.prefix, former.unit_code, unit


def _named_so(name: str, as_of: dt.date) -> bool:
    if name == "Huế":
        return as_of >= _HUE_IS_A_CITY
    return as_of < (_HUE_IS_A_CITY if name == "Thừa Thiên Huế" else MERGER)
