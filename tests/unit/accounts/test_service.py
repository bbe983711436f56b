"""``eid.Accounts`` as an application uses it: one question a check, once however often repeated, all logged."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from lifecycle_samples import (
    ADULT,
    AUDITOR,
    DAY,
    GUARDIAN,
    NOW,
    NUMBER,
    OFFICER,
    PROVEN,
    child,
    holder_of,
    item,
)

from eid import errors
from eid.accounts.decision import DecisionOutcome
from eid.accounts.lifecycle import commands as c
from eid.accounts.lifecycle.events import Registered, replay
from eid.accounts.model import Account, Actor, Details, Factor, HolderKind, Role
from eid.accounts.requirement import Context, Requirement
from eid.accounts.service import Accounts
from eid.accounts.stores.memory import MemoryAccountStore
from eid.accounts.stores.sql import SqlAccountStore
from eid.accounts.stores.store import AccountStore, Change
from eid.accounts.stores.vault import Vault
from eid.accounts.usage import NewEntry, SubjectKey, UsageKind
from eid.accounts.usage.log import MemoryUsageLog
from eid.accounts.usage.verify import verify_log
from eid.errors import (
    AccountConflict,
    AccountError,
    AccountExists,
    AccountNotAvailable,
    AccountStoreUnavailable,
    CommandIdReused,
    SubjectTaken,
    UsageLogUnavailable,
)
from eid.vietnam import rules

OTHER = "001199012340"
LOCK = c.LockAccount(reason="authority_request")
UNLOCK = c.UnlockAccount(reason="authority_request", ground="authority_request")


class CountingStore(MemoryAccountStore):
    """Counts the questions it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: Counter[str] = Counter()

    def by_subject(self, subject: str) -> Account | None:
        self.asked["by_subject"] += 1
        return super().by_subject(subject)

    def by_id(self, account_id: str) -> Account | None:
        self.asked["by_id"] += 1
        return super().by_id(account_id)

    def append(self, change: Change) -> Account:
        self.asked["append"] += 1
        return super().append(change)

    def executed(self, account_id: str, command_id: str) -> bytes | None:
        self.asked["executed"] += 1
        return super().executed(account_id, command_id)


class BadNetworkStore(MemoryAccountStore):
    """Carries out what it is told, and loses the answer of every command as long as it is *losing*."""

    losing = True

    def append(self, change: Change) -> Account:
        account = super().append(change)
        if self.losing:
            raise AccountStoreUnavailable("the answer was lost")
        return account


def accounts(store: Any = None, **more: Any) -> Accounts:
    return Accounts(store or MemoryAccountStore(), rules=rules, clock=lambda: NOW, **more)


def usage_log() -> MemoryUsageLog:
    return MemoryUsageLog(key=SubjectKey(b"k" * 32))


def with_active(store: Any = None, **more: Any) -> tuple[Accounts, Account]:
    service = accounts(store, **more)
    for command in (ADULT, c.Notify(), c.Activate(), c.Upgrade(items=PROVEN)):
        account = service.run(NUMBER, command, actor=OFFICER)
    return service, account


def asks(account: Account, **changes: Any) -> Context:
    factors = (Factor("password", NOW, "t"), Factor("face", NOW, "t"))
    return dataclasses.replace(Context(transaction="t", actor=holder_of(account), factors=factors), **changes)


@pytest.fixture(params=["memory", "sqlite"])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AccountStore]:
    """A store that threads share."""
    if request.param == "memory":
        yield MemoryAccountStore()
        return
    store = SqlAccountStore.open(f"sqlite:///{tmp_path / 'accounts.db'}", vault=Vault.generate())
    yield store
    store.close()


# --- asking --------------------------------------------------------------------------------------


def test_a_check_asks_the_store_once() -> None:
    store = CountingStore()
    service, account = with_active(store)
    store.asked.clear()
    wanted = Requirement(account_level=2, authentication_level=3)
    decision = service.check(f" {NUMBER} ", require=wanted, context=asks(account))
    assert decision.outcome is DecisionOutcome.ALLOW
    assert store.asked == {"by_subject": 1}


