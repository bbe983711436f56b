"""What every fault and every quirk of a chip comes to in the report. The chip is our own; the path is whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

import eid
from eid import vietnam
from eid.chip.transport import RecordingTransport
from eid.errors import AccessNotOffered, CardRemoved, ChipError, EidError, WrongAccessKey
from eid.simulator.chip import Chip
from eid.simulator.personalise import Personalisation, new_personalisation, personalise
from eid.trust.certificates import Certificate
from eid.vietnam.sample import sample_citizen

CAN = eid.Can("012349")
PASSED, FAILED, UNDECIDED = eid.Outcome.PASSED, eid.Outcome.FAILED, eid.Outcome.UNDECIDED


@pytest.fixture(scope="module")
def complete() -> dict[str, Any]:
    return new_personalisation(sample_citizen())


def _card(complete: Mapping[str, Any], **changes: Any) -> Personalisation:
    return personalise({**complete, **changes})


def _read(card: Personalisation, key: eid.AccessKey = CAN) -> eid.Evidence:
    return eid.read(Chip(card), key, profile=vietnam.CITIZEN_CARD)


def _report(card: Personalisation, evidence: eid.Evidence) -> eid.Report:
    return eid.verify(
        evidence,
        trust=eid.TrustStore.of([Certificate.from_der(card.csca_der)]),
        policy=eid.Policy.counter(),
        profile=vietnam.CITIZEN_CARD,
        now=eid.utc_now(),
    )


def _mrz(card: Personalisation) -> eid.Mrz:
    return eid.Mrz(card.mrz_information)


FAULTS = [
    ({"altered": ["DG1"]}, "authentic", FAILED, "DATA_GROUP_ALTERED"),
    ({"altered": ["DG2"]}, "authentic", FAILED, "DATA_GROUP_ALTERED"),
    ({"altered": ["DG13"]}, "authentic", FAILED, "DATA_GROUP_ALTERED"),
    ({"wrong_hash": ["DG2"]}, "authentic", FAILED, "DATA_GROUP_ALTERED"),
    ({"wrong_signature": True}, "authentic", FAILED, "SOD_SIGNATURE_INVALID"),
    ({"foreign_signer": True}, "authentic", UNDECIDED, "UNKNOWN_ISSUER"),
    ({"expired_signer": True}, "authentic", FAILED, "SIGNER_EXPIRED"),
    ({"downgraded_access": "weak"}, "authentic", FAILED, "ACCESS_DOWNGRADE"),
    ({"clone": "no_keys"}, "chip_genuine", FAILED, "CHIP_REFUSED"),
    ({"clone": "wrong_keys"}, "chip_genuine", FAILED, "CHIP_SIGNATURE_INVALID"),
    ({"unsupported_curve": ["DG14", "DG15"]}, "chip_genuine", UNDECIDED, "UNSUPPORTED_ALGORITHM"),
    ({"unbound": ["DG15"]}, "authentic", PASSED, None),
]


@pytest.mark.parametrize(("faults", "verdict", "outcome", "code"), FAULTS, ids=lambda v: str(v)[:40])
def test_a_lying_chip_gets_the_verdict_it_deserves(
    complete: dict[str, Any], faults: dict[str, Any], verdict: str, outcome: eid.Outcome, code: str | None
) -> None:
    card = _card(complete, faults=faults)
    found = getattr(_report(card, _read(card)), verdict)
    assert (found.outcome, found.code) == (outcome, code)


def test_an_altered_card_shows_no_person(complete: dict[str, Any]) -> None:
    card = _card(complete, faults={"altered": ["DG13"]})
    assert _report(card, _read(card)).person is None


def test_a_key_nobody_signed_is_reported_as_not_bound(complete: dict[str, Any]) -> None:
    keys = {**complete["keys"], "chip_authentication": []}
    card = _card(complete, keys=keys, faults={"unbound": ["DG15"]})
    report = _report(card, _read(card))
    check = report.chip_genuine.check("active_authentication")
    assert check is not None
    assert check.outcome is PASSED
    assert check.facts["bound"] is False
    assert (report.chip_genuine.outcome, report.chip_genuine.code) == (UNDECIDED, "KEY_NOT_BOUND")


def test_a_card_without_the_groups_that_could_prove_it_is_not_genuine(complete: dict[str, Any]) -> None:
    """A copy may hide DG14 and DG15; the security object still lists them."""
    hidden = {"DG14": "6a82", "DG15": "6a82"}
    card = _card(complete, quirks={**complete["quirks"], "unreadable": hidden})
    report = _report(card, _read(card))
    assert (report.chip_genuine.outcome, report.chip_genuine.code) == (UNDECIDED, "CHIP_NOT_ASKED")


def test_pace_removed_from_card_access_is_a_downgrade(complete: dict[str, Any]) -> None:
    card = _card(complete, faults={"downgraded_access": "none"})
    icao = eid.read(Chip(card), _mrz(card), profile=eid.ICAO)
    assert icao.access is not None
    assert icao.access.protocol == "BAC"
    authentic = _report(card, icao).authentic
    assert (authentic.outcome, authentic.code) == (FAILED, "ACCESS_DOWNGRADE")


def test_a_wrong_can_is_told_and_bac_is_not_tried(complete: dict[str, Any]) -> None:
    line = RecordingTransport(Chip(_card(complete)))
    with pytest.raises(WrongAccessKey):
        eid.read(line, eid.Can("999999"), profile=vietnam.CITIZEN_CARD)
    instructions = {command[1] for command, _ in line.exchanges}
    assert not instructions & {0x84, 0x82}, "GET CHALLENGE or EXTERNAL AUTHENTICATE was sent"


def test_a_wrong_mrz_is_told_and_bac_is_not_tried(complete: dict[str, Any]) -> None:
    line = RecordingTransport(Chip(_card(complete)))
    with pytest.raises(WrongAccessKey):
        eid.read(line, eid.Mrz.from_fields("000000000", "990704", "390704"), profile=vietnam.CITIZEN_CARD)
    assert not {command[1] for command, _ in line.exchanges} & {0x84, 0x82}


def test_a_wrong_mrz_is_told_by_bac_too(complete: dict[str, Any]) -> None:
    card = _card(complete, access={**complete["access"], "pace": []})
    with pytest.raises(WrongAccessKey):
        _read(card, eid.Mrz.from_fields("000000000", "990704", "390704"))


def test_a_can_cannot_open_a_card_that_has_only_bac(complete: dict[str, Any]) -> None:
    card = _card(complete, access={**complete["access"], "pace": []})
    with pytest.raises(AccessNotOffered):
        eid.read(Chip(card), CAN, profile=eid.ICAO)


QUIRKS: list[dict[str, Any]] = [
    {},
    {"select_mf": "6d00"},
    {"select_mf": "6a86"},
    {"select_mf": "6985"},
    {"short_only": True},
    {"short_only": True, "naked_errors": "counted"},
    {"short_only": True, "naked_errors": "uncounted"},
    {"short_only": True, "naked_errors": "dropped"},
    {"max_le": 100},
    {"max_le": 100, "wrong_length": "6cxx"},
    {"max_le": 100, "wrong_length": "6700"},
    {"wrong_length": "6cxx"},
    {"wrong_length": "6700"},
    {"response_chaining": 200},
    {"short_only": True, "response_chaining": 100},
    {"end_of_file": "6282"},
    {"end_of_file": "6b00"},
    {"no_sfi": True},
    {"unreadable": {"EF.CardAccess": "6a82"}},
    {"pace_parameter_id": "required"},
    {"pace_parameter_id": "refused"},
]


@pytest.mark.parametrize("quirks", QUIRKS, ids=str)
def test_an_odd_but_honest_chip_is_read_and_proven(complete: dict[str, Any], quirks: dict[str, Any]) -> None:
    card = _card(complete, quirks={**complete["quirks"], **quirks})
    evidence = _read(card)
    assert all(evidence.files[name] == card.files[name] for name in evidence.files)
    assert {"DG1", "DG2", "DG13", "DG14", "DG15", "EF.SOD"} <= evidence.files.keys()
    report = _report(card, evidence)
    assert report.verdict == "PASSED", report.code


@pytest.mark.parametrize("status_word", ["6982", "6a82", "6f00"])
@pytest.mark.parametrize("name", ["DG14", "DG15", "DG2", "DG13"])
def test_one_unreadable_group_never_loses_the_others(
    complete: dict[str, Any], name: str, status_word: str
) -> None:
    card = _card(complete, quirks={**complete["quirks"], "unreadable": {name: status_word}})
    evidence = _read(card)
    assert name in evidence.unreadable
    assert {"DG1", "DG2", "DG13", "DG14", "DG15"} - {name} <= evidence.files.keys()
    assert _report(card, evidence).authentic.outcome is PASSED


def test_a_chip_that_blocks_after_wrong_cans_is_told_apart(complete: dict[str, Any]) -> None:
    chip = Chip(_card(complete, quirks={**complete["quirks"], "wrong_password_tries": 2}))
    codes = []
    for _ in range(3):
        with pytest.raises(EidError) as caught:
            eid.read(chip, eid.Can("999999"), profile=vietnam.CITIZEN_CARD)
        codes.append(caught.value.code)
        chip.reset()
    assert codes[0] == "WRONG_ACCESS_KEY"
    assert codes[-1] == "ACCESS_BLOCKED"


@pytest.mark.parametrize("access", ["pace", "bac"])
def test_a_card_that_vanishes_at_any_command_leaves_what_was_read(
    complete: dict[str, Any], access: str
) -> None:
    changes = {} if access == "pace" else {"access": {**complete["access"], "pace": []}}
    card = _card(complete, **changes)
    line = RecordingTransport(Chip(card))
    profile = vietnam.CITIZEN_CARD if access == "pace" else eid.ICAO
    eid.read(line, _mrz(card), profile=profile)
    kept: list[int] = []
    for n in range(1, len(line.exchanges) + 1):
        dying = _card(complete, **changes, quirks={**complete["quirks"], "dies_at": n})
        with pytest.raises(ChipError) as caught:
            eid.read(Chip(dying), _mrz(card), profile=profile)
        assert isinstance(caught.value, CardRemoved)
        evidence = caught.value.evidence
        assert evidence.interruption == "CARD_REMOVED"
        assert all(evidence.files[name] == card.files[name] for name in evidence.files)
        kept.append(len(evidence.files))
        assert eid.Evidence.from_bytes(evidence.to_bytes()) == evidence
        report = _report(card, evidence)
        assert report.chip_genuine.outcome is not FAILED
        assert "READING_INTERRUPTED" in report.warnings
    assert kept == sorted(kept)
    assert kept[-1] >= 7
