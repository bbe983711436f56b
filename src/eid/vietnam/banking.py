"""Banks of Viet Nam: from which amount on a payment needs a biometric match, as a requirement for ``check``.

Decision 2345/QĐ-NHNN puts payments on the Internet into classes A < B < C < D; from class C on the
customer's biometrics are compared, and with what is listed. Circulars 17/2024 and 18/2024/TT-NHNN let
nobody pay electronically before identity paper and biometrics were matched once. Amounts and dates are
entries of ``rules.toml``; some are only ``likely``, and the decision then says so.

Below those amounts the bank itself chooses: pass what it asks for as *base*.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from eid.accounts.model import HolderKind
from eid.accounts.requirement import Requirement
from eid.accounts.rules import Rule, RuleBook
from eid.errors import InputError, RulesError

__all__ = [
    "BANK_DATABASE",
    "PAPER_MATCH",
    "REPRESENTATIVE_MATCH",
    "Operation",
    "PaymentClass",
    "Threshold",
    "before_first_payment",
    "class_reached",
    "first_sign_in",
    "payment",
    "payment_class",
    "thresholds",
]

#: Kind of evidence: the customer's biometrics in the bank's own database were checked against the chip
#: or VNeID.
BANK_DATABASE = "bank_database_checked"
#: Kind of evidence: identity paper and biometrics of the customer were matched once.
PAPER_MATCH = "identity_paper_and_biometric_match"
#: The same for the legal representative of an organisation.
REPRESENTATIVE_MATCH = "representative_identity_paper_and_biometric_match"

#: Kind of evidence by the rules' word for what biometrics may be compared with.
_REFERENCES: Mapping[str, str] = {
    "chip_data_verified_as_police_issued": "chip_report",
    "vneid_authentication": "vneid_sign_in",
    "bank_database_checked_against_either": BANK_DATABASE,
}
_MATCHES: Mapping[str, str] = {
    "identity_paper_and_biometric_matched_first": PAPER_MATCH,
    "identity_paper_and_biometric_of_legal_representative_matched_first": REPRESENTATIVE_MATCH,
}
#: More money than there is: an amount beyond it is a mistake in units.
_MOST = 10**18


class Operation(enum.StrEnum):
    """What the customer wants to do."""

    #: To somebody else, or to another bank (group I.3 of the appendix).
    TRANSFER = "transfer"
    #: Between own accounts in one bank (group I.1).
    OWN_TRANSFER = "transfer_to_own_account_in_the_same_bank"
    #: For goods and services, through a payment service (group I.2).
    PAYMENT = "payment_to_merchant"


class PaymentClass(enum.StrEnum):
    """Classes of Decision 2345, the weakest first. A stronger measure covers a weaker one."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"

    def covers(self, needed: PaymentClass) -> bool:
        """Whether what was done for this class is enough for *needed*."""
        return self.value >= needed.value


@dataclass(frozen=True, slots=True)
class Threshold:
    """Beyond which amounts an operation is of a class.

    :param single: more than so many VND in one transaction; ``None`` when only the day counts.
    :param day_total: more than so many VND on one day, the transaction included; ``None`` likewise.
    :param references: kinds of evidence, with one of which the biometrics may be compared.
    """

    payment_class: PaymentClass
    single: int | None
    day_total: int | None
    references: frozenset[str]
    rule: Rule

    def exceeded(self, amount: int, sent_today: int) -> bool:
        """Whether *amount*, after *sent_today* on the same day, is beyond it."""
        return (self.single is not None and amount > self.single) or (
            self.day_total is not None and sent_today + amount > self.day_total
        )


def thresholds(operation: Operation, holder: HolderKind, *, rules: RuleBook) -> tuple[Threshold, ...]:
    """The thresholds in force, of the strongest class first; none where the rules set none.

    :raises RulesError: an entry that cannot be read.
    """
    customer = "organisation" if holder is HolderKind.ORGANISATION else "individual"
    found = [
        _threshold(rule)
        for rule in rules.all("bank_threshold")
        if rule.get("operation") == operation.value and rule.get("customer") == customer
    ]
    return tuple(sorted(found, key=lambda each: each.payment_class.value, reverse=True))


def payment_class(
    operation: Operation, amount: int, *, sent_today: int, holder: HolderKind, rules: RuleBook
) -> tuple[PaymentClass | None, Rule | None]:
    """The class of a payment, with the rule; ``None`` below the amounts that the rules know.

    :param amount: VND.
    :param sent_today: VND, what the customer sent before on this day (of Viet Nam) by operations of the
        same group.
    :raises InputError: an amount that is no positive integer, or a sum below zero.
    """
    _check_amounts(amount, sent_today)
    exempt = rules.find("bank_exemption", operation=operation.value)
    if exempt is not None:
        return PaymentClass.A, exempt
    for threshold in thresholds(operation, holder, rules=rules):
        if threshold.exceeded(amount, sent_today):
            return threshold.payment_class, threshold.rule
    return None, None


