"""A card from JSON: it comes back the same, and what is wrong is named."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eid.document.dg1 import DG1
from eid.document.dg2 import DG2
from eid.document.dg11 import DG11
from eid.document.dg12 import DG12
from eid.document.security_infos import DG14, SecurityInfos
from eid.document.sod import SecurityObject
from eid.errors import PersonalisationError
from eid.simulator.chip import Chip
from eid.simulator.personalise import (
    Personalisation,
    new_personalisation,
    personalise,
    read_personalisation,
    write_csca,
    write_description,
)
from eid.trust.anchors import TrustStore

MakeCard = Callable[..., Personalisation]


def test_the_same_json_gives_the_same_card(description: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    write_description(description, path)
    one, other = personalise(description), read_personalisation(path)
    assert one.files == other.files
    assert one.csca_der == other.csca_der
    assert json.loads(path.read_text()) == one.description == other.description
    assert new_personalisation(description) == description


def test_two_new_cards_have_different_keys() -> None:
    one, other = personalise(new_personalisation()), personalise(new_personalisation())
    assert one.files["DG1"] == other.files["DG1"]
    assert one.files["DG14"] != other.files["DG14"]
    assert one.csca_der != other.csca_der


def test_the_csca_certificate_is_a_trust_anchor(make_card: MakeCard, tmp_path: Path) -> None:
    card = make_card()
    write_csca(card, tmp_path / "csca.der")
    store = TrustStore.open(tmp_path)
    assert store.issuers_of(SecurityObject.parse(card.files["EF.SOD"]).signed_data.certificates[0])
    unsigned = make_card(groups={"EF.SOD": {"hex": "7700"}})
    with pytest.raises(PersonalisationError, match="signing"):
        write_csca(unsigned, tmp_path / "none.der")
    with pytest.raises(PersonalisationError):
        write_csca(card, tmp_path / "no folder" / "csca.der")


def test_a_person_of_single_members_gets_a_valid_zone(make_card: MakeCard) -> None:
    card = make_card()
    zone = DG1.parse(card.files["DG1"]).mrz
    assert zone.valid
    assert (zone.surname, zone.given_names, zone.issuer) == ("MUSTER", "VERA LINH", "UTO")
    assert card.mrz_information == zone.mrz_information
    assert DG1.parse(make_card(person={"sex": "X"}).files["DG1"]).mrz.sex == "X"


def test_lines_are_taken_literally(make_card: MakeCard) -> None:
    lines = [
        "IDVNM0990123493001099012349<<4",
        "9907043M3907041VNM<<<<<<<<<<<2",
        "NGUYEN<<DUC<ANH<<<<<<<<<<<<<<<",
    ]
    card = personalise({**make_card().description, "person": {"mrz": lines}})
    assert DG1.parse(card.files["DG1"]).mrz.lines == tuple(lines)
    assert card.mrz_information == "099012349399070433907041"


def test_details_of_person_and_document(make_card: MakeCard) -> None:
    details = {
        "name": "MUSTER<<VERA",
        "birth_date": "19900228",
        "other_names": ["A<<B", "C<<D"],
        "residence": "X<Y",
    }
    document = {"issuing_authority": "UTOPIA", "issue_date": "20250101"}
    card = make_card(person={"details": details, "document": document})
    dg11, dg12 = DG11.parse(card.files["DG11"]), DG12.parse(card.files["DG12"])
    assert (dg11.name, dg11.other_names, dg11.residence) == ("MUSTER VERA", ("A B", "C D"), ("X", "Y"))
    assert not dg11.rest
    assert dg12.issuing_authority == "UTOPIA"
    assert {11, 12} <= set(SecurityObject.parse(card.files["EF.SOD"]).hashes)


def test_the_built_in_portrait_and_one_of_ones_own(make_card: MakeCard) -> None:
    dg2 = make_card().files["DG2"]
    assert 14_500 <= len(dg2) <= 14_700
    face = DG2.parse(dg2).faces[0]
    assert (face.media_type, face.width, face.height) == ("image/jpeg", 300, 400)
    jp2 = bytes.fromhex("ff4fff51002900000000000200000002") + bytes(8) + bytes(16)
    own = make_card(portrait={"base64": base64.b64encode(jp2).decode()})
    assert DG2.parse(own.files["DG2"]).faces[0].width == 2
    assert "DG2" not in make_card(portrait=None).files
    with pytest.raises(PersonalisationError, match="portrait"):
        make_card(portrait={"hex": "00"})


def test_the_built_in_portrait_can_be_decoded(make_card: MakeCard) -> None:
    pytest.importorskip("PIL")
    from eid.document.images import decode

    assert decode(DG2.parse(make_card().files["DG2"]).faces[0]).size == (300, 400)


def test_a_national_card_is_only_data(make_card: MakeCard) -> None:
    card = make_card(
        keys={"terminal_authentication": True},
        groups={"DG13": {"hex": "6d00"}, "DG3": {"hex": "6300"}, "DG15": None},
        com=["DG1", "DG2", "DG3", "DG13", "DG14"],
        quirks={"select_mf": "6d00"},
    )
    # The octets of Viet Nam's cards.
    assert card.files["EF.CardAccess"].hex() == (
        "3134300d060804007f0007020202020101300f060a04007f000702020302020201013012060a04007f00070202040202"
        "02010202010d"
    )
    assert (
        SecurityInfos.parse(card.files["EF.CardAccess"]).raw_elements
        < DG14.parse(card.files["DG14"]).raw_elements
    )
    assert sorted(SecurityObject.parse(card.files["EF.SOD"]).hashes) == [1, 2, 3, 13, 14]
    assert "DG15" not in card.files


@pytest.mark.parametrize(
    "signing",
    [
        {"algorithm": "rsa-2048-sha256", "hash": "sha512", "lds_version": 1, "sid": "ski"},
        {"algorithm": "rsapss-2048-sha384", "signed_at": "2024-07-04T00:00:00Z"},
        {
            "algorithm": "ecdsa-secp521r1-sha512",
            "csca_algorithm": "rsa-2048-sha256",
            "explicit_parameters": True,
        },
    ],
)
def test_ways_to_sign(signing: dict[str, Any]) -> None:
    card = personalise(
        {
            "format": "eid-chip/1",
            "groups": {"DG1": {"hex": "6100"}},
            "signing": signing,
            "access": {"mrz": False},
        }
    )
    sod = SecurityObject.parse(card.files["EF.SOD"])
    assert sod.hash_name == signing.get("hash", signing["algorithm"][-6:])
    assert sod.lds_version == signing.get("lds_version", 0)
    assert (sod.signed_data.signers[0].signing_time is not None) == ("signed_at" in signing)


def test_the_bsi_silver_data_set_with_its_keys(corpora: Path, tmp_path: Path, terminal_on: Any) -> None:
    folder = corpora / "bsi_silver"
    names = ("EF_COM", "EF_DG1", "EF_DG2", "EF_DG14", "EF_DG15", "EF_SOD")
    description = {
        "format": "eid-chip/1",
        "access": {"can": "123456", "pace": [{"curve": "brainpoolP256r1", "cipher": "AES-128"}]},
        "keys": {
            "chip_authentication": [
                {"cipher": "3DES", "key": {"path": str(folder / "DG14_private.pkcs8.der")}}
            ],
            "active_authentication": {"key": {"path": str(folder / "DG15_private.pkcs8.der")}},
        },
        "groups": {
            name.replace("EF_DG", "DG").replace("_", "."): {"path": str(folder / f"{name}.bin")}
            for name in names
        },
    }
    write_description(description, tmp_path / "silver.json")
    card = read_personalisation(tmp_path / "silver.json")
    for name in names:
        key = name.replace("EF_DG", "DG").replace("_", ".")
        assert card.files[key] == (folder / f"{name}.bin").read_bytes()
    assert card.csca_der == b""
    terminal = terminal_on(Chip(card)).bac()
    assert terminal.file(0x0102) == card.files["DG2"]
    assert len(terminal.send("0088000008000102030405060700").data) == 128
    # Chip Authentication on brainpoolP224r1 works too, though no terminal here can do it.
    point = SecurityInfos.parse(card.files["EF.CardAccess"])  # parses
    assert point.pace
    from eid.simulator.keys import EcKey

    chip_key = card.chip_keys[0].key
    assert isinstance(chip_key, EcKey)
    ephemeral = EcKey.generate(chip_key.curve)
    public = chip_key.curve.encode(ephemeral.point)
    assert ephemeral.agree(chip_key.curve.encode(chip_key.point)) == chip_key.agree(public)
    assert terminal.send(f"002241a6{len(public) + 2:02x}91{len(public):02x}{public.hex()}").sw == 0x9000


# --- what is wrong is named -----------------------------------------------------------------------------


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"format": "eid-chip/2"}, "format"),
    ({"surprise": 1}, "surprise"),
    ({"person": []}, "person"),
    ({"person": {"mrz": "text"}}, "person.mrz"),
    ({"person": {"mrz": ["ABC"]}}, "person.mrz"),
    ({"person": {"surname": "Ünal"}}, "person.surname"),
    ({"person": {"birth_date": "28.2.1990"}}, "person.birth_date"),
    ({"person": {"document_number": "TOO LONG FOR IT"}}, "person.document_number"),
    ({"person": {"document_number": None}}, "person.document_number"),
    ({"person": {"sex": "D"}}, "person.sex"),
    ({"person": {"details": {"hobby": "chess"}}}, "person.details.hobby"),
    ({"person": {"details": {"name": 5}}}, "person.details.name"),
    ({"portrait": "mine.jpg"}, "portrait"),
    ({"portrait": {"path": "mine.jpg"}}, "portrait.path"),
    ({"portrait": {"hex": "00", "base64": ""}}, "portrait"),
    ({"portrait": {"base64": "%"}}, "portrait.base64"),
    ({"portrait": {"base64": 1}}, "portrait.base64"),
    ({"access": {"can": "12345"}}, "access.can"),
    ({"access": {"can": "１２３４５６"}}, "access.can"),
    ({"access": {"mrz": "short"}}, "access.mrz"),
    ({"access": {"mrz": False}}, "access.bac"),
    ({"access": {"bac": "yes"}}, "access.bac"),
    ({"access": {"pace": {}}}, "access.pace"),
    ({"access": {"pace": [{"curve": "P-256"}]}}, r"access.pace\[0\].curve"),
    ({"access": {"pace": [{"curve": "brainpoolP224r1"}]}}, r"access.pace\[0\].curve"),
    ({"access": {"pace": [{"curve": "secp256r1", "cipher": "AES"}]}}, r"access.pace\[0\].cipher"),
    ({"access": {"pace": [{"curve": "secp256r1", "mapping": "IM"}]}}, r"access.pace\[0\].mapping"),
    ({"keys": {"chip_authentication": [{}]}}, r"keys.chip_authentication\[0\].curve"),
    ({"keys": {"chip_authentication": [{"key": {"hex": "00"}}]}}, r"keys.chip_authentication\[0\].key"),
    ({"keys": {"chip_authentication": [{"curve": "secp256r1", "key_id": 1000}]}}, "key_id"),
    (
        {"keys": {"active_authentication": {"algorithm": "RSA-512", "key": None}}},
        "active_authentication.algorithm",
    ),
    ({"keys": {"active_authentication": {"hash": "md5"}}}, "active_authentication.hash"),
    ({"keys": {"active_authentication": {"trailer": "bc"}}}, "active_authentication.trailer"),
    ({"signing": {"algorithm": "dsa"}}, "signing algorithm"),
    ({"signing": {"country": "Viet Nam"}}, "signing.country"),
    ({"signing": {"csca": None}}, "^$"),
    ({"signing": {"csca": {"key": None}}}, "signing.csca"),
    ({"signing": {"csca": {"certificate": {"hex": "3000"}}}}, "signing.csca.certificate"),
    ({"signing": {"document_signer": {"key": None}}}, "signing.document_signer"),
    ({"signing": {"document_signer": {"key": {"hex": "3000"}}}}, "signing.document_signer.key"),
    ({"signing": {"lds_version": 2}}, "signing.lds_version"),
    ({"signing": {"lds_version": True}}, "signing.lds_version"),
    ({"signing": {"signed_at": "yesterday"}}, "signing.signed_at"),
    ({"signing": {"signed_at": "2024-07-04T00:00:00"}}, "signing.signed_at"),
    ({"groups": {"DG17": {"hex": ""}}}, "groups.DG17"),
    ({"groups": {"DG13": {"hex": "6"}}}, "groups.DG13.hex"),
    ({"groups": {"DG13": "6d00"}}, "groups.DG13"),
    ({"groups": {"DG1": {"hex": "6100"}}, "access": {"mrz": True}}, "access.mrz"),
    ({"com": ["DG99"]}, "com"),
    ({"com": "DG1"}, "com"),
    ({"locked": [3]}, "locked"),
    ({"atr": "xyz"}, "atr"),
    ({"atr": ""}, "atr"),
    ({"quirks": {"slow": True}}, "quirks.slow"),
    ({"quirks": {"select_mf": "6d"}}, "quirks.select_mf"),
    ({"quirks": {"dies_at": 0}}, "quirks.dies_at"),
    ({"quirks": {"seconds_per_command": "1"}}, "quirks.seconds_per_command"),
    ({"quirks": {"seconds_per_command": 1e9}}, "quirks.seconds_per_command"),
    ({"quirks": {"short_only": 1}}, "quirks.short_only"),
    ({"quirks": {"unreadable": {"DG14": "zz"}}}, "quirks.unreadable.DG14"),
    ({"faults": {"altered": "DG1"}}, "faults.altered"),
]


@pytest.mark.parametrize(("changes", "named"), WRONG, ids=[named for _, named in WRONG])
def test_a_wrong_member_is_named(changes: dict[str, Any], named: str, make_card: MakeCard) -> None:
    if named == "^$":
        assert make_card(**changes).csca_der  # a null is an absent member: a fresh CSCA
        return
    with pytest.raises(PersonalisationError, match=named):
        make_card(**changes)


@pytest.mark.parametrize("value", [None, [], "x", 1, {1: 2}, {}])
def test_something_else_than_a_description_is_refused(value: Any) -> None:
    with pytest.raises(PersonalisationError):
        personalise(value)


def test_files_that_are_no_description_are_refused(tmp_path: Path) -> None:
    for octets in (b"", b"{", b"\xff\xfe", b"[" * 100_000, b"[]"):
        (tmp_path / "card.json").write_bytes(octets)
        with pytest.raises(PersonalisationError):
            read_personalisation(tmp_path / "card.json")
    for path in (tmp_path, tmp_path / "absent.json", "\0"):
        with pytest.raises(PersonalisationError):
            read_personalisation(path)
    (tmp_path / "card.json").write_text('{"format": "eid-chip/1", "portrait": {"path": "absent.jpg"}}')
    with pytest.raises(PersonalisationError, match=r"portrait\.path"):
        read_personalisation(tmp_path / "card.json")


def test_nothing_personal_in_repr_and_errors(make_card: MakeCard) -> None:
    card = make_card()
    for thing in (card, card.access, card.chip_keys, card.active_key, Chip(card)):
        text = repr(thing)
        assert "123456" not in text
        assert "MUSTER" not in text
        assert "T00000001" not in text
        assert "scalar" not in text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PATHS = [
    ("person",), ("person", "mrz"), ("person", "surname"), ("portrait",), ("access",), ("access", "pace"),
    ("access", "can"), ("access", "mrz"), ("keys",), ("keys", "chip_authentication"), ("keys", "active_authentication"),
    ("signing",), ("signing", "csca"), ("signing", "document_signer"), ("signing", "signed_at"), ("groups",),
    ("groups", "DG1"), ("groups", "DG14"), ("com",), ("locked",), ("atr",), ("quirks",), ("faults",), ("format",),
]  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(PATHS), value=JSON)
def test_any_json_gives_a_card_or_a_personalisation_error(
    place: tuple[str, ...], value: Any, description: dict[str, Any]
) -> None:
    changed = json.loads(json.dumps(description))
    target = changed
    for name in place[:-1]:
        target = target.setdefault(name, {})
    target[place[-1]] = value
    with contextlib.suppress(PersonalisationError):
        personalise(changed)
