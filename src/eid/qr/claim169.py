"""The person in a signed code: claim 169 of MOSIP, version 1.2.1, typed.

What the specification defines loosely or contradicts in its own examples is read in every form that
occurs there (dates with and without hyphens, numbers as text, one biometric without the array around
it, the photograph in its old place) and named in the warnings. What is written has one form.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from eid.document.dates import PartialDate
from eid.errors import DocumentError, QrClaimInvalid

if TYPE_CHECKING:
    from eid.document.person import Person

__all__ = [
    "CLAIM_169",
    "Biometric",
    "BiometricFormat",
    "BodyPart",
    "Gender",
    "ImageFormat",
    "MaritalStatus",
    "QrPerson",
    "read_person",
]

#: Key of the claim in a CBOR Web Token (IANA: identity-data).
CLAIM_169 = 169

#: Samples of one body part that are read.
_MAX_SAMPLES = 8


class Gender(enum.IntEnum):
    """Field 9."""

    MALE = 1
    FEMALE = 2
    OTHER = 3


class MaritalStatus(enum.IntEnum):
    """Field 14."""

    UNMARRIED = 1
    MARRIED = 2
    DIVORCED = 3


class BodyPart(enum.IntEnum):
    """Fields 50 to 65: of what a biometric sample is."""

    RIGHT_THUMB = 50
    RIGHT_POINTER_FINGER = 51
    RIGHT_MIDDLE_FINGER = 52
    RIGHT_RING_FINGER = 53
    RIGHT_LITTLE_FINGER = 54
    LEFT_THUMB = 55
    LEFT_POINTER_FINGER = 56
    LEFT_MIDDLE_FINGER = 57
    LEFT_RING_FINGER = 58
    LEFT_LITTLE_FINGER = 59
    RIGHT_IRIS = 60
    LEFT_IRIS = 61
    FACE = 62
    RIGHT_PALM = 63
    LEFT_PALM = 64
    VOICE = 65


class BiometricFormat(enum.IntEnum):
    """Member 1 of a sample."""

    IMAGE = 0
    TEMPLATE = 1
    SOUND = 2
    HASH = 3


class ImageFormat(enum.IntEnum):
    """Member 2 of a sample that is an image."""

    PNG = 0
    JPEG = 1
    JPEG2000 = 2
    AVIF = 3
    WEBP = 4
    TIFF = 5
    WSQ = 6


@dataclass(frozen=True, slots=True)
class Biometric:
    """One sample.

    :param data: the octets, as the format has them.
    :param format: a :class:`BiometricFormat` where the code says so; other numbers are kept.
    :param subformat: an :class:`ImageFormat` for images; numbers 100 to 200 are a vendor's.
    :param issuer: who made the sample.
    """

    data: bytes = field(repr=False)
    format: int | None = None
    subformat: int | None = None
    issuer: str | None = None

    @property
    def is_image(self) -> bool:
        """Whether it says that it is a picture."""
        return self.format == BiometricFormat.IMAGE


@dataclass(frozen=True, slots=True, repr=False)
class QrPerson:
    """A person as a signed code describes them. What the code does not say is ``None``.

    :param id: identifier; for Viet Nam the 12-digit number, where the issuer may put it in a code.
    :param version: version of the data, free text.
    :param language: of the other fields, ISO 639-3 (``vie``).
    :param nationality: ISO 3166-1, two or three letters, like *country_of_issuance*.
    :param address: lines separated by line feeds.
    :param phone: E.123 international, ``+84 …``.
    :param best_quality_fingers: positions 0 to 10 (0 unknown, 1 right thumb … 10 left little finger).
    :param biometrics: samples by :class:`BodyPart`. The photograph is :attr:`photo`.
    :param other: fields without meaning here, by their key, as read. Of those, only numbers that
        the specification leaves free (24 to 49, 66 to 99) can be written.
    """

    id: str | None = None
    version: str | None = None
    language: str | None = None
    full_name: str | None = None
    first_name: str | None = None
    middle_name: str | None = None
    last_name: str | None = None
    birth_date: PartialDate | None = None
    gender: Gender | None = None
    address: str | None = None
    email: str | None = None
    phone: str | None = None
    nationality: str | None = None
    marital_status: MaritalStatus | None = None
    guardian: str | None = None
    best_quality_fingers: tuple[int, ...] = ()
    secondary_full_name: str | None = None
    secondary_language: str | None = None
    location_code: str | None = None
    legal_status: str | None = None
    country_of_issuance: str | None = None
    biometrics: Mapping[int, tuple[Biometric, ...]] = field(default_factory=dict)
    other: Mapping[int | str, object] = field(default_factory=dict)

    def __repr__(self) -> str:  # personal data stays out
        return f"<QrPerson {'with' if self.photo is not None else 'without'} photo>"

    @property
    def photo(self) -> Biometric | None:
        """The first picture of the face."""
        return next((s for s in self.biometrics.get(BodyPart.FACE, ()) if s.is_image), None)

    @classmethod
    def of(cls, person: Person, **more: Any) -> QrPerson:
        """From what a chip or a code said of a person: number, name, date of birth, sex, nationality.

        :param more: further fields by name; they win.
        """
        gender = {"M": Gender.MALE, "F": Gender.FEMALE, "X": Gender.OTHER}.get(person.sex or "")
        fields = {
            "id": person.number,
            "full_name": person.name,
            "birth_date": person.birth_date,
            "gender": gender,
            "nationality": person.nationality,
        }
        return cls(**{**fields, **more})

    def to_claim(self) -> dict[int, object]:
        """The content of claim 169, keys ascending.

        :raises QrClaimInvalid: a field that claim 169 1.2.1 does not allow; ``claim`` names it.
        """
        claim: dict[int, object] = {}
        for key, (name, check) in _WRITTEN.items():
            value = getattr(self, name)
            if value is None or value == ():
                continue
            written = check(value)
            if written is None:
                raise QrClaimInvalid(f"{name} is not as claim 169 wants it", name)
            claim[key] = written
        for part, samples in self.biometrics.items():
            claim[int(part)] = _written_samples(part, samples)
        for free, item in self.other.items():
            if not isinstance(free, int) or not (24 <= free <= 49 or 66 <= free <= 99):
                raise QrClaimInvalid("a key that claim 169 does not leave free", "other")
            claim[free] = item
        return dict(sorted(claim.items()))


# --- reading -------------------------------------------------------------------------------------


def read_person(claim: object) -> tuple[QrPerson, tuple[str, ...]]:
    """Read the content of claim 169, liberally.

    :param claim: decoded CBOR.
    :returns: the person, and warnings: stable words for what was not as it should be.
    :raises QrClaimInvalid: no map, or a field of an impossible type.
    """
    if not isinstance(claim, Mapping):
        raise QrClaimInvalid("identity data that are no map", "169")
    fields: dict[str, Any] = {}
    other: dict[int | str, object] = {}
    biometrics: dict[int, tuple[Biometric, ...]] = {}
    warnings: list[str] = []
    for key, value in claim.items():
        known = _READ.get(key)
        if known is not None:
            name, read = known
            found = value if read is _text and value.__class__ is str else read(name, value, warnings)
            if found is not None:
                fields[name] = found
            else:
                other[key] = value
        elif isinstance(key, int) and 50 <= key <= 65:
            biometrics[key] = _samples(key, value, warnings)
        else:
            other[key] = value
    if 16 in other:
        _adopt_old_photo(other, biometrics, warnings)
    if biometrics:
        fields["biometrics"] = biometrics
    if other:
        fields["other"] = other
    return QrPerson(**fields), tuple(warnings)


def _text(name: str, value: object, warnings: list[str]) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):  # 3.2 shows ID and version unquoted
        warnings.append(f"{name.upper()}_NOT_TEXT")
        return str(value)
    raise QrClaimInvalid(f"{name} is not a text", name)


_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?(?:T[0-9:.+Z-]*)?")


def _date(name: str, value: object, warnings: list[str]) -> PartialDate | None:
    """``YYYYMMDD`` as defined, with hyphens as in an example of the same text (3.2.1), or a number."""
    if isinstance(value, int) and not isinstance(value, bool):
        warnings.append("BIRTH_DATE_FORM")
        value = str(value)
    if not isinstance(value, str):
        raise QrClaimInvalid(f"{name} is not a text", name)
    try:
        if len(value) == 8 and value.isascii() and value.isdigit():
            return PartialDate(int(value[:4]), int(value[4:6]) or None, int(value[6:]) or None)
        match = _DATE.fullmatch(value)
        if match is not None:
            warnings.append("BIRTH_DATE_FORM")
            return PartialDate(*(int(part) if part else None for part in match.groups()))  # type: ignore[arg-type]
    except DocumentError:
        pass
    warnings.append("BIRTH_DATE_UNREADABLE")
    return None


def _choice(kind: type[enum.IntEnum]) -> Callable[[str, object, list[str]], enum.IntEnum | None]:
    """One of a few numbers; the example of 3.2.1 encodes such a number as text, its source as a word."""
    members = {member.value: member for member in kind}
    words = {member.name.lower(): member for member in kind}

    def read(name: str, value: object, warnings: list[str]) -> enum.IntEnum | None:
        if isinstance(value, str):
            warnings.append(f"{name.upper()}_NOT_NUMBER")
            word = value.strip().lower()
            value = int(word) if word in ("1", "2", "3") else words.get(word.removesuffix("s"))
        if isinstance(value, bool) or not isinstance(value, int | None):
            raise QrClaimInvalid(f"{name} is not a number", name)
        found = members.get(value) if value is not None else None
        if found is None:
            warnings.append(f"{name.upper()}_UNKNOWN")
        return found

    return read


def _fingers(name: str, value: object, warnings: list[str]) -> tuple[int, ...]:
    """A list of numbers, or the same as one octet each: the definition can be read both ways."""
    if isinstance(value, bytes):
        warnings.append("BEST_QUALITY_FINGERS_NOT_LIST")
    elif isinstance(value, int) and not isinstance(value, bool):
        warnings.append("BEST_QUALITY_FINGERS_NOT_LIST")
        value = [value]
    elif not isinstance(value, list | tuple):
        raise QrClaimInvalid(f"{name} is not a list of numbers", name)
    found = tuple(value)
    if len(found) > 11 or not all(each.__class__ is int and 0 <= each <= 10 for each in found):
        raise QrClaimInvalid(f"{name} is not a list of finger positions", name)
    return found


def _samples(key: int, value: object, warnings: list[str]) -> tuple[Biometric, ...]:
    """An array of maps as defined, or one map, as in the example of 3.2.1."""
    if isinstance(value, Mapping):
        warnings.append("BIOMETRIC_NOT_LIST")
        value = [value]
    if not isinstance(value, list | tuple) or len(value) > _MAX_SAMPLES:
        raise QrClaimInvalid("biometrics that are no short list", str(key))
    return tuple(_sample(key, each, warnings) for each in value)


def _sample(key: int, value: object, warnings: list[str]) -> Biometric:
    if not isinstance(value, Mapping):
        raise QrClaimInvalid("a biometric sample that is no map", str(key))
    data, form, subform, issuer = (value.get(member) for member in (0, 1, 2, 3))
    if isinstance(data, str):
        warnings.append("BIOMETRIC_AS_TEXT")
        data = _from_hex(data, str(key))
    if not isinstance(data, bytes):
        raise QrClaimInvalid("a biometric sample without octets", str(key))
    for number in (form, subform):
        if number is not None and number.__class__ is not int:
            raise QrClaimInvalid("a biometric format that is no number", str(key))
    if not isinstance(issuer, str | None):
        raise QrClaimInvalid("a biometric issuer that is no text", str(key))
    return Biometric(data, form, subform, issuer)


def _from_hex(text: str, claim: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise QrClaimInvalid("octets as text that is not hexadecimal", claim) from None


#: Field 17 of versions before 1.2.1, as the number that a sample has.
_OLD_FORMATS = {1: ImageFormat.JPEG, 2: ImageFormat.JPEG2000, 3: ImageFormat.AVIF, 4: ImageFormat.WEBP}


def _adopt_old_photo(
    other: dict[int | str, object], biometrics: dict[int, tuple[Biometric, ...]], warnings: list[str]
) -> None:
    """Fields 16 and 17, which 1.2.1 replaces by 62; they are a text by definition, octets in practice."""
    warnings.append("PHOTO_IN_OLD_FIELD")
    data = other[16]
    if isinstance(data, str):
        data = _from_hex(data, "16")
    if not isinstance(data, bytes):
        raise QrClaimInvalid("a photograph without octets", "16")
    if BodyPart.FACE in biometrics:
        return
    form = other.get(17)
    subform = _OLD_FORMATS.get(form) if isinstance(form, int) else None
    biometrics[int(BodyPart.FACE)] = (Biometric(data, int(BiometricFormat.IMAGE), subform),)
    other.pop(16)
    if subform is not None:
        other.pop(17)


# --- writing -------------------------------------------------------------------------------------

_LANGUAGE = re.compile(r"[a-z]{3}")
_COUNTRY = re.compile(r"[A-Z]{2,3}")
_PHONE = re.compile(r"\+[0-9](?: ?[0-9]){5,14}")
_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@]{1,255}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def _line(value: str) -> str | None:
    return value if isinstance(value, str) and value.strip() and not _CONTROL.search(value) else None


def _lines(value: str) -> str | None:
    return value if isinstance(value, str) and _line(value.replace("\n", " ")) else None


def _like(pattern: re.Pattern[str]) -> Callable[[str], str | None]:
    return lambda value: value if isinstance(value, str) and pattern.fullmatch(value) else None


def _compact(value: PartialDate) -> str:
    """``YYYYMMDD``; what is unknown is ``00``, as in travel documents (Doc 9303-10, 4.7.11)."""
    return f"{value.year:04d}{value.month or 0:02d}{value.day or 0:02d}"


def _number(value: int) -> int | None:
    return int(value) if value in (1, 2, 3) else None


def _positions(value: tuple[int, ...]) -> list[int] | None:
    return list(value) if all(each.__class__ is int and 0 <= each <= 10 for each in value) else None


_BODY_PARTS = frozenset(int(part) for part in BodyPart)


def _written_samples(part: int, samples: tuple[Biometric, ...]) -> list[dict[int, object]]:
    if part not in _BODY_PARTS or not samples:
        raise QrClaimInvalid("samples of no body part that claim 169 knows", "biometrics")
    written = []
    for sample in samples:
        if not isinstance(sample.data, bytes) or not sample.data:
            raise QrClaimInvalid("a sample without octets", "biometrics")
        numbers = {1: sample.format, 2: sample.subformat}
        members: dict[int, object] = {
            0: sample.data,
            **{key: int(n) for key, n in numbers.items() if n is not None},
        }
        if sample.issuer is not None:
            members[3] = sample.issuer
        written.append(members)
    return written


_Read = Callable[[str, object, list[str]], Any]
_Check = Callable[[Any], object]

#: Field by key: its name, how it is read, how it is written.
_FIELDS: dict[int, tuple[str, _Read, _Check]] = {
    1: ("id", _text, _line),
    2: ("version", _text, _line),
    3: ("language", _text, _like(_LANGUAGE)),
    4: ("full_name", _text, _line),
    5: ("first_name", _text, _line),
    6: ("middle_name", _text, _line),
    7: ("last_name", _text, _line),
    8: ("birth_date", _date, _compact),
    9: ("gender", _choice(Gender), _number),
    10: ("address", _text, _lines),
    11: ("email", _text, _like(_EMAIL)),
    12: ("phone", _text, _like(_PHONE)),
    13: ("nationality", _text, _like(_COUNTRY)),
    14: ("marital_status", _choice(MaritalStatus), _number),
    15: ("guardian", _text, _line),
    18: ("best_quality_fingers", _fingers, _positions),
    19: ("secondary_full_name", _text, _line),
    20: ("secondary_language", _text, _like(_LANGUAGE)),
    21: ("location_code", _text, _line),
    22: ("legal_status", _text, _line),
    23: ("country_of_issuance", _text, _like(_COUNTRY)),
}
_READ: dict[object, tuple[str, _Read]] = {key: (name, read) for key, (name, read, _) in _FIELDS.items()}
_WRITTEN: dict[int, tuple[str, _Check]] = {key: (name, check) for key, (name, _, check) in _FIELDS.items()}
