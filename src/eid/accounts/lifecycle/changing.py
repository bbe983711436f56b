"""What each command does to an account that is there. Locks: :mod:`eid.accounts.lifecycle.locking`.

A handler gets a case that roles and state allow, and yields the events of the command; none when there
is nothing left to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from eid.accounts.lifecycle import commands as c
from eid.accounts.lifecycle import events as e
from eid.accounts.lifecycle.events import ACCOUNT, Event
from eid.accounts.lifecycle.handling import Handling, article_of
from eid.accounts.lifecycle.locking import require_liftable
from eid.accounts.lifecycle.registering import entitling, require_born
from eid.accounts.model import CardState, Consent, EvidenceItem, HolderKind, Role
from eid.accounts.roles import OWN, eligible, needs_guardian
from eid.accounts.rules import Rule
from eid.accounts.standing import acceptable, for_recovery, for_upgrade
from eid.errors import (
    ActivationWindowPassed,
    ConsentNotNarrower,
    ConsentUnknown,
    GuardianNeeded,
    InputError,
    NumberChangeRefused,
    RepresentativesNotAgreed,
)

__all__ = [
    "activate",
    "add_alias",
    "add_evidence",
    "change_birth_date",
    "change_details",
    "change_documents",
    "change_guardians",
    "change_representatives",
    "close",
    "give_consent",
    "link",
    "narrow_consent",
    "notify",
    "reach_age",
    "recover",
    "renumber",
    "unlink",
    "upgrade",
    "withdraw_consent",
]


def notify(case: Handling, command: c.Notify) -> Iterable[Event]:
    # A second notice would begin the time to activate anew, once it has passed: by an officer's will.
    if case.account.activated_at is None:
        _, rule = case.rules.activation_ends(case.now)
        yield e.Notified(**case.said(rule))


def activate(case: Handling, command: c.Activate) -> Iterable[Event]:
    account = case.account
    if account.activated_at is not None:
        return
    ends, rule = case.rules.activation_ends(account.notified_at or case.now)
    if ends is not None and case.now > ends and case.actor.role in OWN:
        raise ActivationWindowPassed(f"after {ends.isoformat()}", article=article_of(rule))
    yield e.Activated(**case.said(rule))


def add_evidence(case: Handling, command: c.AddEvidence) -> Iterable[Event]:
    new = _new(case, command.items)
    if new:
        yield e.EvidenceAdded(items=new, **case.said())


def _new(case: Handling, items: tuple[EvidenceItem, ...]) -> tuple[EvidenceItem, ...]:
    acceptable(items, role=case.actor.role, now=case.now)
    return tuple(dict.fromkeys(item for item in items if item not in case.account.evidence))


def upgrade(case: Handling, command: c.Upgrade) -> Iterable[Event]:
    account, new = case.account, _new(case, command.items)
    if account.level == 2:
        yield from add_evidence(case, c.AddEvidence(items=new)) if new else ()
        return
    entry = entitling(account, case.rules, 2)
    if needs_guardian(account, case.rules) and not account.guardians:
        raise GuardianNeeded("upgrade", article=entry.rule.article)
    rests_on = for_upgrade((*account.evidence, *new), now=case.now)
    if new:
        yield e.EvidenceAdded(items=new, **case.said())
    yield e.Upgraded(level=2, rests_on=rests_on, **case.said(entry.rule.article))
    card = case.rules.find("electronic_card", issued_with_level=2, holder=account.holder.value)
    if card is not None and account.card is CardState.NONE:
        yield e.CardIssued(**case.said(card))


def recover(case: Handling, command: c.Recover) -> Iterable[Event]:
    account, new = case.account, _new(case, command.items)
    require_liftable(case)
    rests_on = for_recovery(account, (*account.evidence, *new), now=case.now)
    if new:
        yield e.EvidenceAdded(items=new, **case.said())
    yield e.Recovered(rests_on=rests_on, **case.said())


def close(case: Handling, command: c.Close) -> Iterable[Event]:
    rule = case.rules.find("lock_authority", object=ACCOUNT)
    yield e.Closed(reason=command.reason, **case.said(rule))


# --- links and numbers ---------------------------------------------------------------------------


def link(case: Handling, command: c.Link) -> Iterable[Event]:
    if not _linked(case, command):
        rule = case.rules.find("linking_deadline", scope=command.scope)
        said = case.said(rule)
        yield e.Linked(scope=command.scope, reference=command.reference, **said)


def unlink(case: Handling, command: c.Unlink) -> Iterable[Event]:
    if _linked(case, command):
        yield e.Unlinked(scope=command.scope, reference=command.reference, **case.said())


def _linked(case: Handling, command: c.Link | c.Unlink) -> bool:
    wanted = (command.scope, command.reference)
    return any((each.scope, each.reference) == wanted for each in case.account.links)


def renumber(case: Handling, command: c.Renumber) -> Iterable[Event]:
    require_born(command.birth_date, case.rules)
    account, rule = case.account, case.rules.find("personal_number_change")
    article = article_of(rule) if account.holder is HolderKind.CITIZEN else None
    if account.subjects and account.subjects[-1] == command.subject:
        return
    if command.subject in account.subjects:
        raise NumberChangeRefused("a number that the holder had before", article=article)
    if article is not None and rule is not None and command.reason not in rule["reasons"]:
        raise NumberChangeRefused("a reason that the rules do not know", article=article)
    yield e.Renumbered(
        subject=command.subject,
        reason=command.reason,
        birth_date=command.birth_date,
        **case.said(article),
    )


def add_alias(case: Handling, command: c.AddAlias) -> Iterable[Event]:
    if command.subject not in case.account.subjects:
        yield e.AliasAdded(subject=command.subject, **case.said())


def change_guardians(case: Handling, command: c.ChangeGuardians) -> Iterable[Event]:
    account = case.account
    if account.holder is HolderKind.ORGANISATION:
        raise InputError("an organisation has representatives, not guardians")
    if account.id in command.guardians:
        raise InputError("somebody who is guardian of himself")
    changed = replace(account, guardians=command.guardians, under_guardianship=command.under_guardianship)
    if changed == account:
        return
    entries = eligible(changed, case.rules)
    article = entries[0].rule.article if entries else None
    if needs_guardian(changed, case.rules) and not changed.guardians:
        raise GuardianNeeded("change_guardians", article=article)
    yield e.GuardiansChanged(
        guardians=command.guardians, under_guardianship=command.under_guardianship, **case.said(article)
    )


def reach_age(case: Handling, command: c.ReachAge) -> Iterable[Event]:
    if case.account.guardians and not needs_guardian(case.account, case.rules):
        yield e.CameOfAge(**case.said(eligible(case.account, case.rules)[0].rule.article))


def change_representatives(case: Handling, command: c.ChangeRepresentatives) -> Iterable[Event]:
    if case.account.holder is not HolderKind.ORGANISATION:
        raise InputError("a person has guardians, not representatives")
    before, new = case.account.representatives, command.representatives
    if new != before:
        if case.actor.role is Role.REPRESENTATIVE:
            mine = {case.actor.reference}
            # Otherwise one of several could put himself in the place of all.
            if new != before - mine and not (before | new) - mine <= command.agreed:
                entries = eligible(case.account, case.rules)
                article = entries[0].rule.article if entries else None
                raise RepresentativesNotAgreed("not every representative agreed", article=article)
        yield e.RepresentativesChanged(representatives=command.representatives, **case.said())


def change_birth_date(case: Handling, command: c.ChangeBirthDate) -> Iterable[Event]:
    if case.account.holder is HolderKind.ORGANISATION:
        raise InputError("an organisation has no date of birth")
    require_born(command.birth_date, case.rules)
    if command.birth_date != case.account.birth_date:
        yield e.BirthDateChanged(birth_date=command.birth_date, **case.said())


def change_documents(case: Handling, command: c.ChangeDocuments) -> Iterable[Event]:
    if command.documents != case.account.documents:
        yield e.DocumentsChanged(documents=command.documents, **case.said())


def change_details(case: Handling, command: c.ChangeDetails) -> Iterable[Event]:
    if command.details != case.account.details:
        yield e.DetailsChanged(details=command.details, **case.said())


# --- consent -------------------------------------------------------------------------------------


def give_consent(case: Handling, command: c.GiveConsent) -> Iterable[Event]:
    held = _consent(case, command)
    same = held is not None and (held.fields, held.basis, held.channel) == (
        command.fields, command.basis, command.channel,
    )  # fmt: skip
    if not same:
        yield e.ConsentGiven(
            purpose=command.purpose,
            fields=command.fields,
            requester=command.requester,
            basis=command.basis,
            channel=command.channel,
            **case.said(_of_consent(case)),
        )


def narrow_consent(case: Handling, command: c.NarrowConsent) -> Iterable[Event]:
    held = _consent(case, command)
    if held is None:
        raise ConsentUnknown
    if held.fields == command.fields:
        return
    if not command.fields < held.fields:
        raise ConsentNotNarrower(article=article_of(_of_consent(case)))
    yield e.ConsentNarrowed(
        purpose=command.purpose,
        fields=command.fields,
        requester=command.requester,
        **case.said(_of_consent(case)),
    )


def withdraw_consent(case: Handling, command: c.WithdrawConsent) -> Iterable[Event]:
    if _consent(case, command) is not None:
        said = case.said(_of_consent(case))
        yield e.ConsentWithdrawn(purpose=command.purpose, requester=command.requester, **said)


def _consent(case: Handling, command: c.GiveConsent | c.NarrowConsent | c.WithdrawConsent) -> Consent | None:
    """The consent that stands."""
    about = (command.purpose, command.requester)
    standing = (each for each in case.account.consents if each.withdrawn_at is None)
    return next((each for each in standing if (each.purpose, each.requester) == about), None)


def _of_consent(case: Handling) -> Rule | None:
    return case.rules.find("consent", case="any_processing_of_personal_data")