def test_consent_that_the_account_has_counts_in_a_check() -> None:
    service, account = with_active()
    wanted = Requirement(purpose="loan", consent=True, fields=frozenset({"name"}))
    assert service.check(NUMBER, require=wanted, context=asks(account)).codes == ("CONSENT_MISSING",)
    own = holder_of(account)
    service.run(NUMBER, c.GiveConsent(purpose="loan", fields={"name"}), actor=own)
    assert service.check(NUMBER, require=wanted, context=asks(account)).outcome is DecisionOutcome.ALLOW
    service.run(NUMBER, c.WithdrawConsent(purpose="loan"), actor=own)
    assert service.check(NUMBER, require=wanted, context=asks(account)).codes == ("CONSENT_WITHDRAWN",)


def test_a_lock_ends_every_allow() -> None:
    service, account = with_active()
    service.run(NUMBER, LOCK, actor=OFFICER)
    decision = service.check(NUMBER, require=Requirement(), context=asks(account))
    assert (decision.outcome, decision.codes) == (DecisionOutcome.DENY, ("ACCOUNT_LOCKED",))


def test_nobody_learns_from_a_check_whether_there_is_an_account() -> None:
    service, _ = with_active()
    service.run(OTHER, ADULT, actor=OFFICER)
    service.run(OTHER, LOCK, actor=OFFICER)
    stranger = Context(transaction="t", actor=Actor(Role.HOLDER, "curious"))
    for context in (None, stranger):
        seen = {
            service.check(number, require=Requirement(account_level=2), context=context).explain()
            for number in (NUMBER, OTHER, "001000000000")
        }
        assert len(seen) == 1


def test_the_rules_are_those_of_the_day_in_viet_nam() -> None:
    """The 14th birthday begins at midnight in Hanoi, which is 17:00 the day before in UTC."""
    eve = dt.datetime(2026, 11, 20, 16, 59, 59, tzinfo=dt.UTC)
    said = dataclasses.replace(child(14), guardians=frozenset())
    with pytest.raises(errors.GuardianNeeded):
        accounts().run(NUMBER, said, actor=OFFICER, now=eve)
    assert accounts().run(NUMBER, said, actor=OFFICER, now=eve + dt.timedelta(seconds=1)).level == 1


def test_a_subject_or_a_time_that_is_none_is_refused_before_the_store_is_asked() -> None:
    store = CountingStore()
    service = accounts(store)
    for subject in ("", "  ", "x" * 65, "0010\n99"):
        with pytest.raises(errors.InputError):
            service.check(subject, require=Requirement())
        with pytest.raises(errors.InputError):
            service.run(subject, ADULT, actor=OFFICER)
        with pytest.raises(errors.InputError):
            service.find(subject, actor=OFFICER)
    with pytest.raises(errors.InputError):
        service.check(NUMBER, require=Requirement(), now=dt.datetime(2026, 11, 21))
    for command_id in ("", "x" * 201):
        with pytest.raises(errors.InputError):
            service.run(NUMBER, ADULT, actor=OFFICER, command_id=command_id)
    assert not store.asked


# --- looking up ----------------------------------------------------------------------------------


def test_an_account_is_shown_to_its_people_officers_and_auditors_only() -> None:
    service, account = with_active()
    for actor in (OFFICER, AUDITOR, holder_of(account)):
        assert service.find(NUMBER, actor=actor) == account
        assert replay(service.history(NUMBER, actor=actor)) == account
    for actor in (Actor(Role.HOLDER, "x"), GUARDIAN, Actor(Role.REPRESENTATIVE, account.id)):
        for number in (NUMBER, OTHER):
            for look in (service.find, service.history):
                with pytest.raises(AccountNotAvailable) as caught:
                    look(number, actor=actor)
                assert type(caught.value) is AccountNotAvailable
    with pytest.raises(errors.AccountUnknown):
        service.find(OTHER, actor=AUDITOR)


