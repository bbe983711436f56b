"""Banks: the last amount without a biometric match, and the first with it; what has to be matched from which day.

Decision 2345/QĐ-NHNN; Circulars 17/2024, 18/2024 and 50/2024/TT-NHNN.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from account_samples import DAY, NOW, account, context
from law_register import LAW, ONE_DAY, TODAY, covers, said

from eid.accounts.decision import Decision, DecisionOutcome, decide
from eid.accounts.model import EvidenceItem, HolderKind
from eid.accounts.requirement import Requirement
from eid.accounts.rules import RuleBook
from eid.document.checks import Outcome
from eid.errors import InputError, RulesError
from eid.vietnam.banking import (
    BANK_DATABASE,
    PAPER_MATCH,
    REPRESENTATIVE_MATCH,
    Operation,
    PaymentClass,
    before_first_payment,
    class_reached,
    first_sign_in,
    payment,
    payment_class,
    thresholds,
)
from eid.vietnam.rules import rules_for

ALLOW, STEP_UP = DecisionOutcome.ALLOW, DecisionOutcome.STEP_UP
CITIZEN, FOREIGNER, ORGANISATION = HolderKind.CITIZEN, HolderKind.FOREIGNER, HolderKind.ORGANISATION
MILLION = 1_000_000
BASE = Requirement(authentication_level=1, purpose="transfer", basis="terms of the bank")
RULES = rules_for(TODAY)


def proof(kind: str, outcome: Outcome = Outcome.PASSED) -> EvidenceItem:
    return EvidenceItem(kind, outcome, NOW - DAY, "bank")


def send(amount: int, sent_today: int, *kinds: str, day: dt.date = TODAY, **changes: Any) -> Decision:
    """A customer sends *amount* by *kinds* of factors."""
    subject = account(**changes)
    rules = rules_for(day)
    wanted = payment(
        Operation.TRANSFER, amount, sent_today=sent_today, holder=subject.holder, rules=rules, base=BASE
    )
    return decide(subject, wanted, rules=rules, context=context(*kinds), now=NOW)


@covers("bank_threshold.transfer_c")
@pytest.mark.parametrize(
    ("amount", "sent_today", "match_needed"),
    [
        (10 * MILLION, 0, False),
        (10 * MILLION + 1, 0, True),
        (10 * MILLION, 10 * MILLION, False),
        (10 * MILLION, 10 * MILLION + 1, True),
        (1, 20 * MILLION - 1, False),
        (1, 20 * MILLION, True),
        (1, 500 * MILLION, True),
        (10**18, 0, True),
    ],
)
def test_decision_2345_article_1_beyond_ten_million_or_twenty_a_day_a_biometric_match(
    amount: int, sent_today: int, match_needed: bool
) -> None:
    plain = send(amount, sent_today, "password", "software")
    assert plain.outcome is (STEP_UP if match_needed else ALLOW)
    assert send(amount, sent_today, "password", "face").outcome is ALLOW
    for holder in (CITIZEN, FOREIGNER):
        found, rule = payment_class(
            Operation.TRANSFER, amount, sent_today=sent_today, holder=holder, rules=RULES
        )
        assert found is (PaymentClass.C if match_needed else None)
    if not match_needed:
        assert rule is None
        assert "2345" not in plain.explain()
        return
    assert plain.codes == ("FACTOR_CATEGORY_MISSING",)
    assert plain.reasons[0].article == "Decision 2345/QĐ-NHNN, Art. 1"
    assert plain.challenge() is not None
    assert rule is not None
    assert rule.article == "Decision 2345/QĐ-NHNN, Art. 1"


@covers("bank_threshold.transfer_c")
@pytest.mark.parametrize("reference", ["chip_report", "vneid_sign_in", BANK_DATABASE])
def test_decision_2345_the_match_is_with_the_chip_vneid_or_the_banks_checked_database(reference: str) -> None:
    amount = 11 * MILLION
    assert send(amount, 0, "password", "face", evidence=(proof(reference),)).outcome is ALLOW
    without = send(amount, 0, "password", "face", evidence=())
    assert (without.outcome, without.codes) == (STEP_UP, ("EVIDENCE_MISSING",))
    selfie = send(amount, 0, "password", "face", evidence=(proof("in_person"),))
    assert selfie.outcome is STEP_UP
    failed = send(amount, 0, "password", "face", evidence=(proof(reference, Outcome.FAILED),))
    assert failed.outcome is not ALLOW
    # A match of yesterday is no factor today: the reference lasts, the match does not.
    assert send(amount, 0, "password", evidence=(proof(reference), proof("bank_face_match"))).codes == (
        "FACTOR_CATEGORY_MISSING",
    )


def test_decision_2345_from_its_first_day_and_for_individuals() -> None:
    assert send(11 * MILLION, 0, "password", day=LAW).outcome is STEP_UP
    before = send(11 * MILLION, 0, "password", day=LAW - ONE_DAY)
    assert before.codes == ("AUTHENTICATION_LEVEL_TOO_LOW",)  # there were no such levels; nor a threshold
    assert "2345" not in before.explain()
    firm = {"holder": ORGANISATION, "level": None, "birth_date": None}
    assert send(11 * MILLION, 0, "password", **firm).outcome is ALLOW
    assert thresholds(Operation.TRANSFER, ORGANISATION, rules=RULES) == ()


@covers("bank_threshold.payment_c", "bank_threshold.payment_d", "bank_exemption.own_account")
@pytest.mark.parametrize(
    ("operation", "amount", "sent_today", "expected"),
    [
        (Operation.PAYMENT, 100 * MILLION, 0, None),
        (Operation.PAYMENT, 100 * MILLION + 1, 0, PaymentClass.C),
        (Operation.PAYMENT, 1, 100 * MILLION, PaymentClass.C),
        (Operation.PAYMENT, 1500 * MILLION, 0, PaymentClass.C),
        (Operation.PAYMENT, 1500 * MILLION + 1, 0, PaymentClass.D),
        (Operation.PAYMENT, 1, 1500 * MILLION, PaymentClass.D),
        (Operation.OWN_TRANSFER, 10**18, 10**18, PaymentClass.A),
    ],
)
def test_decision_2345_appendix_payments_and_transfers_to_oneself(
    operation: Operation, amount: int, sent_today: int, expected: PaymentClass | None
) -> None:
    case: dict[str, Any] = {"sent_today": sent_today, "holder": CITIZEN, "rules": RULES}
    found, rule = payment_class(operation, amount, **case)
    assert found is expected
    assert rule is None or rule.confidence == "likely"
    wanted = payment(operation, amount, **case, base=BASE)
    if expected in (None, PaymentClass.A):
        assert wanted == BASE
        return
    categories = {"biometric", "possession"} if expected is PaymentClass.D else {"biometric"}
    assert wanted.factor_categories == categories
    decision = decide(account(), wanted, rules=RULES, context=context("password"), now=NOW)
    assert decision.outcome is STEP_UP
    assert decision.confidence == "likely"  # and so the auditor is told
    assert "; likely]" in decision.explain()


@covers("bank_class.order")
def test_decision_2345_a_stronger_class_covers_a_weaker_one() -> None:
    order = [PaymentClass(each) for each in said("bank_class.order")["order"]]
    assert order == list(PaymentClass)
    for stronger, one in enumerate(order):
        for weaker, other in enumerate(order):
            assert one.covers(other) is (stronger >= weaker)
    assert said("bank_class.order")["stronger_covers_weaker"] is True
    assert class_reached(["biometric"], rules=RULES) is PaymentClass.C
    for strong in ("advanced_otp", "fido", "secure_signature"):
        assert class_reached(["biometric", strong], rules=RULES) is PaymentClass.D
        assert class_reached([strong], rules=RULES) is None
    assert class_reached(["biometric", "sms"], rules=RULES) is PaymentClass.C
    assert class_reached(["biometric", "fido"], rules=rules_for(LAW - ONE_DAY)) is None


@covers("bank_precondition.new_device")
def test_decision_2345_the_first_sign_in_on_a_new_device_is_biometric() -> None:
    for day, outcome in ((LAW, STEP_UP), (LAW - ONE_DAY, ALLOW)):
        rules = rules_for(day)
        wanted = first_sign_in(rules=rules, base=Requirement(purpose="sign in"))
        decision = decide(account(), wanted, rules=rules, context=context("password"), now=NOW)
        assert decision.outcome is outcome
        assert (
            decide(account(), wanted, rules=rules, context=context("password", "face"), now=NOW).outcome
            is ALLOW
        )
    assert first_sign_in(rules=RULES).confidence == "likely"


@covers(
    "bank_precondition.account_individual",
    "bank_precondition.account_organisation",
    "bank_precondition.card",
    "bank_precondition.card_special_control",
)
@pytest.mark.parametrize(
    ("holder", "options", "kind", "first", "article", "confidence"),
    [
        (
            CITIZEN,
            {},
            PAPER_MATCH,
            "2025-01-01",
            "Circular 17/2024/TT-NHNN, Art. 17(5)(c), Art. 23(3)",
            "confirmed",
        ),
        (
            ORGANISATION,
            {},
            REPRESENTATIVE_MATCH,
            "2025-07-01",
            "Circular 17/2024/TT-NHNN, Art. 17(5)(c), Art. 23",
            "likely",
        ),
        (
            FOREIGNER,
            {"card": True},
            PAPER_MATCH,
            "2025-01-01",
            "Circular 18/2024/TT-NHNN, Art. 16(6), Art. 28(3)",
            "confirmed",
        ),
        (
            ORGANISATION,
            {"card": True},
            REPRESENTATIVE_MATCH,
            "2025-01-01",
            "Circular 18/2024/TT-NHNN, Art. 16(6), Art. 28(3)",
            "confirmed",
        ),
        (
            CITIZEN,
            {"card": True, "issuer_under_special_control": True},
            PAPER_MATCH,
            "2025-07-01",
            "Circular 18/2024/TT-NHNN, Art. 16(6), Art. 28(3)",
            "confirmed",
        ),
    ],
)
def test_circulars_17_and_18_nothing_is_paid_before_paper_and_face_were_matched_once(
    holder: HolderKind, options: dict[str, bool], kind: str, first: str, article: str, confidence: str
) -> None:
    day = dt.date.fromisoformat(first)
    new = {"level": None, "birth_date": None} if holder is ORGANISATION else {}
    for on, outcome in ((day - ONE_DAY, ALLOW), (day, STEP_UP)):
        rules = rules_for(on)
        wanted = before_first_payment(holder, rules=rules, **options)
        subject = account(holder=holder, evidence=(), **new)
        decision = decide(subject, wanted, rules=rules, context=context(), now=NOW)
        assert decision.outcome is outcome
    (reason,) = decision.reasons
    assert (reason.code, reason.article, decision.confidence) == ("EVIDENCE_MISSING", article, confidence)
    matched = account(holder=holder, evidence=(proof(kind),), **new)
    assert decide(matched, wanted, rules=rules, context=context(), now=NOW).outcome is ALLOW


@covers("bank_confirmation_forms.2025")
def test_circular_50_article_11_eleven_forms_no_links_and_no_remembered_passwords() -> None:
    rule = said("bank_confirmation_forms.2025")
    assert rule["count"] == len(rule["forms"]) == 11
    assert (rule["links_in_sms_or_email"], rule["remember_password"]) == (False, False)
    assert rule.confidence == "likely"


# --- what cannot be asked ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "sent_today"),
    [(0, 0), (-1, 0), (1, -1), (True, 0), (1.5, 0), ("1", 0), (1, None), (10**18 + 1, 0), (1, 10**18 + 1)],
)
def test_an_amount_that_is_none_is_refused(amount: Any, sent_today: Any) -> None:
    for call in (payment, payment_class):
        with pytest.raises(InputError):
            call(Operation.TRANSFER, amount, sent_today=sent_today, holder=CITIZEN, rules=RULES)


@pytest.mark.parametrize(
    "change",
    [
        {"class": "E"},
        {"class": None},
        {"single_amount_over_vnd": "10"},
        {"single_amount_over_vnd": None, "day_total_over_vnd": None},
        {"accepted_references": ["a friend"]},
        {"accepted_references": []},
    ],
)
def test_thresholds_that_cannot_be_read_stop_and_let_nothing_pass(change: dict[str, Any]) -> None:
    whole = dict(said("bank_threshold.transfer_c").values) | change
    broken = {"bank_threshold": [{name: value for name, value in whole.items() if value is not None}]}
    with pytest.raises(RulesError):
        payment(Operation.TRANSFER, 1, sent_today=0, holder=CITIZEN, rules=RuleBook(broken, day=TODAY))
