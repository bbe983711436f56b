"""A signer whose certificates came with the token: ``x5c`` (RFC 7515, 4.1.6), ``x5chain`` (RFC 9360).

Anybody can put certificates into a header. They count only when they lead to a root that the caller
pinned beforehand, and a root never comes from the token. Checked of the chain (RFC 5280, 6.1):

- its length and the size of each certificate, before anything is read;
- each certificate is signed by the next one and names it as its issuer; the last one by a pinned root,
  or it is that root itself. No SHA-1, no RSA below 2048 bits, no curve below 256;
- every certificate is valid at the time given, the root included;
- the issuing ones are authorities (basicConstraints cA, keyUsage keyCertSign), within their path length;
- the signer's own is none, states keyUsage digitalSignature, and is not its own issuer;
- no critical extension is unknown here; an authority with name or policy constraints is refused.

Not checked: revocation, extended key usages, and for whom the certificate speaks. So pin roots that
issue for this purpose alone, and ask :func:`names_issuer` before believing an ``iss``.
"""

from __future__ import annotations

import base64
import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature as NativeInvalid
from cryptography.exceptions import UnsupportedAlgorithm as NativeUnsupported
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.utils import CryptographyDeprecationWarning

from eid.crypto.algorithms import MIN_RSA_BITS
from eid.crypto.key_files import read_file
from eid.crypto.keys import Key
from eid.errors import CertificateChainRefused, CertificateError, KeyFormatError, UnsupportedAlgorithm
from eid.trust.certificates import der_blocks

__all__ = ["MAX_CERTIFICATE", "MAX_CHAIN", "PinnedRoots", "decode_x5c", "names_issuer"]

#: Certificates of one chain, the signer's own first. Real ones have one or two.
MAX_CHAIN = 5
#: Octets of one certificate; real ones have some 1000, with post-quantum signatures up to 8000.
MAX_CERTIFICATE = 16 * 1024
_MAX_FILE = 1024 * 1024