def test_history_says_who_did_what_when_and_by_which_article() -> None:
    service, account = with_active()
    service.run(NUMBER, c.LockAccount(reason="holder_request"), actor=holder_of(account), now=NOW + DAY)
    history = service.history(NUMBER, actor=AUDITOR)
    assert [event.kind for event in history] == [
        "registered", "notified", "activated", "evidence_added", "upgraded", "card_issued", "locked",
    ]  # fmt: skip
    first, last = history[0], history[-1]
    assert (first.by, first.at, first.article) == (OFFICER, NOW, "Decree 69/2024/NĐ-CP, Art. 7(1)")
    assert (last.by, last.at) == (holder_of(account), NOW + DAY)
    assert {event.rules for event in history} == {rules.at(NOW).version}


# --- numbers -------------------------------------------------------------------------------------


def test_a_renumbered_holder_is_found_by_both_numbers_and_the_old_one_is_nobody_elses() -> None:
    service, account = with_active()
    service.run(NUMBER, c.Renumber(subject=OTHER, reason="sex_redetermined"), actor=OFFICER)
    for number in (NUMBER, OTHER):
        assert service.find(number, actor=OFFICER).id == account.id
        with pytest.raises(AccountExists):
            service.run(number, ADULT, actor=OFFICER)


def test_a_number_that_leads_to_another_account_is_refused() -> None:
    service, account = with_active()
    service.run(OTHER, ADULT, actor=OFFICER)
    for command in (c.Renumber(subject=OTHER, reason="sex_redetermined"), c.AddAlias(subject=OTHER)):
        with pytest.raises(SubjectTaken):
            service.run(NUMBER, command, actor=OFFICER)
    assert service.find(NUMBER, actor=OFFICER) == account
    third = dataclasses.replace(ADULT, aliases=(OTHER,))
    with pytest.raises(SubjectTaken):
        service.run("001299012341", third, actor=OFFICER)
    with pytest.raises(errors.RoleNotAllowed):
        service.run("001299012341", third, actor=Actor(Role.HOLDER, "app"))


def test_a_child_is_registered_through_the_guardians_own_account_in_this_store() -> None:
    service, guardian = with_active()
    actor = Actor(Role.GUARDIAN, guardian.id)
    said = child(9, guardians=frozenset({guardian.id}))
    account = service.run(OTHER, said, actor=actor)
    assert account.guardians == {guardian.id}
    service.run(NUMBER, LOCK, actor=OFFICER)
    with pytest.raises(errors.GuardianNeeded):
        service.run("001299012341", said, actor=actor)


# --- repeating -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prepare", "command"),
    [
        ((), ADULT),
        ((ADULT,), c.Activate()),
        ((ADULT,), c.Notify()),
        ((ADULT, c.Activate()), c.Upgrade(items=PROVEN)),
        ((ADULT, c.Activate()), c.Recover(items=(item("in_person"),))),
        ((ADULT, LOCK), UNLOCK),
        ((ADULT,), c.Close(reason="asked")),
        ((ADULT,), c.Renumber(subject=OTHER, reason="sex_redetermined")),
    ],
)
def test_a_kiosk_that_never_got_the_answer_repeats_and_the_command_happened_once(
    prepare: tuple[c.Command, ...], command: c.Command
) -> None:
    store = BadNetworkStore()
    service = accounts(store)
    store.losing = False
    for each in prepare:
        service.run(NUMBER, each, actor=OFFICER)
    store.losing = True
    with pytest.raises(AccountStoreUnavailable):
        service.run(NUMBER, command, actor=OFFICER, command_id="c-1")
    account = service.run(NUMBER, command, actor=OFFICER, command_id="c-1")
    again = service.run(NUMBER, command, actor=OFFICER, command_id="c-1", expected_version=0)
    assert account == again
    history = service.history(NUMBER, actor=OFFICER)
    assert len(history) == account.version
    assert len(history) == len(prepare) + (
        3 if isinstance(command, c.Upgrade) else 2 if isinstance(command, c.Recover) else 1
    )


def test_a_repeated_command_is_not_handled_on_what_came_later() -> None:
    service, _ = with_active()
    service.run(NUMBER, LOCK, actor=OFFICER)
    service.run(NUMBER, UNLOCK, actor=OFFICER, command_id="unlock-1")
    locked = service.run(NUMBER, LOCK, actor=OFFICER)
    assert service.run(NUMBER, UNLOCK, actor=OFFICER, command_id="unlock-1") == locked
    assert service.find(NUMBER, actor=OFFICER).locks


