"""Fuzz signed codes: only what the issuer signed is proven, and whatever it signed can be read or is refused."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import zlib
from collections.abc import Iterator

from common import instrumented, run

with instrumented(__name__):
    import cbor2

    from eid.crypto.cose import TAGGED, sign1
    from eid.crypto.keys import KeySet, SoftwareSigner
    from eid.document.checks import Outcome
    from eid.document.dates import PartialDate
    from eid.encoding import base45
    from eid.errors import EidError, QrClaimInvalid
    from eid.qr.claim169 import Biometric, QrPerson, read_person
    from eid.qr.claims import QrKind, read_claims
    from eid.qr.envelope import parse_claims, parse_message, unpack_text
    from eid.qr.issuing import QrIssuer
    from eid.qr.verifying import QrVerifier
    from eid.tokens.status.reference import StatusReference

ISSUER = "https://id.example"
NOW = dt.datetime(2026, 11, 22, 8, 0, tzinfo=dt.UTC)


@functools.cache
def _signer() -> SoftwareSigner:
    return SoftwareSigner.generate("Ed25519", kid="k")


@functools.cache
def _verifier() -> QrVerifier:
    return QrVerifier(issuers=ISSUER, keys=KeySet([_signer().key]), clock=lambda: NOW)


@functools.cache
def _signed() -> frozenset[bytes]:
    return frozenset(parse_message(unpack_text(text)).payload or b"" for text in _codes())


def check(data: bytes) -> None:
    """Take *data* for the text of a code, for its message, for its payload and for the payload signed."""
    texts = (data.decode("latin-1"), base45.encode(zlib.compress(data)))
    for text in texts:
        with contextlib.suppress(EidError):
            _verify(text)
    with contextlib.suppress(EidError):
        _look(data)
    if len(data) < 2000:
        message = sign1(data, _signer(), wrapping=TAGGED, protected={4: b"k"})
        result = _verifier().verify(base45.encode(zlib.compress(message)))
        assert result.authentic.outcome is not Outcome.FAILED
        assert (result.person is not None) == (result.claims is not None)


def _verify(text: str) -> None:
    result = _verifier().verify(text)
    repr(result)
    if result.verdict is Outcome.PASSED:
        assert parse_message(unpack_text(text, brotli=True)).payload in _signed()
    assert (result.claims is not None) == (result.authentic.outcome is Outcome.PASSED)
    assert result.holder.outcome is Outcome.NOT_CHECKED


def _look(payload: bytes) -> None:
    claims, warnings = read_claims(parse_claims(payload))
    assert all(warning.isupper() for warning in warnings)
    assert claims.kind in QrKind
    assert "FUZZ-NAME" not in repr(claims)
    with contextlib.suppress(QrClaimInvalid):
        again, _ = read_person(claims.person.to_claim())
        assert again.full_name == claims.person.full_name
        assert again.birth_date == claims.person.birth_date
        assert again.biometrics == claims.person.biometrics


@functools.cache
def _codes() -> tuple[str, ...]:
    issuer = QrIssuer(signer=_signer(), issuer=ISSUER, clock=lambda: NOW)
    issue = functools.partial(issuer.issue, valid_for=dt.timedelta(seconds=60))
    person = QrPerson(
        id="001099012349",
        full_name="FUZZ-NAME",
        birth_date=PartialDate(1999, 7, 4),
        best_quality_fingers=(1, 6),
        biometrics={50: (Biometric(b"FMR", 1, 1, "maker"),)},
        other={30: [1, {"a": b"b"}]},
    )
    return (
        issue(QrPerson(full_name="FUZZ-NAME"), kind=QrKind.STATIC).text,
        issue(
            person, kind=QrKind.STATIC, photo=b"\xff\xd8\xff", account_level=1, authentication_level=4
        ).text,
        issue(person, kind=QrKind.PRESENTATION, nonce=bytes(8)).text,
        issue(person, kind=QrKind.STATIC, status=StatusReference("https://id.example/1", 7)).text,
    )


def seeds() -> Iterator[bytes]:
    """Codes as text, as messages and as payloads; and what the specification shows loosely."""
    for text in _codes():
        yield text.encode("ascii")
        octets = unpack_text(text)
        yield octets
        yield parse_message(octets).payload or b""
    loose = {1: 5, 4: "FUZZ-NAME", 8: "1984-04-18", 9: "1", 14: "Married", 18: b"\1\2", 62: {0: "00ff", 1: 0}}
    yield cbor2.dumps({1: ISSUER, 3: ["a"], 4: 1.5, 169: loose})
    yield cbor2.dumps({1: ISSUER, 169: {16: b"\xff\xd8", 17: 1, "x": None}})


if __name__ == "__main__":
    run(check, seeds)
