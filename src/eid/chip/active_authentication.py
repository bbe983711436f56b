"""Active Authentication (ICAO Doc 9303-11, 6.1): the chip signs a challenge with its own key.

RSA signatures follow ISO/IEC 9796-2, scheme 1, with partial message recovery; ECDSA signatures are
plain r || s (BSI TR-03111, 5.2.1), and DER is taken too because chips send it.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.asymmetric import rsa

from eid.chip.apdu import CommandAPDU, Protocol, ResponseAPDU
from eid.chip.session import Session
from eid.crypto.digests import digest
from eid.crypto.public_keys import PublicKey, load_public_key
from eid.crypto.signatures import verify_ecdsa_plain
from eid.encoding import der
from eid.encoding.tlv import parse
from eid.errors import ChallengeFormatError, InputError, InvalidSignature, UnsupportedAlgorithm

__all__ = [
    "ActiveAuthenticationResult",
    "check_challenge",
    "internal_authenticate",
    "message_representative_hash",
    "signature_length",
    "verify_active_authentication",
]

#: Hash identifiers in two-octet trailers (ISO/IEC 10118-3); trailer BC means SHA-1.
_TRAILERS = {0x33: "sha1", 0x34: "sha256", 0x35: "sha512", 0x36: "sha384", 0x38: "sha224"}
#: Tried in this order when DG14 does not say which hash the chip uses with ECDSA.
_HASHES = ("sha256", "sha1", "sha224", "sha384", "sha512")


@dataclass(frozen=True, slots=True)
class ActiveAuthenticationResult:
    """What was verified: the algorithm (``RSA ISO 9796-2`` or ``ECDSA``) and its hash."""

    algorithm: str
    hash_name: str


def check_challenge(challenge: bytes) -> None:
    """Refuse what is no challenge.

    :raises ChallengeFormatError: not 8 octets.
    """
    if len(challenge) != 8:
        raise ChallengeFormatError(f"a challenge of {len(challenge)} octets")


def internal_authenticate(session: Session, challenge: bytes, length: int) -> Protocol[ResponseAPDU]:
    """INTERNAL AUTHENTICATE; the response is not judged here.

    :param challenge: 8 octets.
    :param length: octets of the signature to expect (see :func:`signature_length`).
    :raises ChallengeFormatError: the challenge has another length.
    """
    check_challenge(challenge)
    short = CommandAPDU(0, 0x88, 0, 0, challenge, 256)
    extended = replace(short, le=65_536, extended=True)
    fits = length <= session.short_limit
    first, second = (short, extended) if fits or session.extended is False else (extended, short)
    response = yield from session.ask(first)
    if response.sw == 0x6700 or response.sw >> 8 == 0x6C:
        # Chips differ in which Le they accept for a signature longer than a short response.
        session.note("active_authentication_le")
        response = yield from session.ask(second)
    return response


def signature_length(spki: bytes) -> int:
    """Octets of a signature by this key (SubjectPublicKeyInfo).

    :raises KeyFormatError: not a key.
    """
    key = load_public_key(spki)
    if key.curve is not None:
        return 2 * ((key.curve.n.bit_length() + 7) // 8)
    return (key.bits + 7) // 8


def verify_active_authentication(
    spki: bytes, challenge: bytes, signature: bytes, *, ecdsa_hash: str | None = None
) -> ActiveAuthenticationResult:
    """Verify what the chip returned for *challenge*.

    :param spki: the chip's SubjectPublicKeyInfo from DG15.
    :param ecdsa_hash: the hash that DG14 names for ECDSA, or ``None``.
    :raises InvalidSignature: the signature is not over this challenge by this key.
    :raises UnsupportedAlgorithm: a key or hash this library cannot use.
    :raises KeyFormatError: not a key.
    """
    key = load_public_key(spki)
    if isinstance(key.native, rsa.RSAPublicKey):
        return _verify_rsa(key.native, challenge, signature)
    if key.curve is not None and key.native is None:
        # The pure-Python arithmetic serves old certificates; chips on these curves are not supported.
        raise UnsupportedAlgorithm(f"Active Authentication on {key.curve.name}")
    if key.kind == "EC":
        return _verify_ecdsa(key, challenge, signature, ecdsa_hash)
    raise UnsupportedAlgorithm(f"Active Authentication with {key.kind}")


def _verify_rsa(key: rsa.RSAPublicKey, challenge: bytes, signature: bytes) -> ActiveAuthenticationResult:
    numbers = key.public_numbers()
    size = (numbers.n.bit_length() + 7) // 8
    value = int.from_bytes(signature, "big")
    if len(signature) != size or value >= numbers.n:
        raise InvalidSignature("a signature of wrong length")
    opened = pow(value, numbers.e, numbers.n)
    if opened & 0x0F != 0x0C:
        # ISO/IEC 9796-2 lets the signer send the smaller of s and n-s.
        opened = numbers.n - opened
    hash_name = message_representative_hash(opened.to_bytes(size, "big"), challenge)
    return ActiveAuthenticationResult("RSA ISO 9796-2", hash_name)


def message_representative_hash(representative: bytes, challenge: bytes) -> str:
    """Check F = 6A || M1 || H(M1 || challenge) || trailer and return the name of the hash.

    :raises InvalidSignature: F is not of this form, or the hash is another.
    :raises UnsupportedAlgorithm: a hash identifier that is not known.
    """
    if len(representative) < 3:
        raise InvalidSignature("no ISO/IEC 9796-2 trailer")
    if representative[-1] == 0xBC:
        hash_name, end = "sha1", len(representative) - 1
    elif representative[-1] == 0xCC:
        name = _TRAILERS.get(representative[-2])
        # Octets of a wrong key end in CC once in 256 times, so this is no reason to call it unsupported
        # unless the head is right as well.
        if name is None and representative[0] == 0x6A:
            raise UnsupportedAlgorithm(f"trailer {representative[-2]:02X}CC")
        hash_name, end = name or "", len(representative) - 2
    else:
        raise InvalidSignature("no ISO/IEC 9796-2 trailer")
    # 6A: partial recovery, no padding. The challenge is the part that is not recovered, so a form with
    # total recovery (4A) cannot cover it.
    if representative[0] != 0x6A or not hash_name:
        raise InvalidSignature("no ISO/IEC 9796-2 header with partial recovery")
    size = len(digest(hash_name, b""))
    if end - size < 2:
        raise InvalidSignature("no room for a hash")
    recovered, printed = representative[1 : end - size], representative[end - size : end]
    if not hmac.compare_digest(digest(hash_name, recovered + challenge), printed):
        raise InvalidSignature("the signed hash is not of this challenge")
    return hash_name


def _verify_ecdsa(
    key: PublicKey, challenge: bytes, signature: bytes, hash_name: str | None
) -> ActiveAuthenticationResult:
    plain = signature
    if signature[:1] == b"\x30" and key.curve is not None:
        plain = _plain_form(signature, (key.curve.n.bit_length() + 7) // 8) or signature
    for name in (hash_name,) if hash_name else _HASHES:
        try:
            verify_ecdsa_plain(key, name, plain, challenge)
        except InvalidSignature:
            continue
        return ActiveAuthenticationResult("ECDSA", name)
    raise InvalidSignature("the signature is not over this challenge")


def _plain_form(signature: bytes, size: int) -> bytes | None:
    """R || s of a DER signature, or ``None`` when it is not one (a plain one may begin with 30)."""
    try:
        r, s = (der.read_integer(node) for node in parse(signature, der.SEQUENCE).children())
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")
    except (InputError, ValueError, OverflowError):
        return None
