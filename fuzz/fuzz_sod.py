"""Fuzz EF.SOD: security object, CMS, certificates and keys, up to the verdict of a whole verification."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
from collections.abc import Iterator

from common import instrumented, run

with instrumented(__name__):
    from eid.document.dg1 import encode_dg1
    from eid.document.evidence import Evidence
    from eid.document.profile import ICAO
    from eid.document.sod import SecurityObject
    from eid.errors import EidError
    from eid.simulator.issuer import TestIssuer
    from eid.trust.anchors import TrustStore
    from eid.trust.certificates import Certificate, certificates_in
    from eid.verification import Outcome, Policy, verify

_NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
_DG1 = encode_dg1(
    "I<UTOD231458907<<<<<<<<<<<<<<<7408122F3204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
)
_OTHER_DG1 = _DG1[:-1] + b"A"


@functools.cache
def _issuer(algorithm: str, explicit: bool = False) -> TestIssuer:
    return TestIssuer.create(algorithm, explicit_parameters=explicit)


@functools.cache
def _trust() -> TrustStore:
    return TrustStore.of([Certificate.from_der(_issuer("ecdsa-secp256r1-sha256").csca_der)])


def check(data: bytes) -> None:
    """Read *data* as EF.SOD and as certificates; a verification with it must not raise at all."""
    for files in ({"EF.SOD": data, "DG1": _DG1}, {"EF.SOD": data, "DG1": _OTHER_DG1}):
        report = verify(Evidence(files), trust=_trust(), policy=Policy.stored(), profile=ICAO, now=_NOW)
        # The second DG1 was never signed by the trusted issuer: no damage to EF.SOD can vouch for it.
        assert report.authentic.outcome is not Outcome.PASSED or files["DG1"] == _DG1
    with contextlib.suppress(EidError):
        certificates_in(data)
    sod = SecurityObject.parse(data)
    assert sod.hashes
    assert all(1 <= number <= 16 for number in sod.hashes)


@functools.cache
def _seeds() -> tuple[bytes, ...]:
    plain = _issuer("ecdsa-secp256r1-sha256")
    return (
        plain.sign_sod({"DG1": _DG1}, lds_version=1, signing_time=_NOW),
        plain.sign_sod({"DG1": _DG1}, sid="ski"),
        _issuer("rsapss-2048-sha256").sign_sod({"DG1": _DG1}),
        _issuer("rsa-2048-sha1").sign_sod({"DG1": _DG1}, plain_rsa=True),
        _issuer("ecdsa-brainpoolP256r1-sha256", explicit=True).sign_sod({"DG1": _DG1}),
        plain.ds_der,
    )


def seeds() -> Iterator[bytes]:
    """Security objects of several kinds, and a certificate."""
    return iter(_seeds())


if __name__ == "__main__":
    run(check, seeds)
