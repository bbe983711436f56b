"""What an attacker tries against accounts from the holder's side, and what an auditor looks for afterwards."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from account_samples import TRANSACTION, account, context
from lifecycle_samples import (
    ADULT,
    DAY,
    GUARDIAN,
    MINUTE,
    NOW,
    NUMBER,
    OFFICER,
    PROVEN,
    REPRESENTATIVE,
    RULES,
    TODAY,
    active,
    after,
    carry_out,
    child,
    holder_of,
    item,
    level_2,
    registered,
)

from eid import errors
from eid.accounts.codes import CODES
from eid.accounts.decision import Decision, DecisionOutcome, decide
from eid.accounts.lifecycle import commands as c
from eid.accounts.lifecycle.events import Locked, Notified, Registered
from eid.accounts.model import Account, Actor, Details, Factor, HolderKind, Role, age_on
from eid.accounts.requirement import Consent, Context, Requirement
from eid.accounts.roles import needs_guardian
from eid.accounts.service import Accounts
from eid.accounts.stores.memory import MemoryAccountStore
from eid.document.dates import PartialDate
from eid.errors import AccountDataDamaged, AccountExists, AccountNotAvailable, InputError
from eid.verification.status import CLOCK_SKEW
from eid.vietnam import rules

OTHER = "001199012340"
ALLOW, STEP_UP, DENY = DecisionOutcome.ALLOW, DecisionOutcome.STEP_UP, DecisionOutcome.DENY
FIRM = c.Register(
    holder=HolderKind.ORGANISATION,
    documents=frozenset({"established_or_registered_in_vietnam"}),
    representatives=frozenset({REPRESENTATIVE.reference, "second", "third"}),
    agreed=frozenset({"second", "third"}),
)


def ask(subject: Account | None, wanted: Requirement, asked: Context | None = None) -> Decision:
    return decide(subject, wanted, rules=RULES, context=asked or context(), now=NOW)


def service(store: Any = None) -> Accounts:
    return Accounts(store or MemoryAccountStore(), rules=rules, clock=lambda: NOW)


# --- somebody else's number ------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.HOLDER, Role.GUARDIAN, Role.REPRESENTATIVE])
def test_nobody_lets_anothers_number_lead_to_his_own_account_by_registering(role: Role) -> None:
    """He would prove himself with his own card, and then be allowed what the other's number is asked for."""
    accounts = service()
    with pytest.raises(errors.RoleNotAllowed):
        accounts.run(NUMBER, replace(ADULT, aliases=(OTHER,)), actor=Actor(role, "app"))
    mine = accounts.run(NUMBER, ADULT, actor=Actor(Role.HOLDER, "app"))
    accounts.run(NUMBER, c.Upgrade(items=PROVEN), actor=OFFICER)
    asked = Context(transaction="t", actor=holder_of(mine))
    assert accounts.check(OTHER, require=Requirement(), context=asked).codes == ("NOT_ENTITLED",)
    with pytest.raises(errors.RoleNotAllowed):
        accounts.run(NUMBER, c.AddAlias(subject=OTHER), actor=holder_of(mine))


def test_an_officer_registers_with_an_old_number() -> None:
    accounts = service()
    made = accounts.run(NUMBER, replace(ADULT, aliases=("012345678",)), actor=OFFICER)
    assert accounts.find("012345678", actor=OFFICER).id == made.id


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (replace(ADULT, documents=frozenset()), errors.DocumentsMissing),
        (replace(ADULT, birth_date=None), errors.HolderAgeUnknown),
        (replace(ADULT, birth_date=PartialDate(2020, 1, 1)), errors.GuardianNeeded),
        (replace(ADULT, guardians=frozenset({"g"})), InputError),
    ],
)
def test_a_registration_that_cannot_succeed_does_not_tell_whether_a_number_is_known(
    command: c.Register, refusal: type[Exception]
) -> None:
    """Asking costs a stranger a registration in that name, not a question that leaves nothing behind."""
    accounts = service()
    accounts.run(NUMBER, ADULT, actor=OFFICER)
    for number in (NUMBER, OTHER):
        with pytest.raises(refusal):
            accounts.run(number, command, actor=Actor(Role.HOLDER, "app"))
    with pytest.raises(AccountNotAvailable):
        accounts.run(NUMBER, ADULT, actor=Actor(Role.HOLDER, "app"))
    with pytest.raises(AccountExists):
        accounts.run(NUMBER, ADULT, actor=OFFICER)


