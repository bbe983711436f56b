"""Key binding (RFC 9901, 4.3): the holder's signature over one presentation, for one verifier and
transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from eid.crypto.keys import Key, Signer
from eid.encoding import base64url, strict_json
from eid.errors import (
    AlgorithmMismatch,
    AudienceMismatch,
    HolderKeyInvalid,
    HolderKeyMissing,
    KeyBindingHashMismatch,
    KeyBindingMissing,
    KeyBindingSignatureInvalid,
    KeyBindingTimeMismatch,
    KeyFormatError,
    NonceMismatch,
    TokenExpired,
    TokenNotYetValid,
    TokenSignatureInvalid,
    UnsupportedAlgorithm,
)
from eid.tokens.claims import LEEWAY, equal, optional_time, required_text, required_time
from eid.tokens.jws import Jws, parse_claims, parse_jws, require_type, verify_jws
from eid.tokens.sd_jwt import HASHES, SdJwt

__all__ = ["MAX_AGE", "TYPE", "check_key_binding", "holder_key", "parse_key_binding", "sign_key_binding"]

TYPE = "kb+jwt"
#: How long after it was signed a presentation is accepted, the leeway for clocks aside.
MAX_AGE = timedelta(minutes=5)
_MAX_KEY_BINDING = 16 * 1024


def holder_key(claims: Mapping[str, Any]) -> Key:
    """The key of the holder: ``cnf`` with a ``jwk`` (RFC 7800, 3.2).

    :raises HolderKeyMissing: there is none.
    :raises HolderKeyInvalid: it cannot be used.
    """
    confirmation = claims.get("cnf")
    if confirmation is None:
        raise HolderKeyMissing("no cnf")
    if type(confirmation) is not dict:
        raise HolderKeyInvalid("cnf is not an object")
    jwk = confirmation.get("jwk")
    if jwk is None:
        raise HolderKeyMissing("cnf without jwk")
    if type(jwk) is not dict:
        raise HolderKeyInvalid("jwk is not an object")
    try:
        return Key.from_jwk(jwk, kid="cnf")
    except (KeyFormatError, UnsupportedAlgorithm) as error:
        raise HolderKeyInvalid(error.detail) from None


def sign_key_binding(
    signed_text: str, *, hash_name: str, audience: str, nonce: str, now: datetime, signer: Signer
) -> str:
    """The key-binding token for *signed_text*, to be put after it.

    :param signed_text: token and chosen disclosures, ending in a tilde.
    :param hash_name: ``_sd_alg`` of the token.
    :param signer: with the key in ``cnf`` of the token.
    """
    claims = {
        "iat": int(now.timestamp()),
        "aud": audience,
        "nonce": nonce,
        "sd_hash": _hash(signed_text, hash_name),
    }
    # Without kid, which sign_jws adds: the key stands in the token.
    header = strict_json.dumps({"alg": signer.alg, "typ": TYPE})
    signing_input = f"{base64url.encode(header)}.{base64url.encode(strict_json.dumps(claims))}"
    return f"{signing_input}.{base64url.encode(signer.sign(signing_input.encode('ascii')))}"


def parse_key_binding(text: str) -> Jws:
    """Take a key-binding token apart, and look at its type.

    :raises TokenError: see :func:`eid.tokens.jws.parse_jws` and :func:`eid.tokens.jws.require_type`.
    """
    jws = parse_jws(text, limit=_MAX_KEY_BINDING)
    require_type(jws, TYPE)
    return jws


def check_key_binding(
    sd_jwt: SdJwt,
    claims: Mapping[str, Any],
    *,
    hash_name: str,
    audience: str,
    nonce: str,
    now: datetime,
    max_age: timedelta = MAX_AGE,
    leeway: timedelta = LEEWAY,
) -> Key:
    """Check the key-binding token (RFC 9901, 7.3, step 5); return the holder's key.

    :param claims: what the issuer signed, its signature checked.
    :param hash_name: ``_sd_alg`` of the token: what the holder says of it does not count.
    :param audience: this verifier, as the holder was told.
    :param nonce: of this transaction.
    :param max_age: how old the presentation may be.
    :param leeway: how far the clocks may be apart.
    :raises KeyBindingMissing: there is none.
    :raises HolderKeyMissing: the token is bound to nobody.
    :raises HolderKeyInvalid: its key cannot be used.
    :raises KeyBindingSignatureInvalid: signed with another key or algorithm.
    :raises AudienceMismatch: for another verifier.
    :raises NonceMismatch: for another transaction.
    :raises KeyBindingTimeMismatch: too old, or from the future.
    :raises KeyBindingHashMismatch: over another token or other disclosures.
    :raises TokenError: it is no such token, or has expired by its own ``exp``.
    """
    if sd_jwt.key_binding is None:
        raise KeyBindingMissing("no key-binding token")
    jws = parse_key_binding(sd_jwt.key_binding)
    key = holder_key(claims)
    try:
        verify_jws(jws, key)
    except (TokenSignatureInvalid, AlgorithmMismatch) as error:
        raise KeyBindingSignatureInvalid(error.detail) from None
    binding = parse_claims(jws.payload)
    if not equal(required_text(binding, "aud"), audience):
        raise AudienceMismatch("of the presentation")
    if not equal(required_text(binding, "nonce"), nonce):
        raise NonceMismatch("of the presentation")
    _check_times(binding, now.timestamp(), max_age.total_seconds(), leeway.total_seconds())
    if not equal(required_text(binding, "sd_hash"), _hash(sd_jwt.signed_text, hash_name)):
        raise KeyBindingHashMismatch("of this token with these disclosures")
    return key


def _check_times(binding: Mapping[str, Any], now: float, max_age: float, leeway: float) -> None:
    issued = required_time(binding, "iat")
    if not now - max_age - leeway <= issued <= now + leeway:
        raise KeyBindingTimeMismatch(f"not within {max_age:.0f} seconds")
    expires, begins = optional_time(binding, "exp"), optional_time(binding, "nbf")
    if expires is not None and now >= expires + leeway:
        raise TokenExpired("exp of the presentation is past")
    if begins is not None and begins > now + leeway:
        raise TokenNotYetValid("nbf of the presentation lies in the future")


def _hash(signed_text: str, name: str) -> str:
    return base64url.encode(HASHES[name](signed_text.encode("ascii")).digest())