def test_a_command_with_nothing_left_to_do_is_remembered_too() -> None:
    service, _ = with_active()
    service.run(NUMBER, LOCK, actor=OFFICER)
    service.run(NUMBER, LOCK, actor=OFFICER, command_id="lock-2")
    opened = service.run(NUMBER, UNLOCK, actor=OFFICER)
    assert service.run(NUMBER, LOCK, actor=OFFICER, command_id="lock-2") == opened


def test_an_identifier_belongs_to_one_command_of_one_actor() -> None:
    service, account = with_active()
    service.run(NUMBER, LOCK, actor=OFFICER, command_id="c-1")
    with pytest.raises(CommandIdReused):
        service.run(NUMBER, UNLOCK, actor=OFFICER, command_id="c-1")
    with pytest.raises(CommandIdReused):
        service.run(NUMBER, LOCK, actor=Actor(Role.OFFICER, "another"), command_id="c-1")
    with pytest.raises(AccountNotAvailable):
        service.run(NUMBER, LOCK, actor=Actor(Role.HOLDER, "curious"), command_id="c-1")
    # Another account has its own identifiers.
    service.run(OTHER, ADULT, actor=OFFICER, command_id="c-1")
    assert len(service.find(NUMBER, actor=holder_of(account)).locks) == 1


def test_who_has_no_part_any_more_sees_by_repeating_only_what_his_own_act_left() -> None:
    service = accounts()
    applicant = Actor(Role.HOLDER, "app-session-1")
    made = service.run(NUMBER, ADULT, actor=applicant, command_id="r-1")
    later = c.ChangeDetails(details=Details("Nguyễn Văn Khác", "+84900000002"))
    service.run(NUMBER, later, actor=OFFICER)
    assert service.run(NUMBER, ADULT, actor=applicant, command_id="r-1") == made
    # The holder himself and officers see the account as it is.
    assert service.find(NUMBER, actor=holder_of(made)).details == later.details


def test_a_representative_who_takes_himself_out_may_repeat_that() -> None:
    service, own = with_active()
    me = Actor(Role.REPRESENTATIVE, own.id)
    said = c.Register(
        holder=HolderKind.ORGANISATION,
        documents={"established_or_registered_in_vietnam"},
        representatives={own.id, "another"},
        agreed={"another"},
    )
    service.run("0100000001", said, actor=me)
    leave = c.ChangeRepresentatives(representatives={"another"})
    left = service.run("0100000001", leave, actor=me, command_id="leave")
    service.run("0100000001", c.ChangeDetails(details=Details("Công ty Mẫu")), actor=OFFICER)
    assert service.run("0100000001", leave, actor=me, command_id="leave") == left
    assert left.details is None


def test_an_applicant_whose_command_did_nothing_is_told_nothing() -> None:
    service, account = with_active()
    guardian = dataclasses.replace(child(9), guardians=frozenset({account.id}))
    service.run(OTHER, guardian, actor=OFFICER)
    actor = Actor(Role.GUARDIAN, account.id)
    service.run(OTHER, c.Activate(), actor=OFFICER)
    service.run(OTHER, c.Activate(), actor=actor, command_id="a-1")
    service.run(OTHER, c.ChangeGuardians(guardians={"new"}), actor=OFFICER)
    with pytest.raises(AccountNotAvailable):
        service.run(OTHER, c.Activate(), actor=actor, command_id="a-1")


# --- at the same time ----------------------------------------------------------------------------


def test_a_command_made_for_another_version_is_refused() -> None:
    service, account = with_active()
    service.run(NUMBER, LOCK, actor=OFFICER, expected_version=account.version)
    with pytest.raises(AccountConflict):
        service.run(NUMBER, UNLOCK, actor=OFFICER, expected_version=account.version)
    with pytest.raises(AccountNotAvailable):
        service.run(NUMBER, UNLOCK, actor=Actor(Role.HOLDER, "x"), expected_version=account.version)