def test_who_lost_the_race_for_a_number_is_told_no_more_than_a_stranger() -> None:
    class Raced(MemoryAccountStore):
        """Another registers the number between this one's look and its writing."""

        def append(self, change: Any) -> Account:
            if not self._accounts:
                Accounts(self_again := MemoryAccountStore(), rules=rules, clock=lambda: NOW).run(
                    NUMBER, ADULT, actor=OFFICER
                )
                self._accounts, self._by_subject = self_again._accounts, self_again._by_subject
            return super().append(change)

    with pytest.raises(AccountNotAvailable):
        service(Raced()).run(NUMBER, ADULT, actor=Actor(Role.HOLDER, "app"))
    with pytest.raises(AccountExists):
        service(Raced()).run(NUMBER, ADULT, actor=OFFICER)


def test_a_number_that_was_free_again_after_the_race_is_registered() -> None:
    class Erased(MemoryAccountStore):
        """Whoever came first was erased at once."""

        raced = False

        def append(self, change: Any) -> Account:
            if not self.raced:
                self.raced = True
                raise errors.SubjectTaken
            return super().append(change)

    assert service(Erased()).run(NUMBER, ADULT, actor=Actor(Role.HOLDER, "app")).subjects == (NUMBER,)


def test_the_number_of_a_closed_account_stays_its_own_until_it_is_erased() -> None:
    """Law Art. 12: no number twice. Its history is found under it for as long as it is kept."""
    store = MemoryAccountStore()
    accounts = service(store)
    closed = accounts.run(NUMBER, ADULT, actor=OFFICER)
    accounts.run(NUMBER, c.Close(reason="asked"), actor=OFFICER)
    with pytest.raises(AccountExists):
        accounts.run(NUMBER, ADULT, actor=OFFICER)
    other = accounts.run(OTHER, ADULT, actor=OFFICER)
    with pytest.raises(errors.SubjectTaken):
        accounts.run(OTHER, c.Renumber(subject=NUMBER, reason="sex_redetermined"), actor=OFFICER)
    assert len(accounts.history(NUMBER, actor=OFFICER)) == 2
    store.erase(closed.id)
    assert accounts.run(NUMBER, ADULT, actor=OFFICER).id not in (closed.id, other.id)


# --- who acts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        c.UnlockAccount(reason="authority_request", ground="authority_request"),
        c.Notify(),
        c.ChangeDocuments(documents=frozenset()),
        c.AddAlias(subject=OTHER),
        c.AddEvidence(items=(item("in_person"),)),
    ],
)
def test_nobody_holds_office_over_an_account_of_his_own(command: c.Command) -> None:
    """Where staff have accounts, and are known by them, an officer is not his own officer."""
    subject = registered(child(9))
    subject = after(subject, c.LockAccount(reason="authority_request"))
    for own in (subject.id, GUARDIAN.reference):
        with pytest.raises(errors.RoleNotAllowed):
            carry_out(subject, command, actor=Actor(Role.OFFICER, own))
    carry_out(subject, command)
    with pytest.raises(errors.RoleNotAllowed):
        carry_out(registered(FIRM_OF_ALL), c.Notify(), actor=Actor(Role.OFFICER, "second"))


FIRM_OF_ALL = replace(FIRM, agreed=FIRM.representatives)


def test_nobody_registers_in_office_whom_he_is_guardian_of_or_acts_for() -> None:
    for command in (child(9), FIRM_OF_ALL):
        own = Actor(Role.OFFICER, min(command.guardians | command.representatives))
        with pytest.raises(errors.RoleNotAllowed):
            carry_out(None, command, actor=own)
        registered(command)


def test_one_representative_does_not_take_an_organisation_from_the_others() -> None:
    """Decree 69 Art. 12: the consent of all other representatives."""
    firm = registered(FIRM_OF_ALL)
    alone = frozenset({REPRESENTATIVE.reference})
    for taking in (alone, frozenset({"accomplice"}), FIRM.representatives | {"accomplice"}):
        with pytest.raises(errors.RepresentativesNotAgreed) as caught:
            carry_out(firm, c.ChangeRepresentatives(representatives=taking), actor=REPRESENTATIVE)
        assert caught.value.article == "Decree 69/2024/NĐ-CP, Art. 7(3), Art. 12"
    most = c.ChangeRepresentatives(representatives=alone, agreed=frozenset({"second"}))
    with pytest.raises(errors.RepresentativesNotAgreed):
        carry_out(firm, most, actor=REPRESENTATIVE)
    all_agree = replace(most, agreed=frozenset({"second", "third"}))
    unasked = replace(all_agree, representatives=FIRM.representatives | {"somebody"})
    with pytest.raises(errors.RepresentativesNotAgreed):
        carry_out(firm, unasked, actor=REPRESENTATIVE)
    assert after(firm, all_agree, actor=REPRESENTATIVE).representatives == alone
    # Who leaves asks nobody, and an officer has the papers.
    left = after(
        firm, c.ChangeRepresentatives(representatives=FIRM.representatives - alone), actor=REPRESENTATIVE
    )
    assert left.representatives == {"second", "third"}
    assert after(firm, c.ChangeRepresentatives(representatives=alone)).representatives == alone


