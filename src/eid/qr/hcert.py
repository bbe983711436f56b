"""EU digital COVID certificates (HCERT, ``HC1:``), read: vaccination, test, recovery.

The format is frozen and nobody issues it any more, but such codes lie in drawers, and Viet Nam's
vaccine passport used it. Field names are those of the eHealth Network's schema 1.3.0, spelled out.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from eid.document.dates import PartialDate
from eid.errors import DocumentError, QrClaimInvalid, QrClaimMissing

__all__ = [
    "CLAIM_HCERT",
    "HealthCertificate",
    "LaboratoryTest",
    "Recovery",
    "Vaccination",
    "read_health_certificate",
]

#: Key of the claim in a CBOR Web Token (hcert).
CLAIM_HCERT = -260
#: The one kind of content there is: eu_dgc_v1.
_EU_DGC = 1

#: SNOMED CT codes of test results.
_NOT_DETECTED, _DETECTED = "260415000", "260373001"


@dataclass(frozen=True, slots=True)
class Vaccination:
    """One dose, of which the certificate speaks.

    :param disease: SNOMED CT code of the disease; ``840539006`` is COVID-19. Likewise below.
    :param vaccine: code of the kind of vaccine.
    :param product: code of the medicinal product.
    :param manufacturer: code of its maker.
    :param dose: number of this dose.
    :param doses: doses in the series.
    :param country: where it was given, two letters.
    :param issuer: who issued the certificate, free text.
    :param identifier: unique certificate identifier (UVCI).
    """

    disease: str
    vaccine: str
    product: str
    manufacturer: str
    dose: int
    doses: int
    date: dt.date
    country: str
    issuer: str
    identifier: str = field(repr=False)

    kind = "vaccination"

    @property
    def complete(self) -> bool:
        """Whether this was the last dose of its series. What a country makes of that is its own rule."""
        return self.dose >= self.doses


@dataclass(frozen=True, slots=True)
class LaboratoryTest:
    """One test.

    :param method: LOINC code of the kind of test.
    :param sampled_at: when the sample was taken, aware.
    :param result: SNOMED CT code of the result.
    :param name: of the test (NAAT), :param device: code of the test device (antigen).
    :param centre: who tested.
    """

    disease: str
    method: str
    sampled_at: dt.datetime
    result: str
    country: str
    issuer: str
    name: str | None = None
    device: str | None = None
    centre: str | None = None
    identifier: str = field(default="", repr=False)

    kind = "test"

    @property
    def negative(self) -> bool | None:
        """Whether nothing was detected; ``None`` for a result with another meaning."""
        return {_NOT_DETECTED: True, _DETECTED: False}.get(self.result)


@dataclass(frozen=True, slots=True)
class Recovery:
    """A past infection.

    :param first_positive: day of the first positive test.
    :param valid_from: first day, :param valid_until: last day for which the certificate is meant.
    """

    disease: str
    first_positive: dt.date
    valid_from: dt.date
    valid_until: dt.date
    country: str
    issuer: str
    identifier: str = field(repr=False)

    kind = "recovery"


@dataclass(frozen=True, slots=True, repr=False)
class HealthCertificate:
    """The content of a code.

    :param version: of the schema.
    :param name: surname and given name, in their own letters where given.
    :param standard_name: the same as in machine readable lines.
    :param birth_date: may be partial, or unknown.
    :param entry: what it is about; exactly one.
    """

    version: str
    surname: str | None
    given_name: str | None
    standard_surname: str
    standard_given_name: str | None
    birth_date: PartialDate | None
    entry: Vaccination | LaboratoryTest | Recovery

    def __repr__(self) -> str:  # personal data stays out
        return f"<HealthCertificate {self.entry.kind}>"

    @property
    def name(self) -> str:
        """Given name and surname, transliterated where there are no others."""
        surname = self.surname or self.standard_surname
        given = self.given_name or self.standard_given_name
        return " ".join(filter(None, (given, surname)))


def read_health_certificate(claim: object) -> HealthCertificate:
    """Read the content of claim -260.

    :param claim: decoded CBOR: a map whose member 1 is the certificate.
    :raises QrClaimMissing: no certificate, or a field that it must have.
    :raises QrClaimInvalid: a field of another type, more than one certificate, or an impossible date.
    """
    content = claim.get(_EU_DGC) if isinstance(claim, Mapping) else None
    if not isinstance(content, Mapping):
        raise QrClaimMissing("no health certificate", "hcert")
    names = content.get("nam")
    if not isinstance(names, Mapping):
        raise QrClaimMissing("no name", "nam")
    present = [key for key in _ENTRIES if content.get(key)]
    if len(present) != 1:
        raise QrClaimInvalid(f"{len(present)} kinds of certificate where one belongs", "v, t, r")
    entries = content[present[0]]
    if not isinstance(entries, list) or len(entries) != 1 or not isinstance(entries[0], Mapping):
        raise QrClaimInvalid("not one certificate in the list", present[0])
    return HealthCertificate(
        version=_text(content, "ver"),
        surname=_optional(names, "fn"),
        given_name=_optional(names, "gn"),
        standard_surname=_text(names, "fnt"),
        standard_given_name=_optional(names, "gnt"),
        birth_date=_birth_date(content),
        entry=_ENTRIES[present[0]](entries[0]),
    )


def _vaccination(entry: Mapping[Any, Any]) -> Vaccination:
    return Vaccination(
        _text(entry, "tg"),
        _text(entry, "vp"),
        _text(entry, "mp"),
        _text(entry, "ma"),
        _count(entry, "dn"),
        _count(entry, "sd"),
        _day(entry, "dt"),
        _text(entry, "co"),
        _text(entry, "is"),
        _text(entry, "ci"),
    )


def _laboratory_test(entry: Mapping[Any, Any]) -> LaboratoryTest:
    return LaboratoryTest(
        disease=_text(entry, "tg"),
        method=_text(entry, "tt"),
        sampled_at=_time(entry, "sc"),
        result=_text(entry, "tr"),
        country=_text(entry, "co"),
        issuer=_text(entry, "is"),
        name=_optional(entry, "nm"),
        device=_optional(entry, "ma"),
        centre=_optional(entry, "tc"),
        identifier=_text(entry, "ci"),
    )


def _recovery(entry: Mapping[Any, Any]) -> Recovery:
    return Recovery(
        _text(entry, "tg"),
        _day(entry, "fr"),
        _day(entry, "df"),
        _day(entry, "du"),
        _text(entry, "co"),
        _text(entry, "is"),
        _text(entry, "ci"),
    )


_Entry = Vaccination | LaboratoryTest | Recovery
_ENTRIES: Mapping[str, Callable[[Mapping[Any, Any]], _Entry]] = {
    "v": _vaccination,
    "t": _laboratory_test,
    "r": _recovery,
}


def _text(source: Mapping[Any, Any], key: str) -> str:
    value = _optional(source, key)
    if value is None:
        raise QrClaimMissing(f"no {key}", key)
    return value


def _optional(source: Mapping[Any, Any], key: str) -> str | None:
    value = source.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise QrClaimInvalid(f"{key} is not a text", key)
    return value.strip()  # some issuers pad codes with spaces


def _count(source: Mapping[Any, Any], key: str) -> int:
    value = source.get(key)
    if isinstance(value, float) and value.is_integer():  # some issuers count in floating point
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise QrClaimInvalid(f"{key} is not a whole number", key)
    return value


_DIGITS = re.compile(r"[0-9]{2,4}")
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T[0-9:.]+(?:Z|[+-][0-9:]+)?)?")


def _day(source: Mapping[Any, Any], key: str) -> dt.date:
    """``YYYY-MM-DD``; some issuers write a time behind it, which means nothing."""
    match = _DAY.fullmatch(_text(source, key))
    try:
        if match is not None:
            return dt.date.fromisoformat(match[1])
    except ValueError:
        pass
    raise QrClaimInvalid(f"{key} is not a date", key)


def _time(source: Mapping[Any, Any], key: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(_text(source, key))
        # Without a zone it is somebody's local time; taking UTC is what other verifiers do.
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=dt.UTC)
    except ValueError:
        raise QrClaimInvalid(f"{key} is not a time", key) from None


def _birth_date(content: Mapping[Any, Any]) -> PartialDate | None:
    """The whole date, a year and month, a year, or an empty text for nothing known."""
    text = content.get("dob")
    if text is None:
        raise QrClaimMissing("no dob", "dob")
    if not isinstance(text, str):
        raise QrClaimInvalid("dob is not a text", "dob")
    parts = text.partition("T")[0].split("-") if text else []
    try:
        if not parts:
            return None
        if len(parts) <= 3 and all(_DIGITS.fullmatch(part) for part in parts):
            return PartialDate(*(int(part) for part in parts))
    except DocumentError:
        pass
    raise QrClaimInvalid("dob is not a date", "dob")
