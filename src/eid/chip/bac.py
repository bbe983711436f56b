"""Basic Access Control (ICAO Doc 9303-11, 4.3): 3DES keys from the machine readable zone."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable

from eid.chip.access import Mrz
from eid.chip.apdu import CommandAPDU, Protocol
from eid.chip.secure_messaging import SecureMessaging
from eid.chip.session import Session, require_ok
from eid.crypto.symmetric import kdf, pad, retail_mac, tdes_cbc_decrypt, tdes_cbc_encrypt
from eid.errors import AccessBlocked, ProtocolError, WrongAccessKey

__all__ = ["basic_access_control"]

#: Refusals that mean "these keys are not mine" (seen: 6300, 63Cx, 6982, 6988).
_WRONG_KEY = frozenset({0x6982, 0x6985, 0x6988, 0x6A80})


def basic_access_control(
    session: Session, key: Mrz, *, random: Callable[[int], bytes] = secrets.token_bytes
) -> Protocol[None]:
    """Open the selected application; *session* then sends protected.

    :param random: octets of randomness by count (8 for the nonce, 16 for the key).
    :raises WrongAccessKey: the chip refuses, or its answer has a wrong check value.
    :raises AccessBlocked: 6983.
    :raises ProtocolError: an answer of wrong length, or without our nonce.
    :raises StatusWordError: the chip gives no challenge.
    """
    seed = key.password[:16]
    k_enc, k_mac = kdf(seed, 1, "3DES"), kdf(seed, 2, "3DES")
    response = yield from session.send(CommandAPDU(0, 0x84, 0, 0, le=8))
    rnd_ic = require_ok(response, "GET CHALLENGE")
    if len(rnd_ic) != 8:
        raise ProtocolError("a challenge that is not 8 octets")
    rnd_ifd, k_ifd = random(8), random(16)
    cryptogram = tdes_cbc_encrypt(k_enc, bytes(8), rnd_ifd + rnd_ic + k_ifd)
    mac = retail_mac(k_mac, pad(cryptogram, 8))
    response = yield from session.send(CommandAPDU(0, 0x82, 0, 0, cryptogram + mac, 40))
    if response.sw == 0x6983:
        raise AccessBlocked("EXTERNAL AUTHENTICATE answered 6983")
    if response.sw >> 8 == 0x63 or response.sw in _WRONG_KEY:
        raise WrongAccessKey(f"EXTERNAL AUTHENTICATE answered {response.sw:04X}")
    answer = require_ok(response, "EXTERNAL AUTHENTICATE")
    if len(answer) != 40:
        raise ProtocolError("an answer to EXTERNAL AUTHENTICATE that is not 40 octets")
    if not hmac.compare_digest(retail_mac(k_mac, pad(answer[:32], 8)), answer[32:]):
        raise WrongAccessKey("the chip's check value does not fit these keys")
    plain = tdes_cbc_decrypt(k_enc, bytes(8), answer[:32])
    if not hmac.compare_digest(plain[:16], rnd_ic + rnd_ifd):
        raise ProtocolError("the chip did not return both randoms")
    k_ic = plain[16:]
    seed = bytes(a ^ b for a, b in zip(k_ifd, k_ic, strict=True))
    ssc = int.from_bytes(rnd_ic[4:] + rnd_ifd[4:], "big")
    session.messaging = SecureMessaging("3DES", kdf(seed, 1, "3DES"), kdf(seed, 2, "3DES"), ssc)