@pytest.mark.parametrize(
    ("role", "reference"),
    [("holder", "a-1"), (None, "a-1"), (Role.OFFICER, ""), (Role.OFFICER, "x" * 129), (Role.OFFICER, "a\nb"),
     (Role.HOLDER, "\ud800"), (Role.HOLDER, None)],
)  # fmt: skip
def test_an_actor_has_a_role_and_a_reference_that_can_be_kept(role: Any, reference: Any) -> None:
    """A reference of half a megabyte would be written and never be read again: the account's history is gone."""
    with pytest.raises(InputError):
        Actor(role, reference)
    assert Actor(Role.OFFICER, "x" * 128)


def test_a_holder_does_not_lift_what_an_authority_locked() -> None:
    locked = level_2(c.LockAccount(reason="authority_request"), c.LockAccount(reason="holder_request"))
    me = holder_of(locked)
    for reason, ground in (
        ("authority_request", "authority_request"),
        ("authority_request", "holder_request"),
        ("never heard of", "holder_request"),
    ):
        with pytest.raises(errors.AccountError):
            carry_out(locked, c.UnlockAccount(reason=reason, ground=ground), actor=me)
    mine = after(locked, c.UnlockAccount(reason="holder_request", ground="holder_request"), actor=me)
    assert [each.reason for each in mine.locks] == ["authority_request"]
    for way_out in (c.Close(reason="x"), c.Upgrade(items=PROVEN), c.Link(scope="banking", reference="r")):
        with pytest.raises(errors.AccountLocked):
            carry_out(mine, way_out, actor=me)
    recovered = after(mine, c.Recover(items=(item("chip_report"), item("biometric"))), actor=me)
    assert recovered.locks == mine.locks


# --- age -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "born", [PartialDate(2026, 11, 22), PartialDate(2026, 12), PartialDate(2027), PartialDate(9999, 12, 31)]
)
def test_nobody_was_born_tomorrow(born: PartialDate) -> None:
    accounts = active(), level_2(), active(child(9))
    for subject in accounts:
        for command in (
            c.ChangeBirthDate(birth_date=born),
            c.Renumber(subject=OTHER, reason="birth_year_corrected", birth_date=born),
        ):
            with pytest.raises(InputError):
                carry_out(subject, command)
    with pytest.raises(InputError):
        registered(child(3, birth_date=born))


def test_the_day_of_birth_is_the_one_of_the_calendar_of_the_country() -> None:
    """At 18:00 UTC it is tomorrow in Viet Nam."""
    late = dt.datetime(2026, 11, 21, 18, tzinfo=dt.UTC)
    newborn = child(0, birth_date=PartialDate(2026, 11, 22))
    assert registered(newborn, now=late, rules=rules.at(late)).birth_date == PartialDate(2026, 11, 22)
    early = late - dt.timedelta(hours=2)
    with pytest.raises(InputError):
        registered(newborn, now=early, rules=rules.at(early))


@pytest.mark.parametrize("born", [PartialDate(2026), PartialDate(2026, 11)])
def test_a_newborn_of_whom_only_the_year_is_known_is_a_child(born: PartialDate) -> None:
    """The year may end after today, which makes nobody younger than nothing, and so nobody's ward."""
    assert age_on(born, TODAY) == (0, 0)
    wrong = replace(active(), birth_date=born)
    assert needs_guardian(wrong, RULES)
    asked = Context(transaction=TRANSACTION, actor=holder_of(wrong))
    assert "GUARDIAN_CONFIRMATION_MISSING" in ask(wrong, Requirement(), asked).codes
    assert registered(child(0, birth_date=born)).guardians


def test_a_level_that_the_law_does_not_give_at_this_age_is_not_used() -> None:
    """Decree 69 Art. 7(1): below six level 1 only. The date of birth was put right after the upgrade."""
    seven = active(child(7), c.Upgrade(items=PROVEN))
    assert seven.level == 2
    told = Context(transaction=TRANSACTION, actor=GUARDIAN)
    assert ask(seven, Requirement(account_level=2), told).outcome is ALLOW
    younger = after(seven, c.ChangeBirthDate(birth_date=PartialDate(TODAY.year - 5, TODAY.month, TODAY.day)))
    decision = ask(younger, Requirement(account_level=2), told)
    assert (decision.outcome, decision.codes) == (DENY, ("LEVEL_NOT_OPEN",))
    assert decision.reasons[0].article == "Decree 69/2024/NĐ-CP, Art. 7(1), Art. 10(1)(d)"
    assert ask(younger, Requirement(account_level=1), told).outcome is ALLOW
    # Where the date leaves it open, it is open.
    unsure = after(seven, c.ChangeBirthDate(birth_date=PartialDate(TODAY.year - 6)))
    assert ask(unsure, Requirement(account_level=2), told).outcome is ALLOW


