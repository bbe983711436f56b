"""Secure messaging with 3DES or AES (ICAO Doc 9303-11, 9.8), terminal side and chip side."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from eid.chip.apdu import CommandAPDU, ResponseAPDU
from eid.crypto.symmetric import (
    aes_ecb_encryptor,
    cmac_context,
    pad,
    retail_mac,
    tdes_cbc_decrypt,
    tdes_cbc_encrypt,
    unpad,
)
from eid.encoding.tlv import parse_prefix, tlv
from eid.errors import EncodingError, SecureMessagingError, SecureMessagingLost

__all__ = ["SecureMessaging"]


class SecureMessaging:
    """One session: keys, and the send sequence counter that both sides count.

    :param cipher: ``3DES`` or any ``AES-...``.
    :param k_enc: session key for encryption (16, 24 or 32 octets).
    :param k_mac: session key for the check value.
    :param ssc: send sequence counter before the first command: the two randoms after BAC, else 0.

    A session that saw a wrong check value is closed for good: nothing after it can be believed.
    """

    def __init__(self, cipher: str, k_enc: bytes, k_mac: bytes, ssc: int = 0) -> None:
        self.cipher = cipher
        self._ssc = ssc
        self._closed = False
        self._encrypt: Callable[[bytes, bytes], bytes]
        self._decrypt: Callable[[bytes, bytes], bytes]
        self._mac: Callable[[bytes], bytes]
        if cipher == "3DES":
            self._block = 8
            self._encrypt = lambda _, data: tdes_cbc_encrypt(k_enc, bytes(8), data)
            self._decrypt = lambda _, data: tdes_cbc_decrypt(k_enc, bytes(8), data)
            self._mac = lambda data: retail_mac(k_mac, data)
        else:
            self._block = 16
            self._set_up_aes(k_enc, k_mac)

    def _set_up_aes(self, k_enc: bytes, k_mac: bytes) -> None:
        # Contexts that live as long as the session: a copy costs a third of a new one.
        algorithm = AES(k_enc)
        initial_vector = aes_ecb_encryptor(k_enc).update
        fresh_mac = cmac_context(k_mac).copy

        def encrypt(counter: bytes, data: bytes) -> bytes:
            return Cipher(algorithm, modes.CBC(initial_vector(counter))).encryptor().update(data)

        def decrypt(counter: bytes, data: bytes) -> bytes:
            return Cipher(algorithm, modes.CBC(initial_vector(counter))).decryptor().update(data)

        def mac(data: bytes) -> bytes:
            context = fresh_mac()
            context.update(data)
            return context.finalize()[:8]

        self._encrypt, self._decrypt, self._mac = encrypt, decrypt, mac

    def __repr__(self) -> str:
        return f"<SecureMessaging {self.cipher}{' closed' if self._closed else ''}>"

    @property
    def closed(self) -> bool:
        """Whether a wrong check value ended the session."""
        return self._closed

    def _count(self) -> bytes:
        if self._closed:
            raise SecureMessagingError("the session is closed")
        self._ssc += 1
        return self._ssc.to_bytes(self._block, "big")

    def _fail(self, detail: str) -> SecureMessagingError:
        self._closed = True
        return SecureMessagingError(detail)

    def uncount(self) -> None:
        """Take the last command out of the count, for chips that do not count one they refuse."""
        self._ssc -= 1

    # --- terminal ---------------------------------------------------------------------------------

    def protect(self, command: CommandAPDU) -> CommandAPDU:
        """Encrypt and authenticate a command (Doc 9303-11, 9.8.4).

        :raises SecureMessagingError: the session is closed.
        """
        counter = self._count()
        block = self._block
        cla = command.cla | 0x0C
        objects = b""
        if command.data:
            cryptogram = self._encrypt(counter, pad(command.data, block))
            # Odd instructions carry BER-TLV, so their cryptogram has no padding indicator.
            objects = tlv(0x85, cryptogram) if command.ins & 1 else tlv(0x87, b"\x01", cryptogram)
        if command.le:
            objects += _expected(command.le, command.extended)
        head = bytes((cla, command.ins, command.p1, command.p2))
        message = counter + pad(head, block)
        if objects:
            message += pad(objects, block)
        body = objects + b"\x8e\x08" + self._mac(message)
        extended = command.extended or command.le > 256 or len(body) > 255
        return CommandAPDU(
            cla, command.ins, command.p1, command.p2, body, 65_536 if extended else 256, extended
        )

    def unprotect(self, response: ResponseAPDU) -> ResponseAPDU:
        """Check and decrypt a response (Doc 9303-11, 9.8.4).

        :returns: the plain data and the *protected* status word.
        :raises SecureMessagingLost: the chip answered an error in plain; the counter stands where the
            command left it.
        :raises SecureMessagingError: wrong check value, malformed, or a success in plain.
        """
        data = response.data
        if not data and response.sw != 0x9000:
            raise SecureMessagingLost("the chip answered in plain", response.sw)
        counter = self._count()
        # The last two objects have fixed length: 99 02 SW SW, 8E 08 check value.
        end = len(data) - 14
        if end < 0 or data[end : end + 2] != b"\x99\x02" or data[-10:-8] != b"\x8e\x08":
            raise self._fail("no status or check value in the response")
        expected = self._mac(counter + pad(data[:-10], self._block))
        if not hmac.compare_digest(expected, data[-8:]):
            raise self._fail("wrong check value in a response")
        sw = data[end + 2] << 8 | data[end + 3]
        if not end:
            return ResponseAPDU(b"", sw)
        return ResponseAPDU(self._plain(counter, data, end), sw)

    def _plain(self, counter: bytes, data: bytes, end: int) -> bytes:
        """Decrypt the data object that fills ``data[:end]``."""
        tag, length, body = data[0], data[1], 2
        if length & 0x80:
            octets = length & 0x7F
            body += octets
            length = int.from_bytes(data[2:body], "big")
        if tag == 0x87:
            body, length, indicator = body + 1, length - 1, data[body : body + 1]
            if indicator != b"\x01":
                raise self._fail("unknown padding indicator")
        elif tag != 0x85:
            raise self._fail("an unknown data object in the response")
        if length <= 0 or body + length != end or length % self._block:
            raise self._fail("a cryptogram of wrong length")
        try:
            return unpad(self._decrypt(counter, data[body:end]))
        except EncodingError:
            raise self._fail("no padding in the decrypted data") from None

    # --- chip -------------------------------------------------------------------------------------

    def unprotect_command(self, command: CommandAPDU) -> CommandAPDU:
        """The plain command inside a protected one (chip side).

        :raises SecureMessagingError: check value missing or wrong, or malformed.
        """
        counter = self._count()
        block = self._block
        data, le, cryptogram, mac, covered = b"", 0, b"", b"", 0
        try:
            rest = command.data
            while rest:
                node = parse_prefix(rest)
                if node.tag == 0x8E:
                    mac = node.value
                elif node.tag == 0x97:
                    le = int.from_bytes(node.value, "big") or (256 if len(node) == 1 else 65_536)
                elif node.tag == 0x87 and node.value[:1] != b"\x01":
                    raise EncodingError("unknown padding indicator")
                elif node.tag in (0x85, 0x87):
                    cryptogram = node.value[node.tag == 0x87 :]
                if node.tag != 0x8E:
                    covered += node.end
                rest = rest[node.end :]
            head = bytes((command.cla, command.ins, command.p1, command.p2))
            message = counter + pad(head, block)
            if covered:
                message += pad(command.data[:covered], block)
            if not hmac.compare_digest(self._mac(message), mac):
                raise self._fail("wrong check value in a command")
            if cryptogram:
                data = unpad(self._decrypt(counter, cryptogram))
        except (EncodingError, ValueError):
            raise self._fail("a malformed protected command") from None
        return CommandAPDU(
            command.cla & ~0x0C, command.ins, command.p1, command.p2, data, le, command.extended
        )

    def protect_response(self, response: ResponseAPDU, *, odd: bool = False) -> ResponseAPDU:
        """Encrypt and authenticate a response (chip side); *odd* for answers to odd instructions."""
        counter = self._count()
        objects = b""
        if response.data:
            cryptogram = self._encrypt(counter, pad(response.data, self._block))
            objects = tlv(0x85, cryptogram) if odd else tlv(0x87, b"\x01", cryptogram)
        objects += b"\x99\x02" + response.sw.to_bytes(2, "big")
        return ResponseAPDU(
            objects + b"\x8e\x08" + self._mac(counter + pad(objects, self._block)), response.sw
        )


def _expected(le: int, extended: bool) -> bytes:
    """DO 97: one octet for a short Le, two for an extended one; all zero for the maximum."""
    if le <= 256 and not extended:
        return bytes((0x97, 1, le & 0xFF))
    return b"\x97\x02" + (le & 0xFFFF).to_bytes(2, "big")