class CrowdedStore(MemoryAccountStore):
    """Somebody else always gets in between: *times* times."""

    times = 0
    names = itertools.count()

    def append(self, change: Change) -> Account:
        if self.times > 0:
            self.times -= 1
            quiet = Accounts(_Quiet(self), rules=rules, clock=lambda: NOW)
            details = Details(f"name {next(self.names)}")
            quiet.run(NUMBER, c.ChangeDetails(details=details), actor=OFFICER)
        return super().append(change)


class _Quiet:
    def __init__(self, store: MemoryAccountStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def append(self, change: Change) -> Account:
        return MemoryAccountStore.append(self._store, change)


def test_who_lost_the_race_handles_again_and_loses_nothing() -> None:
    store = CrowdedStore()
    service, account = with_active(store)
    store.times = 5
    locked = service.run(NUMBER, LOCK, actor=OFFICER, command_id="c-1")
    assert (locked.details is not None, len(locked.locks)) == (True, 1)
    assert locked.version == account.version + 6
    store.times = 1
    with pytest.raises(AccountConflict):
        service.run(NUMBER, UNLOCK, actor=OFFICER, expected_version=locked.version)
    assert service.find(NUMBER, actor=OFFICER).locks


class OvertakenStore(MemoryAccountStore):
    """Somebody else registers the number just before."""

    overtaken = False

    def append(self, change: Change) -> Account:
        if not self.overtaken:
            self.overtaken = True
            accounts(_Quiet(self)).run(NUMBER, ADULT, actor=OFFICER, command_id="first")
        return super().append(change)


def test_who_registers_a_moment_too_late_is_told_as_if_it_were_long_ago() -> None:
    other = Actor(Role.OFFICER, "another")
    with pytest.raises(AccountExists):
        accounts(OvertakenStore()).run(NUMBER, ADULT, actor=OFFICER)
    with pytest.raises(AccountNotAvailable) as caught:
        accounts(OvertakenStore()).run(NUMBER, ADULT, actor=Actor(Role.HOLDER, "app"), command_id="first")
    assert type(caught.value) is AccountNotAvailable
    with pytest.raises(CommandIdReused):
        accounts(OvertakenStore()).run(NUMBER, ADULT, actor=other, command_id="first")
    same = accounts(OvertakenStore()).run(NUMBER, ADULT, actor=OFFICER, command_id="first")
    assert same.version == 1


def test_an_account_that_changes_all_the_time_is_a_conflict_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("eid.accounts.lifecycle.running._LONGEST_WAIT", 0)
    store = CrowdedStore()
    service, _ = with_active(store)
    store.times = 10_000
    with pytest.raises(AccountConflict):
        service.run(NUMBER, LOCK, actor=OFFICER)


def test_many_threads_lose_no_command_and_double_none(shared: AccountStore) -> None:
    service, account = with_active(shared)

    def link(number: int) -> None:
        for _ in range(2):  # each command twice, as a kiosk with a bad network sends it
            command = c.Link(scope="platform", reference=str(number))
            service.run(NUMBER, command, actor=OFFICER, command_id=f"link-{number}")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(link, range(100)))
    after = service.find(NUMBER, actor=OFFICER)
    assert sorted(int(each.reference) for each in after.links) == list(range(100))
    assert after.version == account.version + 100
    assert replay(service.history(NUMBER, actor=OFFICER)) == after


def test_one_command_sent_by_many_at_once_happens_and_is_logged_once(shared: AccountStore) -> None:
    log = usage_log()
    service = accounts(shared, log=log)
    start = threading.Barrier(16)

    def register(_: int) -> Account:
        start.wait()
        return service.run(NUMBER, ADULT, actor=OFFICER, command_id="r-1")

    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(register, range(16)))
    assert len({account.id for account in made}) == 1
    assert entries(log) == [("command", "register", "DONE", ())]
    (event,) = service.history(NUMBER, actor=OFFICER)
    assert isinstance(event, Registered)


def test_one_number_registered_by_many_at_once_without_identifier_is_one_account(
    shared: AccountStore,
) -> None:
    service = accounts(shared)
    start = threading.Barrier(8)

    def register(_: int) -> Account | type[AccountError]:
        start.wait()
        try:
            return service.run(NUMBER, ADULT, actor=OFFICER)
        except AccountError as error:
            return type(error)

    with ThreadPoolExecutor(8) as pool:
        made = Counter(
            each.id if isinstance(each, Account) else each for each in pool.map(register, range(8))
        )
    assert made == {service.find(NUMBER, actor=OFFICER).id: 1, AccountExists: 7}