# --- consent ---------------------------------------------------------------------------------------


def test_what_an_application_remembers_does_not_undo_what_the_holder_said_later() -> None:
    wanted = Requirement(purpose="loan", consent=True, fields=frozenset({"name", "address"}))
    wide = c.GiveConsent(purpose="loan", fields=frozenset({"name", "address"}))
    given = level_2()
    me = holder_of(given)
    given = after(given, wide, actor=me)
    [remembered] = given.consents
    asked = Context(transaction=TRANSACTION, actor=me, consents=(remembered,))
    assert ask(given, wanted, asked).outcome is ALLOW
    narrowed = after(
        given, c.NarrowConsent(purpose="loan", fields=frozenset({"name"})), actor=me, now=NOW + MINUTE
    )
    anew = after(given, replace(wide, fields=frozenset({"name"})), actor=me, now=NOW + MINUTE)
    for subject in (narrowed, anew):
        later = decide(subject, wanted, rules=RULES, context=asked, now=NOW + DAY)
        assert later.codes == ("CONSENT_TOO_NARROW",)
        # Nor does what was agreed to in another way before that, or at the same moment.
        for between in (MINUTE / 2, MINUTE):
            other = replace(asked, consents=(replace(remembered, given_at=NOW + between),))
            said = decide(subject, wanted, rules=RULES, context=other, now=NOW + DAY)
            assert said.codes == ("CONSENT_TOO_NARROW",)
        # What is agreed to after that counts.
        newer = replace(asked, consents=(replace(remembered, given_at=NOW + 2 * MINUTE),))
        assert decide(subject, wanted, rules=RULES, context=newer, now=NOW + DAY).outcome is ALLOW


def test_consent_to_two_requesters_is_not_made_into_consent_to_one() -> None:
    own = Requirement(purpose="loan", consent=True)
    banks = Requirement(purpose="loan", consent=True, requester="bank")
    with pytest.raises(InputError):
        own & banks
    with pytest.raises(InputError):
        banks & own
    # Who uses the data may be said beside it.
    assert (own & Requirement(requester="bank")).requester == "bank"


# --- recovery, factors -----------------------------------------------------------------------------


def test_what_a_recovery_rested_on_does_not_recover_again_because_its_clock_was_ahead() -> None:
    ahead = (item("chip_report", at=NOW + MINUTE), item("biometric", at=NOW + MINUTE))
    once = level_2(c.Recover(items=ahead))
    assert once.recovered_at == NOW
    for later in (MINUTE, 2 * MINUTE, CLOCK_SKEW):
        with pytest.raises(errors.EvidenceInsufficient):
            carry_out(once, c.Recover(), now=NOW + later)
    at = NOW + CLOCK_SKEW + 2 * MINUTE
    fresh = (item("chip_report", at=at), item("biometric", at=at))
    assert after(once, c.Recover(items=fresh), now=at).recovered_at == at


def test_factors_are_those_of_a_transaction_that_has_a_name() -> None:
    """Where nobody names transactions all factors would be of the same one (Decree 69 Art. 19(4))."""
    with pytest.raises(InputError):
        Context(transaction="", factors=(Factor("face", NOW, ""),))
    assert Context(transaction="")


