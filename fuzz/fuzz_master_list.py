"""Fuzz master lists and deviation lists: damage never makes another list of a state's."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator

from common import instrumented, run

with instrumented(__name__):
    from lists import NOW, entitled, indefinite, issuer

    from eid.errors import EidError
    from eid.simulator.lists import deviation, sign_deviation_list, sign_master_list
    from eid.trust.certificates import Certificate
    from eid.trust.deviation_list import parse_deviation_list
    from eid.trust.master_list import MASTER_LIST_SIGNER, parse_master_list, verify_list


@functools.cache
def _genuine() -> tuple[bytes, ...]:
    return (issuer().csca_der, issuer("rsa-2048-sha256").csca_der)


@functools.cache
def _anchor() -> Certificate:
    return Certificate.from_der(entitled().csca_der)


def check(data: bytes) -> None:
    """Read *data* as both kinds of list; verify a master list against the authority that signed one."""
    with contextlib.suppress(EidError):
        deviations = parse_deviation_list(data)
        assert all(deviation.kinds is not None for deviation in deviations.deviations)
        repr(deviations)
    found = parse_master_list(data)
    repr(found)
    for octets in found.certificate_octets:
        with contextlib.suppress(EidError):
            Certificate.from_der(octets)
    signature = verify_list(found.signed, purpose=MASTER_LIST_SIGNER, anchors=[_anchor()], now=NOW)
    assert signature.code is not None or signature.outcome == "VERIFIED"
    if signature.outcome == "VERIFIED":
        assert signature.signature == "VALID"
        assert sorted(found.certificate_octets) == sorted(_genuine())


@functools.cache
def _seeds() -> tuple[bytes, ...]:
    good = sign_master_list(entitled(), _genuine(), signing_time=NOW)
    return (
        good,
        indefinite(good),
        sign_master_list(issuer(), _genuine()),  # by somebody not entitled
        sign_deviation_list(entitled(), [deviation(kind="1.2", text="wrong key usage", document_type="P")]),
    )


def seeds() -> Iterator[bytes]:
    """A master list in DER and BER, one of a document signer, a deviation list."""
    return iter(_seeds())


if __name__ == "__main__":
    run(check, seeds)