# --- the log -------------------------------------------------------------------------------------


def entries(log: MemoryUsageLog, *subjects: str) -> list[tuple[str, str | None, str | None, tuple[str, ...]]]:
    found = log.of_subject(*subjects) if subjects else log.entries()
    return [
        (each.kind.value, each.content.action, each.content.outcome, each.content.codes)
        for each in found
        if each.content is not None
    ]


def test_the_log_of_a_person_has_every_use_and_nobody_elses() -> None:
    log = usage_log()
    service, account = with_active(log=log)
    service.run(OTHER, ADULT, actor=OFFICER)
    service.check(NUMBER, require=Requirement(account_level=2, purpose="loan"), context=asks(account))
    service.check(NUMBER, require=Requirement(), context=None)
    service.find(NUMBER, actor=AUDITOR)
    service.history(NUMBER, actor=OFFICER)
    with pytest.raises(AccountNotAvailable):
        service.find(NUMBER, actor=Actor(Role.HOLDER, "curious"))
    service.run(
        NUMBER, c.GiveConsent(purpose="loan", fields={"name"}, requester="bank"), actor=holder_of(account)
    )
    assert entries(log, account.id) == [
        ("command", "register", "DONE", ()),
        ("command", "notify", "DONE", ()),
        ("command", "activate", "DONE", ()),
        ("command", "upgrade", "DONE", ()),
        ("check", None, "ALLOW", ()),
        ("check", None, "STEP_UP", ("NOT_AUTHENTICATED",)),
        ("disclosure", "find", "SHOWN", ()),
        ("disclosure", "history", "SHOWN", ()),
        ("disclosure", "find", "REFUSED", ("ACCOUNT_NOT_AVAILABLE",)),
        ("consent", "given", "DONE", ()),
    ]
    consent = list(log.of_subject(account.id))[-1].content
    assert consent is not None
    assert (consent.requester, consent.purpose, consent.fields) == ("bank", "loan", ("name",))
    assert consent.basis == "Decree 356/2025/NĐ-CP, Art. 6"
    assert NUMBER not in repr([each.to_json() for each in log.entries()])


def acts(log: MemoryUsageLog, account: Account) -> list[tuple[str, tuple[str, ...], dt.datetime]]:
    """Acts of consent, as receipts are made from them."""
    found = [each for each in log.of_subject(account.id) if each.kind is UsageKind.CONSENT]
    return [(each.content.action or "", each.content.fields, each.at) for each in found if each.content]


def test_every_act_of_consent_is_logged_and_nothing_else_looks_like_one() -> None:
    log = usage_log()
    service, account = with_active(log=log)
    own, hours = holder_of(account), [NOW + dt.timedelta(hours=n) for n in range(9)]
    give = c.GiveConsent(purpose="loan", fields={"name", "address"}, basis="contract 7", channel="vneid_app")
    narrow = c.NarrowConsent(purpose="loan", fields={"name"})
    withdraw = c.WithdrawConsent(purpose="loan")
    with pytest.raises(errors.RoleNotAllowed):  # refused: nobody gave anything
        service.run(NUMBER, give, actor=OFFICER, now=hours[0])
    service.run(NUMBER, withdraw, actor=own, now=hours[1])  # of nothing
    service.run(NUMBER, give, actor=own, now=hours[2])
    given = next(each for each in log.of_subject(account.id) if each.kind is UsageKind.CONSENT).content
    assert given is not None
    assert (given.basis, given.channel, given.purpose) == ("contract 7", "vneid_app", "loan")
    service.run(NUMBER, narrow, actor=own, now=hours[3])
    with pytest.raises(errors.ConsentNotNarrower):
        service.run(NUMBER, c.NarrowConsent(purpose="loan", fields={"phone"}), actor=own, now=hours[4])
    service.run(NUMBER, withdraw, actor=own, now=hours[5])
    assert acts(log, account) == [
        ("given", ("address", "name"), hours[2]),
        ("narrowed", ("name",), hours[3]),
        ("withdrawn", (), hours[5]),
    ]


