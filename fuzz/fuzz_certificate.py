"""Fuzz certificates and keys: everything a certificate can say, its signature, and a way to an anchor."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator

from common import instrumented, run

with instrumented(__name__):
    from lists import NOW, issuer

    from eid.crypto.curves import by_name
    from eid.encoding import der
    from eid.encoding.tlv import parse, tlv
    from eid.errors import EidError
    from eid.simulator.issuer import TestIssuer
    from eid.trust.anchors import TrustStore
    from eid.trust.certificates import Certificate, certificates_in, verify_issued_by
    from eid.trust.chains import VerifiedSignatures, find_chain


@functools.cache
def _anchor() -> Certificate:
    return Certificate.from_der(issuer().csca_der)


@functools.cache
def _genuine() -> frozenset[bytes]:
    """What the anchor's key has signed."""
    return frozenset(Certificate.from_der(octets).tbs for octets in (issuer().csca_der, issuer().ds_der))


def check(data: bytes) -> None:
    """Read *data*, look at everything, and find no way to an anchor for what it did not sign."""
    with contextlib.suppress(EidError):
        certificates_in(data)
    certificate = Certificate.from_der(data)
    assert certificate.raw == data
    assert len(certificate.fingerprint) == 64
    assert certificate.issuer_text
    assert certificate.subject_text is not None
    assert certificate.not_before.tzinfo is certificate.not_after.tzinfo
    assert all(code.isupper() for code in certificate.warnings)
    assert not certificate.may_issue or certificate.is_ca
    repr(certificate)
    for question in (
        lambda: certificate.public_key.name,
        lambda: certificate.signature_algorithm.name,
        lambda: certificate.country,
        lambda: certificate.self_issued,
        lambda: verify_issued_by(certificate, certificate),
    ):
        with contextlib.suppress(EidError):
            question()
    store = TrustStore.of([_anchor()])
    chain = find_chain(certificate, store, now=NOW, intermediates=[certificate], cache=VerifiedSignatures(0))
    # The outer algorithm and the writing of lengths are under no signature; all that is read is.
    assert chain.outcome == "UNDECIDED" or certificate.tbs in _genuine()
    # With itself among the anchors nothing may raise either.
    own = TrustStore.of([certificate, _anchor()])
    find_chain(certificate, own, now=NOW, cache=VerifiedSignatures(0))
    find_chain(Certificate.from_der(issuer().ds_der), own, now=NOW, cache=VerifiedSignatures(0))


def _on_a_slow_curve(certificate: bytes) -> bytes:
    """A certificate whose key is the generator of brainpoolP224r1: checked by our own arithmetic."""
    curve = by_name("brainpoolP224r1")
    assert curve is not None
    tbs, algorithm, signature = parse(certificate).children()
    fields = [node.raw for node in tbs.children()]
    kind = der.sequence(der.oid("1.2.840.10045.2.1"), der.oid(curve.oid))
    fields[6] = der.sequence(kind, der.bit_string(curve.encode((curve.gx, curve.gy))))
    return der.sequence(der.sequence(*fields), algorithm.raw, signature.raw)


@functools.cache
def _seeds() -> tuple[bytes, ...]:
    made = [issuer(), issuer("rsa-2048-sha256"), issuer("rsapss-2048-sha256")]
    made.append(TestIssuer.create("ecdsa-secp256r1-sha256", explicit_parameters=True, document_types=("ID",)))
    seeds = [octets for one in made for octets in (one.csca_der, one.ds_der)]
    tbs, algorithm, signature = parse(seeds[0]).children()
    return (
        *seeds,
        _on_a_slow_curve(seeds[0]),
        tlv(der.SEQUENCE, tbs.raw, der.sequence(algorithm.children()[0].raw, b"\x05\0"), signature.raw),
        b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    )


def seeds() -> Iterator[bytes]:
    """Authorities and signers with keys of several kinds."""
    return iter(_seeds())


if __name__ == "__main__":
    run(check, seeds)
