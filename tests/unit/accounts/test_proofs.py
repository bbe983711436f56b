"""What a card that was read proves of an account's holder, and what it does not."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from eid import vietnam
from eid.accounts.model import EvidenceItem
from eid.accounts.proofs import evidence_of, factors_of
from eid.chip.reading import read
from eid.document.checks import Outcome
from eid.document.dates import PartialDate
from eid.document.evidence import Evidence, Exchange
from eid.errors import EvidenceNotAcceptable
from eid.simulator.chip import Chip
from eid.simulator.personalise import Personalisation, personalise
from eid.trust.anchors import TrustStore
from eid.trust.certificates import Certificate
from eid.verification.policy import Policy
from eid.verification.report import Report
from eid.verification.status import HolderMatch, StatusAnswer
from eid.verification.verify import verify
from eid.vietnam.sample import sample_citizen

NOW = dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC)
EARLIER = NOW - dt.timedelta(minutes=2)
NUMBER = "001099012349"
PASSED, FAILED, UNDECIDED = Outcome.PASSED, Outcome.FAILED, Outcome.UNDECIDED


@pytest.fixture(scope="module")
def card() -> Personalisation:
    return personalise(sample_citizen())


@pytest.fixture(scope="module")
def evidence(card: Personalisation) -> Evidence:
    return read(Chip(card), vietnam.can_from_number(NUMBER), profile=vietnam.CITIZEN_CARD)


@pytest.fixture(scope="module")
def trust(card: Personalisation) -> TrustStore:
    return TrustStore.of([Certificate.from_der(card.csca_der)])


def match(method: str = "face", *, matched: bool = True) -> HolderMatch:
    return HolderMatch(matched=matched, source="gate 3", method=method, at=EARLIER)


def judge(evidence: Evidence, trust: TrustStore, **more: Any) -> Report:
    said: dict[str, Any] = {"policy": Policy.counter(), "profile": vietnam.CITIZEN_CARD, "now": NOW}
    return verify(evidence, trust=trust, **{**said, **more})


def kinds(report: Report) -> dict[str, Outcome]:
    return {each.kind: each.outcome for each in evidence_of(report, subject=NUMBER, source="counter")}


def recognised_by(report: Report) -> list[str]:
    return [each.kind for each in factors_of(report, subject=NUMBER, transaction="t-1")]


def test_a_genuine_card_and_its_holders_face(evidence: Evidence, trust: TrustStore) -> None:
    report = judge(evidence, trust, holder=match())
    chip, body = evidence_of(
        report, subject=f" {NUMBER} ", source="counter", valid_for=dt.timedelta(days=90), digest="ab" * 32
    )
    assert chip == EvidenceItem("chip_report", PASSED, NOW, "counter", NOW + dt.timedelta(days=90), "ab" * 32)
    assert body == EvidenceItem(
        "biometric", PASSED, EARLIER, "gate 3", EARLIER + dt.timedelta(days=90), "ab" * 32
    )
    possession, face = factors_of(report, subject=NUMBER, transaction="t-1")
    assert (possession.kind, possession.at, possession.transaction) == ("identity_card", NOW, "t-1")
    assert (face.kind, face.at, face.transaction) == ("face", EARLIER, "t-1")


def test_evidence_does_not_outlive_the_card(evidence: Evidence, trust: TrustStore) -> None:
    report = judge(evidence, trust)
    (chip,) = evidence_of(report, subject=NUMBER, source="counter")
    assert chip.expires_at == dt.datetime(2039, 7, 5, 12, tzinfo=dt.UTC)
    assert report.document is not None
    for expiry in (None, PartialDate(9999, 12, 31)):
        endless = replace(report, document=replace(report.document, expiry_date=expiry))
        assert evidence_of(endless, subject=NUMBER, source="counter")[0].expires_at is None


def test_who_was_compared_by_an_officer_was_seen_in_person(evidence: Evidence, trust: TrustStore) -> None:
    report = judge(evidence, trust, holder=match("officer"))
    assert kinds(report) == {"chip_report": PASSED, "in_person": PASSED}
    assert recognised_by(report) == ["identity_card"]  # looking at somebody is no biometric factor


def test_another_method_of_comparing_is_no_evidence_and_no_factor(
    evidence: Evidence, trust: TrustStore
) -> None:
    report = judge(evidence, trust, holder=match("horoscope"))
    assert kinds(report) == {"chip_report": PASSED}
    assert recognised_by(report) == ["identity_card"]


def test_a_card_alone_proves_no_person(evidence: Evidence, trust: TrustStore) -> None:
    report = judge(evidence, trust)
    assert kinds(report) == {"chip_report": PASSED}
    assert recognised_by(report) == ["identity_card"]


def test_an_impostor_is_on_record_and_recognised_by_the_card_only(
    evidence: Evidence, trust: TrustStore
) -> None:
    report = judge(evidence, trust, holder=match(matched=False))
    assert kinds(report) == {"chip_report": PASSED, "biometric": FAILED}
    assert recognised_by(report) == ["identity_card"]
    (_, body) = evidence_of(report, subject=NUMBER, source="counter", valid_for=dt.timedelta(days=1))
    assert body.expires_at is None  # what failed does not get better by waiting


def test_a_file_is_no_card(evidence: Evidence, trust: TrustStore) -> None:
    report = judge(evidence.stored(), trust, policy=Policy.stored(), holder=match())
    assert report.chip_genuine.outcome is not PASSED
    assert kinds(report) == {"chip_report": UNDECIDED, "biometric": PASSED}
    assert recognised_by(report) == []


def test_a_copied_chip_is_no_card(evidence: Evidence, trust: TrustStore) -> None:
    assert evidence.active_authentication is not None
    assert evidence.chip_authentication is not None
    copied = replace(
        evidence,
        active_authentication=replace(evidence.active_authentication, signature=bytes(256)),
        chip_authentication=replace(evidence.chip_authentication, exchange=Exchange.WRONG),
    )
    report = judge(copied, trust, holder=match())
    assert report.chip_genuine.outcome is FAILED
    assert kinds(report)["chip_report"] is FAILED
    assert recognised_by(report) == []


def test_a_card_of_an_unknown_issuer_proves_nothing(evidence: Evidence) -> None:
    report = judge(evidence, TrustStore.of([]), holder=match())
    assert report.authentic.outcome is UNDECIDED
    assert kinds(report) == {"chip_report": UNDECIDED}
    assert recognised_by(report) == []


@pytest.mark.parametrize("status", ["LOST", "REVOKED", "LOCKED", "REPLACED"])
def test_a_card_that_is_reported_is_no_card(status: str, evidence: Evidence, trust: TrustStore) -> None:
    report = judge(evidence, trust, holder=match(), status=StatusAnswer(status, "authority", NOW))  # type: ignore[arg-type]
    assert kinds(report)["chip_report"] is FAILED
    assert recognised_by(report) == []


def test_an_expired_card_is_no_card(evidence: Evidence, trust: TrustStore) -> None:
    report = judge(evidence, trust, holder=match(), now=dt.datetime(2039, 7, 6, tzinfo=dt.UTC))
    assert report.still_valid.outcome is FAILED
    assert kinds(report)["chip_report"] is FAILED
    assert recognised_by(report) == []


def test_who_requires_a_status_answer_gets_no_evidence_without(evidence: Evidence, trust: TrustStore) -> None:
    strict = Policy.counter().requiring("still_valid")
    assert kinds(judge(evidence, trust, policy=strict)) == {"chip_report": UNDECIDED}
    answered = judge(evidence, trust, policy=strict, status=StatusAnswer("IN_FORCE", "authority", NOW))  # type: ignore[arg-type]
    assert kinds(answered) == {"chip_report": PASSED}


def test_another_persons_card_is_refused(evidence: Evidence, trust: TrustStore) -> None:
    report = judge(evidence, trust, holder=match())
    with pytest.raises(EvidenceNotAcceptable) as caught:
        evidence_of(report, subject="001199012340", source="counter")
    assert NUMBER not in str(caught.value)
    with pytest.raises(EvidenceNotAcceptable):
        factors_of(report, subject="001199012340", transaction="t-1")


def test_a_forged_card_counts_against_nobody(evidence: Evidence, trust: TrustStore) -> None:
    files = dict(evidence.files)
    octets = bytearray(files["DG13"])
    octets[-3] ^= 1
    files["DG13"] = bytes(octets)
    report = judge(replace(evidence, files=files), trust)
    assert report.authentic.outcome is FAILED
    for call in (
        lambda: evidence_of(report, subject=NUMBER, source="counter"),
        lambda: factors_of(report, subject=NUMBER, transaction="t-1"),
    ):
        with pytest.raises(EvidenceNotAcceptable):
            call()
