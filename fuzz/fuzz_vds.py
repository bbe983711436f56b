"""Fuzz visible digital seals: only what the signer signed is proven."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
from collections.abc import Iterator

from common import instrumented, run

with instrumented(__name__):
    from lists import NOW, issuer

    from eid.crypto.keys import SoftwareSigner
    from eid.document.checks import Outcome
    from eid.errors import EidError
    from eid.qr.vds import decode_c40, read_seal, verify_seal
    from eid.trust.certificates import Certificate

_HEADER = bytes.fromhex("dc03d9c5d9cac8a73a99")  # UTO, signer UTTS, reference 5B
_FIXED = bytes.fromhex("dc02d9c5d9cac8a51a78")  # the same in the older form
_DATES = bytes.fromhex("0f71340f7134fb06")


@functools.cache
def _certificate() -> Certificate:
    return Certificate.from_der(issuer().csca_der)


@functools.cache
def _seals() -> tuple[bytes, ...]:
    """Signed by nobody that is trusted."""
    signer = SoftwareSigner.generate("ES256", kid="k")
    found = []
    for header in (_HEADER, _FIXED):
        signed = (
            header + _DATES + b"\x02\x06" + bytes.fromhex("5cba13587597") + b"\x03\x81\x02ab" + b"\x09\x00"
        )
        found.append(signed + b"\xff\x40" + signer.sign(signed))
    return tuple(found)


def check(data: bytes) -> None:
    """Take *data* for a seal, and for C40."""
    with contextlib.suppress(EidError):
        assert decode_c40(data).isascii()
    seal = read_seal(data)
    assert data.startswith(seal.signed)
    assert data.endswith(seal.signature)
    assert isinstance(seal.issued_on, dt.date)
    assert all(seal.feature(tag) is not None for tag, _ in seal.features)
    repr(seal)
    result = verify_seal(data, signers={(seal.signer, seal.reference): _certificate()}, now=NOW)
    assert result.authentic.outcome in (Outcome.FAILED, Outcome.UNDECIDED)
    assert result.seal is None


def seeds() -> Iterator[bytes]:
    """Seals of both forms of the header, and C40 with a character left over."""
    yield from _seals()
    yield bytes.fromhex("19a6fe42")


if __name__ == "__main__":
    run(check, seeds)
