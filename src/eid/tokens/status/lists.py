"""Token Status List: one or a few bits for each of very many credentials, compressed and signed.

The list is published as a JWT or a CWT under an address; a credential carries that address and an index
(:class:`~eid.tokens.status.reference.StatusReference`). Who checks fetches the whole list, so the issuer
does not learn which credential is shown where. Statuses do not replace the checks of the credential
itself: one that has expired has expired, whatever its status.
"""

from __future__ import annotations

import base64
import enum
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from eid.crypto.cose import KID, TAGGED, TYP, X5CHAIN, kid_octets, kid_text, parse_sign1, sign1, verify_sign1
from eid.crypto.keys import FoundKey, KeySource, Signer
from eid.encoding import base64url, strict_cbor, strict_json
from eid.errors import (
    CertificateChainRefused,
    ClaimInvalid,
    ClaimMissing,
    EncodingError,
    HeaderInvalid,
    StatusListInvalid,
    StatusListMismatch,
    TokenExpired,
    TokenNotYetValid,
    TokenTypeMismatch,
)
from eid.tokens.claims import LEEWAY, optional_text, optional_time, required_text, required_time
from eid.tokens.cwt import EXP, IAT, ISS, SUB, read_cwt
from eid.tokens.jws import parse_claims, parse_jws, require_type, sign_jws, verify_jws
from eid.tokens.status.bits import MAX_OCTETS, Status, StatusList
from eid.tokens.status.reference import StatusReference
from eid.tokens.x5c import PinnedRoots, decode_x5c, names_issuer

__all__ = [
    "DRAFT",
    "MAX_OCTETS",
    "MAX_TOKEN",
    "Form",
    "Status",
    "StatusList",
    "StatusListToken",
    "read_aggregation",
    "read_own_status_list",
    "read_status_list",
    "sign_status_list",
    "write_aggregation",
]

#: The version this module follows.
DRAFT = "draft-ietf-oauth-status-list-17"
#: Octets of a signed list. A million entries with 1 % revoked take 14 KB, 125 KB in the worst case.
MAX_TOKEN = 8 * 1024 * 1024

_JWT_TYPE, _CWT_TYPE = "statuslist+jwt", "statuslist+cwt"
#: Keys of the claims of a CWT (section 5.2).
_STATUS_LIST, _TTL = 65533, 65534
_MAX_SECONDS = 253_402_300_800
_MAX_LISTS = 100_000
_MAX_AGGREGATION = 16 * 1024 * 1024


class Form(enum.StrEnum):
    """How a list is signed."""

    JWT = "jwt"
    CWT = "cwt"


@dataclass(frozen=True, slots=True)
class StatusListToken:
    """A list whose signature has been verified, with what its issuer says about it.

    :param uri: its address and subject.
    :param issued_at: UTC.
    :param expires_at: from then on it says nothing; ``None`` when it does not say.
    :param ttl: how long a fetched copy may be used before the next one is fetched.
    :param issuer: who signed it, where it says so.
    :param aggregation_uri: where the addresses of all lists of this issuer are.
    :param signed_by: the key, and how fresh the knowledge of it was.
    """

    uri: str
    statuses: StatusList
    issued_at: datetime
    expires_at: datetime | None
    ttl: timedelta | None
    issuer: str | None
    aggregation_uri: str | None
    form: Form
    signed_by: FoundKey = field(repr=False)

    def __getitem__(self, index: int) -> int:
        """See :class:`StatusList`."""
        return self.statuses[index]


# --- reading -------------------------------------------------------------------------------------


def read_status_list(
    token: bytes, *, uri: str, keys: KeySource | PinnedRoots, now: datetime, leeway: timedelta = LEEWAY
) -> StatusListToken:
    """Verify a list that was fetched from *uri*, as JWT or CWT (sections 5 and 8.3).

    :param token: as received, at most :data:`MAX_TOKEN` octets.
    :param uri: the address that the credential refers to; the list must be about it.
    :param keys: of those who may sign this list; or roots, to one of which the certificates in the token
        must lead. Then the signer's certificate must name the host of *uri* or the very address.
    :param now: aware.
    :raises TokenMalformed: neither a JWT nor a tagged CWT (and its kinds).
    :raises TokenTypeMismatch: a token of another kind.
    :raises UnknownKey: or another error of *keys* (``CertificateChainRefused`` for roots).
    :raises AlgorithmMismatch: not the algorithm of the key.
    :raises TokenSignatureInvalid: the signature does not hold.
    :raises ClaimMissing: or ``ClaimInvalid``: a claim is not there or of a wrong type.
    :raises StatusListMismatch: it is about another address.
    :raises TokenExpired: its end is past.
    :raises TokenNotYetValid: it was made in the future.
    :raises StatusListInvalid: the list in it is not usable.
    """
    form, said, found = _verified(token, keys, now)
    if said.uri != uri:
        raise StatusListMismatch("sub is not the address of the reference")
    if isinstance(keys, PinnedRoots) and not names_issuer(found.key, uri):
        raise CertificateChainRefused("the signer's certificate does not name the list's host", "issuer")
    seconds, slack = now.timestamp(), leeway.total_seconds()
    if said.expires_at is not None and seconds >= said.expires_at + slack:
        raise TokenExpired("exp is past")
    if max(said.issued_at, said.not_before or 0) > seconds + slack:
        raise TokenNotYetValid("iat or nbf lies in the future")
    return _opened(form, said, found)


