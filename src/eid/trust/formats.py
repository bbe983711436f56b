"""Telling certificates, revocation lists and signed data apart, in DER and between PEM marks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from eid.encoding import pem
from eid.encoding.tlv import parse_prefix
from eid.errors import EncodingError

__all__ = ["is_crl", "is_signed_data", "pem_blocks"]

_LABELS = {
    "CERTIFICATE": "CERTIFICATE",
    "X509 CERTIFICATE": "CERTIFICATE",
    "X509 CRL": "CRL",
    "CRL": "CRL",
    "CMS": "SIGNED",
    "PKCS7": "SIGNED",
}


def pem_blocks(data: bytes) -> Iterator[tuple[str, bytes | None]]:
    """The PEM blocks of *data* (RFC 7468), with any prose around them.

    :returns: ``CERTIFICATE``, ``CRL`` or ``SIGNED`` with the octets, which are ``None`` when a block is
        not base64. Blocks of other kinds are left out.
    """
    for label, octets in pem.blocks(data):
        if label in _LABELS:
            yield _LABELS[label], octets


def is_signed_data(data: bytes) -> bool:
    """Whether *data* begins like a ContentInfo with SignedData in it, however its lengths are written."""
    return data[:1] == b"\x30" and b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02" in data[2:20]


def is_crl(data: bytes) -> bool:
    """Whether the signed part has a time where a certificate has the sequence of two."""
    try:
        tbs = parse_prefix(data, 0x30, der=False).iterate()
        tags = [node.tag for node in islice(next(tbs).iterate(), 4)]
    except (EncodingError, StopIteration):
        return False
    if tags[:1] == [0x02]:
        del tags[0]
    return tags[:2] == [0x30, 0x30] and tags[2:3] in ([0x17], [0x18])
