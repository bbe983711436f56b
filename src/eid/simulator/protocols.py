"""The chip's side of BAC, PACE, Chip Authentication and Active Authentication (Doc 9303-11).

Each class holds the state of one protocol and answers one step at a time. A refusal is a
:class:`~eid.simulator.refused.Refused` with its status word.
"""

from __future__ import annotations

import hashlib
import hmac

from eid.chip.secure_messaging import SecureMessaging
from eid.crypto.curves import Point
from eid.crypto.digests import digest
from eid.crypto.symmetric import (
    aes_cbc_encrypt,
    cmac,
    kdf,
    pad,
    retail_mac,
    tdes_cbc_decrypt,
    tdes_cbc_encrypt,
)
from eid.encoding import der
from eid.encoding.tlv import tlv
from eid.simulator.access import Access, ActiveKey, ChipKey, PaceVariant
from eid.simulator.keys import EcKey, Random, RsaKey
from eid.simulator.points import multiply
from eid.simulator.refused import Refused

__all__ = ["CA_ECDH", "Pace", "basic_access", "chip_messaging", "select_pace", "sign_challenge"]


# --- BAC ----------------------------------------------------------------------------------------


def basic_access(
    mrz_information: str, rnd_ic: bytes, data: bytes, random: Random
) -> tuple[bytes, SecureMessaging]:
    """EXTERNAL AUTHENTICATE (Doc 9303-11, 4.3.4.3): the answer and the channel that follows."""
    seed = hashlib.sha1(mrz_information.encode("ascii"), usedforsecurity=False).digest()[:16]
    k_enc, k_mac = kdf(seed, 1, "3DES"), kdf(seed, 2, "3DES")
    if len(data) != 40:
        raise Refused(0x6700)
    if not hmac.compare_digest(retail_mac(k_mac, pad(data[:32], 8)), data[32:]):
        raise Refused(0x6300)
    plain = tdes_cbc_decrypt(k_enc, bytes(8), data[:32])
    rnd_ifd, k_ifd = plain[:8], plain[16:]
    if not hmac.compare_digest(plain[8:16], rnd_ic):
        raise Refused(0x6300)
    k_ic = random(16)
    answer = tdes_cbc_encrypt(k_enc, bytes(8), rnd_ic + rnd_ifd + k_ic)
    answer += retail_mac(k_mac, pad(answer, 8))
    seed = bytes(a ^ b for a, b in zip(k_ifd, k_ic, strict=True))
    ssc = int.from_bytes(rnd_ic[4:] + rnd_ifd[4:], "big")
    return answer, SecureMessaging("3DES", kdf(seed, 1, "3DES"), kdf(seed, 2, "3DES"), ssc)


# --- PACE ---------------------------------------------------------------------------------------