def read_own_status_list(token: bytes, *, keys: KeySource, now: datetime) -> StatusListToken:
    """Read a list of one's own, to change it and sign it anew: about whatever address, expired or not.

    Who decides about a credential uses :func:`read_status_list`.

    :param keys: the issuer's own.
    :raises TokenMalformed: and the other errors of :func:`read_status_list` but for address and times.
    """
    return _opened(*_verified(token, keys, now))


def _opened(form: Form, said: _Said, found: FoundKey) -> StatusListToken:
    return StatusListToken(
        said.uri,
        StatusList.from_compressed(said.compressed, bits=said.bits),
        datetime.fromtimestamp(said.issued_at, UTC),
        None if said.expires_at is None else datetime.fromtimestamp(said.expires_at, UTC),
        None if said.ttl is None else timedelta(seconds=said.ttl),
        said.issuer,
        said.aggregation_uri,
        form,
        found,
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """The claims, the same in both forms."""

    uri: str
    issuer: str | None
    issued_at: float
    expires_at: float | None
    not_before: float | None
    ttl: int | None
    bits: int
    compressed: bytes
    aggregation_uri: str | None


def _verified(token: bytes, keys: KeySource | PinnedRoots, now: datetime) -> tuple[Form, _Said, FoundKey]:
    form = Form.JWT if token[:1] == b"e" else Form.CWT  # {" in base64url, and no beginning of a CWT
    return form, *(_read_jwt if form is Form.JWT else _read_cwt)(token, keys, now)


def _read_jwt(token: bytes, keys: KeySource | PinnedRoots, now: datetime) -> tuple[_Said, FoundKey]:
    # Where the keys are known, certificates that come along mean nothing, as in the other form.
    jws = parse_jws(token, limit=MAX_TOKEN, allow=_CERTIFICATES)
    require_type(jws, _JWT_TYPE)
    if isinstance(keys, PinnedRoots):
        chain = decode_x5c(jws.header.get("x5c"))
        found = FoundKey(keys.key(chain, now=now, alg=jws.header["alg"]))
    else:
        found = keys.find(jws.kid, now=now)
    verify_jws(jws, found.key)
    claims = parse_claims(jws.payload, limit=MAX_TOKEN)
    inner = _inner(claims, "status_list")
    try:
        compressed = base64url.decode(_member(inner, "lst", str), limit=MAX_TOKEN)
    except EncodingError:
        raise StatusListInvalid("lst is not base64url") from None
    return _Said(
        required_text(claims, "sub"),
        optional_text(claims, "iss"),
        required_time(claims, "iat"),
        optional_time(claims, "exp"),
        optional_time(claims, "nbf"),
        _ttl(claims, "ttl", (int, float)),  # any number (5.1): 3600.0 is what some programs write
        _member(inner, "bits", int),
        compressed,
        _aggregation_uri(inner),
    ), found


def _read_cwt(token: bytes, keys: KeySource | PinnedRoots, now: datetime) -> tuple[_Said, FoundKey]:
    message = parse_sign1(token, wrappings=_WRAPPINGS, limit=MAX_TOKEN)
    typ = message.protected.get(TYP)
    if not isinstance(typ, str) or typ.lower().removeprefix("application/") != _CWT_TYPE:
        raise TokenTypeMismatch("type is missing or another")
    if isinstance(keys, PinnedRoots):
        found = FoundKey(keys.key(message.x5chain, now=now, alg=message.algorithm))
    elif message.kid is None:
        raise HeaderInvalid("no kid")
    else:
        found = keys.find(kid_text(message.kid), now=now)
    verify_sign1(message, found.key)
    cwt = read_cwt(message.payload or b"", limit=MAX_TOKEN)
    if cwt.subject is None or cwt.issued_at is None:
        raise ClaimMissing("sub or iat")
    inner = _inner(cwt.claims, _STATUS_LIST)
    return _Said(
        cwt.subject,
        cwt.issuer,
        cwt.issued_at,
        cwt.expires_at,
        cwt.not_before,
        _ttl(cwt.claims, _TTL, (int,)),
        _member(inner, "bits", int),
        _member(inner, "lst", bytes),
        _aggregation_uri(inner),
    ), found


_WRAPPINGS = frozenset({TAGGED})
_CERTIFICATES: frozenset[str] = frozenset({"x5c"})


def _inner(claims: Mapping[Any, Any], name: int | str) -> Mapping[str, Any]:
    if name not in claims:
        raise ClaimMissing("status_list")
    if not isinstance(claims[name], dict):
        raise ClaimInvalid("status_list is not an object")
    return claims[name]  # type: ignore[no-any-return]


def _member(inner: Mapping[str, Any], name: str, kind: type) -> Any:
    if name not in inner:
        raise ClaimMissing(f"{name} in status_list")
    if type(inner[name]) is not kind:
        raise StatusListInvalid(f"{name} is of a wrong type")
    return inner[name]


def _ttl(claims: Mapping[Any, Any], name: int | str, kinds: tuple[type, ...]) -> int | None:
    if name not in claims:
        return None
    value = claims[name]
    if type(value) not in kinds or not 0 < value <= _MAX_SECONDS - 1:
        raise StatusListInvalid("ttl is no positive number of seconds")
    seconds: int = math.ceil(value)
    return seconds


def _aggregation_uri(inner: Mapping[str, Any]) -> str | None:
    return optional_text(inner, "aggregation_uri")


# --- signing -------------------------------------------------------------------------------------


def sign_status_list(
    statuses: StatusList,
    signer: Signer,
    *,
    uri: str,
    issued_at: datetime,
    expires_at: datetime,
    ttl: timedelta,
    form: Form,
    issuer: str | None = None,
    aggregation_uri: str | None = None,
    certificates: Sequence[bytes] = (),
) -> bytes:
    """A signed list, to be published under *uri* as it is.

    :param uri: what credentials refer to.
    :param issued_at: aware; fractions of a second are dropped, as for the next two.
    :param expires_at: until when an old copy may be believed. Offline verifiers depend on it.
    :param ttl: how often online verifiers shall ask.
    :param certificates: of the signer, DER, its own first, for verifiers who know a root and not the key.
    :raises ClaimInvalid: times in a wrong order, or no address.
    """
    StatusReference(uri, 0)  # checks the address
    issued, expires, seconds = (
        int(issued_at.timestamp()),
        int(expires_at.timestamp()),
        int(ttl.total_seconds()),
    )
    if expires <= issued or seconds <= 0:
        raise ClaimInvalid("exp is not after iat, or ttl is not positive")
    compressed = statuses.compressed()
    extra = {} if aggregation_uri is None else {"aggregation_uri": aggregation_uri}
    if form is Form.JWT:
        inner = {"bits": statuses.bits, "lst": base64url.encode(compressed), **extra}
        claims = {"sub": uri, "iat": issued, "exp": expires, "ttl": seconds, "status_list": inner}
        if issuer is not None:
            claims["iss"] = issuer
        head: dict[str, Any] = {"typ": _JWT_TYPE}
        if certificates:
            head["x5c"] = [base64.b64encode(der).decode("ascii") for der in certificates]
        return sign_jws(head, strict_json.dumps(claims), signer).encode("ascii")
    payload: dict[int, Any] = {
        SUB: uri, IAT: issued, EXP: expires, _TTL: seconds,
        _STATUS_LIST: {"bits": statuses.bits, "lst": compressed, **extra},
    }  # fmt: skip
    if issuer is not None:
        payload[ISS] = issuer
    header: dict[int | str, Any] = {TYP: f"application/{_CWT_TYPE}", KID: kid_octets(signer.kid)}
    if certificates:
        header[X5CHAIN] = list(certificates) if len(certificates) > 1 else certificates[0]
    return sign1(strict_cbor.dumps(payload), signer, wrapping=TAGGED, protected=header)


# --- aggregation ---------------------------------------------------------------------------------


def read_aggregation(octets: bytes) -> tuple[str, ...]:
    """The addresses of an issuer's lists (section 9.3). Nobody signed them: each list speaks for itself.

    :raises ClaimMissing: no ``status_lists``.
    :raises ClaimInvalid: not a list of different addresses, or too many.
    :raises TokenMalformed: no JSON object.
    """
    document = parse_claims(octets, limit=_MAX_AGGREGATION)
    if "status_lists" not in document:
        raise ClaimMissing("status_lists")
    uris = document["status_lists"]
    if not isinstance(uris, list) or len(uris) > _MAX_LISTS:
        raise ClaimInvalid("status_lists is no list, or too long")
    found = tuple(StatusReference(uri, 0).uri for uri in uris)
    if len(set(found)) != len(found):
        raise ClaimInvalid("an address twice in status_lists")
    return found


def write_aggregation(uris: Iterable[str]) -> bytes:
    """The JSON document with the addresses of an issuer's lists, served as ``application/json``.

    :raises ClaimInvalid: not addresses.
    """
    return strict_json.dumps({"status_lists": [StatusReference(uri, 0).uri for uri in uris]})
