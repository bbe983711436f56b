"""Who may do what to an account when, and which article says so."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifecycle_samples import (
    ADULT,
    AUDITOR,
    CARDS,
    DAY,
    GUARDIAN,
    MINUTE,
    NOW,
    NUMBER,
    OFFICER,
    PROVEN,
    REPRESENTATIVE,
    RULES,
    active,
    after,
    carry_out,
    child,
    commands,
    holder_of,
    item,
    level_2,
    person,
    registered,
)

from eid import errors
from eid.accounts.lifecycle import commands as c
from eid.accounts.lifecycle import events as e
from eid.accounts.lifecycle.command_form import (
    MAX_CONSENTS,
    MAX_EVIDENCE,
    MAX_FIELDS,
    MAX_LINKS,
    MAX_LOCKS,
    MAX_PEOPLE,
    MAX_SUBJECTS,
    REFERENCE,
    TEXT,
    WORD,
)
from eid.accounts.lifecycle.event_bytes import account_from_bytes, account_to_bytes
from eid.accounts.lifecycle.events import Event, replay
from eid.accounts.model import (
    Account,
    AccountState,
    Actor,
    CardState,
    Consent,
    Details,
    EvidenceItem,
    HolderKind,
    Link,
    Lock,
    Role,
)
from eid.accounts.roles import PERMISSIONS, has_part
from eid.accounts.standing import RECOVER_WITHIN, UPGRADE_WITHIN
from eid.document.checks import Outcome
from eid.document.dates import PartialDate
from eid.errors import AccountError, InputError, LimitExceeded
from eid.vietnam.rules import rules_for

CARD = "electronic_identity_card"
D69 = "Decree 69/2024/NĐ-CP"
LAW = "Law 26/2023/QH15"


def refused(
    error: type[AccountError], account: Account | None, command: c.Command, **more: Any
) -> str | None:
    """The article with which *command* is refused."""
    with pytest.raises(error) as caught:
        carry_out(account, command, **more)
    assert type(caught.value) is error
    return caught.value.article


# --- registering ---------------------------------------------------------------------------------


def test_an_adult_registers_and_every_event_says_who_when_and_by_which_article() -> None:
    account, (event,) = carry_out(
        None, ADULT, actor=Actor(Role.HOLDER, "app-session-1"), subject=f" {NUMBER} "
    )
    assert isinstance(event, e.Registered)
    assert (account.level, account.state, account.subjects) == (1, AccountState.REGISTERED, (NUMBER,))
    assert (event.at, event.by.reference, event.rules) == (NOW, "app-session-1", RULES.version)
    assert event.article == f"{D69}, Art. 7(1)"
    assert account.id == event.account_id
    assert len(account.id) == 32


def test_two_accounts_have_two_identifiers_that_say_nothing() -> None:
    one, other = registered(), registered()
    assert one.id != other.id
    assert NUMBER not in one.id


@pytest.mark.parametrize(
    ("years", "documents", "levels"),
    [(14, CARDS, [1, 2]), (13, CARDS, [1, 2]), (6, CARDS, [1, 2]), (5, CARDS, [1]), (0, CARDS, [1])],
)
def test_decree_69_article_7_1_levels_by_age(
    years: int, documents: frozenset[str], levels: list[int]
) -> None:
    said = child(years, documents=documents)
    if years >= 14:
        said = dataclasses.replace(said, guardians=frozenset())
    account = registered(said)
    assert account.level == 1
    if 2 in levels:
        assert after(account, c.Upgrade(items=PROVEN)).level == 2
    else:
        article = refused(errors.NotEntitledToLevel, account, c.Upgrade(items=PROVEN))
        assert article == f"{D69}, Art. 7(1), Art. 10(1)(d)"


def test_decree_69_article_10_a_child_is_registered_by_a_guardian_with_level_2_or_by_an_officer() -> None:
    own = person(GUARDIAN.reference)
    account, (event,) = carry_out(None, child(13), actor=GUARDIAN, acting=own)
    assert account.guardians == {GUARDIAN.reference}
    assert "Art. 10(1)(d)" in (event.article or "")
    assert registered(child(13)).guardians == {GUARDIAN.reference}
    article = f"{D69}, Art. 10(1)(d)"
    for unfit in (
        None,
        person(GUARDIAN.reference, level=1),
        person(GUARDIAN.reference, activated_at=None),
        person(GUARDIAN.reference, closed_at=NOW),
        person("somebody else"),
        person(GUARDIAN.reference, birth_date=PartialDate(2015, 1, 1)),
    ):
        assert refused(errors.GuardianNeeded, None, child(13), actor=GUARDIAN, acting=unfit) == article
    other = child(13, guardians=frozenset({"another"}))
    assert refused(errors.GuardianNeeded, None, other, actor=GUARDIAN, acting=own) == article
    assert refused(errors.GuardianNeeded, None, child(13), actor=Actor(Role.HOLDER, "x")) is not None
    alone = child(13, guardians=frozenset())
    for actor in (Actor(Role.HOLDER, "x"), OFFICER):
        assert refused(errors.GuardianNeeded, None, alone, actor=actor) is not None


def test_nobody_is_guardian_of_a_person_of_14() -> None:
    grown = child(14, guardians=frozenset())
    refused(errors.RoleNotAllowed, None, grown, actor=GUARDIAN, acting=person(GUARDIAN.reference))
    with pytest.raises(InputError):
        carry_out(None, child(14))
    assert registered(child(14, under_guardianship=True)).under_guardianship


def test_decree_59_article_11_no_account_of_ones_own_below_14_until_2024_06_30() -> None:
    old = rules_for(dt.date(2024, 6, 30))
    said = child(13, birth_date=PartialDate(2010, 7, 2))
    assert refused(errors.NotEntitledToLevel, None, said, rules=old) == "Decree 59/2022/NĐ-CP, Art. 11"
    assert registered(said, rules=rules_for(dt.date(2024, 7, 1))).level == 1


def test_a_day_of_birth_that_is_not_known_counts_as_the_last_possible_one() -> None:
    born = PartialDate(TODAY_YEAR - 14, 11)  # any day of November: not surely 14 on the 21st
    assert refused(errors.GuardianNeeded, None, child(0, birth_date=born, guardians=frozenset())) is not None
    born = PartialDate(TODAY_YEAR - 14, 10)
    assert registered(child(0, birth_date=born, guardians=frozenset())).level == 1


TODAY_YEAR = NOW.year


def test_what_is_missing_for_an_account_is_named() -> None:
    refused(errors.HolderAgeUnknown, None, dataclasses.replace(ADULT, birth_date=None))
    with pytest.raises(errors.DocumentsMissing) as caught:
        carry_out(None, dataclasses.replace(ADULT, documents=frozenset({"identity_card"})))
    assert caught.value.detail == "valid_identity_card"
    assert caught.value.article == f"{D69}, Art. 7(1)"
    foreigner = dataclasses.replace(ADULT, holder=HolderKind.FOREIGNER)
    assert refused(errors.DocumentsMissing, None, foreigner) == f"{D69}, Art. 7(2), Art. 11"


def organisation(**changes: Any) -> c.Register:
    said: dict[str, Any] = {
        "holder": HolderKind.ORGANISATION,
        "documents": {"established_or_registered_in_vietnam"},
        "representatives": {REPRESENTATIVE.reference, "another"},
        "agreed": {"another"},
    }
    return c.Register(**{**said, **changes})


def test_decree_69_article_12_an_organisation_needs_all_representatives_and_one_of_level_2() -> None:
    own = person(REPRESENTATIVE.reference)
    account, _ = carry_out(None, organisation(), actor=REPRESENTATIVE, acting=own)
    assert (account.level, account.representatives) == (None, {REPRESENTATIVE.reference, "another"})
    assert registered(organisation(agreed={"another", REPRESENTATIVE.reference})).level is None
    alone = organisation(agreed=frozenset())
    wrong: Iterable[tuple[c.Register, Actor, Account | None]] = [
        (alone, REPRESENTATIVE, own),
        (organisation(), OFFICER, None),  # only one of two agreed
        (organisation(representatives={"another"}), REPRESENTATIVE, own),
        (organisation(representatives=frozenset()), OFFICER, None),
        (organisation(), REPRESENTATIVE, None),
        (organisation(), REPRESENTATIVE, person(REPRESENTATIVE.reference, level=1)),
    ]
    for command, actor, acting in wrong:
        article = refused(errors.RepresentativesNotAgreed, None, command, actor=actor, acting=acting)
        assert "Art. 12" in (article or "")
    refused(errors.RoleNotAllowed, None, organisation(), actor=Actor(Role.HOLDER, "x"))
    assert (
        refused(errors.NotEntitledToLevel, account, c.Upgrade(items=PROVEN)) == f"{D69}, Art. 7(3), Art. 12"
    )


def test_persons_and_organisations_are_not_mixed_up() -> None:
    for mixed in (
        organisation(birth_date=PartialDate(1999)),
        organisation(guardians={"g"}),
        dataclasses.replace(ADULT, representatives=frozenset({"r"})),
    ):
        with pytest.raises(InputError):
            carry_out(None, mixed)
    refused(errors.RoleNotAllowed, None, ADULT, actor=REPRESENTATIVE)
    refused(errors.RoleNotAllowed, None, ADULT, actor=AUDITOR)


def test_only_who_may_know_is_told_that_there_is_an_account() -> None:
    account = active()
    refused(errors.AccountExists, account, ADULT)
    refused(errors.AccountExists, account, ADULT, actor=holder_of(account))
    refused(errors.AccountNotAvailable, account, ADULT, actor=Actor(Role.HOLDER, "curious"))
    own, guardian = child(13, guardians=frozenset({"x"})), Actor(Role.GUARDIAN, "x")
    refused(errors.AccountNotAvailable, registered(child(13)), own, actor=guardian, acting=person("x"))


# --- activating ----------------------------------------------------------------------------------


def test_decree_69_article_14_seven_days_to_activate_then_through_the_hotline() -> None:
    told = after(registered(), c.Notify())
    holder = holder_of(told)
    last = NOW + 7 * DAY
    account, (event,) = carry_out(told, c.Activate(), actor=holder, now=last)
    assert (account.state, event.article) == (AccountState.ACTIVE, f"{D69}, Art. 14")
    late = {"now": last + dt.timedelta(microseconds=1)}
    article = refused(errors.ActivationWindowPassed, told, c.Activate(), actor=holder, **late)
    assert article == f"{D69}, Art. 14"
    assert after(told, c.Activate(), actor=OFFICER, **late).state is AccountState.ACTIVE


def test_activating_twice_does_nothing_more() -> None:
    account = active()
    assert carry_out(account, c.Activate(), actor=holder_of(account)) == (account, ())


# --- level 2 -------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["in_person", "biometric"])
def test_level_2_needs_the_chip_and_the_person(by: str) -> None:
    account, events = carry_out(active(), c.Upgrade(items=(item("chip_report"), item(by))))
    assert account.level == 2
    assert [event.kind for event in events] == ["evidence_added", "upgraded", "card_issued"]
    assert [each.kind for each in events[1].rests_on] == ["chip_report", by]
    assert events[1].article == f"{D69}, Art. 7(1)"
    assert "Art. 28(2)" in (events[2].article or "")
    assert account.card is CardState.IN_FORCE


def test_a_foreigner_of_level_2_gets_no_electronic_identity_card() -> None:
    said = dataclasses.replace(
        ADULT,
        holder=HolderKind.FOREIGNER,
        documents=frozenset({"permanent_or_temporary_residence_card"}),
    )
    account = after(registered(said), c.Upgrade(items=PROVEN))
    assert (account.level, account.card) == (2, CardState.NONE)


def late(kind: str) -> EvidenceItem:
    return item(kind, at=NOW - UPGRADE_WITHIN - MINUTE)


@pytest.mark.parametrize(
    "items",
    [
        (),
        (item("chip_report"),),
        (item("in_person"), item("biometric")),
        (item("chip_report", Outcome.FAILED), item("in_person")),
        (item("chip_report", Outcome.UNDECIDED), item("in_person")),
        (item("chip_report", Outcome.NOT_CHECKED), item("in_person")),
        (item("chip_report"), item("in_person", Outcome.FAILED)),
        # The newest says no, whatever an older one said.
        (item("chip_report", at=NOW - DAY), item("chip_report", Outcome.FAILED), item("in_person")),
        (item("chip_report"), item("in_person", at=NOW - DAY), item("biometric", Outcome.FAILED)),
        (item("chip_report", at=NOW - 2 * DAY, expires_at=NOW), item("in_person")),
        (late("chip_report"), item("in_person")),
        (item("chip_report"), late("in_person")),
        (item("chip_report"), item("vneid_sign_in"), item("bank_face_match")),
    ],
)
def test_no_level_2_without_proof(items: tuple[EvidenceItem, ...]) -> None:
    refused(errors.EvidenceInsufficient, active(), c.Upgrade(items=items))
    if items:
        account = after(active(), c.AddEvidence(items=items))
        assert account.level == 1
        refused(errors.EvidenceInsufficient, account, c.Upgrade())


def test_an_officer_has_the_last_word_over_a_matcher_that_was_wrong() -> None:
    matched = (item("chip_report"), item("biometric", Outcome.FAILED, at=NOW - MINUTE), item("in_person"))
    assert after(active(), c.Upgrade(items=matched)).level == 2


def test_evidence_that_the_account_has_counts_for_the_upgrade_too() -> None:
    account = after(active(), c.AddEvidence(items=(item("chip_report", at=NOW - UPGRADE_WITHIN),)))
    account, events = carry_out(account, c.Upgrade(items=(item("in_person"),)))
    assert account.level == 2
    assert events[0].items == (item("in_person"),)


def test_upgrading_twice_keeps_new_evidence_and_nothing_else() -> None:
    account = level_2()
    assert carry_out(account, c.Upgrade(items=PROVEN)) == (account, ())
    _, events = carry_out(account, c.Upgrade(items=(item("biometric"),)))
    assert [event.kind for event in events] == ["evidence_added"]


def test_evidence_that_cannot_be_is_refused() -> None:
    account = active()
    holder = holder_of(account)
    for wrong in (
        item("chip_report", at=NOW + 6 * MINUTE),
        item("chip_report", expires_at=NOW),
        item("chip_report", expires_at=NOW - DAY),
    ):
        for command in (c.AddEvidence(items=(wrong,)), c.Upgrade(items=(wrong,)), c.Recover(items=(wrong,))):
            refused(errors.EvidenceNotAcceptable, account, command)
    seen = (item("in_person"),)
    refused(errors.EvidenceNotAcceptable, account, c.AddEvidence(items=seen), actor=holder)
    ahead = (item("chip_report", at=NOW + 4 * MINUTE), item("biometric"))
    assert after(account, c.Upgrade(items=ahead), actor=holder).level == 2


def test_a_childs_level_2_is_the_guardians_business() -> None:
    account = active(child(6))
    article = refused(errors.GuardianNeeded, account, c.Upgrade(items=PROVEN), actor=holder_of(account))
    assert article == f"{D69}, Art. 14"
    items = (item("chip_report"), item("biometric"))
    assert after(account, c.Upgrade(items=items), actor=GUARDIAN).level == 2


# --- locks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "ground", "lock_article", "told"),
    [
        ("holder_request", "holder_request", "34(1)(a), Art. 34(2)(a)", True),
        ("breach_of_app_terms", "breach_remedied", "34(1)(b), Art. 34(2)(b)", True),
        ("card_revoked_or_withheld", "card_returned", "34(1)(c), Art. 34(2)(c)", True),
        ("authority_request", "authority_request", "34(1)(đ), Art. 34(2)(d)", True),
    ],
)
def test_law_article_34_reasons_and_grounds(reason: str, ground: str, lock_article: str, told: bool) -> None:
    account = level_2()
    locked, (event,) = carry_out(account, c.LockAccount(reason=reason, object=CARD))
    assert isinstance(event, e.Locked)
    assert (event.article, event.notify_holder) == (f"{LAW}, Art. {lock_article}", told)
    assert (locked.card, locked.state) == (CardState.LOCKED, AccountState.ACTIVE)
    wrong = c.UnlockAccount(reason=reason, ground="because", object=CARD)
    assert refused(errors.UnlockGroundMissing, locked, wrong) == event.article
    opened, (unlocked,) = carry_out(locked, c.UnlockAccount(reason=reason, ground=ground, object=CARD))
    assert (opened.card, unlocked.article) == (CardState.IN_FORCE, event.article)


@pytest.mark.parametrize("object_", ["account", CARD])
def test_law_article_34_death_never_unlocks_and_tells_nobody(object_: str) -> None:
    locked, (event,) = carry_out(level_2(), c.LockAccount(reason="holder_died", object=object_))
    assert isinstance(event, e.Locked)
    assert not event.notify_holder
    for ground in ("never", "holder_request", "found again"):
        refused(
            errors.LockNeverLifted,
            locked,
            c.UnlockAccount(reason="holder_died", ground=ground, object=object_),
        )
    refused(errors.LockNeverLifted, locked, c.Recover(items=PROVEN))


def test_a_reason_that_the_rules_do_not_know_locks_and_an_officer_says_what_lifts_it() -> None:
    locked, (event,) = carry_out(level_2(), c.LockAccount(reason="court order 12"))
    assert (locked.state, event.article) == (AccountState.LOCKED, f"{D69}, Art. 16")
    unlock = c.UnlockAccount(reason="court order 12", ground="order lifted")
    refused(errors.RoleNotAllowed, locked, unlock, actor=holder_of(locked))
    assert after(locked, unlock).state is AccountState.ACTIVE


def test_a_holder_locks_and_unlocks_at_his_own_request_only() -> None:
    account = level_2()
    holder = holder_of(account)
    own = c.LockAccount(reason="holder_request")
    locked, (event,) = carry_out(account, own, actor=holder)
    assert isinstance(event, e.Locked)
    assert event.requested_by == "holder"
    mine = c.UnlockAccount(reason="holder_request", ground="holder_request")
    assert after(locked, mine, actor=holder).state is AccountState.ACTIVE
    theirs = c.LockAccount(reason="authority_request")
    refused(errors.RoleNotAllowed, account, theirs, actor=holder)
    both = after(locked, theirs)
    still = after(both, mine, actor=holder)
    assert [each.reason for each in still.locks] == ["authority_request"]
    for ground in ("authority_request", "holder_request"):
        unlock = c.UnlockAccount(reason="authority_request", ground=ground)
        refused(errors.RoleNotAllowed, both, unlock, actor=holder)


def test_locking_twice_for_one_reason_adds_nothing_and_unlocking_nothing_is_refused() -> None:
    locked = after(level_2(), c.LockAccount(reason="authority_request"))
    assert carry_out(locked, c.LockAccount(reason="authority_request")) == (locked, ())
    refused(errors.NotLocked, level_2(), c.UnlockAccount(reason="authority_request", ground="x"))
    refused(errors.NotLocked, locked, c.UnlockAccount(reason="authority_request", ground="x", object=CARD))


def test_an_unlock_that_arrives_late_leaves_a_later_lock() -> None:
    lock = c.LockAccount(reason="authority_request")
    unlock = c.UnlockAccount(reason="authority_request", ground="authority_request", locked_at=NOW)
    first = after(level_2(), lock)
    assert not after(first, unlock).locks
    later = after(after(first, unlock), lock, now=NOW + MINUTE)
    refused(errors.NotLocked, later, unlock)


def test_a_card_that_was_never_issued_is_not_locked() -> None:
    refused(errors.NoElectronicCard, active(), c.LockAccount(reason="holder_request", object=CARD))


def test_a_locked_account_lets_its_holder_only_lock_unlock_recover_and_take_back() -> None:
    give = c.GiveConsent(purpose="loan", fields={"name"})
    account = level_2()
    account = after(account, give, actor=holder_of(account))
    locked = after(account, c.LockAccount(reason="authority_request"))
    holder = holder_of(locked)
    for command in (
        c.Link(scope="banking", reference="r"),
        c.ChangeDetails(details=Details("Ai")),
        c.Close(reason="x"),
        give,
        c.AddEvidence(items=(item("chip_report"),)),
    ):
        assert refused(errors.AccountLocked, locked, command, actor=holder) == f"{D69}, Art. 16"
    ended = after(locked, c.WithdrawConsent(purpose="loan"), actor=holder)
    assert ended.consents[0].withdrawn_at == NOW
    assert after(locked, c.LockAccount(reason="holder_request"), actor=holder).locks[1:]


# --- getting in again, ending --------------------------------------------------------------------


def test_a_recovery_needs_fresh_proof_of_the_level_and_leaves_locks() -> None:
    account = after(level_2(), c.LockAccount(reason="holder_request"))
    holder, later = holder_of(account), NOW + RECOVER_WITHIN + MINUTE
    refused(errors.EvidenceInsufficient, account, c.Recover(), actor=holder, now=later)
    light = c.Recover(items=(item("biometric", at=later), item("vneid_sign_in", at=later)))
    refused(errors.EvidenceInsufficient, account, light, actor=holder, now=later)
    proven = c.Recover(items=(item("chip_report", at=later), item("biometric", at=later)))
    back, events = carry_out(account, proven, actor=holder, now=later)
    assert (back.recovered_at, back.locks, back.level) == (later, account.locks, 2)
    assert [event.kind for event in events] == ["evidence_added", "recovered"]
    # What one recovery rested on is worth nothing for the next.
    refused(errors.EvidenceInsufficient, back, c.Recover(), actor=holder, now=later + MINUTE)


def test_at_level_1_the_person_or_vneid_is_enough_and_a_card_alone_is_not() -> None:
    account = active()
    holder = holder_of(account)
    for kind in ("biometric", "vneid_sign_in"):
        assert after(account, c.Recover(items=(item(kind),)), actor=holder).recovered_at == NOW
    for kind in ("chip_report", "bank_face_match"):
        refused(errors.EvidenceInsufficient, account, c.Recover(items=(item(kind),)), actor=holder)


def test_a_closed_account_takes_only_the_end_of_consent() -> None:
    account = level_2()
    holder = holder_of(account)
    account = after(account, c.GiveConsent(purpose="loan", fields={"name"}), actor=holder)
    closed = after(account, c.Close(reason="holder_request"), actor=holder)
    assert closed.state is AccountState.CLOSED
    for command in (
        c.Activate(),
        c.LockAccount(reason="holder_request"),
        c.Upgrade(),
        c.Notify(),
        c.Close(reason="x"),
    ):
        refused(errors.AccountClosed, closed, command)
    assert after(closed, c.WithdrawConsent(purpose="loan"), actor=holder).consents[0].withdrawn_at == NOW


# --- links, numbers, papers ----------------------------------------------------------------------


def test_linking_names_the_deadline_and_happens_once() -> None:
    link = c.Link(scope="banking", reference="b-1")
    linked, (event,) = carry_out(active(), link)
    assert event.article == "Decree 320/2026/NĐ-CP, Art. 20(3)"
    assert carry_out(linked, link) == (linked, ())
    other = after(linked, c.Link(scope="platform", reference="b-1"))
    left, _ = carry_out(other, c.Unlink(scope="banking", reference="b-1"))
    assert [each.scope for each in left.links] == ["platform"]
    assert carry_out(left, c.Unlink(scope="banking", reference="b-1")) == (left, ())
    refused(errors.AccountNotActivated, registered(), link)


def test_decree_70_article_11_a_new_number_for_its_reasons_only() -> None:
    account = active()
    new = c.Renumber(
        subject="001199012340", reason="birth_year_corrected", birth_date=PartialDate(2000, 7, 4)
    )
    changed, (event,) = carry_out(account, new)
    assert changed.subjects == (NUMBER, "001199012340")
    assert changed.birth_date == PartialDate(2000, 7, 4)
    assert event.article == "Decree 70/2024/NĐ-CP, Art. 11(7), Art. 11(11)"
    assert carry_out(changed, new) == (changed, ())
    article = refused(
        errors.NumberChangeRefused, account, c.Renumber(subject="001199012340", reason="a nicer one")
    )
    assert article == event.article
    back = c.Renumber(subject=NUMBER, reason="birth_year_corrected")
    assert refused(errors.NumberChangeRefused, changed, back) == event.article
    refused(errors.RoleNotAllowed, account, new, actor=holder_of(account))


def test_another_passport_has_no_list_of_reasons() -> None:
    said = dataclasses.replace(
        ADULT,
        holder=HolderKind.FOREIGNER,
        documents=frozenset({"permanent_or_temporary_residence_card"}),
    )
    account, (event,) = carry_out(
        registered(said, subject="C0000001"), c.Renumber(subject="C0000002", reason="document_renewed")
    )
    assert (account.subjects, event.article) == (("C0000001", "C0000002"), None)


def test_an_old_nine_digit_number_becomes_an_alias_once() -> None:
    account, _ = carry_out(active(), c.AddAlias(subject="012345678"))
    assert account.subjects == ("012345678", NUMBER)
    assert carry_out(account, c.AddAlias(subject="012345678")) == (account, ())


def test_what_does_not_change_is_no_event() -> None:
    account = active()
    for command in (
        c.ChangeDocuments(documents=account.documents),
        c.ChangeDetails(details=account.details),  # type: ignore[arg-type]
        c.ChangeBirthDate(birth_date=account.birth_date),  # type: ignore[arg-type]
        c.ChangeGuardians(guardians=frozenset()),
        c.ReachAge(),
        c.Notify(),
        c.WithdrawConsent(purpose="loan"),
    ):
        assert carry_out(account, command) == (account, ())


def test_an_account_with_everything_at_its_limit_can_be_kept() -> None:
    word, reference, text = "ệ" * WORD, "ệ" * REFERENCE, "ệ" * TEXT

    def numbered(length: str, number: int) -> str:
        return f"{number:04d}" + length[4:]

    items = [
        item(numbered(word, n), source=word, at=NOW, expires_at=NOW + DAY, digest=reference)
        for n in range(MAX_EVIDENCE)
    ]
    locks = tuple(Lock(numbered(word, n), word, NOW) for n in range(MAX_LOCKS))
    fields = frozenset(numbered(word, n) for n in range(MAX_FIELDS))
    consents = tuple(
        Consent(purpose=numbered(word, n), given_at=NOW, withdrawn_at=NOW, requester=reference, fields=fields,
                basis=text, channel=word, narrowed_at=NOW)
        for n in range(MAX_CONSENTS)
    )  # fmt: skip
    people = frozenset(numbered(reference, n) for n in range(MAX_PEOPLE))
    full = dataclasses.replace(
        level_2(),
        documents=fields,
        locks=locks,
        card_locks=locks,
        guardians=people,
        representatives=people,
        evidence=tuple(items),
        links=tuple(Link(word, numbered(reference, n), NOW) for n in range(MAX_LINKS)),
        subjects=tuple(numbered(word, n) for n in range(MAX_SUBJECTS)),
        consents=consents,
        details=Details(text, text, text),
    )
    assert account_from_bytes(account_to_bytes(full)) == full


def test_an_account_does_not_grow_without_end() -> None:
    account = active()
    for number in range(MAX_LINKS):
        account = after(account, c.Link(scope="platform", reference=str(number)))
    refused(errors.AccountFull, account, c.Link(scope="platform", reference="one more"))


# --- guardians, age, representatives -------------------------------------------------------------


def test_who_turns_14_acts_alone_and_guardians_have_no_part() -> None:
    young = active(child(13, birth_date=PartialDate(2012, 11, 22)))
    eve, birthday = RULES, rules_for(dt.date(2026, 11, 22))
    change = c.ChangeDetails(details=Details("Ai"))
    own = holder_of(young)
    assert after(young, change, actor=GUARDIAN, rules=eve).details == Details("Ai")
    assert refused(errors.GuardianNeeded, young, change, actor=own, rules=eve) == f"{D69}, Art. 14"
    assert after(young, change, actor=own, rules=birthday).details == Details("Ai")
    refused(errors.AccountNotAvailable, young, change, actor=GUARDIAN, rules=birthday)
    assert carry_out(young, c.ReachAge(), rules=eve) == (young, ())
    grown, (event,) = carry_out(young, c.ReachAge(), actor=own, rules=birthday)
    assert (event.kind, event.article, grown.guardians) == ("came_of_age", f"{D69}, Art. 7(1)", frozenset())


def test_a_child_may_lock_alone_and_take_consent_back_and_nothing_else() -> None:
    account = active(child(13))
    own = holder_of(account)
    agreed = after(account, c.GiveConsent(purpose="clinic", fields={"name"}), actor=GUARDIAN)
    assert after(agreed, c.LockAccount(reason="holder_request"), actor=own).locks
    assert after(agreed, c.WithdrawConsent(purpose="clinic"), actor=own).consents[0].withdrawn_at == NOW
    refused(errors.GuardianNeeded, account, c.GiveConsent(purpose="clinic", fields={"name"}), actor=own)
    locked = after(account, c.LockAccount(reason="holder_request"), actor=own)
    unlock = c.UnlockAccount(reason="holder_request", ground="holder_request")
    refused(errors.GuardianNeeded, locked, unlock, actor=own)
    assert not after(locked, unlock, actor=GUARDIAN).locks


def test_somebody_under_guardianship_keeps_the_guardian_whatever_the_age() -> None:
    account = after(active(), c.ChangeGuardians(guardians={"guardian-1"}, under_guardianship=True))
    refused(errors.GuardianNeeded, account, c.Link(scope="banking", reference="r"), actor=holder_of(account))
    assert carry_out(account, c.ReachAge()) == (account, ())
    alone = c.ChangeGuardians(guardians=frozenset(), under_guardianship=True)
    assert refused(errors.GuardianNeeded, account, alone) is not None
    free = after(account, c.ChangeGuardians(guardians=frozenset()))
    assert after(free, c.Link(scope="banking", reference="r"), actor=holder_of(free)).links


def test_a_child_is_never_left_without_guardian() -> None:
    account = active(child(13))
    refused(errors.GuardianNeeded, account, c.ChangeGuardians(guardians=frozenset()))
    with pytest.raises(InputError):
        carry_out(account, c.ChangeGuardians(guardians={account.id}))


def test_representatives_change_their_circle_but_never_empty_it() -> None:
    account = registered(organisation(agreed={"another", REPRESENTATIVE.reference}))
    change = c.ChangeRepresentatives(representatives={"another"})
    changed = after(account, change, actor=REPRESENTATIVE)
    refused(errors.AccountNotAvailable, changed, change, actor=REPRESENTATIVE)
    with pytest.raises(InputError):
        c.ChangeRepresentatives(representatives=frozenset())
    for wrong in (c.ChangeGuardians(guardians={"g"}), c.ChangeBirthDate(birth_date=PartialDate(1999))):
        with pytest.raises(InputError):
            carry_out(account, wrong)
    with pytest.raises(InputError):
        carry_out(active(), change)


# --- consent -------------------------------------------------------------------------------------


def test_consent_is_the_holders_act_with_its_article() -> None:
    account = active()
    give = c.GiveConsent(purpose="loan", fields={"name", "address"}, requester="bank", channel="vneid_app")
    refused(errors.RoleNotAllowed, account, give)
    account, (event,) = carry_out(account, give, actor=holder_of(account))
    assert event.article == "Decree 356/2025/NĐ-CP, Art. 6"
    assert carry_out(account, give, actor=holder_of(account)) == (account, ())
    assert account.consents[0].channel == "vneid_app"


def test_consent_is_narrowed_never_widened_in_passing() -> None:
    account = active()
    own = holder_of(account)
    account = after(account, c.GiveConsent(purpose="loan", fields={"name", "address"}), actor=own)
    narrower = c.NarrowConsent(purpose="loan", fields={"name"})
    narrow, _ = carry_out(account, narrower, actor=own)
    assert narrow.consents[0].fields == {"name"}
    assert carry_out(narrow, narrower, actor=own) == (narrow, ())
    for fields in ({"name", "address"}, {"phone"}):
        wider = c.NarrowConsent(purpose="loan", fields=fields)
        refused(errors.ConsentNotNarrower, narrow, wider, actor=own)
    other = c.NarrowConsent(purpose="loan", fields={"name"}, requester="bank")
    refused(errors.ConsentUnknown, narrow, other, actor=own)
    ended = after(narrow, c.WithdrawConsent(purpose="loan"), actor=own)
    refused(errors.ConsentUnknown, ended, narrower, actor=own)
    assert carry_out(ended, c.WithdrawConsent(purpose="loan"), actor=own) == (ended, ())


# --- who may do what -----------------------------------------------------------------------------


SAMPLES: dict[type[c.Command], c.Command] = {
    c.Register: ADULT,
    c.AddEvidence: c.AddEvidence(items=(item("chip_report"),)),
    c.LockAccount: c.LockAccount(reason="holder_request"),
    c.UnlockAccount: c.UnlockAccount(reason="holder_request", ground="holder_request"),
    c.Close: c.Close(reason="x"),
    c.Link: c.Link(scope="banking", reference="r"),
    c.Unlink: c.Unlink(scope="banking", reference="r"),
    c.Renumber: c.Renumber(subject="001199012340", reason="sex_redetermined"),
    c.AddAlias: c.AddAlias(subject="012345678"),
    c.ChangeGuardians: c.ChangeGuardians(guardians={"g"}),
    c.ChangeRepresentatives: c.ChangeRepresentatives(representatives={"r"}),
    c.ChangeBirthDate: c.ChangeBirthDate(birth_date=PartialDate(1999, 7, 5)),
    c.ChangeDocuments: c.ChangeDocuments(documents=frozenset()),
    c.ChangeDetails: c.ChangeDetails(details=Details("Ai")),
    c.GiveConsent: c.GiveConsent(purpose="loan", fields={"name"}),
    c.NarrowConsent: c.NarrowConsent(purpose="loan", fields={"name"}),
    c.WithdrawConsent: c.WithdrawConsent(purpose="loan"),
}


@pytest.mark.parametrize("kind", sorted(c.COMMANDS))
def test_every_command_stands_in_the_table_and_roles_outside_it_are_refused(kind: str) -> None:
    cls = c.COMMANDS[kind]
    command = SAMPLES.get(cls) or cls()
    account = dataclasses.replace(level_2(), representatives=frozenset({REPRESENTATIVE.reference}))
    actors = {
        Role.HOLDER: holder_of(account),
        Role.OFFICER: OFFICER,
        Role.AUDITOR: AUDITOR,
        Role.REPRESENTATIVE: REPRESENTATIVE,
    }
    for role, actor in actors.items():
        if role not in PERMISSIONS[cls].roles:
            refused(errors.RoleNotAllowed, account, command, actor=actor)
    assert Role.AUDITOR not in PERMISSIONS[cls].roles


@pytest.mark.parametrize("kind", sorted(set(c.COMMANDS) - {"register"}))
def test_to_outsiders_an_account_and_none_look_the_same(kind: str) -> None:
    cls = c.COMMANDS[kind]
    command = SAMPLES.get(cls) or cls()
    for account in (
        None,
        level_2(),
        after(level_2(), c.LockAccount(reason="x")),
        after(level_2(), c.Close(reason="x")),
    ):
        for role in (Role.HOLDER, Role.GUARDIAN, Role.REPRESENTATIVE):
            with pytest.raises(AccountError) as caught:
                carry_out(account, command, actor=Actor(role, "curious"))
            assert (type(caught.value), str(caught.value), caught.value.article) == (
                errors.AccountNotAvailable,
                str(errors.AccountNotAvailable()),
                None,
            )
    refused(errors.AccountUnknown, None, command)
    refused(errors.AccountUnknown, None, command, actor=AUDITOR)


# --- commands ------------------------------------------------------------------------------------


def test_commands_with_nonsense_are_not_made() -> None:
    wrong: list[tuple[type[c.Command], dict[str, Any]]] = [
        (c.LockAccount, {"reason": ""}),
        (c.LockAccount, {"reason": "x" * 65}),
        (c.LockAccount, {"reason": "two\nlines"}),
        (c.LockAccount, {"reason": "x", "object": "house"}),
        (c.LockAccount, {"reason": 7}),
        (c.UnlockAccount, {"reason": "x", "ground": "y", "locked_at": dt.datetime(2026, 1, 1)}),
        (c.AddEvidence, {"items": ()}),
        (c.AddEvidence, {"items": (item("chip_report", at=dt.datetime(2026, 1, 1)),)}),
        (c.AddEvidence, {"items": (item("chip_report", at=dt.datetime(1, 1, 1, tzinfo=dt.UTC)),)}),
        (c.Renumber, {"subject": "  ", "reason": "x"}),
        (c.ChangeDocuments, {"documents": "identity_card"}),
        (c.GiveConsent, {"purpose": "loan", "fields": ()}),
        (c.NarrowConsent, {"purpose": "loan", "fields": ()}),
        (c.ChangeDetails, {"details": Details("x" * 201)}),
        (c.Register, {"holder": "dog"}),
    ]
    for cls, said in wrong:
        with pytest.raises(InputError):
            cls(**said)
    for cls, said in [
        (c.GiveConsent, {"purpose": "loan", "fields": map(str, range(100))}),
        (c.AddEvidence, {"items": PROVEN * 100}),
        (c.ChangeGuardians, {"guardians": map(str, range(100))}),
        (c.Register, {"holder": "citizen", "aliases": map(str, range(100))}),
    ]:
        with pytest.raises(LimitExceeded):
            cls(**said)


def test_the_digest_of_a_command_is_about_who_asks_what_of_whom() -> None:
    lock = c.LockAccount(reason="x")
    same = c.digest_of(lock, subject=NUMBER, actor=OFFICER)
    assert c.digest_of(c.LockAccount(reason="x"), subject=NUMBER, actor=OFFICER) == same
    assert len(same) == 32
    for command, subject, actor in [
        (c.LockAccount(reason="y"), NUMBER, OFFICER),
        (c.LockAccount(reason="x", object=CARD), NUMBER, OFFICER),
        (c.Close(reason="x"), NUMBER, OFFICER),
        (lock, "001199012340", OFFICER),
        (lock, NUMBER, Actor(Role.OFFICER, "another")),
        (lock, NUMBER, Actor(Role.AUDITOR, OFFICER.reference)),
    ]:
        assert c.digest_of(command, subject=subject, actor=actor) != same


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(InputError):
        carry_out(active(), c.Activate(), now=dt.datetime(2026, 11, 21))


# --- whatever happens ----------------------------------------------------------------------------

actors = st.sampled_from(["holder", "officer", "officer", "guardian", "stranger"])
steps = st.lists(st.tuples(commands, actors, st.sampled_from([0, 0, 1, 3])), min_size=8, max_size=30)
LOCKS = tuple(
    c.LockAccount(reason=reason, object=object_)
    for object_ in ("account", CARD)
    for reason in ("holder_request", "authority_request", "never heard of")
)
starts = st.sampled_from([
    (ADULT, ()),
    (ADULT, (c.Notify(), c.Activate())),
    (ADULT, (c.Activate(), c.Upgrade(items=PROVEN))),
    (ADULT, (c.Activate(), c.Upgrade(items=PROVEN), *LOCKS)),
    (ADULT, (c.Activate(), c.Upgrade(items=PROVEN), *LOCKS)),
    (child(13), (c.Activate(), c.Upgrade(items=PROVEN))),
    (child(5), ()),
    (child(30, under_guardianship=True), (c.Activate(),)),
])  # fmt: skip


Step = tuple[c.Command, str, int]
Start = tuple[c.Register, tuple[c.Command, ...]]


def play(
    start: Start, given: list[Step]
) -> Iterator[tuple[Account | None, c.Command, tuple[Event, ...], Account]]:
    """Accepted commands, each with the account before and after it. Every refusal is typed."""
    now, account = NOW, None
    for command, who, days in [(each, "officer", 0) for each in (start[0], *start[1])] + given:
        now += days * DAY
        by = {"officer": OFFICER, "guardian": GUARDIAN}
        if account is not None:
            by["holder"] = holder_of(account)
        before = account
        try:
            account, events = carry_out(before, command, actor=by.get(who, Actor(Role.HOLDER, "x")), now=now)
        except (AccountError, InputError):
            continue
        yield before, command, events, account


@settings(max_examples=150)
@given(starts, steps)
def test_any_sequence_of_accepted_commands_replays_to_the_same_account(
    start: Start, given_: list[Step]
) -> None:
    kept: list[Event] = []
    for _, _, events, account in play(start, given_):
        kept += events
        assert replay(kept) == account
        assert account.version == len(kept)
        assert all(event.rules == RULES.version and event.by.reference for event in events)


@settings(max_examples=150)
@given(starts, steps)
def test_a_lock_never_goes_by_another_command_than_its_unlock(start: Start, given_: list[Step]) -> None:
    for before, command, _, account in play(start, given_):
        if before is None:
            continue
        for object_, had, has in (
            ("account", before.locks, account.locks),
            (CARD, before.card_locks, account.card_locks),
        ):
            for gone in set(had) - set(has):
                assert isinstance(command, c.UnlockAccount)
                assert (command.object, command.reason) == (object_, gone.reason)
                assert gone.reason != "holder_died"
        assert bool(account.card_locks) == (account.card is CardState.LOCKED)


@settings(max_examples=150)
@given(starts, steps)
def test_a_level_never_rises_without_the_proof_and_never_falls(start: Start, given_: list[Step]) -> None:
    for before, command, events, account in play(start, given_):
        assert account.level in (1, 2)
        if before is None:
            assert account.level == 1
            continue
        assert account.level >= (before.level or 0)
        if account.level != before.level:
            assert isinstance(command, c.Upgrade)
            (upgraded,) = (event for event in events if isinstance(event, e.Upgraded))
            chip, body = upgraded.rests_on
            assert (chip.kind, chip.outcome) == ("chip_report", Outcome.PASSED)
            assert body.kind in ("in_person", "biometric")
            assert body.outcome is Outcome.PASSED
            for proof in upgraded.rests_on:
                assert proof.at >= upgraded.at - UPGRADE_WITHIN
                assert proof.expires_at is None or proof.expires_at > upgraded.at
                assert proof in (*before.evidence, *command.items)
            assert upgraded.article


@settings(max_examples=100)
@given(starts, steps)
def test_a_command_that_was_carried_out_changes_nothing_the_second_time(
    start: Start, given_: list[Step]
) -> None:
    """Also without a command identifier, which is what makes a repetition safe."""
    again = (c.Register, c.Notify, c.UnlockAccount, c.Recover, c.Close)  # say something new, or are refused
    for _, command, events, account in play(start, given_):
        if events and not isinstance(command, again):
            actor = events[0].by
            if actor.role is Role.OFFICER or has_part(account, actor, RULES):
                twice, _ = carry_out(account, command, actor=actor, now=events[0].at)
                assert dataclasses.replace(twice, version=account.version) == account
