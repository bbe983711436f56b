"""Fuzz revocation lists: what is read can be asked anything, and counts only with its issuer's signature."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
from collections.abc import Iterator

from common import instrumented, run

with instrumented(__name__):
    from lists import NOW, issuer

    from eid.encoding import der
    from eid.encoding.tlv import parse, tlv
    from eid.errors import EidError
    from eid.trust.certificates import Certificate
    from eid.trust.crl import Crl, crls_in


@functools.cache
def _authority() -> Certificate:
    return Certificate.from_der(issuer().csca_der)


@functools.cache
def _signed() -> frozenset[bytes]:
    return frozenset(parse(octets).children()[0].raw for octets in _seeds() if octets[:1] == b"\x30")


def check(data: bytes) -> None:
    """Read *data* as a list, in DER and in PEM."""
    with contextlib.suppress(EidError):
        crls_in(data)
    read = Crl.from_der(data)
    repr(read)
    assert read.issuer_text
    assert read.next_update is None or read.next_update.tzinfo is read.this_update.tzinfo
    with contextlib.suppress(EidError):
        read.verify(_authority())
        assert read.tbs in _signed()  # nothing else verifies
    assert read.covers(_authority()) in (True, False)
    assert read.unsupported is None or read.unsupported.startswith("CRL_")
    for serial, entry in read.entries.items():
        assert entry.serial == serial
        assert entry.date.tzinfo is NOW.tzinfo
        assert entry.reason is None or entry.reason.islower()


def _extension(kind: str, value: bytes) -> bytes:
    return der.sequence(der.oid(kind), der.boolean(True), tlv(der.OCTET_STRING, value))


@functools.cache
def _seeds() -> tuple[bytes, ...]:
    sign = functools.partial(issuer().sign_crl, this_update=NOW, next_update=NOW + dt.timedelta(days=90))
    indirect = _extension("2.5.29.28", der.sequence(tlv(0x81, b"\xff"), tlv(0x84, b"\xff")))
    return (
        sign(),
        sign({1: "key_compromise", -5: None, 1 << 150: "superseded"}, number=1 << 40),
        sign({7: None}, next_update=None, extensions=[_extension("2.5.29.27", der.integer(3))]),
        sign({7: None, 8: None}, extensions=[indirect]),
        b"-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n",
    )


def seeds() -> Iterator[bytes]:
    """Lists without and with entries, a delta, an indirect one."""
    return iter(_seeds())


if __name__ == "__main__":
    run(check, seeds)
