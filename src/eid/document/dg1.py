"""DG1: the machine readable zone on the chip (Doc 9303-10, 4.7.1)."""

from __future__ import annotations

from dataclasses import dataclass

from eid.document.mrz import MachineReadableZone, parse_mrz
from eid.encoding.tlv import parse, tlv
from eid.errors import DocumentError

__all__ = ["DG1", "encode_dg1"]


@dataclass(frozen=True, slots=True)
class DG1:
    """The machine readable zone, with every check digit reported (a wrong one is no error here)."""

    mrz: MachineReadableZone

    @classmethod
    def parse(cls, octets: bytes) -> DG1:
        """Read DG1.

        :raises EncodingError: malformed, cut off or another file.
        :raises DocumentError: no machine readable zone in it (kind ``dg1``).
        :raises MrzError: the zone has an impossible length or characters.
        """
        zone = parse(octets, 0x61, der=False).find(0x5F1F)
        if zone is None:
            raise DocumentError("DG1 without a machine readable zone", "dg1")
        return cls(parse_mrz(zone.value))


def encode_dg1(mrz: str) -> bytes:
    """Write DG1 around a machine readable zone (its lines joined, 72, 88 or 90 characters).

    :raises MrzError: the zone has an impossible length or characters.
    """
    return tlv(0x61, tlv(0x5F1F, "".join(parse_mrz(mrz).lines).encode("ascii")))
