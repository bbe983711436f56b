"""Visible digital seals of TR-03137: all are read, one changed octet makes each invalid."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from eid.document.checks import Outcome
from eid.errors import QrMalformed, QrStructureInvalid, QrTooLarge
from eid.qr.vds import Seal, VerifiedSeal, decode_c40, read_seal, verify_seal
from eid.trust.certificates import Certificate, certificates_in
from eid.verification.status import HolderMatch

NOW = dt.datetime(2026, 11, 22, 8, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def folder(corpora: Path) -> Path:
    path = corpora / "vds_seals"
    if not path.is_dir():
        pytest.skip("the vds_seals corpus is not here")
    return path


@pytest.fixture(scope="module")
def seals(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / "seals.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def signer(folder: Path) -> Certificate:
    return certificates_in((folder / "sealgen_UTTS5B.crt").read_bytes())[0]


def judged(octets: bytes, certificate: Certificate, **more: Any) -> VerifiedSeal:
    """With the corpus's own signer behind whatever name the seal has."""
    seal = read_seal(octets)
    return verify_seal(octets, signers={(seal.signer, seal.reference): certificate}, now=NOW, **more)


def test_all_seals_verify(seals: list[dict[str, Any]], signer: Certificate) -> None:
    assert len(seals) == 13
    for each in seals:
        octets = bytes.fromhex(each["seal"])
        result = judged(octets, signer)
        assert result.authentic.outcome is Outcome.PASSED, each["name"]
        seal = result.seal
        assert isinstance(seal, Seal)
        assert len(seal.signed) == each["signed_octets"]
        assert seal.signature.hex() == each["signature"]
        assert (result.verdict, result.code) == (Outcome.UNDECIDED, "QR_NO_EXPIRY")
        assert result.holder.outcome is Outcome.NOT_CHECKED


def test_one_changed_octet_makes_each_invalid(seals: list[dict[str, Any]], signer: Certificate) -> None:
    for each in seals:
        octets = bytes.fromhex(each["seal"])
        for at in range(each["signed_octets"]):
            damaged = bytearray(octets)
            damaged[at] ^= 1
            try:
                result = judged(bytes(damaged), signer)
            except QrMalformed:
                continue
            assert result.authentic.outcome is Outcome.FAILED, f"{each['name']}: octet {at}"
            assert result.seal is result.unproven is None


def test_what_a_residence_permit_says(seals: list[dict[str, Any]]) -> None:
    seal = read_seal(bytes.fromhex(next(s["seal"] for s in seals if s["name"] == "Residence Permit")))
    assert (seal.country, seal.signer, seal.reference) == ("UTO", "UTTS", "5B")
    assert seal.issued_on == dt.date(2020, 1, 1)
    assert (seal.feature_definition, seal.category) == (251, 6)
    zone = decode_c40(seal.feature(2) or b"")
    assert zone.startswith("ATD  RESIDORCE  ROLAND  ")
    assert seal.feature(99) is None
    assert zone not in repr(seal)


def test_an_unknown_signer_is_undecided(seals: list[dict[str, Any]]) -> None:
    result = verify_seal(bytes.fromhex(seals[0]["seal"]), signers={}, now=NOW)
    assert (result.authentic.outcome, result.code) == (Outcome.UNDECIDED, "UNKNOWN_KEY")
    assert result.seal is None
    assert result.unproven is not None


def test_another_signer_s_key_fails(folder: Path, seals: list[dict[str, Any]]) -> None:
    other = certificates_in((folder / "sealgen_DETS32.crt").read_bytes())[0]
    result = judged(bytes.fromhex(seals[0]["seal"]), other)
    assert result.authentic.outcome in (Outcome.FAILED, Outcome.UNDECIDED)  # as this curve is known or not


def test_days_of_signing(seals: list[dict[str, Any]], signer: Certificate) -> None:
    octets = bytes.fromhex(seals[0]["seal"])
    seal = read_seal(octets)
    early = dt.datetime(2019, 1, 1, tzinfo=dt.UTC)
    result = verify_seal(octets, signers={(seal.signer, seal.reference): signer}, now=early)
    assert (result.verdict, result.code) == (Outcome.FAILED, "QR_NOT_YET_VALID")


def test_the_holder_is_the_caller_s(seals: list[dict[str, Any]], signer: Certificate) -> None:
    match = HolderMatch(True, "officer", "officer", NOW)
    assert judged(bytes.fromhex(seals[0]["seal"]), signer, holder=match).holder.outcome is Outcome.PASSED


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\xdc",
        b"\xdc\x02",
        b"\xdc\x04\xd9\xc5",
        b"\xdd\x03\xd9\xc5",
        b"\xdc\x03\xff\xff\xd9\xca\xc8\xa7",
        b"\xdc\x03\xd9\xc5\xff\xff\xff\xff",
        b"HC1:",
    ],
)
def test_what_is_no_seal_raises(octets: bytes) -> None:
    with pytest.raises(QrStructureInvalid):
        read_seal(octets)


def test_cut_off_seals_raise(seals: list[dict[str, Any]]) -> None:
    octets = bytes.fromhex(seals[0]["seal"])
    for length in range(len(octets)):
        with pytest.raises(QrStructureInvalid):
            read_seal(octets[:length])
    with pytest.raises(QrStructureInvalid):
        read_seal(octets + b"\0")
    with pytest.raises(QrTooLarge):
        read_seal(octets + bytes(3000))


def test_c40() -> None:
    assert decode_c40(b"\xd9\xc5") == "UTO"
    assert decode_c40(b"\x6a\xbc") == "D  "
    assert decode_c40(b"") == ""
    assert decode_c40(b"\xfe\x42") == "A"
    for wrong in (b"\xd9", b"\x00\x00", b"\xff\xff", b"\xfe\x00", b"\xfe\xff"):
        with pytest.raises(QrStructureInvalid):
            decode_c40(wrong)


def test_a_clock_at_an_end_of_the_calendar_stops_nothing(
    seals: list[dict[str, Any]], signer: Certificate
) -> None:
    octets = bytes.fromhex(seals[0]["seal"])
    seal = read_seal(octets)
    for now, code in ((dt.datetime.max, "QR_NO_EXPIRY"), (dt.datetime.min, "QR_NOT_YET_VALID")):
        found = verify_seal(
            octets, signers={(seal.signer, seal.reference): signer}, now=now.replace(tzinfo=dt.UTC)
        )
        assert found.still_valid.checks[0].code == code