def payment(
    operation: Operation,
    amount: int,
    *,
    sent_today: int,
    holder: HolderKind,
    rules: RuleBook,
    base: Requirement | None = None,
) -> Requirement:
    """What has to hold for a payment: what the bank asks for, and from class C on a biometric match.

    The match is a biometric factor **of this transaction**, and evidence that what it was compared with
    is good: the chip of the card, a sign-in with VNeID, or the bank's own database checked against one
    of these. For class D, add the strong confirmation (advanced OTP, FIDO, secure signature) to *base*: it
    is asked for here as a factor of possession beside the biometric one.

    :param amount: VND.
    :param sent_today: VND, see :func:`payment_class`.
    :param holder: of the customer's account.
    :param base: what the bank asks for in any case.
    :raises InputError: an amount that is no positive integer, or a sum below zero.
    """
    _check_amounts(amount, sent_today)
    wanted = base or Requirement()
    if rules.find("bank_exemption", operation=operation.value) is not None:
        return wanted
    for threshold in thresholds(operation, holder, rules=rules):
        if threshold.exceeded(amount, sent_today):
            return wanted & _biometric(threshold.payment_class, threshold.references, threshold.rule)
    return wanted


def first_sign_in(*, rules: RuleBook, base: Requirement | None = None) -> Requirement:
    """What has to hold when a person signs in to the bank on a device for the first time."""
    wanted = base or Requirement()
    rule = rules.find("bank_precondition", operation="first_sign_in_on_a_new_device", customer="individual")
    if rule is None:
        return wanted
    return wanted & _biometric(PaymentClass.C, _references(rule), rule)


def before_first_payment(
    holder: HolderKind,
    *,
    rules: RuleBook,
    card: bool = False,
    issuer_under_special_control: bool = False,
    base: Requirement | None = None,
) -> Requirement:
    """What has to hold before an account, or a card, pays electronically at all.

    :param card: a card transaction (Circular 18/2024/TT-NHNN) and not one from a payment account
        (Circular 17/2024/TT-NHNN).
    :param issuer_under_special_control: such card issuers had to follow later.
    """
    wanted = base or Requirement()
    if card:
        issuer = "credit_institution_under_special_control" if issuer_under_special_control else None
        rule = rules.find("bank_precondition", operation="electronic_card_transaction", issuer=issuer)
    else:
        customer = "organisation" if holder is HolderKind.ORGANISATION else "individual"
        operation = "electronic_withdrawal_or_payment_from_account"
        rule = rules.find("bank_precondition", operation=operation, customer=customer)
    if rule is None:
        return wanted
    kind = _MATCHES.get(rule.get("rule", ""))
    if kind is None:
        raise RulesError("bank_precondition: an unknown rule")
    if card and holder is HolderKind.ORGANISATION:
        kind = REPRESENTATIVE_MATCH
    return wanted & Requirement(evidence=frozenset({kind}), basis=rule.article, confidence=rule.confidence)


def class_reached(measures: Iterable[str], *, rules: RuleBook) -> PaymentClass | None:
    """The class that is reached with *measures*, words of the rules; ``None`` below class C.

    :param measures: ``biometric``, ``advanced_otp``, ``fido``, ``secure_signature``.
    """
    done = frozenset(measures)
    rule = next(iter(rules.all("bank_class")), None)
    if "biometric" not in done or rule is None:
        return None
    strong = all(not done.isdisjoint(word.split("_or_")) for word in rule.get("class_d", ()))
    return PaymentClass.D if strong and rule.get("class_d") else PaymentClass.C


def _biometric(needed: PaymentClass, references: frozenset[str], rule: Rule) -> Requirement:
    categories = {"biometric", "possession"} if needed is PaymentClass.D else {"biometric"}
    return Requirement(
        factor_categories=frozenset(categories),
        any_evidence=frozenset({references}),
        basis=rule.article,
        confidence=rule.confidence,
    )


def _check_amounts(amount: int, sent_today: int) -> None:
    for value in (amount, sent_today):
        if type(value) is not int or not 0 <= value <= _MOST:
            raise InputError("an amount is a whole number of VND, not below zero")
    if amount == 0:
        raise InputError("a payment of nothing")


def _threshold(rule: Rule) -> Threshold:
    single, total = rule.get("single_amount_over_vnd"), rule.get("day_total_over_vnd")
    for value in (single, total):
        if value is not None and type(value) is not int:
            raise RulesError("bank_threshold: an amount that is no whole number")
    if single is None and total is None:
        raise RulesError("bank_threshold: no amount")
    try:
        payment_class_ = PaymentClass(rule.get("class"))
    except ValueError:
        raise RulesError("bank_threshold: a class that does not exist") from None
    return Threshold(payment_class_, single, total, _references(rule), rule)


def _references(rule: Rule) -> frozenset[str]:
    words = rule.get("accepted_references", ())
    unknown = [word for word in words if word not in _REFERENCES]
    if unknown or not words:
        raise RulesError(f"{rule.kind}: references that are unknown or missing")
    return frozenset(_REFERENCES[word] for word in words)
