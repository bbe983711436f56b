"""The members of a record: how each is written in CBOR, and how strictly it is read.

A reader raises whatever its parts raise; :meth:`eid.tokens.record.content.Record.from_bytes` makes one
error of it, and compares what comes out with what went in.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, TypeVar

from eid.chip.active_authentication import check_challenge
from eid.document.evidence import LiveReading
from eid.encoding import strict_json
from eid.trust.anchors import Anchor, Provenance, TrustStore
from eid.trust.certificates import Certificate
from eid.trust.crl import Crl
from eid.verification.policy import VERDICTS, Policy
from eid.verification.status import DocumentStatus, GatewayAnswer, HolderMatch, StatusAnswer

__all__ = ["CODECS", "OPTIONAL"]

T = TypeVar("T")
#: What writes a member, and what reads it.
_Codec = tuple[Callable[[Any], Any], Callable[[Any], T]]


def _same(kind: type[T]) -> Callable[[Any], T]:
    """Reads a value that stands there as it is."""

    def read(value: Any) -> T:
        if value.__class__ is not kind:
            raise TypeError
        return value

    return read


_octets, _text, _number, _truth, _list = _same(bytes), _same(str), _same(int), _same(bool), _same(list)


def _read_time(value: Any) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.utcoffset() is None:
        raise ValueError
    return moment


def _write_time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _write_span(span: timedelta | None) -> list[int] | None:
    return [span.days, span.seconds, span.microseconds] if span is not None else None


def _read_span(value: Any) -> timedelta:
    days, seconds, microseconds = map(_number, _list(value))
    return timedelta(days, seconds, microseconds)


def _write_decimal(value: float | None) -> str | None:
    if value is None:
        return None
    # Subclasses, such as those of numerical libraries, write themselves in other ways.
    return float.__repr__(value) if isinstance(value, float) else int.__repr__(value)


def _read_decimal(value: Any) -> float:
    text = _text(value)
    return int(text) if text.lstrip("-").isdecimal() else float(text)


def _plain(value: Any) -> Any:
    return value


def _fields(cls: type[T], /, **codecs: _Codec[Any]) -> _Codec[T]:
    """Writer and reader of a dataclass as a map; a field that is ``None`` is left out."""
    # A field that comes to the class and is forgotten here would be lost from every record.
    assert codecs.keys() == {each.name for each in dataclasses.fields(cls)}, cls  # type: ignore[arg-type]

    def write(instance: T | None) -> Any:
        if instance is None:
            return None
        members = {name: codec[0](getattr(instance, name)) for name, codec in codecs.items()}
        return {name: value for name, value in members.items() if value is not None}

    def read(value: Any) -> T:
        if not isinstance(value, dict) or not value.keys() <= codecs.keys():
            raise TypeError
        return cls(**{name: codecs[name][1](member) for name, member in value.items()})

    return write, read


def _read_verdicts(value: Any) -> frozenset[str]:
    names = [_text(name) for name in _list(value)]
    if not set(names) <= set(VERDICTS):
        raise ValueError
    return frozenset(names)


def _one_of(*words: str) -> Callable[[Any], Any]:
    def read(value: Any) -> str:
        if _text(value) not in words:
            raise ValueError
        return str(value)

    return read


_PLAIN_TEXT = (_plain, _text)
_TIME = (_write_time, _read_time)
_SPAN = (_write_span, _read_span)
#: Numbers of face matchers, to the last bit.
_DECIMAL = (_write_decimal, _read_decimal)

_POLICY = _fields(
    Policy,
    name=_PLAIN_TEXT,
    required=(sorted, _read_verdicts),
    trust_terminal=(_plain, _truth),
    status_within=_SPAN,
    revocation=(_plain, _one_of("OFFERED", "REQUIRED", "OFF")),
    revocation_within=_SPAN,
    max_trust_age=_SPAN,
    signer_validity=(_plain, _one_of("NOW", "SIGNING")),
)
_STATUS = _fields(
    StatusAnswer,
    status=(lambda status: status.value, lambda word: DocumentStatus(_text(word))),
    source=_PLAIN_TEXT,
    at=_TIME,
)
_GATEWAY = _fields(
    GatewayAnswer, authentic=(_plain, _truth), source=_PLAIN_TEXT, at=_TIME, sod_sha256=_PLAIN_TEXT
)
_HOLDER = _fields(
    HolderMatch,
    matched=(_plain, _truth),
    source=_PLAIN_TEXT,
    method=_PLAIN_TEXT,
    at=_TIME,
    score=_DECIMAL,
    threshold=_DECIMAL,
)
_PROVENANCE = _fields(
    Provenance,
    source=_PLAIN_TEXT,
    kind=(_plain, _one_of("FILE", "MASTER_LIST", "LDIF", "STORE")),
    signer=_PLAIN_TEXT,
    outcome=(_plain, _one_of("VERIFIED", "UNVERIFIED", "FAILED")),
    at=_TIME,
)


def _write_live(live: LiveReading | None) -> dict[str, bytes] | None:
    if live is None:
        return None
    return {} if live.challenge is None else {"challenge": live.challenge}


def _read_live(value: Any) -> LiveReading:
    if not isinstance(value, dict) or not value.keys() <= {"challenge"}:
        raise TypeError
    return LiveReading(_read_challenge(value["challenge"]) if value else None)


def _write_trust(store: TrustStore) -> dict[str, Any]:
    sources = list(dict.fromkeys(source for entry in store.entries for source in entry.provenance))
    places = {source: place for place, source in enumerate(sources)}
    members = {
        "obtained_at": _write_time(store.obtained_at),
        "sources": [_PROVENANCE[0](source) for source in sources],
        "entries": [
            [entry.certificate.raw, [places[source] for source in entry.provenance], entry.pinned]
            for entry in store.entries
        ],
        "others": [certificate.raw for certificate in store.others],
        "crls": [crl.raw for crl in store.crls],
    }
    return {name: value for name, value in members.items() if value is not None}


def _read_trust(value: Any) -> TrustStore:
    if not isinstance(value, dict) or not value.keys() <= {*_TRUST_LISTS, "obtained_at"}:
        raise TypeError
    listed = {name: _list(value[name]) for name in _TRUST_LISTS}
    sources = [_PROVENANCE[1](source) for source in listed["sources"]]

    def entry(octets: Any, places: Any, pinned: Any) -> Anchor:
        given = tuple(sources[_number(place)] for place in _list(places))
        return Anchor(Certificate.from_der(_octets(octets)), given, _truth(pinned))

    return TrustStore.of(
        entries=[entry(*_list(each)) for each in listed["entries"]],
        others=[Certificate.from_der(_octets(octets)) for octets in listed["others"]],
        crls=[Crl.from_der(_octets(octets)) for octets in listed["crls"]],
        obtained_at=_read_time(value["obtained_at"]) if "obtained_at" in value else None,
    )


_TRUST_LISTS = ("sources", "entries", "others", "crls")


def _read_challenge(value: Any) -> bytes:
    check_challenge(_octets(value))
    return bytes(value)


def _read_report(value: Any) -> bytes:
    """The report is ours and signed; it is read with any JSON reader, in one form."""
    octets = _octets(value)
    if not isinstance(document := json.loads(octets), dict) or strict_json.dumps(document) != octets:
        raise ValueError
    return octets


def _read_references(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise TypeError
    return {_text(name): _text(text) for name, text in value.items()}


#: Writer and reader of each member of the map.
CODECS: Mapping[str, _Codec[Any]] = MappingProxyType({
    "evidence": (_plain, _octets),
    "live": (_write_live, _read_live),
    "trust": (_write_trust, _read_trust),
    "policy": _POLICY,
    "profile": _PLAIN_TEXT,
    "now": _TIME,
    "challenge": (_plain, _read_challenge),
    "status": _STATUS,
    "holder": _HOLDER,
    "gateway": _GATEWAY,
    "report": (_plain, _read_report),
    "made_at": _TIME,
    "library": _PLAIN_TEXT,
    "rules": _PLAIN_TEXT,
    "references": (dict, _read_references),
})  # fmt: skip
#: Members that a record may lack.
OPTIONAL = frozenset({"live", "challenge", "status", "holder", "gateway"})
