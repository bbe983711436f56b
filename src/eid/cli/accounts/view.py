"""How accounts, their events and decisions are shown: one JSON document, or text for people."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from eid.cli.accounts.words import ACCOUNT_LABELS, DECISIONS, HOLDERS, STATES
from eid.cli.output import Output
from eid.cli.token_view import utc_text
from eid.document.person import mask_number

if TYPE_CHECKING:
    from datetime import datetime

    from eid.accounts.decision import Decision
    from eid.accounts.lifecycle.events import Event
    from eid.accounts.model import Account, Consent, EvidenceItem, Link, Lock

__all__ = [
    "account_document",
    "decision_document",
    "event_document",
    "show_account",
    "show_decision",
    "show_events",
]

_STYLES = {"ALLOW": "green", "MET": "green", "STEP_UP": "yellow", "DENY": "bold red"}
_MARKS = {"MET": "+", "STEP_UP": "?", "DENY": "x"}


# --- for programs --------------------------------------------------------------------------------


def account_document(account: Account, *, show_person: bool) -> dict[str, Any]:
    """The form of an account in JSON. Members are only ever added.

    :param show_person: numbers in clear, name, addresses and date of birth; else the numbers are masked
        and the rest is left out.
    """
    numbers = [number if show_person else mask_number(number) for number in account.subjects]
    return {
        "id": account.id,
        "version": account.version,
        "holder": account.holder.value,
        "level": account.level,
        "state": account.state.value,
        "electronic_card": account.card.value,
        "number": numbers[-1] if numbers else None,
        "earlier_numbers": numbers[:-1],
        "registered_at": utc_text(account.registered_at),
        "notified_at": _time(account.notified_at),
        "activated_at": _time(account.activated_at),
        "recovered_at": _time(account.recovered_at),
        "closed_at": _time(account.closed_at),
        "locks": [_lock(lock) for lock in account.locks],
        "electronic_card_locks": [_lock(lock) for lock in account.card_locks],
        "documents": sorted(account.documents),
        "under_guardianship": account.under_guardianship,
        "guardians": sorted(account.guardians),
        "representatives": sorted(account.representatives),
        "evidence": [_evidence(item) for item in account.evidence],
        "links": [_link(link) for link in account.links],
        "consents": [_consent(consent) for consent in account.consents],
        **({"person": _person(account)} if show_person else {}),
    }


def _person(account: Account) -> dict[str, Any]:
    details = account.details
    return {
        "birth_date": account.birth_date and str(account.birth_date),
        "name": details and details.name,
        "phone": details and details.phone,
        "email": details and details.email,
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else utc_text(moment)


def _lock(lock: Lock) -> dict[str, Any]:
    return {"reason": lock.reason, "by": lock.by, "at": utc_text(lock.at)}


def _evidence(item: EvidenceItem) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "outcome": item.outcome.value,
        "at": utc_text(item.at),
        "source": item.source,
        "expires_at": _time(item.expires_at),
        "sha256": item.digest,
    }


def _link(link: Link) -> dict[str, Any]:
    return {"scope": link.scope, "reference": link.reference, "at": utc_text(link.at)}


def _consent(consent: Consent) -> dict[str, Any]:
    return {
        "purpose": consent.purpose,
        "requester": consent.requester,
        "fields": sorted(consent.fields),
        "basis": consent.basis,
        "channel": consent.channel,
        "given_at": utc_text(consent.given_at),
        "narrowed_at": _time(consent.narrowed_at),
        "withdrawn_at": _time(consent.withdrawn_at),
    }


def decision_document(decision: Decision) -> dict[str, Any]:
    """The form of a decision in JSON, with what a client can be asked for (RFC 9470)."""
    challenge = decision.challenge()
    return {
        **decision.to_json(),
        "challenge": challenge
        and {
            "acr_values": list(challenge.acr_values),
            "max_age": None if challenge.max_age is None else int(challenge.max_age.total_seconds()),
        },
    }


def event_document(event: Event, *, show_person: bool) -> dict[str, Any]:
    """The form of an event in JSON: ``kind``, ``at``, ``by``, ``article``, ``rules``, and what the kind has.

    :param show_person: what is kept out of ``repr``, because it is personal, too.
    """
    said: dict[str, Any] = {
        "kind": event.kind,
        "at": utc_text(event.at),
        "by": {"role": event.by.role.value, "reference": event.by.reference},
        "article": event.article,
        "rules": event.rules,
    }
    for each in dataclasses.fields(event):
        if each.name not in said and (each.repr or show_person):
            said[each.name] = _plain(getattr(event, each.name))
    return said


def _plain(value: object) -> Any:
    from eid.accounts.model import Details, EvidenceItem

    if isinstance(value, EvidenceItem):
        return _evidence(value)
    if isinstance(value, Details):
        return {"name": value.name, "phone": value.phone, "email": value.email}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, bool | int) else str(value)


# --- for people ----------------------------------------------------------------------------------


def show_decision(out: Output, decision: Decision) -> None:
    """The answer, what to tell the person, and each reason with its article."""
    word = decision.outcome.value
    out.line(f"{out.text(DECISIONS[word])}: {decision.sentence(out.language)}", _STYLES[word])
    rows = []
    for reason in decision.reasons:
        effect = reason.effect.value
        known = ", ".join(f"{name} {_fact(value)}" for name, value in sorted(reason.facts.items()))
        unsure = "" if reason.confidence in (None, "confirmed") else f"; {reason.confidence}"
        article = f"[{reason.article}{unsure}]" if reason.article else ""
        rows.append([(_MARKS[effect], _STYLES[effect]), (reason.code, ""), (article, ""), (known, "dim")])
    if rows:
        out.table(rows)


def _fact(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else "-" if value is None else str(value)


def show_account(out: Output, account: Account, *, show_person: bool) -> None:
    """An account for people."""
    rows = [(out.text(ACCOUNT_LABELS[name]), text, style) for name, text, style in _rows(out, account)]
    if show_person:
        person = {name: value for name, value in _person(account).items() if value}
        rows += [(out.text(ACCOUNT_LABELS[name]), str(value), "bold") for name, value in person.items()]
    shown = account.subjects if show_person else tuple(map(mask_number, account.subjects))
    rows.insert(1, (out.text(ACCOUNT_LABELS["number"]), " ← ".join(reversed(shown)), ""))
    out.table([(label, ""), (text, style)] for label, text, style in rows)


def _rows(out: Output, account: Account) -> Iterator[tuple[str, str, str]]:
    """Label, text and style of what is there."""

    def word(name: str) -> str:
        return out.text(ACCOUNT_LABELS[name])

    level = word("no_level") if account.level is None else f"{word('level')} {account.level}"
    state = account.state.value
    yield "account", f"{account.id}, {word('version')} {account.version}", ""
    yield "holder", out.text(HOLDERS[account.holder.value]), ""
    yield "state", f"{level}, {out.text(STATES[state])}", "bold red" if state == "locked" else "bold"
    card = account.card.value
    yield "electronic_card", out.text(STATES[card]), "bold red" if card == "locked" else ""
    for name in ("registered_at", "notified_at", "activated_at", "recovered_at", "closed_at"):
        if (moment := getattr(account, name)) is not None:
            yield name, utc_text(moment), ""
    for name, locks in (("locks", account.locks), ("card_locks", account.card_locks)):
        for lock in locks:
            yield name, f"{lock.reason} ({word('by')} {lock.by}, {utc_text(lock.at)})", "red"
    for name in ("documents", "guardians", "representatives"):
        if listed := sorted(getattr(account, name)):
            yield name, ", ".join(listed), ""
    for item in account.evidence:
        end = "" if item.expires_at is None else f", {word('until')} {utc_text(item.expires_at)}"
        yield "evidence", f"{item.kind} {item.outcome.value} ({item.source}, {utc_text(item.at)}{end})", ""
    for link in account.links:
        yield "links", f"{link.scope} ({utc_text(link.at)})", ""
    for consent in account.consents:
        end = (
            "" if consent.withdrawn_at is None else f", {word('withdrawn')} {utc_text(consent.withdrawn_at)}"
        )
        yield "consents", f"{consent.purpose} ({utc_text(consent.given_at)}{end})", ""


def show_events(out: Output, events: Iterable[Event]) -> None:
    """What happened to an account, oldest first, by whom and under which article."""
    out.heading(out.text(ACCOUNT_LABELS["history"]))
    rows = []
    for event in events:
        who = f"{event.by.role.value} {event.by.reference}"
        word = " ".join(filter(None, (event.kind, str(getattr(event, "reason", "")))))
        rows.append([(utc_text(event.at), "dim"), (word, "bold"), (who, ""), (event.article or "", "dim")])
    out.table(rows)