def test_a_consent_that_was_withdrawn_is_not_logged_as_given_by_a_late_repetition() -> None:
    log = DeafLog(key=SubjectKey(b"k" * 32))
    service, account = with_active(log=log)
    own = holder_of(account)
    give = c.GiveConsent(purpose="loan", fields={"name"})
    log.deaf = True
    with pytest.raises(UsageLogUnavailable):
        service.run(NUMBER, give, actor=own, command_id="give-1")
    log.deaf = False
    service.run(NUMBER, c.WithdrawConsent(purpose="loan"), actor=own, now=NOW + DAY)
    service.run(NUMBER, give, actor=own, command_id="give-1", now=NOW + 2 * DAY)
    assert acts(log, account) == [("withdrawn", (), NOW + DAY)]
    assert entries(log, account.id)[-1] == ("command", "give_consent", "DONE", ())


def test_a_consent_whose_log_was_down_is_logged_by_the_repetition_with_its_own_time() -> None:
    log = DeafLog(key=SubjectKey(b"k" * 32))
    service, account = with_active(log=log)
    give = c.GiveConsent(purpose="loan", fields={"name"})
    log.deaf = True
    with pytest.raises(UsageLogUnavailable):
        service.run(NUMBER, give, actor=holder_of(account), command_id="give-1")
    log.deaf = False
    service.run(NUMBER, give, actor=holder_of(account), command_id="give-1", now=NOW + DAY)
    assert acts(log, account) == [("given", ("name",), NOW)]


def test_a_refused_command_is_logged_with_the_article() -> None:
    log = usage_log()
    service, account = with_active(log=log)
    service.run(NUMBER, c.LockAccount(reason="holder_died"), actor=OFFICER)
    never = c.UnlockAccount(reason="holder_died", ground="never")
    with pytest.raises(errors.LockNeverLifted):
        service.run(NUMBER, never, actor=OFFICER)
    last = list(log.of_subject(account.id))[-1].content
    assert last is not None
    assert (last.action, last.outcome, last.codes) == ("unlock", "REFUSED", ("LOCK_NEVER_LIFTED",))
    assert (last.staff, last.basis) == (OFFICER.reference, "Decree 69/2024/NĐ-CP, Art. 16")


def test_a_repeated_command_is_logged_once() -> None:
    log = usage_log()
    service, _ = with_active(log=log)
    before = len(log)
    for _ in range(3):
        service.run(NUMBER, LOCK, actor=OFFICER, command_id="c-1")
    assert len(log) == before + 1


class DeafLog(MemoryUsageLog):
    """Cannot be reached as long as it is *deaf*."""

    deaf = False

    def append(self, *new: NewEntry) -> Any:
        if self.deaf:
            raise UsageLogUnavailable("no disk")
        return super().append(*new)


def test_what_cannot_be_logged_is_refused_and_a_repeated_command_is_logged_later() -> None:
    log = DeafLog(key=SubjectKey(b"k" * 32))
    service, account = with_active(log=log)
    log.deaf = True
    with pytest.raises(UsageLogUnavailable):
        service.check(NUMBER, require=Requirement(), context=asks(account))
    for look in (service.find, service.history):
        with pytest.raises(UsageLogUnavailable):
            look(NUMBER, actor=OFFICER)
    with pytest.raises(UsageLogUnavailable):
        service.run(NUMBER, LOCK, actor=OFFICER, command_id="c-1")
    log.deaf = False
    locked = service.run(NUMBER, LOCK, actor=OFFICER, command_id="c-1")
    assert len(locked.locks) == 1
    assert entries(log, account.id)[-1] == ("command", "lock", "DONE", ())


def test_an_officer_with_a_telephone_number_for_a_name_changes_nothing() -> None:
    """The log takes no such word; then nothing may happen that it cannot tell of."""
    log = usage_log()
    service, account = with_active(log=log)
    with pytest.raises(errors.UsageEntryRefused):
        service.run(NUMBER, LOCK, actor=Actor(Role.OFFICER, "0900000001"))
    assert service.find(NUMBER, actor=OFFICER) == account


