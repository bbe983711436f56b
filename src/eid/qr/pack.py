"""The offline file: keys, roots, status lists and health signers, gathered and signed by one party.

A clinic without signal gets one such file a week on a stick. It names when it was gathered; how old it
may be, the clinic decides, and an older one leaves every code undecided instead of passing or failing it.

The file is a COSE_Sign1 whose payload is a CBOR map; :data:`TYPE` stands in its protected header.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from eid.crypto.cose import KID, TAGGED, TYP, kid_octets, kid_text, parse_sign1, sign1, verify_sign1
from eid.crypto.keys import Key, KeySet, Signer
from eid.encoding import strict_cbor
from eid.errors import (
    AlgorithmMismatch,
    CertificateChainRefused,
    CertificateError,
    EncodingError,
    KeyFormatError,
    LimitExceeded,
    QrPackError,
    QrPackNotTrusted,
    TokenError,
    TokenSignatureInvalid,
    UnsupportedAlgorithm,
)
from eid.qr.verifying import QrPolicy, QrVerifier
from eid.tokens.status.lists import read_status_list
from eid.tokens.status.sources import StatusChecker, StatusIssuer, StoredStatusSource
from eid.tokens.x5c import PinnedRoots

if TYPE_CHECKING:
    from eid.qr.hcert_verifying import HcertVerifier

__all__ = ["MAX_PACK", "TYPE", "PackIssuer", "QrPack", "read_pack", "write_pack"]

TYPE = "application/eid-qr-pack+cbor"
#: Octets of a file: 100 lists of a million entries each, and all signers there ever were.
MAX_PACK = 32 * 1024 * 1024
_VERSION = 1
_STANDARD = QrPolicy()
#: Keys of the payload; those of times are the claims of a CBOR Web Token (RFC 8392).
_FORMAT, _EXP, _IAT, _ISSUERS, _HEALTH = 0, 4, 6, 100, 101
_END_OF_TIME = 253_402_300_800


@dataclass(frozen=True, slots=True)
class PackIssuer:
    """One issuer of codes, as far as verifying needs it.

    :param name: exactly as it stands in ``iss``.
    :param keys: that sign its codes, and its status lists.
    :param roots: certificates in DER that its signers' certificates lead to, when it puts these in codes.
    :param lists: its signed status lists by address.
    """

    name: str
    keys: KeySet
    roots: tuple[bytes, ...] = field(default=(), repr=False)
    lists: Mapping[str, bytes] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class QrPack:
    """An offline file whose signature holds. Made by :func:`read_pack`.

    :param created_at: when its contents were gathered.
    :param expires_at: after which its maker does not want it to be used.
    :param health_signers: certificates of signers of health certificates, DER.
    :param signed_by: identifier of the key.
    """

    created_at: datetime
    expires_at: datetime
    issuers: tuple[PackIssuer, ...]
    health_signers: tuple[bytes, ...] = field(repr=False)
    signed_by: str

    def verifier(
        self, *, clock: Callable[[], datetime], max_age: timedelta, policy: QrPolicy = _STANDARD
    ) -> QrVerifier:
        """A verifier of signed codes that asks nobody.

        :param clock: aware UTC time.
        :param max_age: how old the file may be; codes are undecided (``KEYS_TOO_OLD``) with an older one.
        :raises QrPackError: there is no issuer in the file.
        """
        if not self.issuers:
            raise QrPackError("no issuer of codes in the file")
        lists = [
            StatusIssuer(uri, issuer.keys, StoredStatusSource(issuer.lists))
            for issuer in self.issuers
            for uri in issuer.lists
        ]
        return QrVerifier(
            issuers=[issuer.name for issuer in self.issuers],
            keys={issuer.name: issuer.keys for issuer in self.issuers},
            roots={issuer.name: PinnedRoots(issuer.roots) for issuer in self.issuers if issuer.roots},
            status=StatusChecker(lists, offline_grace=max_age),
            clock=clock,
            policy=policy,
            trusted_since=self.created_at,
            max_trust_age=self._allowed(max_age),
        )

    def health_verifier(self, *, clock: Callable[[], datetime], max_age: timedelta) -> HcertVerifier:
        """A verifier of health certificates (``HC1:``), likewise.

        :raises QrPackError: there is no signer of these in the file.
        """
        from eid.qr.hcert_verifying import HcertVerifier, HealthSigners
        from eid.trust.certificates import Certificate

        if not self.health_signers:
            raise QrPackError("no signer of health certificates in the file")
        return HcertVerifier(
            signers=HealthSigners(Certificate.from_der(der) for der in self.health_signers),
            clock=clock,
            trusted_since=self.created_at,
            max_trust_age=self._allowed(max_age),
        )

    def _allowed(self, max_age: timedelta) -> timedelta:
        return min(max_age, self.expires_at - self.created_at)


def write_pack(
    issuers: Iterable[PackIssuer],
    *,
    signer: Signer,
    now: datetime,
    valid_for: timedelta,
    health_signers: Iterable[bytes] = (),
) -> bytes:
    """Make an offline file. Everything in it is read and checked once before.

    :param signer: of whoever vouches for the collection; verifiers pin its key.
    :param now: aware: when the contents were gathered.
    :param valid_for: how long the file may be used at most.
    :param health_signers: certificates in DER.
    :raises QrPackError: something that could not be used: the same issuer twice, a root that is none, a
        list that does not hold, no contents at all.
    """
    listed = [_written(issuer, now) for issuer in issuers]
    health = [_certificate(der) for der in health_signers]
    created = int(now.timestamp())
    seconds = int(valid_for.total_seconds())
    if len({each["name"] for each in listed}) != len(listed):
        raise QrPackError("an issuer twice")
    if not listed and not health:
        raise QrPackError("nothing to put into the file")
    if not 0 < seconds < _END_OF_TIME - created:
        raise QrPackError("a lifetime that is none")
    payload = {_FORMAT: _VERSION, _IAT: created, _EXP: created + seconds, _ISSUERS: listed, _HEALTH: health}
    header: dict[int | str, Any] = {TYP: TYPE, KID: kid_octets(signer.kid)}
    octets = sign1(strict_cbor.dumps(payload), signer, wrapping=TAGGED, protected=header)
    if len(octets) > MAX_PACK:
        raise QrPackError(f"more than {MAX_PACK} octets")
    return octets


def read_pack(octets: bytes, *, key: Key) -> QrPack:
    """Read an offline file and check its signature.

    Whether it is too old is not looked at here: the same file may do for one purpose and not for another.

    :param key: of whoever the file has to come from, pinned beforehand.
    :raises QrPackError: not such a file, damaged, or of a newer version.
    :raises QrPackNotTrusted: not signed by *key*, or altered.
    """
    try:
        message = parse_sign1(octets, wrappings=frozenset({TAGGED}), limit=MAX_PACK)
    except TokenError as error:
        raise QrPackError(f"{error.code} {error.detail}".strip()) from None
    if message.protected.get(TYP) != TYPE or message.payload is None:
        raise QrPackError("another kind of file")
    if message.kid is None or kid_text(message.kid) != key.kid:
        raise QrPackNotTrusted("signed with another key")
    try:
        verify_sign1(message, key)
    except (AlgorithmMismatch, TokenSignatureInvalid) as error:
        raise QrPackNotTrusted(error.code) from None
    return _read(message.payload, key.kid)


# --- contents ------------------------------------------------------------------------------------


def _written(issuer: PackIssuer, now: datetime) -> dict[str, Any]:
    if not issuer.name:
        raise QrPackError("an issuer without name")
    if not len(issuer.keys) and not issuer.roots:
        raise QrPackError("an issuer without keys and roots")
    for uri, token in issuer.lists.items():
        try:
            read_status_list(token, uri=uri, keys=issuer.keys, now=now)
        except (TokenError, UnsupportedAlgorithm) as error:
            raise QrPackError(f"a status list does not hold: {error.code}") from None
    _roots(issuer.roots)
    return {
        "name": issuer.name,
        "keys": [key.to_jwk() for key in issuer.keys],
        "roots": list(issuer.roots),
        "lists": dict(issuer.lists),
    }


def _roots(certificates: tuple[bytes, ...]) -> None:
    try:
        if certificates:
            PinnedRoots(certificates)
    except CertificateChainRefused as error:
        raise QrPackError(f"a root is not usable: {error.detail}") from None


def _certificate(der: bytes) -> bytes:
    from eid.trust.certificates import Certificate

    try:
        return Certificate.from_der(der).raw
    except (CertificateError, LimitExceeded) as error:
        raise QrPackError(f"a signer's certificate is not usable: {error.code}") from None


def _read(payload: bytes, kid: str) -> QrPack:
    """The contents, whose maker has been checked: what is wrong here is a mistake, or a newer version."""
    try:
        content = strict_cbor.loads(payload, limit=MAX_PACK)
    except (EncodingError, LimitExceeded) as error:
        raise QrPackError(error.detail) from None
    if not isinstance(content, dict) or content.get(_FORMAT) != _VERSION:
        raise QrPackError("a file of another version")
    issuers, health = _list(content.get(_ISSUERS), dict), _list(content.get(_HEALTH), bytes)
    created, expires = _time(content.get(_IAT)), _time(content.get(_EXP))
    if not created < expires:
        raise QrPackError("an end before the beginning")
    return QrPack(
        created,
        expires,
        tuple(_issuer(each) for each in issuers),
        tuple(_certificate(der) for der in health),
        kid,
    )


def _issuer(content: Mapping[str, Any]) -> PackIssuer:
    name, lists = content.get("name"), content.get("lists")
    keys, roots = _list(content.get("keys"), dict), tuple(_list(content.get("roots"), bytes))
    if not isinstance(name, str) or not name or not isinstance(lists, dict):
        raise QrPackError("an issuer in another form")
    if not all(isinstance(uri, str) and isinstance(token, bytes) for uri, token in lists.items()):
        raise QrPackError("status lists in another form")
    try:
        read = KeySet(Key.from_jwk(jwk) for jwk in keys)
    except (KeyFormatError, UnsupportedAlgorithm) as error:
        raise QrPackError(f"a key is not usable: {error.code}") from None
    _roots(roots)
    return PackIssuer(name, read, roots, MappingProxyType(lists))


def _list(value: object, kind: type) -> list[Any]:
    if isinstance(value, list) and all(isinstance(each, kind) for each in value):
        return value
    raise QrPackError("contents in another form")


def _time(value: object) -> datetime:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _END_OF_TIME:
        return datetime.fromtimestamp(value, UTC)
    raise QrPackError("a time that is none")
