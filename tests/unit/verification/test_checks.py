"""What each single check says, and where exactly a limit lies: the sum of a verdict hides such things."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from verification_cards import (
    CA_INFOS,
    CA_SPKI,
    CARD_ACCESS,
    CHALLENGE,
    DG1,
    DG15,
    FILES,
    ISSUER,
    NOBODY,
    NOW,
    PACE,
    PACE_INFO,
    STRANGER,
    TRUST,
    active,
    chip,
    folder,
    judge,
    mrz,
    reading,
)

from eid.document.checks import Check, Outcome
from eid.document.dg1 import encode_dg1
from eid.document.evidence import AccessTranscript, Evidence, Exchange, LiveReading
from eid.document.profile import ICAO
from eid.document.security_infos import (
    active_authentication_info,
    encode_card_access,
    encode_dg14,
    pace_info,
)
from eid.encoding import der
from eid.encoding.tlv import parse
from eid.errors import NotPassed
from eid.simulator.issuer import TestIssuer
from eid.trust.anchors import TrustStore
from eid.trust.certificates import Certificate
from eid.verification import DocumentStatus, HolderMatch, Policy, StatusAnswer, verify_or_raise
from eid.verification.policy import VERDICTS

PASSED, FAILED, UNDECIDED, NOT_CHECKED = (
    Outcome.PASSED,
    Outcome.FAILED,
    Outcome.UNDECIDED,
    Outcome.NOT_CHECKED,
)
COUNTER = Policy.counter()
IN_FORCE = StatusAnswer(DocumentStatus.IN_FORCE, "registry", NOW)
BAC = AccessTranscript("BAC", "BAC")
FORGED = replace(ISSUER, ds_key=STRANGER.ds_key)  # ISSUER's certificate, but not its key


def check(report: Any, verdict: str, name: str) -> Check:
    found: Check | None = report.verdicts[verdict].check(name)
    assert found is not None, name
    return found


def said(report: Any, verdict: str, name: str) -> tuple[Outcome, str | None]:
    found = check(report, verdict, name)
    return found.outcome, found.code


# --- who signed ----------------------------------------------------------------------------------


def test_without_the_signers_certificate_no_check_of_it_passes_and_nothing_is_used() -> None:
    report = judge(folder(with_certificate=False))
    missing = "SIGNER_CERTIFICATE_MISSING"
    assert said(report, "authentic", "sod_signature") == (UNDECIDED, missing)
    assert said(report, "authentic", "certificate_chain") == (UNDECIDED, missing)
    assert said(report, "authentic", "document_signer_validity") == (NOT_CHECKED, missing)
    assert report.person is None


def _anchor(part: int, octets: bytes) -> Certificate:
    """ISSUER's CSCA with another part of its TBSCertificate; nobody looks at an anchor's own signature."""
    tbs, algorithm, signature = parse(ISSUER.csca_der).children()
    parts = [node.raw for node in tbs.children()]
    parts[part] = octets
    return Certificate.from_der(der.sequence(der.sequence(*parts), algorithm.raw, signature.raw))


GOOD = Certificate.from_der(ISSUER.csca_der)
EXPIRED = TestIssuer.create(
    "ecdsa-secp256r1-sha256",
    csca_key=ISSUER.csca_key,
    csca_validity=(NOW - dt.timedelta(days=900), NOW - dt.timedelta(days=1)),
)
WRONG_ANCHORS = {
    "another key": Certificate.from_der(STRANGER.csca_der),
    "no key": _anchor(6, der.sequence()),
    "expired": Certificate.from_der(EXPIRED.csca_der),
}


@pytest.mark.parametrize("wrong", WRONG_ANCHORS)
def test_a_wrong_anchor_does_not_keep_the_right_one_from_being_tried(wrong: str) -> None:
    alone = judge(folder(), trust=TrustStore.of([WRONG_ANCHORS[wrong]]))
    assert alone.authentic.outcome is UNDECIDED
    for anchors in ([WRONG_ANCHORS[wrong], GOOD], [GOOD, WRONG_ANCHORS[wrong]]):
        assert judge(folder(), trust=TrustStore.of(anchors)).authentic.outcome is PASSED


def test_a_signer_is_valid_from_its_first_to_its_last_second() -> None:
    signer = Certificate.from_der(ISSUER.ds_der)
    second, years = dt.timedelta(seconds=1), dt.timedelta(days=365 * 20)
    lasting = TestIssuer.create(
        "ecdsa-secp256r1-sha256",
        csca_key=ISSUER.csca_key,
        csca_validity=(signer.not_before - years, signer.not_after + years),
    )
    trust = TrustStore.of([Certificate.from_der(lasting.csca_der)])
    for now, code in (
        (signer.not_before - second, "SIGNER_NOT_YET_VALID"),
        (signer.not_before, None),
        (signer.not_after, None),
        (signer.not_after + second, "SIGNER_EXPIRED"),
    ):
        outcome = FAILED if code else PASSED
        report = judge(folder(), now=now, trust=trust)
        assert said(report, "authentic", "document_signer_validity") == (outcome, code)


def test_revocation_is_mentioned_only_where_there_is_an_issuer_who_could_revoke() -> None:
    assert "REVOCATION_NOT_CHECKED" in judge(folder()).warnings
    assert "REVOCATION_NOT_CHECKED" not in judge(folder(), trust=NOBODY).warnings


# --- what was signed -----------------------------------------------------------------------------


def test_the_groups_of_a_wrong_signature_are_neither_used_nor_listed() -> None:
    report = judge(replace(folder({"DG1": DG1}, issuer=FORGED), access=PACE), policy=COUNTER)
    assert said(report, "authentic", "sod_signature") == (FAILED, "SOD_SIGNATURE_INVALID")
    assert said(report, "authentic", "required_groups") == (PASSED, None)
    # Had the list been signed, it would say that this chip has no key: so it says nothing.
    assert report.chip_genuine.code == "CHIP_NOT_ASKED"


def test_the_parser_of_the_profile_is_used_for_its_group() -> None:
    seen: list[object] = []

    def look(content: Any) -> tuple[()]:
        seen.append(content.groups["DG13"])
        return ()

    profile = replace(ICAO, cross_checks=look, parsers={"DG13": lambda octets: octets.upper()})
    judge(folder({"DG1": DG1, "DG13": b"m"}), profile=profile)
    assert seen == [b"M"]


def test_a_cross_check_that_decides_is_no_warning() -> None:
    found = Check("dg13_name", FAILED, "CROSS_CHECK_FAILED")
    report = judge(folder(), profile=replace(ICAO, cross_checks=lambda _: (found,)))
    assert "CROSS_CHECK_FAILED" not in report.warnings


# --- how the chip was opened ---------------------------------------------------------------------


def opened(access: AccessTranscript | None, *infos: bytes, card_access: bytes | None = None) -> Any:
    read = {} if card_access is None else {"EF.CardAccess": card_access}
    return judge(replace(folder({"DG1": DG1, "DG14": encode_dg14(infos)}, read=read), access=access))


def test_without_card_access_and_access_there_is_nothing_to_compare() -> None:
    for evidence in (folder(), folder({"DG1": DG1})):
        assert said(judge(evidence), "authentic", "card_access") == (NOT_CHECKED, None)


def test_a_document_from_before_pace_may_be_opened_by_bac() -> None:
    report = judge(replace(folder({"DG1": DG1}), access=BAC))
    assert said(report, "authentic", "card_access") == (NOT_CHECKED, "CARD_ACCESS_NOT_BOUND")
    assert report.authentic.outcome is PASSED


def test_card_access_beside_a_hidden_dg14_is_not_checked_where_nobody_says_how_the_chip_was_opened() -> None:
    files = {"EF.SOD": ISSUER.sign_sod(FILES), "DG1": DG1, "EF.CardAccess": CARD_ACCESS}
    report = judge(Evidence(files))
    assert said(report, "authentic", "card_access") == (NOT_CHECKED, "CARD_ACCESS_NOT_BOUND")


@pytest.mark.parametrize(
    "access",
    [
        AccessTranscript("BAC", "PACE-ECDH-GM-AES-128"),
        AccessTranscript("XYZ", "PACE-ECDH-GM-AES-128"),
        AccessTranscript("PACE", "PACE-ECDH-GM-3DES"),
        AccessTranscript("PACE", None),
        AccessTranscript("NONE"),
    ],
    ids=lambda access: f"{access.protocol} {access.algorithm}",
)
def test_only_pace_with_aes_is_strong_enough_where_dg14_was_hidden(access: AccessTranscript) -> None:
    report = judge(Evidence({"EF.SOD": ISSUER.sign_sod(FILES), "DG1": DG1}, access=access))
    assert said(report, "authentic", "card_access") == (UNDECIDED, "CARD_ACCESS_NOT_BOUND")


def test_card_access_may_hold_all_that_dg14_holds() -> None:
    assert opened(PACE, PACE_INFO, card_access=CARD_ACCESS).authentic.outcome is PASSED
    assert opened(None, PACE_INFO, card_access=CARD_ACCESS).authentic.outcome is PASSED


def test_one_of_several_variants_is_enough() -> None:
    other = pace_info("PACE-ECDH-GM-AES-256", 13)
    card_access = encode_card_access([PACE_INFO, other])
    assert opened(PACE, PACE_INFO, other, card_access=card_access).authentic.outcome is PASSED


@pytest.mark.parametrize(
    ("access", "found"),
    [
        (AccessTranscript("NONE"), "pace_not_used"),
        (AccessTranscript("BAC", "PACE-ECDH-GM-AES-128", "brainpoolP256r1"), "pace_not_used"),
        (AccessTranscript("XYZ", "PACE-ECDH-GM-AES-128", "brainpoolP256r1"), "pace_not_used"),
        (AccessTranscript("PACE", "PACE-ECDH-GM-3DES", "brainpoolP256r1"), "variant_not_offered"),
        (AccessTranscript("PACE", "PACE-ECDH-GM-AES-192", "brainpoolP256r1"), "variant_not_offered"),
        (AccessTranscript("PACE", None, "brainpoolP256r1"), "variant_not_offered"),
        (AccessTranscript("PACE", "PACE-ECDH-GM-AES-128", "secp256r1"), "variant_not_offered"),
        (AccessTranscript("PACE", "PACE-ECDH-GM-AES-128", "brainpoolP192r1"), "variant_not_offered"),
    ],
    ids=lambda value: (
        value if isinstance(value, str) else f"{value.protocol} {value.algorithm} {value.curve}"
    ),
)
def test_an_access_that_the_signed_dg14_does_not_offer_is_a_downgrade(
    access: AccessTranscript, found: str
) -> None:
    report = opened(access, PACE_INFO)
    assert said(report, "authentic", "card_access") == (FAILED, "ACCESS_DOWNGRADE")
    assert check(report, "authentic", "card_access").facts["found"] == found


@pytest.mark.parametrize("parameter_id", [None, 2, 31])
def test_domain_parameters_without_a_curve_of_ours_are_not_compared(parameter_id: int | None) -> None:
    report = opened(PACE, pace_info("PACE-ECDH-GM-AES-128", parameter_id))
    assert said(report, "authentic", "card_access") == (PASSED, None)


def test_a_transcript_without_a_curve_is_compared_by_its_variant() -> None:
    assert opened(replace(PACE, curve=None), PACE_INFO).authentic.outcome is PASSED


# --- chip genuine --------------------------------------------------------------------------------


def test_a_reading_that_broke_off_before_access_has_not_asked_the_chip() -> None:
    report = judge(Evidence({}, live=LiveReading(None), interruption="CARD_REMOVED"), policy=COUNTER)
    assert (report.chip_genuine.outcome, report.chip_genuine.code) == (UNDECIDED, "CHIP_NOT_ASKED")


def test_a_chip_is_said_to_have_no_key_only_when_that_is_sure() -> None:
    def code(evidence: Evidence) -> str | None:
        return judge(replace(evidence, access=PACE), policy=COUNTER).chip_genuine.code

    assert code(folder({"DG1": DG1})) == "CHIP_CANNOT_PROVE"
    assert code(folder({"DG1": DG1, "DG14": encode_dg14([PACE_INFO, *CA_INFOS])})) == "CHIP_NOT_ASKED"
    assert code(replace(folder({"DG1": DG1}), interruption="CARD_REMOVED")) == "CHIP_NOT_ASKED"
    assert code(Evidence({"DG1": DG1})) == "CHIP_NOT_ASKED"


def test_a_transcript_without_dg15_passes_no_check() -> None:
    evidence = replace(folder({"DG1": DG1}), active_authentication=active())
    report = judge(evidence, challenge=CHALLENGE)
    assert said(report, "chip_genuine", "active_authentication") == (UNDECIDED, "KEY_NOT_BOUND")


def test_of_two_hashes_for_active_authentication_in_dg14_the_first_counts() -> None:
    infos = sorted(active_authentication_info(name) for name in ("sha256", "sha512"))
    first = [name for name in ("sha256", "sha512") if active_authentication_info(name) == infos[0]]
    assert first == ["sha256"]
    evidence = folder({"DG1": DG1, "DG15": DG15, "DG14": encode_dg14(infos)})
    report = judge(replace(evidence, active_authentication=active()), challenge=CHALLENGE)
    assert report.chip_genuine.outcome is PASSED


@pytest.mark.parametrize("key", [CA_SPKI[:-1], CA_SPKI + b"\xff", b"", b"\xff"], ids=len)
def test_chip_authentication_counts_with_the_very_key_of_dg14_only(key: bytes) -> None:
    evidence = reading(active_authentication=None, chip_authentication=chip(public_key=key))
    report = judge(evidence, policy=COUNTER)
    assert said(report, "chip_genuine", "chip_authentication_key") == (UNDECIDED, "KEY_NOT_BOUND")
    assert check(report, "chip_genuine", "chip_authentication").facts["bound"] is False
    assert report.chip_genuine.outcome is UNDECIDED


def test_the_status_word_of_a_refusal_is_reported() -> None:
    refused = active(Exchange.REFUSED, signature=b"", status_word=0x6988)
    report = judge(reading(active_authentication=refused), policy=COUNTER)
    assert check(report, "chip_genuine", "active_authentication").facts["status_word"] == "6988"


# --- still valid ---------------------------------------------------------------------------------


def test_the_expiry_of_a_document_nobody_vouches_for_passes_no_check() -> None:
    report = judge(folder(read={"DG15": DG15 + b"\0"}), status=IN_FORCE)
    assert said(report, "still_valid", "expiry") == (UNDECIDED, "AUTHENTIC_NOT_PASSED")


def test_whether_a_document_expires_at_all_is_reported() -> None:
    assert check(judge(folder()), "still_valid", "expiry").facts == {"expires": True}
    profile = replace(ICAO, no_expiry=frozenset({"320415"}))
    assert check(judge(folder(), profile=profile), "still_valid", "expiry").facts == {"expires": False}


def test_a_forged_document_without_expiry_is_judged_like_any_other() -> None:
    profile = replace(ICAO, no_expiry=frozenset({"320415"}))
    report = judge(folder(read={"DG15": DG15 + b"\0"}), profile=profile, status=IN_FORCE)
    assert report.document is None
    assert report.still_valid.outcome is UNDECIDED


@pytest.mark.parametrize(
    ("age", "outcome"),
    [
        (dt.timedelta(minutes=-5, seconds=-1), UNDECIDED),
        (dt.timedelta(minutes=-5), PASSED),
        (dt.timedelta(hours=23), PASSED),
        (dt.timedelta(days=1), PASSED),
        (dt.timedelta(days=1, seconds=1), UNDECIDED),
    ],
    ids=str,
)
def test_an_answer_counts_for_one_day_and_may_be_five_minutes_ahead(
    age: dt.timedelta, outcome: Outcome
) -> None:
    report = judge(folder(), status=replace(IN_FORCE, at=NOW - age))
    assert report.still_valid.outcome is outcome


def test_what_is_unknown_of_an_unproven_document_keeps_its_own_reason() -> None:
    assert judge(folder(), trust=NOBODY).still_valid.code == "STATUS_NOT_AVAILABLE"
    expired = folder({"DG1": encode_dg1(mrz("260228"))})
    report = judge(expired, trust=NOBODY, status=IN_FORCE)
    assert said(report, "still_valid", "expiry") == (FAILED, "EXPIRED")
    assert report.still_valid.outcome is not PASSED


# --- holder, policy and report -------------------------------------------------------------------


def test_the_check_of_another_face_fails_like_its_verdict() -> None:
    report = judge(folder(), holder=HolderMatch(False, "officer", "officer", NOW))
    assert said(report, "holder", "holder_match") == (FAILED, "HOLDER_MISMATCH")


def test_all_four_verdicts_can_be_required() -> None:
    assert Policy.stored().requiring(*VERDICTS).required == set(VERDICTS)


def test_the_code_of_a_failed_report_is_that_of_the_failure() -> None:
    lost = StatusAnswer(DocumentStatus.LOST, "registry", NOW)
    report = judge(folder(), trust=NOBODY, status=lost)
    assert report.authentic.outcome is UNDECIDED
    assert (report.verdict, report.code) == (FAILED, "LOST")


def test_a_report_without_a_code_is_raised_without_one() -> None:
    strict = Policy.stored().requiring("holder")
    with pytest.raises(NotPassed) as caught:
        verify_or_raise(folder(), trust=TRUST, policy=strict, profile=ICAO, now=NOW)
    assert caught.value.detail == "UNDECIDED"


def test_a_person_without_a_birth_date_has_none_in_json() -> None:
    profile = replace(ICAO, complete=lambda person, _: replace(person, birth_date=None))
    shown = judge(folder(), profile=profile).to_json(show_person=True)
    assert shown["person"] == {"number": None, "name": "ERIKSSON ANNA MARIA", "birth_date": None}
