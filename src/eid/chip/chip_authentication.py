"""Chip Authentication version 1 over ECDH (ICAO Doc 9303-11, 6.2; BSI TR-03110-3, A.4)."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from eid.chip.apdu import CommandAPDU, Protocol
from eid.chip.secure_messaging import SecureMessaging
from eid.chip.session import Session, require_ok
from eid.crypto.public_keys import load_public_key
from eid.crypto.symmetric import kdf
from eid.document.security_infos import CHIP_AUTHENTICATION_NAMES, SecurityInfos
from eid.encoding import der
from eid.encoding.tlv import tlv
from eid.errors import UnsupportedAlgorithm

__all__ = ["ChipAuthenticationSuite", "chip_authentication", "suites_of"]

#: Protocol of a key that DG14 gives no ChipAuthenticationInfo for: 3DES (Doc 9303-11, 9.2.7).
_DEFAULT = {"DH": "0.4.0.127.0.7.2.2.3.1.1", "ECDH": "0.4.0.127.0.7.2.2.3.2.1"}

#: DG14 can hold any INTEGER as identifier; real ones have one octet.
_MAX_KEY_ID = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class ChipAuthenticationSuite:
    """One key of DG14 and the protocol to use with it.

    :param name: for people and evidence: ``CA-ECDH-AES-128``.
    :param public_key: SubjectPublicKeyInfo as it stands in DG14.
    :param key_id: its identifier when the chip has several keys, else ``None``.
    """

    oid: str
    name: str
    public_key: bytes
    key_id: int | None

    @property
    def cipher(self) -> str | None:
        """Cipher of the new session, or ``None`` when the protocol is not supported (DH)."""
        return self.name.removeprefix("CA-ECDH-") if self.name.startswith("CA-ECDH-") else None


def suites_of(infos: SecurityInfos) -> tuple[ChipAuthenticationSuite, ...]:
    """The keys of DG14 with their protocols, supported ones with AES first.

    A key without ChipAuthenticationInfo is used with 3DES, as Doc 9303-11, 9.2.7 has it for chips of
    the first generation.
    """
    suites = []
    for key in infos.chip_authentication_keys:
        fitting = [
            info.oid
            for info in infos.chip_authentication
            if info.key_id == key.key_id or len(infos.chip_authentication_keys) == 1
        ]
        for oid in fitting or [_DEFAULT[key.agreement]]:
            name = CHIP_AUTHENTICATION_NAMES[oid]
            suites.append(ChipAuthenticationSuite(oid, name, key.spki, key.key_id))
    order = ["AES-256", "AES-192", "AES-128", "3DES", None]
    return tuple(sorted(suites, key=lambda suite: order.index(suite.cipher)))


def chip_authentication(session: Session, suite: ChipAuthenticationSuite) -> Protocol[str]:
    """Agree on new session keys with the chip's static key; *session* then uses them.

    Nothing is proven until one command succeeds under the new keys.

    :returns: the name of the curve.
    :raises UnsupportedAlgorithm: DH, or a curve OpenSSL does not have; nothing was sent.
    :raises KeyFormatError: DG14 holds no key there; nothing was sent.
    :raises StatusWordError: the chip refuses; the old session goes on.
    """
    public_key = load_public_key(suite.public_key)
    curve = public_key.curve
    native = public_key.native
    if suite.cipher is None or curve is None or not isinstance(native, ec.EllipticCurvePublicKey):
        raise UnsupportedAlgorithm(f"{suite.name} with {public_key.name}")
    ephemeral = ec.generate_private_key(native.curve)
    point = ephemeral.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    key_id = b"" if suite.key_id is None else tlv(0x84, _unsigned(suite.key_id))
    if suite.cipher == "3DES":
        data = tlv(0x91, point) + key_id
        response = yield from session.ask(CommandAPDU(0, 0x22, 0x41, 0xA6, data))
        require_ok(response, "MSE:Set KAT")
    else:
        data = tlv(0x80, der.oid(suite.oid)[2:]) + key_id
        response = yield from session.ask(CommandAPDU(0, 0x22, 0x41, 0xA4, data))
        require_ok(response, "MSE:Set AT for Chip Authentication")
        command = CommandAPDU(0, 0x86, 0, 0, tlv(0x7C, tlv(0x80, point)), 256)
        require_ok((yield from session.ask(command)), "GENERAL AUTHENTICATE")
    secret = ephemeral.exchange(ec.ECDH(), native)
    session.messaging = SecureMessaging(
        suite.cipher, kdf(secret, 1, suite.cipher), kdf(secret, 2, suite.cipher)
    )
    return curve.name


def _unsigned(number: int) -> bytes:
    if not 0 <= number <= _MAX_KEY_ID:
        raise UnsupportedAlgorithm("a key identifier that fits no command")
    return number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big")
