"""The BSI TR-03105-5 reference passport ("silver", a specimen), read in place through the real stack."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import eid
from eid.readers import pcsc
from eid.simulator.chip import Chip
from eid.simulator.personalise import personalise

FILES = {
    "EF.COM": "EF_COM.bin",
    "EF.SOD": "EF_SOD.bin",
    "DG1": "EF_DG1.bin",
    "DG2": "EF_DG2.bin",
    "DG14": "EF_DG14.bin",
    "DG15": "EF_DG15.bin",
}
WHEN = datetime(2012, 6, 1, tzinfo=UTC)


@pytest.fixture
def silver(corpora: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The card's description for the built-in chip, and the expected outcome of the corpus."""
    folder = corpora / "bsi_silver"
    expected = json.loads((folder / "expected.json").read_text())
    zone = expected["mrz"]
    description = {
        "format": "eid-chip/1",
        "person": {"mrz": [zone[:44], zone[44:]]},
        "access": {"pace": [], "bac": True},
        "keys": {
            "active_authentication": {
                "algorithm": "RSA-1024",
                "hash": "sha1",
                "key": {"hex": (folder / "DG15_private.pkcs8.der").read_bytes().hex()},
            }
        },
        "groups": {name: {"hex": (folder / file).read_bytes().hex()} for name, file in FILES.items()},
    }
    return description, expected


def _read(insert: Any, description: dict[str, Any]) -> eid.Evidence:
    chip = Chip(personalise(description))
    insert(answer=chip.transmit)
    key = eid.Mrz.from_text("\n".join(description["person"]["mrz"]))
    with pcsc.wait_for_card(timeout=10) as card:
        return eid.read(card, key, profile=eid.ICAO)


def _verify(evidence: eid.Evidence) -> eid.Report:
    return eid.verify(
        evidence, trust=eid.TrustStore.of([]), policy=eid.Policy.counter(), profile=eid.ICAO, now=WHEN
    )


def test_the_specimen_gives_what_the_corpus_says(insert: Any, silver: Any) -> None:
    description, expected = silver
    report = _verify(_read(insert, description))
    authentic = report.authentic
    signature = authentic.check("sod_signature")
    assert signature is not None
    assert signature.outcome is eid.Outcome.PASSED
    assert signature.facts["algorithm"] == "RSASSA-PSS"
    for number, group in expected["data_groups"].items():
        check = authentic.check(f"hash_DG{number}")
        assert (check is not None) == (group["file"] is not None)
        assert check is None or check.outcome is eid.Outcome.PASSED
    assert (authentic.outcome, authentic.code) == (eid.Outcome.UNDECIDED, "UNKNOWN_ISSUER")


def test_its_active_authentication_succeeds_but_is_not_bound(insert: Any, silver: Any) -> None:
    report = _verify(_read(insert, silver[0]))
    check = report.chip_genuine.check("active_authentication")
    assert check is not None
    assert check.outcome is eid.Outcome.PASSED
    assert check.facts["bound"] is False
    assert report.chip_genuine.check("active_authentication_key").code == "KEY_NOT_BOUND"
    assert report.chip_genuine.outcome is eid.Outcome.UNDECIDED


def test_its_rare_curve_is_unsupported_and_never_forged(insert: Any, silver: Any) -> None:
    evidence = _read(insert, silver[0])
    check = _verify(evidence).chip_genuine.check("chip_authentication")
    assert check is not None
    assert (check.outcome, check.code) == (eid.Outcome.UNDECIDED, "UNSUPPORTED_ALGORITHM")


def test_one_altered_octet_of_its_portrait_is_found(insert: Any, silver: Any) -> None:
    description, _ = silver
    octets = bytearray.fromhex(description["groups"]["DG2"]["hex"])
    octets[9_000] ^= 1
    description["groups"]["DG2"] = {"hex": octets.hex()}
    authentic = _verify(_read(insert, description)).authentic
    assert (authentic.outcome, authentic.code) == (eid.Outcome.FAILED, "DATA_GROUP_ALTERED")
