"""The member ``signing`` of a card description: who signs EF.SOD, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from eid.errors import KeyFormatError
from eid.simulator.issuer import DS_VALIDITY, TestIssuer
from eid.simulator.members import Members
from eid.simulator.quirks import Faults
from eid.simulator.scheme import PrivateKey, load_private_key

__all__ = ["Signing", "read_signing"]

_HASHES = ("sha1", "sha224", "sha256", "sha384", "sha512")
_PAST = (datetime(2021, 1, 1, tzinfo=UTC), datetime(2022, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True, repr=False)
class Signing:
    """A signer with its way to sign.

    :param csca_der: the certificate to trust, which a foreign signer is not under.
    """

    issuer: TestIssuer
    csca_der: bytes
    hash_name: str
    lds_version: int
    sid: str
    signed_at: datetime | None

    @property
    def ds_der(self) -> bytes:
        """The document signer's certificate."""
        return self.issuer.ds_der

    def sign(self, groups: Mapping[str, bytes]) -> bytes:
        """EF.SOD over *groups*."""
        return self.issuer.sign_sod(
            groups,
            hash_name=self.hash_name,
            lds_version=self.lds_version,
            sid=self.sid,
            signing_time=self.signed_at,
        )


def read_signing(members: Members, faults: Faults) -> Signing:
    """From the member ``signing``; keys and certificates that are not given are fresh."""
    algorithm = members.text("algorithm", "ecdsa-brainpoolP384r1-sha256")
    country = members.text("country", "UT").upper()
    if len(country) != 2 or not country.isascii() or not country.isalpha():
        raise members.wrong("country", "must be two letters")
    csca, signer = members.child("csca"), members.child("document_signer")
    csca_key, csca_der = _key(csca), csca.octets("certificate")
    if (csca_key is None) != (csca_der is None):
        raise members.wrong("csca", "needs both key and certificate")
    ds_key, ds_der = _key(signer), signer.octets("certificate")
    if ds_key is None and ds_der is not None:
        raise members.wrong("document_signer", "needs the key of its certificate")
    explicit = members.flag("explicit_parameters")
    csca_algorithm = members.optional_text("csca_algorithm")
    issuer = TestIssuer.create(
        algorithm,
        country=country,
        csca_algorithm=csca_algorithm,
        csca_key=csca_key,
        csca_der=csca_der,
        ds_key=ds_key,
        explicit_parameters=explicit,
        ds_validity=_PAST if faults.expired_signer else DS_VALIDITY,
    )
    anchor = issuer.csca_der
    if faults.foreign_signer:
        issuer = TestIssuer.create(
            algorithm, country=country, csca_algorithm=csca_algorithm, explicit_parameters=explicit
        )
    elif ds_der is not None and not faults.expired_signer:
        issuer = replace(issuer, ds_der=ds_der)
    signing = Signing(
        issuer,
        anchor,
        members.choice("hash", _HASHES) or issuer.scheme.hash_name,
        members.integer("lds_version", 0, 1) or 0,
        members.choice("sid", ("issuer", "ski")) or "issuer",
        members.time("signed_at"),
    )
    for part in (csca, signer, members):
        part.finish()
    return signing


def _key(members: Members) -> PrivateKey | None:
    raw = members.octets("key")
    if raw is None:
        return None
    try:
        return load_private_key(raw)
    except KeyFormatError as error:
        raise members.wrong("key", error.detail) from None