_UNDERSTOOD = frozenset({
    "2.5.29.14", "2.5.29.15", "2.5.29.17", "2.5.29.18", "2.5.29.19", "2.5.29.35", "2.5.29.37",
    "2.5.29.31", "2.5.29.32",  # where revocation lists are, and under what policy it was issued
})  # fmt: skip
#: Name and policy constraints restrict what stands below, critical or not; they are not evaluated.
_CONSTRAINTS = frozenset({"2.5.29.30", "2.5.29.36", "2.5.29.54"})
_HASHES = frozenset({"sha256", "sha384", "sha512"})


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is looked at in a certificate."""

    der: bytes
    native: x509.Certificate
    not_before: datetime
    not_after: datetime
    is_ca: bool
    path_length: int | None
    signs_data: bool
    signs_certificates: bool
    unknown: str | None

    @property
    def is_authority(self) -> bool:
        return self.is_ca and self.signs_certificates

    @property
    def self_issued(self) -> bool:
        return self.native.subject == self.native.issuer


def decode_x5c(value: object) -> tuple[bytes, ...]:
    """The certificates of a header's ``x5c``, DER: a short list of plain base64 (RFC 7515, 4.1.6).

    :raises CertificateChainRefused: of kind ``form``.
    """
    if not isinstance(value, list) or not 0 < len(value) <= MAX_CHAIN:
        raise CertificateChainRefused(f"x5c is not a list of 1 to {MAX_CHAIN} certificates")
    chain = []
    for text in value:
        if not isinstance(text, str) or len(text) > MAX_CERTIFICATE * 4 // 3 + 4:
            raise CertificateChainRefused("x5c holds something that is no text, or too long")
        try:
            octets = base64.b64decode(text, validate=True)
        except ValueError:
            octets = b""
        if not octets or base64.b64encode(octets).decode("ascii") != text:
            raise CertificateChainRefused("x5c holds something that is not base64")
        chain.append(octets)
    return tuple(chain)


class PinnedRoots:
    """Certification authorities the caller trusts to name signers. Immutable; share it freely.

    :param certificates: DER, of authorities. Give those of this one purpose.
    :raises CertificateChainRefused: one cannot be read or is no authority, or there is none.
    """

    def __init__(self, certificates: Iterable[bytes]) -> None:
        self._roots = {der: _facts(der) for der in certificates}
        if not self._roots:
            raise CertificateChainRefused("no root is pinned", "root")
        if not all(root.is_authority for root in self._roots.values()):
            raise CertificateChainRefused("a pinned root is no certification authority", "root")

    @classmethod
    def open(cls, *paths: str | Path) -> PinnedRoots:
        """The roots in these files, PEM or DER.

        :raises KeyFileError: missing or unreadable.
        :raises CertificateChainRefused: see :class:`PinnedRoots`.
        """
        found: list[bytes] = []
        for path in paths:
            try:
                found += der_blocks(read_file(Path(path), _MAX_FILE)[0])
            except CertificateError as error:
                raise CertificateChainRefused(error.detail) from None
        return cls(found)

    def __len__(self) -> int:
        return len(self._roots)

    def key(
        self, chain: Sequence[bytes], *, now: datetime, alg: str | None = None, kid: str | None = None
    ) -> Key:
        """The key of the signer that *chain* names, when it leads to a pinned root.

        :param chain: DER, the signer's own certificate first (:func:`decode_x5c`).
        :param now: aware; everything must be valid then.
        :param alg: the header's ``alg``. It decides between RS256, PS256 and PS384 for an RSA key, of which
            the certificate does not tell; any other key has its own algorithm whatever is given here.
        :param kid: else the thumbprint of the key.
        :returns: with *chain* as ``x5c``, and in force as long as its certificate is valid.
        :raises CertificateChainRefused: it does not hold; ``kind`` says in what.
        """
        if not 0 < len(chain) <= MAX_CHAIN or any(len(der) > MAX_CERTIFICATE for der in chain):
            raise CertificateChainRefused(f"not 1 to {MAX_CHAIN} certificates of bounded size")
        path = [_facts(der) for der in chain]
        pinned = next((place for place, der in enumerate(chain) if der in self._roots), None)
        if pinned is None:
            path.append(self._root_of(path[-1]))
        else:
            del path[pinned + 1 :]  # what stands above a pinned authority is nobody's concern
        _check_signer(path)
        for position, (lower, upper) in enumerate(pairwise(path)):
            _check_authority(upper, path[1 : position + 1])
            _check_signed(lower.der, upper.der)
        for facts in path:
            if not facts.not_before <= now <= facts.not_after:
                raise CertificateChainRefused("a certificate is not valid at this time", "validity")
        return _key_of(path[0], tuple(chain), alg, kid)

    def _root_of(self, end: _Facts) -> _Facts:
        """The pinned root that issued the end of a chain. Roots may share a name, as old and new do."""
        named = [root for root in self._roots.values() if root.native.subject == end.native.issuer]
        for root in named:
            try:
                _check_signed(end.der, root.der)
            except CertificateChainRefused:
                continue
            return root
        raise CertificateChainRefused("no pinned root issued these certificates", "root")


def names_issuer(key: Key, issuer: str) -> bool:
    """Whether the certificate of *key* speaks for *issuer*, an ``iss`` (SD-JWT VC, 3.5).

    Its subject alternative names hold *issuer* as a URI, character by character, or the host of an
    ``https`` address as a DNS name; wildcards stand for nothing.

    :param key: from :meth:`PinnedRoots.key`.
    """
    if not key.x5c:
        return False
    try:
        found = _native(key.x5c[0]).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        return False
    if issuer in found.get_values_for_type(x509.UniformResourceIdentifier):
        return True
    host = _host(issuer)
    return host is not None and host in (name.lower() for name in found.get_values_for_type(x509.DNSName))


def _host(issuer: str) -> str | None:
    """The host of an ``https`` address in which nothing else can be taken for the host.

    ``https://one.example@other.example`` looks like one host and is another, and to browsers a backslash
    is a slash; control characters within an address are dropped when it is taken apart.
    """
    if not issuer.startswith("https://") or not issuer.isascii() or not issuer.isprintable():
        return None
    try:
        parts = urlsplit(issuer)
        return None if "@" in parts.netloc or "\\" in parts.netloc else parts.hostname
    except ValueError:
        return None


# --- one certificate -----------------------------------------------------------------------------


@functools.lru_cache(maxsize=256)
def _native(der: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(der)
    except (ValueError, x509.InvalidVersion, CryptographyDeprecationWarning):
        # The last where the program makes errors of warnings, such as about a negative serial number.
        raise CertificateChainRefused("a certificate that cannot be read") from None


@functools.lru_cache(maxsize=256)
def _facts(der: bytes) -> _Facts:
    native = _native(der)
    is_ca, path_length = False, None
    usage: x509.KeyUsage | None = None
    unknown: str | None = None
    try:
        for extension in native.extensions:
            if isinstance(extension.value, x509.BasicConstraints):
                is_ca, path_length = extension.value.ca, extension.value.path_length
            elif isinstance(extension.value, x509.KeyUsage):
                usage = extension.value
            oid = extension.oid.dotted_string
            if oid in _CONSTRAINTS or (extension.critical and oid not in _UNDERSTOOD):
                unknown = unknown or oid
        # Reading the names now means that comparing them later cannot fail.
        native.subject, native.issuer  # noqa: B018
    except (ValueError, TypeError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        # TypeError: a name with a BIT STRING where a text belongs.
        raise CertificateChainRefused("a certificate that cannot be read") from None
    return _Facts(
        der,
        native,
        native.not_valid_before_utc,
        native.not_valid_after_utc,
        is_ca,
        path_length,
        usage is not None and usage.digital_signature,
        usage is not None and usage.key_cert_sign,
        unknown,
    )


def _check_signer(path: Sequence[_Facts]) -> None:
    signer = path[0]
    if len(path) < 2 or signer.self_issued:
        raise CertificateChainRefused("the signer's certificate stands by itself", "root")
    if signer.unknown is not None:
        raise CertificateChainRefused(f"extension {signer.unknown} is not evaluated", "usage")
    if signer.is_ca or not signer.signs_data:
        raise CertificateChainRefused("the signer's certificate is not one for signatures", "usage")


def _check_authority(facts: _Facts, below: Sequence[_Facts]) -> None:
    """Whether *facts* may issue, with the authorities *below* between it and the signer."""
    if not facts.is_authority:
        raise CertificateChainRefused("a certificate issued by one that is no authority", "authority")
    if facts.unknown is not None:
        raise CertificateChainRefused(f"extension {facts.unknown} is not evaluated", "authority")
    if facts.path_length is not None and sum(not each.self_issued for each in below) > facts.path_length:
        raise CertificateChainRefused("more authorities than the path length allows", "authority")


@functools.lru_cache(maxsize=512)
def _check_signed(lower: bytes, upper: bytes) -> None:
    """Remembered when it held: an issuer's certificates are the same for all its tokens."""
    child, issuer = _native(lower), _native(upper)
    try:
        if child.issuer != issuer.subject:
            raise CertificateChainRefused("a certificate that the next one did not issue", "order")
        hash_algorithm = child.signature_hash_algorithm  # None: the scheme needs none (Ed25519)
        issuer_key = issuer.public_key()
        if hash_algorithm is not None and hash_algorithm.name not in _HASHES:
            raise CertificateChainRefused("a certificate signed with a weak hash", "algorithm")
        if not _is_strong(issuer_key):
            raise CertificateChainRefused("a certificate signed with a weak or unknown key", "algorithm")
        child.verify_directly_issued_by(issuer)
    except NativeInvalid:
        raise CertificateChainRefused("the signature of a certificate does not hold", "signature") from None
    except (NativeUnsupported, TypeError):
        raise CertificateChainRefused("a certificate signed in an unknown way", "algorithm") from None
    except ValueError:
        raise CertificateChainRefused("a certificate that cannot be read") from None


def _is_strong(public: object) -> bool:
    if isinstance(public, rsa.RSAPublicKey):
        return public.key_size >= MIN_RSA_BITS
    if isinstance(public, ec.EllipticCurvePublicKey):
        return public.key_size >= 256
    return isinstance(public, ed25519.Ed25519PublicKey)


def _key_of(signer: _Facts, chain: tuple[bytes, ...], alg: str | None, kid: str | None) -> Key:
    try:
        public = signer.native.public_key()
        key = Key.from_public(public, alg=alg if isinstance(public, rsa.RSAPublicKey) else None, kid=kid)
    except (KeyFormatError, UnsupportedAlgorithm, NativeUnsupported, ValueError):
        raise CertificateChainRefused("the signer's key is not one for signing tokens", "algorithm") from None
    return replace(key, not_before=signer.not_before, not_after=signer.not_after, x5c=chain)