@pytest.mark.parametrize(
    "wrong",
    [
        {"factors": (Factor("face", dt.datetime(2026, 11, 21), "t"),)},
        {"consents": (Consent(purpose="loan", given_at=dt.datetime(2026, 11, 21)),)},
        {"consents": (Consent(purpose="loan", given_at=NOW, withdrawn_at=dt.datetime(2026, 11, 21)),)},
        {"consents": (Consent(purpose="loan", given_at=NOW, narrowed_at=dt.datetime(2026, 11, 21)),)},
    ],
)
def test_a_time_without_zone_is_refused_before_anything_is_decided_by_it(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        Context(transaction="t", **wrong)


@pytest.mark.parametrize("age", [300, "5m", 5.0])
def test_an_age_of_an_authentication_that_is_none_is_refused(age: Any) -> None:
    with pytest.raises(InputError):
        Requirement(max_auth_age=age)


@pytest.mark.parametrize("outcome", ["PASSED", "FAILED", None, True])
def test_an_outcome_that_is_none_is_no_evidence(outcome: Any) -> None:
    with pytest.raises(InputError):
        c.AddEvidence(items=(replace(item("biometric"), outcome=outcome),))


@pytest.mark.parametrize("subject", [None, 1099012349, b"001099012349"])
def test_a_number_that_is_no_text_is_refused_with_a_code(subject: Any) -> None:
    with pytest.raises(InputError):
        service().check(subject, require=Requirement())
    with pytest.raises(InputError):
        c.AddAlias(subject=subject)


# --- what is said ----------------------------------------------------------------------------------


def test_whatever_stands_in_the_way_is_said_in_both_languages_and_names_nobody() -> None:
    person_ = account(
        birth_date=PartialDate(2013, 7, 4),
        guardians=frozenset({"guardian-of-lan"}),
        details=Details("Trần Thị Lan", "+84912345678", "lan@mail.example"),
        subjects=(NUMBER,),
        level=1,
    )
    wanted = Requirement(
        account_level=2, authentication_level=4, evidence=frozenset({"in_person"}), min_age=18, purpose="loan",
        consent=True, fields=frozenset({"name"}), factor_categories=frozenset({"biometric"}),
        holder_kinds=frozenset({HolderKind.ORGANISATION}),
    )  # fmt: skip
    seen: set[str] = set()
    for subject in (
        person_,
        replace(person_, locks=(registered_lock(),)),
        replace(person_, closed_at=NOW),
        None,
    ):
        for actor in (None, *(Actor(role, "a-1") for role in Role), Actor(Role.GUARDIAN, "guardian-of-lan")):
            decision = ask(subject, wanted, Context(transaction=TRANSACTION, actor=actor))
            assert decision.outcome is not ALLOW
            seen |= set(decision.codes)
            said = [decision.sentence("vi"), decision.sentence("en"), decision.explain(), repr(decision)]
            assert all(said)
            assert said[0] != said[1]
            for text in (*said, str(decision.to_json())):
                for secret in (NUMBER, "Lan", "0912", "+84", "mail", "guardian-of-lan", "2013"):
                    assert secret not in text
    assert {
        "ACCOUNT_LOCKED",
        "ACCOUNT_CLOSED",
        "NOT_ENTITLED",
        "ACCOUNT_UNKNOWN",
        "NOT_AUTHENTICATED",
    } <= seen


def registered_lock() -> Any:
    return after(registered(), c.LockAccount(reason="holder_died")).locks[0]


def test_what_a_store_in_memory_holds_shows_nobodys_number() -> None:
    """As a report of a crash shows what functions were looking at."""
    store = MemoryAccountStore()
    service(store).run(NUMBER, ADULT, actor=OFFICER)
    [kept] = store._accounts.values()
    assert NUMBER not in repr(kept)


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_reason_has_words_in_both_languages(code: str) -> None:
    text = CODES[code]
    assert text.in_language("en").endswith(".")
    assert text.in_language("vi").endswith(".")
    assert text.in_language("en") != text.in_language("vi")


# --- what an auditor is shown ----------------------------------------------------------------------


def test_a_history_that_did_not_make_the_account_is_not_shown_as_its_history() -> None:
    """Somebody who writes into the database put an event back that a restored state had made void."""

    class Altered(MemoryAccountStore):
        altered = False

        def events(self, account_id: str) -> Any:
            kept = super().events(account_id)
            if not self.altered:
                return kept
            lock = Locked(
                at=NOW, by=OFFICER, object="account", reason="authority_request", requested_by="authority"
            )
            return (*kept[:-1], lock)

    store = Altered()
    accounts = service(store)
    accounts.run(NUMBER, ADULT, actor=OFFICER)
    accounts.run(NUMBER, c.Notify(), actor=OFFICER)
    assert [type(each) for each in accounts.history(NUMBER, actor=OFFICER)] == [Registered, Notified]
    store.altered = True
    with pytest.raises(AccountDataDamaged):
        accounts.history(NUMBER, actor=OFFICER)


def test_what_happens_while_a_history_is_read_is_no_damage() -> None:
    class Busy(MemoryAccountStore):
        """Another changes the account between the two questions of a history."""

        def events(self, account_id: str) -> Any:
            service(self).run(NUMBER, c.Activate(), actor=OFFICER)
            return super().events(account_id)

    store = Busy()
    service(store).run(NUMBER, ADULT, actor=OFFICER)
    assert len(service(store).history(NUMBER, actor=OFFICER)) == 2
