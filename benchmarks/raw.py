"""The raw `cryptography` calls that each measured operation cannot do without."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

from cards import BenchCard
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from link import Stopwatch

import eid
from eid import vietnam
from eid.chip.access import AccessKey
from eid.chip.apdu import CommandAPDU, ResponseAPDU
from eid.chip.opening import Offer, read_card_access, read_offer
from eid.chip.pace import pace
from eid.chip.session import Session
from eid.chip.transport import RecordingTransport, run
from eid.crypto.symmetric import pad, retail_mac, tdes_cbc_decrypt
from eid.document.sod import SecurityObject
from eid.encoding.tlv import parse

_PSS_FREE = padding.PKCS1v15()


def offer_of(card: BenchCard) -> Offer:
    """What the card's EF.CardAccess offers."""
    octets = run(read_card_access(Session(), vietnam.CITIZEN_CARD), card.fresh())
    return read_offer(octets)


def timed_pace(card: BenchCard, key: AccessKey, offer: Offer) -> float:
    """One run of PACE; seconds without the chip's own."""
    assert offer.suite is not None
    timer = Stopwatch(card.fresh())
    start = time.perf_counter()
    run(pace(Session(), key, offer.suite), timer)
    return time.perf_counter() - start - timer.elapsed


def pace_calls() -> Callable[[], None]:
    """PACE over brainpoolP256r1 with AES-128, without any arithmetic or APDU of ours."""
    curve = ec.BrainpoolP256R1()
    secrets_ = [ec.generate_private_key(curve).private_numbers().private_value for _ in range(3)]
    peer = _point(ec.generate_private_key(curve).public_key())
    token = bytes(79)

    def calls() -> None:
        key = hashlib.sha1(b"012349\0\0\0\3", usedforsecurity=False).digest()[:16]
        Cipher(AES(key), modes.CBC(bytes(16))).decryptor().update(bytes(16))
        mapping = ec.derive_private_key(secrets_[0], curve)
        _point(mapping.public_key())
        mapping.private_numbers()
        ec.derive_private_key(secrets_[1], curve).public_key().public_numbers()
        shared = mapping.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(curve, peer))
        generator = ec.EllipticCurvePublicKey.from_encoded_point(curve, b"\2" + shared)
        ephemeral = ec.derive_private_key(secrets_[2], curve)
        x = ephemeral.exchange(ec.ECDH(), generator)
        _point(ec.EllipticCurvePublicKey.from_encoded_point(curve, b"\2" + x))
        ephemeral.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(curve, peer))
        hashlib.sha1(x, usedforsecurity=False).digest()
        hashlib.sha1(x, usedforsecurity=False).digest()
        _cmac(key, token)
        _cmac(key, token)

    return calls


def unprotect_calls(cipher: str, key: bytes, response: ResponseAPDU) -> Callable[[], None]:
    """One check value and one decryption, contexts made for this message."""
    block = 8 if cipher == "3DES" else 16
    counter = (2).to_bytes(block, "big")
    message = pad(counter + response.data[:-10], block)
    cryptogram = parse(response.data[:-14]).value[1:]
    if cipher == "3DES":

        def calls() -> None:
            retail_mac(key, message)
            tdes_cbc_decrypt(key, bytes(8), cryptogram)

        return calls

    def calls_aes() -> None:
        _cmac(key, message)
        _cbc(key, counter, cryptogram)

    return calls_aes


def verify_calls(card: BenchCard) -> Callable[[], None]:
    """Two signatures and the hashes of the data groups."""
    files = card.personalisation.files
    sod = SecurityObject.parse(files["EF.SOD"]).signed_data
    signer = sod.signers[0]
    child = sod.certificates[0]
    issuer = card.anchors[0]
    assert signer.signed_attributes is not None
    signed = b"\x31" + signer.signed_attributes.raw[1:]
    digests = [files[name] for name in files if name.startswith("DG")]

    def calls() -> None:
        for octets in digests:
            hashlib.sha256(octets).digest()
        hashlib.sha256(sod.content).digest()
        _ecdsa(child.public_key.spki, signer.signature, signed)
        _ecdsa(issuer.public_key.spki, child.signature, child.tbs)

    return calls


def whole_card_calls(card: BenchCard) -> Callable[[], None]:
    """Everything a full read and verification needs."""
    recording = RecordingTransport(card.fresh())
    evidence = eid.read(recording, eid.Can("012349"), profile=vietnam.CITIZEN_CARD)
    protected = [pair for pair in recording.exchanges if pair[0][0] & 0x0C == 0x0C]
    messages = [call for command, response in protected for call in _message_calls(command, response)]
    access, verification = pace_calls(), verify_calls(card)
    chip_key = ec.generate_private_key(ec.BrainpoolP256R1())
    chip_point = _point(chip_key.public_key())
    active_key = rsa.generate_private_key(65_537, 2048)
    numbers = active_key.public_key().public_numbers()
    signature = active_key.sign(b"challenge", _PSS_FREE, hashes.SHA256())
    assert evidence.active_authentication is not None

    def calls() -> None:
        access()
        for call in messages:
            call()
        ephemeral = ec.generate_private_key(ec.BrainpoolP256R1())
        _point(ephemeral.public_key())
        peer = ec.EllipticCurvePublicKey.from_encoded_point(ec.BrainpoolP256R1(), chip_point)
        ephemeral.exchange(ec.ECDH(), peer)
        key = rsa.RSAPublicNumbers(numbers.e, numbers.n).public_key()
        key.verify(signature, b"challenge", _PSS_FREE, hashes.SHA256())
        verification()

    return calls


def _message_calls(command: bytes, response: bytes) -> list[Callable[[], None]]:
    """Check values and ciphers over the lengths of one protected exchange (AES-128)."""
    key, counter = bytes(16), bytes(16)
    body = CommandAPDU.from_bytes(command).data[:-10]
    answer = response[:-12]
    calls: list[Callable[[], None]] = [
        lambda: _cmac(key, pad(counter + pad(bytes(4), 16) + body, 16)),
        lambda: _cmac(key, pad(counter + answer, 16)),
    ]
    for data in (body, answer):
        if data[:1] == b"\x87":
            size = (len(data) - 4) // 16 * 16
            calls.append(lambda size=size: _cbc(key, counter, bytes(size)))  # type: ignore[misc]
    return calls


def _cbc(key: bytes, counter: bytes, data: bytes) -> None:
    iv = Cipher(AES(key), modes.ECB()).encryptor().update(counter)
    Cipher(AES(key), modes.CBC(iv)).decryptor().update(data)


def _cmac(key: bytes, data: bytes) -> None:
    context = CMAC(AES(key))
    context.update(data)
    context.finalize()


def _ecdsa(spki: bytes, signature: bytes, message: bytes) -> None:
    point = spki[-97:]
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.BrainpoolP384R1(), point)
    digest = hashlib.sha256(message).digest()
    key.verify(signature, digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
