"""The e-ID token: what both sides agree on.

A JWT of type ``eid+jwt``: one service tells one other service, for one transaction, that a person was
checked. Beside the registered claims (RFC 7519, OpenID Connect Core, RFC 8176, RFC 7800) it has some of
its own, listed in :data:`CLAIMS`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from eid.document.evidence import Evidence
from eid.encoding import base64url
from eid.errors import ClaimInvalid, InputError

__all__ = [
    "ACCOUNT_LEVELS",
    "ACR_PREFIX",
    "AUTHENTICATION_LEVELS",
    "CLAIMS",
    "DEFAULT_TTL",
    "MAX_EID_TOKEN",
    "MAX_EVIDENCE",
    "MAX_TTL",
    "TYPE",
    "EvidenceReference",
    "acr_for",
    "check_evidence",
]

TYPE = "eid+jwt"
#: Characters of a token; it has some 800 without claims of the caller's.
MAX_EID_TOKEN = 16 * 1024
#: How long a token lives unless the caller says otherwise, and at most.
DEFAULT_TTL = timedelta(minutes=5)
MAX_TTL = timedelta(minutes=10)
#: Two scales that say different things: what kind of account somebody has, and how the person was
#: authenticated this time. Neither follows from the other.
ACCOUNT_LEVELS = frozenset({1, 2})
AUTHENTICATION_LEVELS = frozenset({1, 2, 3, 4})
#: ``acr`` says the authentication level in the way OAuth software compares it (RFC 9470). The number
#: itself is in ``authentication_level``.
ACR_PREFIX = "urn:eid:authentication-level:"

#: Claims with a meaning of their own; a caller's further claims have other names.
CLAIMS: Mapping[str, str] = {
    "iss": "who issued the token",
    "sub": "the person: a pseudonym for this audience, or the number when `sub_type` says so",
    "sub_type": "`number` when `sub` is the personal number",
    "aud": "the one service the token is for",
    "iat": "when it was issued",
    "exp": "when it ends",
    "nbf": "not before",
    "jti": "its name, good for one use",
    "nonce": "the transaction it belongs to",
    "auth_time": "when the person was authenticated",
    "acr": "the authentication level as a text",
    "amr": "the methods used (RFC 8176)",
    "account_level": "the level of the person's account",
    "authentication_level": "the level of this authentication",
    "verdicts": "the four verdicts of the report",
    "evidence": "what the verdicts rest on: digests of evidence files, or references",
    "person": "fields of the document that the issuer's report proved",
    "cnf": "the key of the holder (RFC 7800)",
}
#: Pieces of evidence that one token names.
MAX_EVIDENCE = 8
_REFERENCE = re.compile(r"[!-~]{1,200}")
#: 32 octets in base64url, without stray bits.
_DIGEST = re.compile("[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
_FORMS = {"sha256": _DIGEST, "ref": _REFERENCE}


def acr_for(level: int) -> str:
    """The ``acr`` that stands for an authentication level."""
    return f"{ACR_PREFIX}{level}"


@dataclass(frozen=True, slots=True)
class EvidenceReference:
    """What a verdict rests on, without the thing itself.

    :param sha256: SHA-256 of an evidence file (``.eid``), 32 octets.
    :param reference: the issuer's own name for where it is filed, printable ASCII. It goes to the
        audience: keep names and numbers of people out of it.
    :raises InputError: neither, or not of that form.
    """

    sha256: bytes | None = None
    reference: str | None = None

    def __post_init__(self) -> None:
        if self.sha256 is None and self.reference is None:
            raise InputError("evidence needs a digest or a reference")
        if self.sha256 is not None and len(self.sha256) != 32:
            raise InputError("a SHA-256 has 32 octets")
        if self.reference is not None and not _REFERENCE.fullmatch(self.reference):
            raise InputError("a reference is up to 200 printable ASCII characters")

    @classmethod
    def of(cls, evidence: Evidence, *, reference: str | None = None) -> Self:
        """The digest of *evidence* as a file."""
        return cls(hashlib.sha256(evidence.to_bytes()).digest(), reference)

    def to_claim(self) -> dict[str, str]:
        """As it stands in the token."""
        claim = {}
        if self.sha256 is not None:
            claim["sha256"] = base64url.encode(self.sha256)
        if self.reference is not None:
            claim["ref"] = self.reference
        return claim

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any]) -> tuple[Self, ...]:
        """The claim ``evidence`` of a token; empty when it is not there.

        :raises ClaimInvalid: not such a list.
        """
        if "evidence" not in claims:
            return ()
        check_evidence(claims["evidence"])
        return tuple(
            cls(base64url.decode(each["sha256"], limit=43) if "sha256" in each else None, each.get("ref"))
            for each in claims["evidence"]
        )


def check_evidence(claim: Any) -> None:
    """Whether *claim* is what :meth:`EvidenceReference.to_claim` writes, in a short list.

    :raises ClaimInvalid: it is not.
    """
    if type(claim) is not list or not 0 < len(claim) <= MAX_EVIDENCE:
        raise ClaimInvalid("evidence is not a short list")
    for each in claim:
        if type(each) is not dict or not each:
            raise ClaimInvalid("evidence holds something else than objects")
        for name, value in each.items():
            form = _FORMS.get(name)
            if form is None or type(value) is not str or not form.fullmatch(value):
                raise ClaimInvalid("evidence holds something else than digests and references")
