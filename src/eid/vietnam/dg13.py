"""DG13 of the Vietnamese citizen card: national data, tag 6D.

A SET of numbered entries below an optional header (version, OID of ISO/IEC 10646 UTF-8). The layout
is known from observation only, so the walk follows the DER nesting strictly and the content with
tolerance: any order, any string type, missing entries and unknown numbers. Ethnicity, religion and
identifying marks are sensitive: they are in no listing and are given only by name.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from eid.document.dates import PartialDate
from eid.document.person import mask_number
from eid.encoding.der import INTEGER, OID, SEQUENCE, SET, integer, oid, read_integer, read_text, sequence
from eid.encoding.tlv import Node, parse_prefix, tlv
from eid.errors import DocumentError, EncodingError, LimitExceeded, PersonalNumberError
from eid.vietnam.names import mrz_tokens
from eid.vietnam.number import parse_number

__all__ = ["DG13", "FIELDS", "MAX_DG13", "MAX_ENTRIES", "SENSITIVE", "encode_dg13", "parse_dg13"]

TAG = 0x6D
#: Octets of a DG13; real ones have less than 1,000.
MAX_DG13 = 32 * 1024
#: Entries of a DG13; real ones have 16.
MAX_ENTRIES = 64

_UTF8_OID = "1.0.10646.1.0.8"
_PRINTABLE, _UTF8 = 0x13, 0x0C
_PARENTS, _SPOUSE = 13, 14

#: Entry numbers and the names under which they are given out.
FIELDS: Mapping[int, str] = MappingProxyType(
    {
        1: "pin", 2: "full_name", 3: "dob", 4: "sex", 5: "nationality", 6: "ethnicity", 7: "religion",
        8: "origin", 9: "residence", 10: "identification_marks", 11: "issue_date", 12: "expiry",
        13: "parents", 14: "spouse", 15: "old_number", 16: "unknown_16",
    }
)  # fmt: skip
_INDEXES = {name: index for index, name in FIELDS.items()}
_PRINTABLE_FIELDS = frozenset({1, 3, 11, 15, 16})

#: Fields that are given only when asked for by name.
SENSITIVE = frozenset({"ethnicity", "religion", "identification_marks"})

_DATE = re.compile(r"(?:([0-9]{1,2})/)?(?:([0-9]{1,2})/)?([0-9]{4})")
#: 31 December 2099 stands for "no expiry" in the MRZ; nobody's 60th birthday is known to be later.
_NO_EXPIRY_DATE = PartialDate(2099, 12, 31)


@dataclass(frozen=True, slots=True, repr=False)
class DG13:
    """National data. A text is ``None`` when its entry is missing and may be empty when it is there.

    :param texts: the single texts by name, sensitive ones excluded: ``pin``, ``full_name``, ``dob``,
        ``sex``, ``nationality``, ``origin``, ``residence``, ``issue_date``, ``expiry``, ``spouse``,
        ``old_number``, ``unknown_16``; in Unicode form NFC, otherwise as they stand.
    :param parents: names as they stand; ``None`` when the entry is missing.
    :param unknown: raw value octets of entries that could not be interpreted, by entry number.
    :param warnings: stable words.
    """

    texts: Mapping[str, str | None]
    parents: tuple[str, ...] | None = None
    unknown: Mapping[int, bytes] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    _sensitive: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("texts", "unknown", "_sensitive"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def __repr__(self) -> str:
        return f"<DG13 {mask_number(self.number) if self.number else 'without number'}>"

    @property
    def number(self) -> str | None:
        """The personal number as it stands."""
        return self.texts.get("pin")

    @property
    def full_name(self) -> str | None:
        """The name with accents: the only place on the chip that has them."""
        return self.texts.get("full_name")

    @property
    def birth_date(self) -> PartialDate | None:
        """Date of birth, perhaps only its year; ``None`` when missing or not a date."""
        return _date(self.texts.get("dob"))

    @property
    def sex(self) -> str | None:
        """``M`` for *Nam*, ``F`` for *Nữ*, else ``None``."""
        return {"NAM": "M", "NU": "F"}.get(" ".join(mrz_tokens(self.texts.get("sex") or "") or ()))

    @property
    def issue_date(self) -> dt.date | None:
        """Date of issue."""
        return _full(_date(self.texts.get("issue_date")))

    @property
    def no_expiry(self) -> bool:
        """Whether the card says that it does not expire (*Không thời hạn*, *Không xác định thời hạn*)."""
        text = self.texts.get("expiry") or ""
        tokens = mrz_tokens(text) or ()
        return tokens[:1] == ("KHONG",) or _date(text) == _NO_EXPIRY_DATE

    @property
    def expiry_date(self) -> dt.date | None:
        """Last day of validity; ``None`` when there is none, it is missing or not a date."""
        return None if self.no_expiry else _full(_date(self.texts.get("expiry")))

    @property
    def father(self) -> str | None:
        """The father's name: only when two parents are named, because one alone has no role."""
        return self.parents[0] if self.parents and len(self.parents) == 2 else None

    @property
    def mother(self) -> str | None:
        """The mother's name, under the same condition."""
        return self.parents[1] if self.parents and len(self.parents) == 2 else None

    def sensitive(self, name: str) -> str | None:
        """``ethnicity``, ``religion`` or ``identification_marks``; ``None`` when missing."""
        return self._sensitive.get(name)

    def to_json(self, *, sensitive: Iterable[str] = ()) -> dict[str, object]:
        """The form of the command line, personal data in clear.

        :param sensitive: names of the sensitive fields to include.
        """
        named = frozenset(sensitive)
        values: dict[str, object] = {**self.texts}
        values |= {name: text for name, text in self._sensitive.items() if name in named}
        if self.parents is not None:
            values["parents"] = list(self.parents)
        birth = self.birth_date
        if birth is not None and not birth.complete:
            values["dob"] = {"year": birth.year, "month": birth.month, "day": birth.day}
        if self.no_expiry:
            values["no_expiry"] = True
        hidden = SENSITIVE - named
        unknown = {str(i): raw.hex() for i, raw in self.unknown.items() if FIELDS.get(i) not in hidden}
        if unknown:
            values["unknown"] = unknown
        order = (*FIELDS.values(), "no_expiry", "unknown")
        return {
            "outcome": "ok_with_warnings" if self.warnings else "ok",
            "warnings": list(self.warnings),
            "fields": {name: values[name] for name in order if name in values},
        }