class Pace:
    """One run of PACE with generic mapping (Doc 9303-11, 4.4), after MSE:Set AT.

    :param password: the octets of CAN or MRZ that the key is derived from.
    """

    def __init__(self, variant: PaceVariant, password: bytes, random: Random) -> None:
        self._variant = variant
        self._curve = variant.curve
        self._password = password
        self._random = random
        self._nonce = 0
        self._generator: Point | None = None
        self._public = b""
        self._peer = b""
        self._secret = b""

    def step(self, tag: int, value: bytes) -> tuple[int, bytes, SecureMessaging | None]:
        """One GENERAL AUTHENTICATE.

        :param tag: of the data object received; 0 when there was none (the first step).
        :returns: tag and value of the answer, and after the last step the channel.
        """
        if tag == 0:
            return 0x80, self._encrypted_nonce(), None
        if tag == 0x81 and self._nonce:
            return 0x82, self._map(value), None
        if tag == 0x83 and self._generator:
            return 0x84, self._agree(value), None
        if tag == 0x85 and self._secret:
            return (0x86, *self._confirm(value))
        raise Refused(0x6985)

    def _encrypted_nonce(self) -> bytes:
        cipher = self._variant.cipher
        nonce = self._random(16)
        self._nonce = int.from_bytes(nonce, "big")
        key = kdf(self._password, 3, cipher)
        if cipher == "3DES":
            return tdes_cbc_encrypt(key, bytes(8), nonce)
        return aes_cbc_encrypt(key, bytes(16), nonce)

    def _map(self, peer: bytes) -> bytes:
        """G' = s·G + H with H = d·Q: here with real points, other than in :mod:`eid.chip.pace`."""
        curve = self._curve
        point = curve.decode(peer)
        if point is None:
            raise Refused(0x6A80)
        mapping = EcKey.generate(curve, self._random)
        base = multiply(curve, self._nonce, (curve.gx, curve.gy))
        shared = multiply(curve, mapping.scalar, point)
        if base is None or shared is None:
            raise Refused(0x6300)
        self._nonce = 0
        self._generator = curve.add(base, shared)
        return curve.encode(mapping.point)

    def _agree(self, peer: bytes) -> bytes:
        curve = self._curve
        point = curve.decode(peer)
        own = EcKey.generate(curve, self._random)
        assert self._generator is not None  # step() has looked
        public = multiply(curve, own.scalar, self._generator)
        shared = own.agree(peer)
        if point is None or public is None or shared is None or point == public:
            raise Refused(0x6A80)
        self._generator = None
        self._public, self._peer, self._secret = curve.encode(public), peer, shared
        return self._public

    def _confirm(self, token: bytes) -> tuple[bytes, SecureMessaging]:
        cipher = self._variant.cipher
        k_enc, k_mac = kdf(self._secret, 1, cipher), kdf(self._secret, 2, cipher)
        if not hmac.compare_digest(self._token(k_mac, self._public), token):
            raise Refused(0x6300)
        return self._token(k_mac, self._peer), SecureMessaging(cipher, k_enc, k_mac)

    def _token(self, k_mac: bytes, public: bytes) -> bytes:
        """Authentication token over the other side's key (Doc 9303-11, 4.4.3.4)."""
        oid = der.oid(f"{PACE_ECDH_GM}.{self._variant.arc}")
        data = tlv(0x7F49, oid, tlv(0x86, public))
        if self._variant.cipher == "3DES":
            return retail_mac(k_mac, pad(data, 8))
        return cmac(k_mac, data)[:8]


#: id-PACE-ECDH-GM and id-CA-ECDH; the last arc names the cipher.
PACE_ECDH_GM = "0.4.0.127.0.7.2.2.4.2"
CA_ECDH = "0.4.0.127.0.7.2.2.3.2"


def select_pace(access: Access, oid: bytes, parameter_id: int | None) -> PaceVariant:
    """The variant that MSE:Set AT means. *parameter_id* may be left out when the protocol says it all."""
    fitting = [
        variant
        for variant in (*access.pace, *access.hidden_pace)
        if der.oid(f"{PACE_ECDH_GM}.{variant.arc}")[2:] == oid
    ]
    if not fitting:
        raise Refused(0x6A80)
    if parameter_id is None:
        if len({variant.curve.name for variant in fitting}) > 1:
            raise Refused(0x6A88)
        return fitting[0]
    for variant in fitting:
        if variant.curve.parameter_id == parameter_id:
            return variant
    raise Refused(0x6A88)


# --- Chip Authentication ------------------------------------------------------------------------


def chip_messaging(chip_key: ChipKey, peer: bytes) -> SecureMessaging:
    """Chip Authentication version 1 (Doc 9303-11, 6.2): the channel under the new keys."""
    if chip_key.key is None:
        raise Refused(0x6A88)  # a clone has no such key
    secret = chip_key.key.agree(peer)
    if secret is None:
        raise Refused(0x6A80)
    cipher = chip_key.cipher
    return SecureMessaging(cipher, kdf(secret, 1, cipher), kdf(secret, 2, cipher))


# --- Active Authentication ----------------------------------------------------------------------


def sign_challenge(active: ActiveKey, challenge: bytes, random: Random) -> bytes:
    """Active Authentication (Doc 9303-11, 6.1): ISO/IEC 9796-2 scheme 1, or plain ECDSA."""
    key = active.key
    if key is None:
        raise Refused(0x6A88)  # a clone has no such key
    if isinstance(key, RsaKey):
        # 6A, recoverable part M1, hash over M1 and the challenge, trailer: as long as the modulus.
        room = key.size - 1 - len(active.trailer) - len(digest(active.hash_name, b""))
        recoverable = random(room)
        hashed = digest(active.hash_name, recoverable + challenge)
        message = b"\x6a" + recoverable + hashed + active.trailer
        return key.raw(int.from_bytes(message, "big")).to_bytes(key.size, "big")
    return key.sign_plain(active.hash_name, challenge, random)