def test_checks_of_unknown_numbers_are_logged_under_the_number_asked_for() -> None:
    log = usage_log()
    service = accounts(log=log)
    service.check(NUMBER, require=Requirement(), context=None)
    assert entries(log, NUMBER) == [("check", None, "STEP_UP", ("NOT_AUTHENTICATED",))]
    assert [each.kind for each in log.of_subject(OTHER)] == []
    assert UsageKind.CHECK in {each.kind for each in log.entries()}


def test_nothing_personal_is_in_the_repr_of_the_service() -> None:
    service, _ = with_active(log=usage_log(), service="clinic")
    assert repr(service) == "<Accounts of clinic>"


# --- forgetting ----------------------------------------------------------------------------------


def of_person(log: MemoryUsageLog, account: Account) -> list[UsageKind]:
    return [entry.kind for entry in log.of_subject(account.id, *account.subjects)]


def test_an_erased_person_is_in_neither_store_nor_log_and_the_chain_holds() -> None:
    log, store = usage_log(), MemoryAccountStore()
    service, account = with_active(store, log=log)
    agreed = c.GiveConsent(purpose="loan", fields=frozenset({"name"}), channel="counter")
    service.run(NUMBER, agreed, actor=holder_of(account))
    others, _ = log.head(), service.check(OTHER, require=Requirement(account_level=1))
    service.erase(NUMBER, actor=OFFICER, basis="Law 91/2025/QH15", keep={UsageKind.CONSENT})
    assert store.by_subject(NUMBER) is None
    assert of_person(log, account) == [UsageKind.CONSENT]
    assert [entry.kind for entry in log.of_subject(OTHER)] == [UsageKind.CHECK]
    report = verify_log(log.rows(), log=others.log, size=log.head().size)
    assert [finding.code for finding in report.findings] == ["CHECKPOINT_NOT_GIVEN"]
    with pytest.raises(errors.AccountUnknown):
        service.find(NUMBER, actor=OFFICER)


@pytest.mark.parametrize("who", ["holder", "auditor", "stranger", "officer of his own account"])
def test_only_an_officer_without_a_part_in_it_erases_and_the_attempt_is_logged(who: str) -> None:
    log, store = usage_log(), MemoryAccountStore()
    service, account = with_active(store, log=log)
    actor = {
        "holder": holder_of(account),
        "auditor": AUDITOR,
        "stranger": Actor(Role.HOLDER, "somebody"),
        "officer of his own account": Actor(Role.OFFICER, account.id),
    }[who]
    before = of_person(log, account)
    with pytest.raises(AccountError) as refused:
        service.erase(NUMBER, actor=actor)
    assert refused.value.code == ("ACCOUNT_NOT_AVAILABLE" if who == "stranger" else "ROLE_NOT_ALLOWED")
    assert store.by_subject(NUMBER) == account
    assert of_person(log, account) == [*before, UsageKind.COMMAND]
    assert list(log.of_subject(account.id))[-1].content.codes == (refused.value.code,)


def test_an_erasure_that_was_cut_off_is_repeated() -> None:
    class Interrupted(MemoryAccountStore):
        down = True

        def erase(self, account_id: str) -> bool:
            if self.down:
                raise AccountStoreUnavailable("gone in the middle")
            return super().erase(account_id)

    log, store = usage_log(), Interrupted()
    service, account = with_active(store, log=log)
    with pytest.raises(AccountStoreUnavailable):
        service.erase(NUMBER, actor=OFFICER)
    assert store.by_subject(NUMBER) == account
    store.down = False
    service.erase(NUMBER, actor=OFFICER)
    assert store.by_subject(NUMBER) is None
    assert of_person(log, account) == []


def test_what_is_logged_while_somebody_is_erased_goes_too() -> None:
    class Asked(MemoryAccountStore):
        def erase(self, account_id: str) -> bool:
            service.check(NUMBER, require=Requirement(account_level=1))
            return super().erase(account_id)

    log = usage_log()
    service, account = with_active(Asked(), log=log)
    service.erase(NUMBER, actor=OFFICER)
    assert of_person(log, account) == []