def parse_dg13(octets: bytes) -> DG13:
    """Read a DG13.

    :param octets: the file as read, tag 6D included. Octets after its end are ignored with a warning;
        the hash of the security object is taken over what was read, elsewhere.
    :raises LimitExceeded: longer than :data:`MAX_DG13`, or more than :data:`MAX_ENTRIES` entries.
    :raises EncodingError: not BER with definite lengths; kinds ``truncated``, ``tag``,
        ``indefinite_length`` and others.
    :raises DocumentError: kind ``duplicate_index`` or ``structure``.
    """
    if len(octets) > MAX_DG13:
        raise LimitExceeded(f"DG13 of more than {MAX_DG13} octets")
    warnings: list[str] = []
    top = parse_prefix(octets, TAG, der=False)
    if top.end != len(octets):
        warnings.append("trailing_bytes")
    texts: dict[str, str | None] = {}
    sensitive: dict[str, str] = {}
    unknown: dict[int, bytes] = {}
    parents: tuple[str, ...] | None = None
    for index, values in sorted(_entries(top, warnings).items()):
        name = FIELDS.get(index)
        if name is None:
            warnings.append("unknown_index")
            unknown[index] = b"".join(node.raw for node in values)
            continue
        try:
            strings = tuple(_strings(values, warnings))
        except EncodingError:  # a national field may change its type; the others stay useful
            warnings.append("field_unreadable")
            unknown[index] = b"".join(node.raw for node in values)
            continue
        if index == _PARENTS:
            parents = strings
        elif len(strings) > 1 or (not strings and index != _SPOUSE):
            warnings.append("field_unreadable")
            unknown[index] = b"".join(node.raw for node in values)
        elif name in SENSITIVE:
            sensitive[name] = strings[0]
        else:
            texts[name] = strings[0] if strings else None
    group = DG13(texts, parents, unknown, _sensitive=sensitive)
    warnings.extend(_content_warnings(group))
    return replace(group, warnings=tuple(dict.fromkeys(warnings)))


