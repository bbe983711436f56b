"""PACE with generic mapping over elliptic curves (ICAO Doc 9303-11, 4.4; BSI TR-03110-3).

All scalar multiplications run in OpenSSL, although ``cryptography`` offers neither custom generators
nor the y coordinate of an ECDH result. Neither is needed. With our mapping secret d, the chip's point
Q, the nonce s and u = s/d mod n, the mapped generator is

    G' = s·G + d·Q = d·(Q + u·G):

one multiplication of G, one affine addition, one ECDH exchange that yields x(G'). The sign of G' does
not matter: with -G' both public keys are negated, and all that PACE takes from them later is an x
coordinate or the very octets that were sent. So G' is loaded from x and either root.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from eid.chip.access import AccessKey
from eid.chip.apdu import CommandAPDU, Protocol, ResponseAPDU
from eid.chip.secure_messaging import SecureMessaging
from eid.chip.session import Session, require_ok
from eid.crypto.curves import Curve, by_parameter_id
from eid.crypto.symmetric import aes_cbc_decrypt, cmac, kdf, pad, retail_mac, tdes_cbc_decrypt
from eid.document.security_infos import PaceInfo
from eid.encoding import der
from eid.encoding.tlv import parse, tlv
from eid.errors import (
    AccessBlocked,
    AccessNotOffered,
    EncodingError,
    ProtocolError,
    StatusWordError,
    UnsupportedAlgorithm,
    WrongAccessKey,
)

__all__ = ["PaceResult", "PaceSuite", "authentication_token", "pace", "random_scalar", "suite_of"]


@dataclass(frozen=True, slots=True)
class PaceSuite:
    """A PACE variant this library speaks.

    :param oid: object identifier of the protocol, dotted.
    :param name: for people and evidence: ``PACE-ECDH-GM-AES-128``.
    :param parameter_id: standardized domain parameters, naming *curve*.
    """

    oid: str
    name: str
    cipher: str
    curve: Curve
    parameter_id: int


@dataclass(frozen=True, slots=True)
class PaceResult:
    """What was negotiated: the suite, and the kind of password (``CAN`` or ``MRZ``)."""

    suite: PaceSuite
    password: str


def suite_of(info: PaceInfo) -> PaceSuite:
    """The variant that *info* offers.

    :raises UnsupportedAlgorithm: another mapping, a DH group, or a curve OpenSSL does not have.
    """
    if info.agreement != "ECDH" or info.mapping != "GM" or info.parameter_id is None:
        raise UnsupportedAlgorithm(info.name)
    curve = by_parameter_id(info.parameter_id)
    if curve is None or curve.native is None:
        raise UnsupportedAlgorithm(f"{info.name} with domain parameters {info.parameter_id}")
    return PaceSuite(info.oid, info.name, info.cipher, curve, info.parameter_id)


def random_scalar(curve: Curve) -> int:
    """A private key of *curve*, 1 to n-1, from the system's randomness."""
    return secrets.randbelow(curve.n - 1) + 1


def authentication_token(oid: str, cipher: str, k_mac: bytes, public_point: bytes) -> bytes:
    """The 8 octets of Doc 9303-11, 4.4.3.4 over the *other* side's public key (uncompressed)."""
    data = tlv(0x7F49, der.oid(oid) + tlv(0x86, public_point))
    return retail_mac(k_mac, pad(data, 8)) if cipher == "3DES" else cmac(k_mac, data)[:8]


def pace(
    session: Session,
    key: AccessKey,
    suite: PaceSuite,
    *,
    scalar: Callable[[Curve], int] = random_scalar,
) -> Protocol[PaceResult]:
    """Open the chip; *session* then sends protected.

    :param scalar: gives the mapping secret, then the ephemeral secret.
    :raises WrongAccessKey: 63xx in the last step, or a wrong token of the chip.
    :raises AccessBlocked: the chip has blocked this password.
    :raises AccessNotOffered: the chip knows no password of this kind (6A88).
    :raises ProtocolError: a malformed answer, a point that is not on the curve, or our own key back.
    :raises StatusWordError: the chip refuses an earlier step.
    """
    assert suite.curve.native is not None
    yield from _select_protocol(session, key, suite)
    encrypted = yield from _step(session, b"", 0x80)
    nonce = _decrypt_nonce(suite.cipher, kdf(key.password, 3, suite.cipher), encrypted)
    mapping = ec.derive_private_key(scalar(suite.curve), suite.curve.native)
    own_mapping = _octets(mapping.public_key())
    peer = yield from _step(session, tlv(0x81, own_mapping), 0x82)
    if hmac.compare_digest(peer, own_mapping):
        raise ProtocolError("the chip sent our own mapping key back")
    generator = _mapped_generator(suite.curve, nonce, mapping, peer)
    # The ephemeral key on G' is an exchange too: x(k·G'), and either root of it.
    ephemeral = ec.derive_private_key(scalar(suite.curve), suite.curve.native)
    own_public = _octets(_from_x(suite.curve, ephemeral.exchange(ec.ECDH(), generator)))
    chip_public = yield from _step(session, tlv(0x83, own_public), 0x84)
    if hmac.compare_digest(chip_public[1 : -suite.curve.size], own_public[1 : -suite.curve.size]):
        raise ProtocolError("the chip sent our own ephemeral key back")
    secret = ephemeral.exchange(ec.ECDH(), _load(suite.curve, chip_public))
    k_enc, k_mac = kdf(secret, 1, suite.cipher), kdf(secret, 2, suite.cipher)
    token = authentication_token(suite.oid, suite.cipher, k_mac, chip_public)
    answer = yield from _step(session, tlv(0x85, token), 0x86, last=True)
    expected = authentication_token(suite.oid, suite.cipher, k_mac, own_public)
    if not hmac.compare_digest(answer, expected):
        raise WrongAccessKey("the chip's token does not fit this password")
    session.messaging = SecureMessaging(suite.cipher, k_enc, k_mac)
    return PaceResult(suite, key.kind)


