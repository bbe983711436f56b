"""From the text of a signed code to its COSE message, and back: base45, zlib, limits first.

Nothing here looks at signatures. What is not well formed raises; what is, is judged elsewhere.
"""

from __future__ import annotations

from eid.crypto.cose import (
    CWT_TAGGED,
    TAGGED,
    UNTAGGED,
    Sign1,
    parse_sign1,
    parse_sign1_without_header_placement,
)
from eid.encoding import base45
from eid.encoding.deflate import deflate, inflate
from eid.errors import (
    ClaimInvalid,
    CoseTagMismatch,
    EncodingError,
    LimitExceeded,
    PayloadDetached,
    QrClaimInvalid,
    QrCompressionInvalid,
    QrEncrypted,
    QrStructureInvalid,
    QrTextInvalid,
    QrTooLarge,
    TokenError,
    TokenMalformed,
    TokenTooLarge,
)
from eid.tokens.cwt import Cwt, read_cwt

__all__ = [
    "MAX_CODE",
    "MAX_INFLATED",
    "MAX_RATIO",
    "pack_text",
    "parse_claims",
    "parse_message",
    "unpack_text",
]

#: Characters of the largest QR code (version 40, level L, alphanumeric), and some for a prefix.
MAX_CODE = 4296
#: Octets of a message, and octets out for one octet in. An honest code has 3 KB and a ratio below 4.
MAX_INFLATED = 16_384
MAX_RATIO = 16

_WRAPPINGS = frozenset({UNTAGGED, TAGGED, CWT_TAGGED})
#: COSE_Encrypt0 and COSE_Encrypt (RFC 9052, 5), also as a CWT.
_ENCRYPTED = (b"\xd0", b"\xd8\x60", b"\xd8\x3d\xd0", b"\xd8\x3d\xd8\x60")


def unpack_text(text: str, *, prefix: str = "", brotli: bool = False) -> bytes:
    """The octets that the text of a code stands for.

    :param prefix: what must stand before the base45.
    :param brotli: also what is compressed with Brotli, where that package is installed: everything
        without zlib's first two octets (claim 169 1.2.1, 3.2.1).
    :raises QrTextInvalid: another prefix, or no base45.
    :raises QrCompressionInvalid: not one whole compressed stream.
    :raises QrTooLarge: more than a code can hold, or more than it may swell to.
    """
    if len(text) > MAX_CODE:
        raise QrTooLarge(f"more than {MAX_CODE} characters")
    if prefix:
        if not text.startswith(prefix):
            raise QrTextInvalid("another prefix than this kind of code has")
        text = text[len(prefix) :]
    try:
        packed = base45.decode(text, limit=MAX_CODE)
    except EncodingError as error:
        raise QrTextInvalid(error.detail) from None
    try:
        if brotli and not _is_zlib(packed):
            return _from_brotli(packed)
        return inflate(packed, limit=MAX_INFLATED, ratio=MAX_RATIO)
    except EncodingError as error:
        raise QrCompressionInvalid(error.detail) from None
    except LimitExceeded as error:
        raise QrTooLarge(error.detail) from None


def pack_text(message: bytes, *, prefix: str = "") -> str:
    """The text of a code that holds *message*."""
    return prefix + base45.encode(deflate(message))


def parse_message(octets: bytes, *, anywhere: bool = False) -> Sign1:
    """Take the COSE message of a code apart.

    :param anywhere: parameters may stand in either header, as in health certificates.
    :raises QrEncrypted: an encrypted message.
    :raises QrStructureInvalid: no COSE_Sign1 that is allowed; ``reason`` is the code of what is wrong.
    :raises QrTooLarge: nested too deep or in too many items.
    """
    parse = parse_sign1_without_header_placement if anywhere else parse_sign1
    try:
        message = parse(octets, wrappings=_WRAPPINGS, limit=MAX_INFLATED)
    except CoseTagMismatch as error:
        if octets.startswith(_ENCRYPTED):
            raise QrEncrypted("COSE_Encrypt0 or COSE_Encrypt") from None
        raise QrStructureInvalid(error.detail, error.code) from None
    except TokenTooLarge as error:
        raise QrTooLarge(error.detail) from None
    except TokenError as error:
        raise QrStructureInvalid(error.detail, error.code) from None
    if message.payload is None:
        raise QrStructureInvalid("a message without its payload", PayloadDetached.code)
    return message


def parse_claims(payload: bytes) -> Cwt:
    """The claims set of a CBOR Web Token (RFC 8392, 3).

    :raises QrStructureInvalid: no CBOR map; ``reason`` is the code of what is wrong.
    :raises QrClaimInvalid: a claim of RFC 8392 has another type.
    :raises QrTooLarge: nested too deep or in too many items.
    """
    try:
        return read_cwt(payload, limit=MAX_INFLATED)
    except TokenTooLarge as error:
        raise QrTooLarge(error.detail) from None
    except TokenMalformed as error:
        raise QrStructureInvalid(f"claims: {error.detail}", error.code) from None
    except ClaimInvalid as error:
        raise QrClaimInvalid(error.detail, "cwt") from None


# --- Brotli --------------------------------------------------------------------------------------


def _is_zlib(packed: bytes) -> bool:
    """The two octets of RFC 1950, 2.2."""
    return len(packed) > 1 and packed[0] & 0x0F == 8 and int.from_bytes(packed[:2], "big") % 31 == 0


def _from_brotli(packed: bytes) -> bytes:
    """Decompress with the package brotli, which bounds its output since version 1.2."""
    try:
        import brotli  # type: ignore[import-not-found]
    except ImportError:
        raise QrCompressionInvalid("no zlib stream; Brotli needs the package brotli") from None
    bound = min(MAX_INFLATED, MAX_RATIO * len(packed))
    decompressor = brotli.Decompressor()
    try:
        out: bytes = decompressor.process(packed, output_buffer_limit=bound + 1)
        while len(out) <= bound and not decompressor.is_finished():
            more: bytes = decompressor.process(b"", output_buffer_limit=bound + 1)
            if not more:
                break
            out += more
        whole = decompressor.is_finished()
    except TypeError:
        raise QrCompressionInvalid("Brotli needs the package brotli 1.2 or later") from None
    except brotli.error:
        raise QrCompressionInvalid("neither zlib nor Brotli") from None
    if len(out) > bound:
        raise QrTooLarge(f"more than {bound} octets when decompressed")
    if not whole:
        raise QrCompressionInvalid("a Brotli stream cut off")
    return out