def _entries(top: Node, warnings: list[str]) -> dict[int, list[Node]]:
    """Value nodes by entry number, from SEQUENCE { [INTEGER,] [OID,] SET { entry ... } }."""
    outer = top.children()
    if len(outer) != 1:
        raise DocumentError("DG13 holds not exactly one SEQUENCE", "structure")
    *header, fields = outer[0].expect(SEQUENCE).children() or outer  # an empty one has no SET
    tags = [node.tag for node in header]
    if tags not in ([INTEGER, OID], [OID], [INTEGER], []):
        raise DocumentError("DG13 has a header of another form", "structure")
    if len(header) < 2:  # the version, the OID or both are missing in some descriptions (formats.md, 4)
        warnings.append("header_missing")
    if OID in tags and header[-1].raw != oid(_UTF8_OID):
        warnings.append("header_unexpected")
    entries: dict[int, list[Node]] = {}
    nodes = fields.expect(SET).children()
    if len(nodes) > MAX_ENTRIES:
        raise LimitExceeded(f"DG13 with more than {MAX_ENTRIES} entries")
    for node in nodes:
        # The spouse of an unmarried holder is reported as the bare number 14, in a SEQUENCE or not.
        head, *values = [node] if node.tag == INTEGER else node.expect(SEQUENCE).children() or [node]
        head.expect(INTEGER)
        if len(head) > 4:
            raise DocumentError("an entry number of more than four octets", "structure")
        index = read_integer(head)
        if index in entries:
            raise DocumentError("an entry number occurs twice", "duplicate_index")
        entries[index] = values
    return entries


def _strings(nodes: Iterable[Node], warnings: list[str], depth: int = 0) -> Iterable[str]:
    """The strings in *nodes* in their order, through at most two levels of SEQUENCE."""
    for node in nodes:
        if node.tag == SEQUENCE and depth < 2:
            yield from _strings(node.children(), warnings, depth + 1)
            continue
        text = read_text(node)
        composed = unicodedata.normalize("NFC", text)
        if composed != text:
            warnings.append("normalised_nfc")
        yield composed


def _content_warnings(group: DG13) -> Iterable[str]:
    texts = group.texts
    birth = group.birth_date
    if texts.get("dob") and birth is None:
        yield "dob_unreadable"
    if birth is not None and not birth.complete:
        yield "partial_dob"
    if texts.get("issue_date") and group.issue_date is None:
        yield "issue_date_unreadable"
    if texts.get("expiry") and group.expiry_date is None and not group.no_expiry:
        yield "expiry_unreadable"
    if texts.get("sex") and group.sex is None:
        yield "sex_unrecognised"
    if group.parents is not None and len(group.parents) not in (0, 2):
        yield "parent_role_unknown"
    if len(texts.get("old_number") or "") == 12:
        yield "old_number_12_digits"
    if group.number is not None:
        try:
            parse_number(group.number)
        except PersonalNumberError:
            yield "pin_format"


def _date(text: str | None) -> PartialDate | None:
    """``dd/mm/yyyy``, ``mm/yyyy`` or ``yyyy``; ``00`` is an unknown part."""
    match = _DATE.fullmatch((text or "").strip())
    if match is None:
        return None
    first, second, year = match.groups()
    day, month = (first, second) if second is not None else (None, first)
    try:
        return PartialDate(int(year), int(month or 0) or None, int(day or 0) or None)
    except DocumentError:
        return None


def _full(date: PartialDate | None) -> dt.date | None:
    return date.first_day() if date is not None and date.complete else None


def encode_dg13(fields: Mapping[str, object]) -> bytes:
    """Write a DG13 as the cards have it, for the built-in chip and for tests.

    :param fields: by the names of :data:`FIELDS`; texts, except ``parents`` (a sequence of texts)
        and ``spouse`` (``None`` writes the bare number 14). Fields not named are left out.
    :raises DocumentError: kind ``field`` for an unknown name or a value of the wrong type.
    """
    entries = []
    for name, value in sorted(fields.items(), key=lambda item: _INDEXES.get(item[0], 0)):
        index = _INDEXES.get(name)
        if index is None:
            raise DocumentError("DG13 has no field of this name", "field")
        entries.append(sequence(integer(index), *_values(index, value)))
    # In the order of the numbers, as on the cards, although DER would sort a SET OF by octets.
    content = sequence(integer(1), oid(_UTF8_OID), tlv(SET, *entries))
    return tlv(TAG, content)


def _values(index: int, value: object) -> list[bytes]:
    if index == _PARENTS and isinstance(value, list | tuple):
        return [sequence(_string(_UTF8, name)) for name in value]
    if index == _SPOUSE:
        return [] if value is None else [sequence(_string(_UTF8, value))]
    return [_string(_PRINTABLE if index in _PRINTABLE_FIELDS else _UTF8, value)]


def _string(tag: int, value: object) -> bytes:
    if not isinstance(value, str):
        raise DocumentError("a field of DG13 that is not text", "field")
    try:
        return tlv(tag, value.encode("ascii" if tag == _PRINTABLE else "utf-8"))
    except UnicodeEncodeError:
        raise DocumentError("a field of DG13 with characters it cannot hold", "field") from None
