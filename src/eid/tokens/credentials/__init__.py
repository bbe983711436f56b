"""Holder credentials: SD-JWT VC (RFC 9901; draft-ietf-oauth-sd-jwt-vc). An issuer signs many claims, the
holder shows a few of them and proves to be the holder, a verifier believes exactly what was shown.

A :class:`CredentialIssuer` issues; what the holder has is a :class:`Credential`, and of that a
:class:`Presentation` goes to a verifier: :mod:`eid.tokens.credentials.verifying`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Self

from eid.crypto.keys import Key, Signer
from eid.errors import (
    ClaimNotThere,
    InputError,
    KeyBindingSignatureInvalid,
    KeyBindingUnexpected,
    TokenError,
)
from eid.tokens.claims import (
    MAX_TEXT,
    moment,
    present,
    required_text,
    required_time,
)
from eid.tokens.dpop import public_members
from eid.tokens.jws import parse_claims, parse_jws, require_type, verify_jws
from eid.tokens.sd_jwt import MUST_BE_OPEN, Path, SdJwt, hash_name, parse_sd_jwt, places, reveal
from eid.tokens.sd_jwt.issuing import issue_sd_jwt
from eid.tokens.sd_jwt.key_binding import (
    holder_key,
    sign_key_binding,
)
from eid.tokens.status.reference import StatusReference

__all__ = [
    "DRAFT",
    "REGISTERED",
    "TYPE",
    "Credential",
    "CredentialIssuer",
    "Presentation",
    "subject_claims",
]

#: The version of SD-JWT VC that this module follows.
DRAFT = "draft-ietf-oauth-sd-jwt-vc-15"
#: ``typ`` of a credential.
TYPE = "dc+sd-jwt"
#: Claims with a meaning of their own. All others say something about the subject.
REGISTERED = MUST_BE_OPEN | {"iat"}


# --- issuer --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialIssuer:
    """Issues credentials. Share one between threads.

    :param issuer: as verifiers know it: an ``https`` address.
    :param signer: its key identifier goes into each header.
    :param clock: aware UTC time.
    :param x5c: certificates of the signer's key for verifiers that know roots instead of keys: DER, the
        signer's own first, without the root. It names *issuer* as an alternative name.
    """

    issuer: str
    signer: Signer
    clock: Callable[[], datetime]
    x5c: tuple[bytes, ...] = field(default=(), repr=False)

    def issue(
        self,
        type: str,
        claims: Mapping[str, Any],
        *,
        holder: Key | None,
        status: StatusReference | None,
        expires_at: datetime,
        not_before: datetime | None = None,
        disclosable: Iterable[Path] | None = None,
        decoys: int = 0,
    ) -> str:
        """A credential for its holder. It contains everything: send it to nobody else.

        :param type: ``vct``, the type of credential; verifiers compare it character by character.
        :param claims: what it says, under other names than :data:`REGISTERED`.
        :param holder: the holder's public key; ``None`` for a credential that whoever has it can show.
        :param status: its entry in a status list; ``None`` for one that cannot be revoked.
        :param expires_at: aware; whole seconds count.
        :param disclosable: places that the holder may show or keep back, see
            :func:`eid.tokens.sd_jwt.issuing.conceal`; if left out, each claim as a whole. Claims at no
            place are seen by every verifier.
        :param decoys: see :func:`eid.tokens.sd_jwt.issuing.conceal`.
        :raises InputError: a claim with a registered name, or times that make no sense.
        :raises TokenError: see :func:`eid.tokens.sd_jwt.issuing.conceal`.
        """
        if taken := REGISTERED & claims.keys():
            raise InputError(f"claims with a meaning of their own: {', '.join(sorted(taken))}")
        now = present(self.clock)
        if expires_at.tzinfo is None or expires_at <= now:
            raise InputError("a credential ends at an aware time in the future")
        whole: dict[str, Any] = {
            "iss": _text(self.issuer, "the issuer"),
            "vct": _text(type, "the type of a credential"),
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
        }
        if not_before is not None:
            if not_before.tzinfo is None or not_before >= expires_at:
                raise InputError("a credential begins at an aware time before it ends")
            whole["nbf"] = int(not_before.timestamp())
        if holder is not None:
            whole["cnf"] = {"jwk": public_members(holder)}
        if status is not None:
            whole["status"] = status.to_claim()
        whole.update(claims)
        return issue_sd_jwt(
            whole,
            disclosable=[(name,) for name in claims] if disclosable is None else disclosable,
            signer=self.signer,
            header=self._header(),
            decoys=decoys,
        )

    def _header(self) -> dict[str, Any]:
        header: dict[str, Any] = {"typ": TYPE}
        if self.x5c:
            header["x5c"] = [base64.b64encode(der).decode("ascii") for der in self.x5c]
        return header


def _text(value: str, name: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT or not value.isprintable():
        raise InputError(f"{name} is a text of 1 to {MAX_TEXT} characters")
    return value


# --- holder --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Presentation:
    """What goes to one verifier.

    :param text: the token, the chosen disclosures and, when bound, the holder's signature over both.
    :param fields: what is disclosed by it, besides what every verifier sees.
    """

    text: str = field(repr=False)
    fields: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential as its holder has it, with everything in it. Made by :meth:`parse`, which believes it,
    or by :meth:`~eid.tokens.credentials.verifying.CredentialVerifier.receive`, which does not.

    :param text: to be kept; as secret as what it says.
    :param claims: what it says of its subject, all of it.
    :param fields: the places that can be shown or kept back, in the order of the disclosures. Whatever
        lies at no such place is seen by every verifier.
    """

    text: str = field(repr=False)
    type: str
    issuer: str
    expires_at: datetime
    claims: Mapping[str, Any] = field(repr=False)
    fields: tuple[Path, ...]
    _sd_jwt: SdJwt = field(repr=False)
    _hash_name: str = field(repr=False)
    _registered: Mapping[str, Any] = field(repr=False)

    @classmethod
    def parse(cls, text: str | bytes) -> Self:
        """Read what an issuer sent. Its signature is **not** checked.

        :raises KeyBindingUnexpected: a presentation.
        :raises TokenError: not a credential; see :func:`eid.tokens.sd_jwt.parse_sd_jwt` and
            :func:`eid.tokens.sd_jwt.reveal`.
        """
        sd_jwt = parse_sd_jwt(text)
        if sd_jwt.key_binding is not None:
            raise KeyBindingUnexpected("a key-binding token")
        require_type(sd_jwt.jws, TYPE)
        return cls.of(sd_jwt)

    @classmethod
    def of(cls, sd_jwt: SdJwt) -> Self:
        """The same of a credential that was taken apart already."""
        claims = reveal(parse_claims(sd_jwt.jws.payload), sd_jwt.disclosures)
        payload = parse_claims(sd_jwt.jws.payload)  # the first one was used up
        where = places(payload, sd_jwt.disclosures)
        return cls(
            sd_jwt.signed_text,
            required_text(claims, "vct"),
            required_text(claims, "iss"),
            moment(required_time(claims, "exp")),
            subject_claims(claims),
            tuple(where[each] for each in sd_jwt.disclosures),
            sd_jwt,
            hash_name(payload),
            {claim: claims[claim] for claim in REGISTERED & claims.keys()},
        )

    @property
    def holder(self) -> Key | None:
        """The key whose holder can show it; ``None`` where anybody can.

        :raises HolderKeyInvalid: it cannot be used.
        """
        return holder_key(self._registered) if "cnf" in self._registered else None

    def present(
        self, fields: Iterable[Path], *, audience: str, nonce: str, signer: Signer, now: datetime
    ) -> Presentation:
        """Show *fields*, and nothing else that can be kept back, to one verifier.

        :param fields: places in :attr:`claims`. What lies at or below one is shown whole, together with
            what stands above it.
        :param audience: the verifier, as it calls itself.
        :param nonce: the value it chose for the transaction.
        :param signer: with the holder's private key.
        :param now: aware.
        :raises ClaimNotThere: there is nothing at one of the places.
        :raises HolderKeyMissing: the credential is bound to nobody.
        :raises KeyBindingSignatureInvalid: *signer* is not its holder.
        """
        open_text, shown = self._show(fields)
        key = holder_key(self._registered)
        binding = sign_key_binding(
            open_text, hash_name=self._hash_name, audience=audience, nonce=nonce, now=now, signer=signer
        )
        try:
            verify_jws(parse_jws(binding), key)
        except TokenError:
            raise KeyBindingSignatureInvalid("the signer's key is not the holder's") from None
        return Presentation(open_text + binding, shown)

    def present_without_key_binding(self, fields: Iterable[Path]) -> Presentation:
        """The same without the holder's signature: whoever gets it can show it as their own.

        :raises ClaimNotThere: there is nothing at one of the places.
        """
        return Presentation(*self._show(fields))

    def _show(self, fields: Iterable[Path]) -> tuple[str, tuple[Path, ...]]:
        wanted = list(fields)
        for path in wanted:
            if not path or not _exists(self.claims, path):
                raise ClaimNotThere("nothing at one of the places that shall be shown")
        chosen = [
            (text, place)
            for text, place in zip(self._sd_jwt.disclosures, self.fields, strict=True)
            if any(_on_one_line(path, place) for path in wanted)
        ]
        token = self.text.partition("~")[0]
        return "~".join((token, *(text for text, _ in chosen), "")), tuple(place for _, place in chosen)


def _on_one_line(wanted: Path, place: Path) -> bool:
    """Whether *place* is *wanted*, or stands above or below it."""
    return all(part in (None, other) for part, other in zip(wanted, place, strict=False))


def _exists(value: Any, path: Path) -> bool:
    if not path:
        return True
    first, rest = path[0], path[1:]
    if isinstance(value, Mapping):
        return first in value and _exists(value[first], rest)
    if not isinstance(value, list) or isinstance(first, str):
        return False
    chosen = value if first is None else value[first : first + 1] if first >= 0 else []
    return any(_exists(each, rest) for each in chosen)


def subject_claims(claims: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a credential says of its subject: all but :data:`REGISTERED`."""
    return MappingProxyType({name: claims[name] for name in claims.keys() - REGISTERED})
