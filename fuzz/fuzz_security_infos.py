"""Fuzz EF.CardAccess, DG14 and the other small groups of the logical data structure."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator

from common import instrumented, run

with instrumented(__name__):
    from eid.document import security_infos as si
    from eid.document.lds import DATA_GROUPS, encode_com, parse_group, read_com
    from eid.document.reading import document_facts, person_from
    from eid.encoding.der import bit_string, oid, sequence
    from eid.encoding.tlv import tlv
    from eid.errors import EidError


def check(data: bytes) -> None:
    """Read *data* as EF.CardAccess, as EF.COM and as every data group."""
    groups = {}
    for name in DATA_GROUPS:
        try:
            groups[name] = parse_group(name, data)
        except EidError:
            continue
    person_from(groups, read_at=dt.date(2026, 3, 1))
    document_facts(groups)
    with contextlib.suppress(EidError):
        read_com(data)
    infos = si.SecurityInfos.parse(data)
    for info in (*infos.pace, *infos.chip_authentication):
        assert info.cipher in ("3DES", "AES-128", "AES-192", "AES-256")
        assert info.raw in infos.raw_elements


def seeds() -> Iterator[bytes]:
    """A file with every kind of SecurityInfo, and one of each small group."""
    spki = sequence(sequence(oid("1.2.840.10045.2.1")), bit_string(b"\4\1\2"))
    infos = [
        si.pace_info("PACE-ECDH-GM-AES-128", 13),
        si.pace_info("PACE-DH-IM-3DES", None),
        sequence(oid("0.4.0.127.0.7.2.2.4.2"), sequence(oid("1.2.840.10045.2.1"))),
        si.chip_authentication_info("CA-ECDH-AES-256", key_id=1),
        si.chip_authentication_public_key_info(spki, key_id=1),
        si.active_authentication_info("sha256"),
        si.terminal_authentication_info(),
        sequence(oid("1.2.3"), oid("1.2.4")),
    ]
    yield si.encode_card_access(infos)
    yield si.encode_dg14(infos)
    yield encode_com(("DG1", "DG2", "DG14"))
    yield tlv(0x6F, spki)
    names = tlv(0xA0, tlv(0x02, b"\1"), tlv(0x5F0F, b"OTHER<<NAME"))
    yield tlv(
        0x6B, tlv(0x5C, b"\x5f\x0e"), tlv(0x5F0E, "NGUYỄN<<ÁNH".encode()), names, tlv(0x5F2B, b"19990700")
    )
    yield tlv(0x6C, tlv(0x5F19, b"ISSUER"), tlv(0x5F26, bytes.fromhex("20260101")))


if __name__ == "__main__":
    run(check, seeds)
