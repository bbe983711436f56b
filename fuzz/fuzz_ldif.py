"""Fuzz LDIF, and whatever else a source of trust may be, up to a loaded store."""

from __future__ import annotations

import functools
import io
from collections.abc import Iterator

from common import instrumented, run

with instrumented(__name__):
    from lists import NOW, entitled, issuer

    from eid.simulator.lists import sign_master_list, write_ldif
    from eid.trust import sources
    from eid.trust.anchors import TrustStore
    from eid.trust.ldif import looks_like_ldif, read_ldif


def check(data: bytes) -> None:
    """Read *data* as LDIF, then load it as a source, and build a store of what was found."""
    looks_like_ldif(data)
    told: list[int] = []
    for value in read_ldif(io.BytesIO(data), progress=told.append):
        assert (value.octets is None) == (value.code is not None)
        assert value.line > 0
        repr(value)
    assert told == sorted(told)
    loaded = sources.load(data, now=NOW)
    store = TrustStore.of(entries=loaded.entries, crls=loaded.crls)
    assert len(store) <= len(loaded.entries)
    repr(store)


@functools.cache
def _seeds() -> tuple[bytes, ...]:
    crl = issuer().sign_crl({1: None, 2: None}, this_update=NOW, next_update=None)
    whole = [
        ("cACertificate;binary", issuer().csca_der),
        ("userCertificate;binary", issuer().ds_der),
        ("certificateRevocationList;binary", crl),
        ("pkdMasterListContent", sign_master_list(entitled(), [issuer().csca_der])),
    ]
    text = write_ldif(whole)
    return (
        text,
        write_ldif(whole[:2], width=20).replace(b"\n", b"\r\n"),
        text.replace(b"dn: cn=Invented 1", b"changetype: delete\ndn: cn=1"),
        b"version: 1\n# a comment\ndn:: Y249dA==\nuserCertificate;binary:< file:///etc/passwd\n",
        whole[3][1],
        whole[0][1],
        crl,
    )


def seeds() -> Iterator[bytes]:
    """A small directory, folded in two ways, with a change record; a list, a certificate, a CRL."""
    return iter(_seeds())


if __name__ == "__main__":
    run(check, seeds)
