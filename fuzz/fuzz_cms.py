"""Fuzz SignedData in DER and BER: nothing but what was signed verifies."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator

from common import instrumented, run

with instrumented(__name__):
    from lists import NOW, indefinite, issuer

    from eid.encoding.tlv import normalise_ber
    from eid.errors import EidError
    from eid.trust.certificates import Certificate
    from eid.trust.cms import parse_signed_data, signer_certificate, verify_signer

_CONTENT = b"an invented content"
_TYPE = "1.2.840.113549.1.7.1"


@functools.cache
def _signer() -> Certificate:
    return Certificate.from_der(issuer().ds_der)


def check(data: bytes) -> None:
    """Read *data*, look at everything, verify each signer with its own and with the trusted certificate."""
    with contextlib.suppress(EidError):
        again = normalise_ber(data)
        assert normalise_ber(again) == again
    signed = parse_signed_data(data)
    certificates = signed.certificates
    assert len(certificates) <= len(signed.certificate_octets)
    for signer in signed.signers:
        for question in (
            lambda s=signer: s.hash_name,
            lambda s=signer: s.algorithm,
            lambda s=signer: s.signing_time,
        ):
            with contextlib.suppress(EidError):
                question()
        found = signer_certificate(signer, certificates)
        if found is not None:
            with contextlib.suppress(EidError):
                verify_signer(signed, signer, found)
        with contextlib.suppress(EidError):
            verify_signer(signed, signer, _signer())
            # This key has signed one content only.
            assert signed.content == _CONTENT
            assert signed.content_type == _TYPE


@functools.cache
def _seeds() -> tuple[bytes, ...]:
    plain = issuer().sign_content(_CONTENT, content_type=_TYPE, signing_time=NOW)
    return (
        plain,
        issuer().sign_content(_CONTENT, content_type=_TYPE, sid="ski", with_certificate=False),
        issuer("rsa-2048-sha256").sign_content(_CONTENT, content_type=_TYPE, plain_rsa=True),
        issuer("rsapss-2048-sha256").sign_content(_CONTENT, content_type=_TYPE),
        indefinite(plain),
    )


def seeds() -> Iterator[bytes]:
    """Contents signed in several ways, one with indefinite lengths."""
    return iter(_seeds())


if __name__ == "__main__":
    run(check, seeds)
