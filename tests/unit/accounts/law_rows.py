"""The survey of the law, row by row: which entries of the rules say it, or why none does.

In the order of the survey of 2026-11-21; the labels are ours. A row that says nothing about accounts has its reason.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Why a row is no entry of the rules.
NOT_OF_ACCOUNTS = {
    "systems": "binds the systems of the State and those who connect to them",
    "others": "about others than holders and their accounts: providers, offenders, fines",
    "print": "about what is printed on the card",
    "reading": "about reading the printed code or the chip",
    "no date": "no first day was seen, and an entry without one cannot be applied",
}


@dataclass(frozen=True)
class Row:
    """One row.

    :param articles: parts that the source of every entry of this row contains.
    :param entries: ids in ``rules.toml``; none with a reason in *why*.
    """

    section: int
    label: str
    articles: tuple[str, ...]
    entries: tuple[str, ...] = ()
    why: str = ""

    def __str__(self) -> str:
        return f"{self.section}-{self.label.replace(' ', '_')}"


_D69 = "Decree 69/2024/NĐ-CP"
_LAW = "Law 26/2023/QH15"
_2345 = "Decision 2345/QĐ-NHNN"
_320 = "Decree 320/2026/NĐ-CP"
_356 = "Decree 356/2025/NĐ-CP"


def _row(section: int, label: str, articles: str, *entries: str, why: str = "") -> Row:
    return Row(section, label, tuple(articles.split("|")), entries, why)


ROWS = (
    # --- 1. who may hold which
    _row(1, "citizen from 14", f"{_D69}|7(1)", "account.citizen_from_14"),
    _row(1, "citizen 6 to below 14", f"{_D69}|7(1)|10", "account.citizen_6_to_13"),
    _row(1, "citizen below 6", f"{_D69}|7(1)|10(1)(d)", "account.citizen_below_6"),
    _row(1, "foreigner from 6", f"{_D69}|7(2)|11", "account.foreigner_from_6"),
    _row(1, "foreigner below 6", f"{_D69}|7(2)", "account.foreigner_below_6"),
    _row(1, "organisation", f"{_D69}|7(3)|12", "account.organisation"),
    _row(
        1,
        "earlier regime",
        "Decree 59/2022/NĐ-CP|11",
        "account.citizen_from_14_before_2024",
        "account.citizen_below_14_before_2024",
    ),
    _row(1, "accounts that others create", f"{_D69}|9", "access.other_accounts"),
    # --- 2. registration, time limits, activation
    _row(2, "level 1 citizen", f"{_D69}|10(1)", "registration.citizen_1"),
    _row(2, "level 2 citizen", f"{_D69}|10(2)", "registration.citizen_2"),
    _row(2, "by a guardian at level 1", f"{_D69}|10(1)(d)", "registration.by_guardian_1"),
    _row(2, "level 1 foreigner", f"{_D69}|11(1)", "registration.foreigner_1"),
    _row(2, "level 2 foreigner", f"{_D69}|11(2)", "registration.foreigner_2"),
    _row(2, "organisation", f"{_D69}|12", "registration.organisation"),
    _row(2, "citizen with a card", f"{_D69}|13", "time_limit.citizen_level_1", "time_limit.citizen_level_2"),
    _row(2, "citizen without", f"{_D69}|13", "time_limit.citizen_without_card"),
    _row(
        2,
        "foreigner",
        f"{_D69}|13",
        "time_limit.foreigner_level_1",
        "time_limit.foreigner_level_2",
        "time_limit.foreigner_level_2_new_biometrics",
    ),
    _row(
        2,
        "time for organisations",
        f"{_D69}|13",
        "time_limit.organisation",
        "time_limit.organisation_to_verify",
    ),
    _row(2, "activation", f"{_D69}|14", "time_limit.activation"),
    _row(2, "use by wards", f"{_D69}|14", "consent.guardian"),
    # --- 3. what each level opens
    _row(3, "level 1", f"{_D69}|9(1)", "access.citizen_1", "access.foreigner_1"),
    _row(3, "level 2 citizen", f"{_D69}|9(2)", "access.citizen_2"),
    _row(3, "level 2 foreigner and organisation", f"{_D69}|9", "access.foreigner_2", "access.organisation"),
    _row(3, "value of the data", f"{_D69}|9(6)", "access.citizen_2"),
    _row(3, "use through level 2", f"{_D69}|28(3)", "access.citizen_2"),
    _row(3, "content of the electronic card", f"{_LAW}|31(2)", "electronic_card.content"),
    _row(3, "issued with level 2", f"{_D69}|28(2)", "electronic_card.issue"),
    _row(3, "conflict", f"{_LAW}|33(2)", "result_use.electronic_card_prevails"),
    _row(3, "no double papers", f"{_LAW}|20(3)", "result_use.no_double_papers"),
    _row(3, "state of the electronic card", f"{_LAW}|15(5)", "electronic_card.states"),
    _row(3, "legal effect of use", f"{_D69}|14", "result_use.approval"),
    # --- 4. authentication levels
    _row(4, "level 1", f"{_D69}|20(1)", "authentication_level.1"),
    _row(4, "level 2", f"{_D69}|20(1)", "authentication_level.2"),
    _row(4, "level 3", f"{_D69}|20(1)", "authentication_level.3"),
    _row(
        4,
        "level 4",
        f"{_D69}|20(1)",
        "authentication_level.4",
        "factor_category.biometric",
        "factor_category.possession",
        "factor_category.knowledge",
    ),
    _row(4, "level of a service", f"{_D69}|20(2)", "service_level.choice"),
    # --- 5. locking and unlocking
    _row(
        5,
        "lock the electronic card",
        f"{_LAW}|34(1)",
        "lock_reason.holder_request",
        "lock_reason.breach_of_app_terms",
        "lock_reason.card_revoked_or_withheld",
        "lock_reason.holder_died",
        "lock_reason.authority_request",
    ),
    _row(
        5,
        "unlock",
        f"{_LAW}|34(2)",
        "lock_reason.holder_request",
        "lock_reason.breach_of_app_terms",
        "lock_reason.card_revoked_or_withheld",
        "lock_reason.authority_request",
    ),
    _row(5, "notice", _LAW, "lock_reason.holder_request", "lock_reason.holder_died"),
    _row(5, "who decides", f"{_LAW}|34(4)", "lock_authority.electronic_identity_card"),
    _row(5, "automatic unlock", f"{_D69}|30(1)", "automatic_unlock.electronic_identity_card"),
    _row(
        5, "request of the holder", _D69, "time_limit.lock_card_by_holder", "time_limit.unlock_card_by_holder"
    ),
    _row(
        5,
        "request of an authority",
        _D69,
        "time_limit.lock_card_by_authority",
        "time_limit.unlock_card_by_authority",
    ),
    _row(5, "accounts", f"{_D69}|16", "lock_authority.account"),
    _row(5, "cases of accounts", f"{_D69}|15", "lock_cases.account"),
    _row(5, "earlier regime", "Decree 59/2022/NĐ-CP|19", "lock_cases.account_before_2024"),
    # --- 6. retention
    _row(6, "access history", f"{_D69}|17(2)", "retention.access_history"),
    _row(6, "electronic card", f"{_D69}|28(4)", "retention.electronic_card"),
    _row(6, "usage history", f"{_D69}|28(4)", "retention.card_usage_history"),
    _row(6, "transaction history", "20/2023/QH15|46", "transaction_history.evidence"),
    # --- 7. consent, reading, no reuse
    _row(7, "state bodies", f"{_D69}|19(2)", "consent.state_bodies"),
    _row(7, "everybody else", f"{_D69}|19(3)", "consent.private_bodies"),
    _row(7, "no sharing", f"{_D69}|19(4)", "result_use.no_sharing"),
    _row(7, "no reuse", f"{_D69}|19(4)", "result_use.no_reuse"),
    _row(7, "no re-sharing", f"{_320}|40", "result_use.no_resharing"),
    _row(7, "connection", f"{_D69}|18", why="systems"),
    _row(7, "cut-off", "Decree 70/2024/NĐ-CP|7(4)", why="systems"),
    _row(7, "providers", f"{_D69}|22, 23", why="others"),
    _row(7, "chip read by private bodies", f"{_LAW}|22(5)", "consent.chip_by_private_bodies"),
    _row(7, "others than state bodies", f"{_LAW}|16(3)(c)|8", "consent.identity_database"),
    _row(7, "printed code", "Decree 70/2024/NĐ-CP|12(1)", why="reading"),
    _row(7, "prohibited", f"{_LAW}|7", why="others"),
    # --- 8. personal data
    _row(8, "principles and fines", "Law 91/2025/QH15|3, 4, 7, 8", why="others"),
    _row(8, "finance", "Law 91/2025/QH15|27", why="systems"),
    _row(8, "biometrics and location", "Law 91/2025/QH15|31", why="systems"),
    _row(8, "sensitive data", f"{_356}|4", "data_class.sensitive"),
    _row(8, "basic data", f"{_356}|3", "data_class.basic"),
    _row(8, "form of consent", f"{_356}|6", "consent.processing"),
    _row(8, "requests", f"{_356}|5", "data_subject_request.2026"),
    _row(8, "finance in detail", _356, why="systems"),
    _row(8, "consent before 2026", "Decree 13/2023/NĐ-CP|11", "consent.processing_before_2026"),
    _row(8, "breach notice before 2026", "Decree 13/2023/NĐ-CP|23", "breach_notice.before_2026"),
    _row(8, "fines of 2026", "Decree 330/2026/NĐ-CP", why="no date"),
    # --- 9. banks
    _row(9, "transfer", f"{_2345}|1", "bank_threshold.transfer_c"),
    _row(9, "reference", f"{_2345}|1", "bank_threshold.transfer_c"),
    _row(9, "classes", f"{_2345}|1", "bank_class.order"),
    _row(9, "class D", f"{_2345}|1", "bank_class.order"),
    _row(9, "new device", f"{_2345}|1", "bank_precondition.new_device"),
    _row(
        9,
        "account of an individual",
        "Circular 17/2024/TT-NHNN|17(5)(c)|23(3)",
        "bank_precondition.account_individual",
    ),
    _row(
        9,
        "account of an organisation",
        "Circular 17/2024/TT-NHNN|17(5)(c)|23",
        "bank_precondition.account_organisation",
    ),
    _row(9, "cards", "Circular 18/2024/TT-NHNN|16(6)|28(3)", "bank_precondition.card"),
    _row(9, "special control", "Circular 18/2024/TT-NHNN|28(3)", "bank_precondition.card_special_control"),
    _row(9, "later change", "Circular 45/2025/TT-NHNN", why="no date"),
    _row(9, "confirmation forms", "Circular 50/2024/TT-NHNN|11", "bank_confirmation_forms.2025"),
    # --- 10. linking, portal
    _row(10, "sectors", f"{_320}|40(9)|40(10)", "linking_scope.sectors"),
    _row(10, "platforms", f"{_320}|20(3)", "linking_deadline.platforms"),
    _row(10, "banking", f"{_320}|20(3)", "linking_deadline.banking"),
    _row(10, "portal accounts of organisations", f"{_D69}|40(4)", "portal_account.organisation"),
    _row(10, "portal login of citizens", f"{_D69}|40", "portal_account.citizen"),
    _row(10, "sellers", "Law 122/2025/QH15|Decree 248/2026/NĐ-CP", "identification_duty.sellers"),
    # --- 11. number and card
    _row(11, "number", f"{_LAW}|12", "personal_number.format"),
    _row(11, "new number", "Decree 70/2024/NĐ-CP|11(7)", "personal_number_change.reasons"),
    _row(11, "who holds a card", f"{_LAW}|19", "card_validity.law_2023"),
    _row(11, "renewal ages", f"{_LAW}|21", "card_validity.law_2023"),
    _row(11, "old citizen cards", f"{_LAW}|46(1)", "card_validity_transition.citizen_card_2014"),
    _row(11, "nine digits", f"{_LAW}|46(2)", "card_validity_transition.nine_digits"),
    _row(11, "expired early in 2024", f"{_LAW}|46(3)", "card_validity_transition.expired_early_2024"),
    _row(11, "card layout", "Circular 16/2024/TT-BCA|3", why="print"),
    _row(11, "residence shown", "Circular 17/2024/TT-BCA|4", why="print"),
    _row(11, "34 provinces", "Resolution 202/2025/QH15|1", "units.provinces"),
)

#: Entries that the survey has no row of its own for.
ONLY_IN_THE_DATA = {
    "registration.by_guardian_2",  # in one row with that at level 1
    "bank_threshold.payment_c",  # read on public pages after the survey
    "bank_threshold.payment_d",
    "bank_exemption.own_account",
    "card_validity.law_2014",  # from the survey of the card's formats
    "personal_number.layout",
}