def _select_protocol(session: Session, key: AccessKey, suite: PaceSuite) -> Protocol[None]:
    """MSE:Set AT (Doc 9303-11, 4.4.4.1)."""
    data = tlv(0x80, der.oid(suite.oid)[2:]) + tlv(0x83, bytes((key.reference,)))
    parameters = tlv(0x84, bytes((suite.parameter_id,)))
    response = yield from session.send(CommandAPDU(0, 0x22, 0xC1, 0xA4, data + parameters))
    if response.sw in (0x6A80, 0x6A88):
        # DO 84 is needed only when several parameter sets exist; some chips refuse it when one does.
        session.note("pace_without_parameter_id")
        response = yield from session.send(CommandAPDU(0, 0x22, 0xC1, 0xA4, data))
    if response.sw in (0x6983, 0x63C0):
        raise AccessBlocked(f"MSE:Set AT answered {response.sw:04X}")
    if response.sw == 0x6A88:
        raise AccessNotOffered(f"the chip has no {key.kind}")
    if response.sw & 0xFFF0 != 0x63C0:  # 63Cx only tells how many tries are left
        require_ok(response, "MSE:Set AT for PACE")


def _step(session: Session, data: bytes, tag: int, *, last: bool = False) -> Protocol[bytes]:
    """GENERAL AUTHENTICATE: the value of data object *tag* in the dynamic authentication data."""
    command = CommandAPDU(0 if last else 0x10, 0x86, 0, 0, tlv(0x7C, data), 256)
    response = yield from session.send(command)
    if response.sw in (0x6983, 0x63C0):
        raise AccessBlocked(f"PACE answered {response.sw:04X}")
    if last:
        _check_last(response)
    data = require_ok(response, "GENERAL AUTHENTICATE")
    try:
        nodes = parse(data, 0x7C, der=False).children()
        if len(nodes) != 1:
            raise EncodingError("not one data object")
        return nodes[0].expect(tag).value
    except EncodingError as error:
        raise ProtocolError(f"dynamic authentication data: {error.detail}") from None


def _check_last(response: ResponseAPDU) -> None:
    sw = response.sw
    if sw >> 8 == 0x63 or sw in (0x6982, 0x6988):
        raise WrongAccessKey(f"PACE answered {sw:04X}")
    if sw != 0x9000:
        raise StatusWordError("last step of PACE", sw)


def _decrypt_nonce(cipher: str, key: bytes, encrypted: bytes) -> int:
    block = 8 if cipher == "3DES" else 16
    if not encrypted or len(encrypted) % block or len(encrypted) > 64:
        raise ProtocolError("an encrypted nonce of wrong length")
    decrypt = tdes_cbc_decrypt if cipher == "3DES" else aes_cbc_decrypt
    return int.from_bytes(decrypt(key, bytes(block), encrypted), "big")


def _mapped_generator(
    curve: Curve, nonce: int, mapping: ec.EllipticCurvePrivateKey, peer: bytes
) -> ec.EllipticCurvePublicKey:
    """G' = d·(Q + u·G), as a public key (see the head of this module)."""
    assert curve.native is not None
    q = curve.decode(peer)
    d = mapping.private_numbers().private_value
    u = nonce * pow(d, -1, curve.n) % curve.n
    if q is None or u == 0:
        raise ProtocolError("a mapping key that is no point of the curve, or an empty nonce")
    numbers = ec.derive_private_key(u, curve.native).public_key().public_numbers()
    total = curve.add(q, (numbers.x, numbers.y))
    if total is None:
        raise ProtocolError("the mapping yields the point at infinity")
    return _from_x(curve, mapping.exchange(ec.ECDH(), _load(curve, curve.encode(total))))


def _load(curve: Curve, octets: bytes) -> ec.EllipticCurvePublicKey:
    """A public key from an uncompressed point; OpenSSL checks that it is on the curve."""
    assert curve.native is not None
    if len(octets) != 2 * curve.size + 1 or octets[0] != 4:
        raise ProtocolError("a public key that is not an uncompressed point")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(curve.native, octets)
    except ValueError:
        raise ProtocolError("a public key that is no point of the curve") from None


def _from_x(curve: Curve, x: bytes) -> ec.EllipticCurvePublicKey:
    assert curve.native is not None
    return ec.EllipticCurvePublicKey.from_encoded_point(curve.native, b"\x02" + x)


def _octets(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
