"""Master lists (Doc 9303-12, 9): country certificates that one state has collected and signed.

The list says whose certificates these are; who says that the list is genuine, the caller has to:
its signer is led back to a certificate given as an anchor. Without one the list is UNVERIFIED.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from eid.encoding.der import INTEGER, SEQUENCE, SET, read_integer
from eid.encoding.tlv import Node, normalise_ber, parse
from eid.errors import (
    CertificateError,
    CmsError,
    EncodingError,
    InvalidSignature,
    KeyFormatError,
    LimitExceeded,
    UnsupportedAlgorithm,
)
from eid.trust.anchors import TrustStore
from eid.trust.certificates import Certificate
from eid.trust.chains import find_chain
from eid.trust.cms import SignedData, SignerInfo, parse_signed_data, signer_certificate, verify_signer

__all__ = [
    "MASTER_LIST",
    "MASTER_LIST_SIGNER",
    "ListSignature",
    "MasterList",
    "parse_master_list",
    "read_master_list",
    "verify_list",
]

#: Content type of a master list, and the extended key usage of who may sign one (Doc 9303-12, 9.1).
MASTER_LIST = "2.23.136.1.1.2"
MASTER_LIST_SIGNER = "2.23.136.1.1.3"

#: Of the three, only INVALID says that somebody altered the list or made it up.
_Signature = Literal["VALID", "INVALID", "UNDECIDED"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MasterList:
    """A list whose signature nobody has looked at yet: see :func:`verify_list`.

    :param signed: the SignedData around it.
    :param version: 0 in every edition so far.
    :param certificate_octets: its certificates as they stand, unread, in the order of the list.
    :param complete: ``False`` when the list is damaged so that the entries after the last one here
        cannot be found.
    """

    signed: SignedData
    version: int
    certificate_octets: tuple[bytes, ...]
    complete: bool = True

    def __repr__(self) -> str:
        return f"<MasterList of {len(self.certificate_octets)} certificates>"


@dataclass(frozen=True, slots=True)
class ListSignature:
    """What is known about the signature of a list.

    :param outcome: ``VERIFIED``: signed by somebody entitled, whom an anchor vouches for.
        ``UNVERIFIED``: that could not be found out. ``FAILED``: forged, altered, or signed by
        somebody who may sign other things only.
    :param code: why it is not verified.
    :param signature: of the octets alone, with the key of the signer that the list names: ``VALID``,
        ``INVALID`` or ``UNDECIDED``. Anybody can make a valid one.
    :param signer: the signer's certificate.
    :param signed_at: when, as the signer says.
    """

    outcome: Literal["VERIFIED", "UNVERIFIED", "FAILED"]
    code: str | None
    signature: _Signature
    signer: Certificate | None = None
    signed_at: datetime | None = None


def parse_master_list(data: bytes) -> MasterList:
    """Read a signed master list, DER or BER. Nothing is verified.

    :raises CmsError: it is none.
    :raises LimitExceeded: more than :data:`eid.trust.cms.MAX_SIGNED_DATA` octets, or too many entries.
    """
    return read_master_list(parse_signed_data(data))


def read_master_list(signed: SignedData) -> MasterList:
    """Read the content of *signed* as a master list.

    :raises CmsError: it is none.
    :raises LimitExceeded: more than :data:`eid.encoding.tlv.MAX_CHILDREN` entries.
    """
    if signed.content_type != MASTER_LIST:
        raise CmsError("signed data, but not a master list")
    if signed.content is None:
        raise CmsError("a master list without content")
    try:
        try:
            return _read(signed, parse(signed.content, SEQUENCE, der=False))
        except EncodingError as error:
            if error.kind != "indefinite_length":
                raise
        return _read(signed, parse(normalise_ber(signed.content), SEQUENCE, der=False))
    except EncodingError as error:
        raise CmsError(error.detail) from None


def _read(signed: SignedData, root: Node) -> MasterList:
    """CscaMasterList ::= SEQUENCE { version INTEGER, certList SET OF Certificate }."""
    fields = root.iterate()
    version, entries = next(fields, None), next(fields, None)
    if version is None or entries is None:
        raise EncodingError("a master list without certificates")
    found: list[bytes] = []
    complete = True
    try:
        found.extend(node.raw for node in entries.expect(SET).iterate())
    except EncodingError as error:
        if error.kind in ("indefinite_length", "tag"):
            raise
        complete = False  # one entry with a wrong length: those before it are not lost
    return MasterList(signed, read_integer(version, tag=INTEGER), tuple(found), complete)


# --- the signature -------------------------------------------------------------------------------


def verify_list(
    signed: SignedData,
    *,
    purpose: str,
    anchors: Iterable[Certificate] | TrustStore,
    now: datetime,
    intermediates: Iterable[Certificate] = (),
) -> ListSignature:
    """Verify the signature of a list and lead its signer back to an anchor. Does not raise.

    Of several signatures the best one counts: anybody can add one that does not hold.

    :param purpose: the extended key usage that the signer must have, such as
        :data:`MASTER_LIST_SIGNER`. An anchor that may issue certificates may sign lists itself.
    :param anchors: who the caller trusts to vouch for lists; a list's signer itself may be among them.
    :param now: the time at which signer and issuers must be valid, aware.
    :param intermediates: further certificates a chain may pass through, besides those in *signed*.
    """
    trust = anchors if isinstance(anchors, TrustStore) else TrustStore.of(anchors)
    along = signed.certificates
    middle = (*along, *intermediates)
    best: ListSignature | None = None
    for signer in signed.signers:
        found = _verify_one(signed, signer, along, purpose, trust, now, middle)
        if best is None or _RANK[found.outcome] > _RANK[best.outcome]:
            best = found
    return best or ListSignature("UNVERIFIED", "LIST_SIGNATURE_MISSING", "UNDECIDED")


_RANK = {"FAILED": 0, "UNVERIFIED": 1, "VERIFIED": 2}


def _verify_one(
    signed: SignedData,
    signer: SignerInfo,
    along: tuple[Certificate, ...],
    purpose: str,
    trust: TrustStore,
    now: datetime,
    middle: tuple[Certificate, ...],
) -> ListSignature:
    known = (*along, *trust.signers(key_identifier=signer.key_identifier, serial=signer.serial))
    certificate = signer_certificate(signer, known)
    if certificate is None:
        return ListSignature("UNVERIFIED", "SIGNER_CERTIFICATE_MISSING", "UNDECIDED")
    try:
        signed_at = signer.signing_time
    except CmsError:
        signed_at = None

    def result(
        outcome: Literal["VERIFIED", "UNVERIFIED", "FAILED"],
        code: str | None,
        signature: _Signature = "VALID",
    ) -> ListSignature:
        return ListSignature(outcome, code, signature, certificate, signed_at)

    try:
        verify_signer(signed, signer, certificate)
    except UnsupportedAlgorithm as error:
        return result("UNVERIFIED", error.code, "UNDECIDED")
    except (InvalidSignature, CmsError, KeyFormatError, CertificateError, EncodingError, LimitExceeded):
        return result("FAILED", "LIST_SIGNATURE_INVALID", "INVALID")
    entry = trust.entry(certificate)
    given = entry is not None and entry.trusted
    # A state's document signers must not be able to say who other states are.
    if purpose not in certificate.extended_key_usage and not (given and certificate.may_issue):
        return result("FAILED", "LIST_SIGNER_NOT_ENTITLED")
    if not certificate.valid_at(now):
        return result(
            "UNVERIFIED", "SIGNER_NOT_YET_VALID" if now < certificate.not_before else "SIGNER_EXPIRED"
        )
    if given:
        return result("VERIFIED", None)
    chain = find_chain(certificate, trust, now=now, intermediates=middle)
    return result("VERIFIED" if chain.outcome == "PASSED" else "UNVERIFIED", chain.code)
