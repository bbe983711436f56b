"""DG15: the public key of Active Authentication (Doc 9303-10, 4.7.15)."""

from __future__ import annotations

from dataclasses import dataclass, field

from eid.encoding.der import SEQUENCE
from eid.encoding.tlv import parse, tlv
from eid.errors import DocumentError

__all__ = ["DG15", "encode_dg15"]


@dataclass(frozen=True, slots=True)
class DG15:
    """The key as it stands in the file.

    :param spki: SubjectPublicKeyInfo (RFC 5280, 4.1.2.7), read by :mod:`eid.crypto.public_keys`.
    """

    spki: bytes = field(repr=False)

    @classmethod
    def parse(cls, octets: bytes) -> DG15:
        """Read DG15. The key itself is not judged here.

        :raises EncodingError: malformed, cut off or another file.
        :raises DocumentError: something else than one SubjectPublicKeyInfo in it (kind ``dg15``).
        """
        inside = parse(octets, 0x6F, der=False).children()
        if len(inside) != 1 or inside[0].tag != SEQUENCE:
            raise DocumentError("DG15 does not hold exactly one key", "dg15")
        return cls(inside[0].raw)


def encode_dg15(spki: bytes) -> bytes:
    """Write DG15 around a SubjectPublicKeyInfo in DER."""
    return tlv(0x6F, spki)
