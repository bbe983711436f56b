"""An account of the person on the invented card, asked twice: shown by ``eid demo``.

The account lives in memory and ends with the program. It is made as the law asks, from the card's own
report: registered at the counter, raised to level 2 on the card and on the person seen with it, activated by
its holder.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eid.cli.accounts.view import account_document, decision_document, show_decision
from eid.cli.accounts.words import ACCOUNT_LABELS, STATES
from eid.cli.output import Output

if TYPE_CHECKING:
    from eid.accounts.decision import Decision
    from eid.accounts.model import Account
    from eid.verification.report import Report

__all__ = ["Asked", "ask", "show_asked"]

#: VND. From more than 10 million on a transfer needs biometrics (Decision 2345/QĐ-NHNN); the demo has none.
_AMOUNT = 15_000_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked, and the answers.

    :param allowed: may the holder of the card, which was shown just now, use the service?
    :param beside: may the same person on the same proof transfer :data:`_AMOUNT`?
    :param authentication_level: what the card alone comes to.
    """

    account: Account
    allowed: Decision
    beside: Decision
    authentication_level: int

    def to_json(self) -> dict[str, Any]:
        """The member ``decision`` of ``eid demo --json``."""
        return {
            **decision_document(self.allowed),
            "account": account_document(self.account, show_person=True),
            "beside": {"operation": "transfer", "amount_vnd": _AMOUNT, **decision_document(self.beside)},
        }


def ask(report: Report) -> Asked:
    """Make the account and ask, through the same calls as a service.

    :param report: passed.
    """
    import eid
    from eid.accounts.lifecycle.commands import Activate, Notify, Register, Upgrade
    from eid.accounts.model import Actor, Details, HolderKind, Role
    from eid.accounts.proofs import evidence_of, factors_of
    from eid.accounts.requirement import Context, Requirement
    from eid.accounts.stores.memory import MemoryAccountStore
    from eid.vietnam import banking, rules

    person = report.person
    assert person is not None  # it passed
    number = str(person.number)
    accounts = eid.Accounts(MemoryAccountStore(), rules=rules, clock=eid.utc_now, service="demo")
    officer = Actor(Role.OFFICER, "demo-officer")
    papers = frozenset({"identity_card", "valid_identity_card"})  # which the report has just proved
    details = Details(name=person.name)
    register = Register(
        holder=HolderKind.CITIZEN, birth_date=person.birth_date, documents=papers, details=details
    )
    proofs = evidence_of(report, subject=number, source="demo-counter")
    for command in (register, Notify(), Upgrade(items=proofs)):
        account = accounts.run(number, command, actor=officer)
    holder = Actor(Role.HOLDER, account.id)
    account = accounts.run(number, Activate(), actor=holder)
    transaction = secrets.token_urlsafe(16)
    factors = factors_of(report, subject=number, transaction=transaction)
    context = Context(transaction=transaction, actor=holder, factors=factors)
    service = Requirement(
        account_level=2, authentication_level=1, evidence=frozenset({"electronic_identity_card"})
    )
    now = eid.utc_now()
    transfer = banking.payment(
        banking.Operation.TRANSFER,
        _AMOUNT,
        sent_today=0,
        holder=account.holder,
        rules=rules.at(now),
        base=service,
    )
    level, _ = rules.at(now).authentication_level(factors)
    return Asked(
        account,
        accounts.check(number, require=service, context=context),
        accounts.check(number, require=transfer, context=context),
        level or 0,
    )


def show_asked(out: Output, asked: Asked) -> None:
    """The same for people."""
    account = asked.account
    out.heading(out.text(ACCOUNT_LABELS["account"]))
    level = f"{out.text(ACCOUNT_LABELS['level'])} {account.level}"
    out.line(f"{level}, {out.text(STATES[account.state.value])}: {out.text(ACCOUNT_LABELS['demo_made'])}")
    out.line()
    out.line(out.text(ACCOUNT_LABELS["demo_service"]), "bold")
    show_decision(out, asked.allowed)
    out.line()
    out.line(out.text(ACCOUNT_LABELS["demo_transfer"]), "bold")
    show_decision(out, asked.beside)
