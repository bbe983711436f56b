from __future__ import annotations

from pathlib import Path

import pytest

from eid.document import security_infos as si
from eid.document.security_infos import DG14, SecurityInfos
from eid.encoding.der import bit_string, integer, oid, sequence, set_of
from eid.encoding.tlv import tlv
from eid.errors import DocumentError, EncodingError, LimitExceeded

_SPKI = sequence(sequence(oid("1.2.840.10045.2.1")), bit_string(b"\4\1\2"))
_BSI = "0.4.0.127.0.7.2.2"


def test_the_card_of_viet_nam_offers_pace_with_parameter_13(
    vietnam_vectors: dict[str, str],
) -> None:
    octets = bytes.fromhex(vietnam_vectors["ef_cardaccess_hex"])
    infos = SecurityInfos.parse(octets)
    (pace,) = infos.pace
    assert (pace.name, pace.version, pace.parameter_id) == ("PACE-ECDH-GM-AES-128", 2, 13)
    assert (pace.agreement, pace.mapping, pace.cipher) == ("ECDH", "GM", "AES-128")
    (chip,) = infos.chip_authentication
    assert (chip.name, chip.agreement, chip.cipher, chip.version) == ("CA-ECDH-AES-128", "ECDH", "AES-128", 1)
    assert len(infos.terminal_authentication) == 1
    assert infos.others == infos.chip_authentication_keys == ()
    written = [
        si.terminal_authentication_info(),
        si.chip_authentication_info("CA-ECDH-AES-128"),
        si.pace_info("PACE-ECDH-GM-AES-128", 13),
    ]
    assert si.encode_card_access(written) == octets
    assert infos.raw_elements == frozenset(written)


def test_dg14_of_the_bsi_specimen(corpora: Path) -> None:
    octets = (corpora / "bsi_silver/EF_DG14.bin").read_bytes()
    infos = DG14.parse(octets)
    assert isinstance(infos, DG14)
    (key,) = infos.chip_authentication_keys
    assert key.agreement == "ECDH"
    assert key.key_id is None
    assert key.spki in octets
    assert [info.name for info in infos.chip_authentication] == ["CA-ECDH-3DES"]
    assert infos.chip_authentication[0].cipher == "3DES"
    assert [info.version for info in infos.terminal_authentication] == [1]
    assert infos.pace == ()
    assert infos.raw_elements == SecurityInfos.parse(octets).raw_elements


def test_every_kind_is_read_back() -> None:
    domain = sequence(oid(f"{_BSI}.4.2"), sequence(oid("1.2.840.10045.2.1")), integer(7))
    unknown = sequence(oid("1.2.3"), tlv(0x0C, b"x"))
    elements = [
        si.pace_info("PACE-DH-IM-3DES", None, version=1),
        si.pace_info("PACE-ECDH-CAM-AES-256", 18),
        domain,
        si.chip_authentication_info("CA-DH-AES-192", key_id=5, version=2),
        si.chip_authentication_public_key_info(_SPKI, key_id=5),
        si.chip_authentication_public_key_info(_SPKI, agreement="DH"),
        si.active_authentication_info("sha256"),
        si.terminal_authentication_info(version=2),
        unknown,
    ]
    infos = DG14.parse(si.encode_dg14(elements))
    assert {info.name: info.parameter_id for info in infos.pace} == {
        "PACE-DH-IM-3DES": None,
        "PACE-ECDH-CAM-AES-256": 18,
    }
    assert {(i.agreement, i.mapping, i.cipher) for i in infos.pace} == {
        ("DH", "IM", "3DES"),
        ("ECDH", "CAM", "AES-256"),
    }
    assert [(d.algorithm, d.parameter_id) for d in infos.pace_domain_parameters] == [
        (sequence(oid("1.2.840.10045.2.1")), 7)
    ]
    assert [(c.name, c.key_id, c.version, c.agreement) for c in infos.chip_authentication] == [
        ("CA-DH-AES-192", 5, 2, "DH")
    ]
    assert {(k.agreement, k.key_id, k.spki) for k in infos.chip_authentication_keys} == {
        ("ECDH", 5, _SPKI), ("DH", None, _SPKI),
    }  # fmt: skip
    assert [a.hash_name for a in infos.active_authentication] == ["sha256"]
    assert infos.others == (("1.2.3", unknown),)
    assert infos.raw_elements == frozenset(elements)


def test_an_unknown_signature_algorithm_has_no_hash() -> None:
    element = sequence(oid("2.23.136.1.1.5"), integer(1), oid("1.2.3.4"))
    (info,) = SecurityInfos.parse(set_of([element])).active_authentication
    assert (info.signature_oid, info.hash_name) == ("1.2.3.4", None)


@pytest.mark.parametrize(
    "element",
    [
        sequence(oid(f"{_BSI}.4.2.2"), oid("1.2.3")),
        sequence(oid(f"{_BSI}.4.2.2"), integer(2), oid("1.2.3")),
        sequence(oid(f"{_BSI}.4.2"), integer(2)),
        sequence(oid(f"{_BSI}.3.2.2"), tlv(0x02, b"\0\1")),
        sequence(oid(f"{_BSI}.1.2"), integer(1)),
        sequence(oid(f"{_BSI}.2"), oid("1.2.3")),
        sequence(oid("2.23.136.1.1.5"), integer(1)),
        sequence(oid("2.23.136.1.1.5"), integer(1), integer(1)),
    ],
)
def test_a_known_kind_without_its_members_is_refused(element: bytes) -> None:
    with pytest.raises(DocumentError) as caught:
        SecurityInfos.parse(set_of([element]))
    assert caught.value.kind == "security_info"


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        sequence(),
        set_of([integer(1)]),
        set_of([sequence(oid("1.2.3"))]),
        set_of([sequence(integer(1), integer(2))]),
        set_of([sequence(oid("1.2.3"), integer(1), integer(1), integer(1))]),
        set_of([]) + b"\0",
    ],
)
def test_another_structure_is_refused(octets: bytes) -> None:
    with pytest.raises(EncodingError):
        SecurityInfos.parse(octets)


def test_dg14_needs_its_tag_and_one_set() -> None:
    with pytest.raises(EncodingError):
        DG14.parse(set_of([]))
    for inside in (b"", set_of([]) + set_of([])):
        with pytest.raises(DocumentError):
            DG14.parse(tlv(0x6E, inside))


def test_the_number_of_elements_is_bounded() -> None:
    element = sequence(oid("1.2.3"), integer(1))
    SecurityInfos.parse(set_of([element] * si.MAX_SECURITY_INFOS))
    with pytest.raises(LimitExceeded):
        SecurityInfos.parse(set_of([element] * (si.MAX_SECURITY_INFOS + 1)))


def test_only_known_names_are_written() -> None:
    with pytest.raises(DocumentError):
        si.pace_info("PACE-ECDH-CAM-3DES", 13)
    with pytest.raises(DocumentError):
        si.chip_authentication_info("CA-RSA")
    with pytest.raises(DocumentError):
        si.active_authentication_info("md5")
