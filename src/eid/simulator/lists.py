"""Test lists: master lists, deviation lists and directory downloads of invented authorities.

Doc 9303-12, 9 and 10 (content and signer), RFC 2849 (LDIF).
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import datetime

from eid.encoding import der
from eid.encoding.tlv import tlv
from eid.simulator.issuer import DS_VALIDITY, TestIssuer
from eid.trust.deviation_list import DEVIATION_LIST
from eid.trust.master_list import MASTER_LIST, MASTER_LIST_SIGNER

__all__ = ["deviation", "list_signer", "sign_deviation_list", "sign_master_list", "write_ldif"]


def list_signer(
    issuer: TestIssuer,
    algorithm: str = "ecdsa-secp256r1-sha256",
    *,
    purpose: str = MASTER_LIST_SIGNER,
    validity: tuple[datetime, datetime] = DS_VALIDITY,
) -> TestIssuer:
    """The authority of *issuer* with a signer of lists where its document signer was.

    :param algorithm: of the list signer's key; the authority's key must fit it.
    :param purpose: its extended key usage.
    """
    return TestIssuer.create(
        algorithm,
        csca_key=issuer.csca_key,
        csca_der=issuer.csca_der,
        ds_validity=validity,
        extended_key_usage=(purpose,),
    )


def sign_master_list(
    signer: TestIssuer,
    certificates: Iterable[bytes],
    *,
    ordered: bool = True,
    sid: str = "issuer",
    signing_time: datetime | None = None,
    with_certificate: bool = True,
) -> bytes:
    """A master list of *certificates* (anything else is put in as it is).

    :param ordered: sort the set as DER demands; real lists do not always.
    """
    entries = list(certificates)
    certificate_set = der.set_of(entries) if ordered else tlv(der.SET, *entries, b"")
    return signer.sign_content(
        der.sequence(der.integer(0), certificate_set),
        content_type=MASTER_LIST,
        sid=sid,
        signing_time=signing_time,
        with_certificate=with_certificate,
    )


def deviation(*, kind: str, text: str, document_type: str | None = None) -> bytes:
    """One entry of a deviation list.

    :param kind: the arcs behind the identifier of deviation lists, such as ``2.2``.
    """
    documents = der.sequence(tlv(0x80, document_type.encode()) if document_type else b"")
    description = der.sequence(tlv(0x13, text.encode()), der.oid(f"{DEVIATION_LIST}.{kind}"))
    return der.sequence(documents, der.set_of([description]))


def sign_deviation_list(signer: TestIssuer, entries: Iterable[bytes]) -> bytes:
    """A deviation list; *signer* is a :func:`list_signer` for that purpose."""
    return signer.sign_content(der.sequence(der.integer(0), der.set_of(entries)), content_type=DEVIATION_LIST)


def write_ldif(values: Iterable[tuple[str, bytes]], *, country: str = "UT", width: int = 76) -> bytes:
    """A directory download: one entry for each attribute name and value, lines folded at *width*."""
    lines = ["version: 1", ""]
    for number, (attribute, octets) in enumerate(values):
        lines.append(f"dn: cn=Invented {number},o=data,c={country},dc=data,dc=download,dc=test")
        lines.append("objectClass: top")
        text = f"{attribute}:: {base64.b64encode(octets).decode()}"
        lines.append(text[:width])
        lines += [" " + text[at : at + width - 1] for at in range(width, len(text), width - 1)]
        lines.append("")
    return "\n".join(lines).encode() + b"\n"
