"""A bank decides on transfers as Decision 2345/QĐ-NHNN has it: from which amount on, the face. No hardware.

    python examples/bank_transfer.py

You will see five transfers of one customer on one day, the reason of each answer, and what an auditor reads. The
reference of the match was made at the counter: the chip of the card, and the bank's own database after it.
"""

from __future__ import annotations

import datetime as dt
import sys

import eid
from eid import vietnam
from eid.accounts.decision import Decision, decide
from eid.accounts.model import EvidenceItem
from eid.accounts.requirement import Context
from eid.document.dates import PartialDate
from eid.vietnam.banking import BANK_DATABASE, PAPER_MATCH, Operation, before_first_payment, payment

MILLION = 1_000_000
#: What this bank asks for in any case.
TERMS = eid.Requirement(
    authentication_level=2,
    max_auth_age=dt.timedelta(minutes=5),
    purpose="transfer",
    basis="terms of the bank",
)


def customer(now: dt.datetime) -> eid.Account:
    """Somebody whose paper and face the bank matched at the counter."""
    proofs = tuple(
        EvidenceItem(kind, eid.Outcome.PASSED, now - dt.timedelta(days=30), "branch 7")
        for kind in ("chip_report", BANK_DATABASE, PAPER_MATCH)
    )
    return eid.Account(
        "customer-17",
        eid.HolderKind.CITIZEN,
        1,
        now - dt.timedelta(days=30),
        birth_date=PartialDate(1999, 7, 4),
        notified_at=now - dt.timedelta(days=30),
        activated_at=now - dt.timedelta(days=30),
        evidence=proofs,
    )


def transfer(account: eid.Account, amount: int, sent_today: int, *kinds: str) -> Decision:
    """May this customer, recognised by *kinds* of factors, send *amount* after *sent_today*?"""
    now = eid.utc_now()
    rules = vietnam.rules.at(now)
    terms = TERMS & before_first_payment(account.holder, rules=rules)
    wanted = payment(
        Operation.TRANSFER, amount, sent_today=sent_today, holder=account.holder, rules=rules, base=terms
    )
    transaction = "transfer-1"
    context = Context(
        transaction=transaction,
        actor=eid.Actor(eid.Role.HOLDER, account.id),
        factors=tuple(eid.Factor(kind, now, transaction) for kind in kinds),
    )
    return decide(account, wanted, rules=rules, context=context, now=now)


def main() -> int:
    """Return 0 when exactly the transfers beyond the amounts ask for the face."""
    account = customer(eid.utc_now())
    day = [
        (10 * MILLION, 0, ("password", "software")),
        (10 * MILLION, 10 * MILLION, ("password", "software")),
        (1, 20 * MILLION, ("password", "software")),
        (1, 20 * MILLION, ("password", "software", "face")),
        (10 * MILLION + 1, 0, ("password", "software")),
    ]
    outcomes = []
    for amount, sent_today, kinds in day:
        decision = transfer(account, amount, sent_today, *kinds)
        outcomes.append(decision.outcome.value)
        codes = ", ".join(decision.codes)
        print(f"{amount:>12,} VND after {sent_today:>12,} with {', '.join(kinds)}: {outcomes[-1]} {codes}")
    print(f"\nto the customer: {decision.sentence('vi')}\nto the auditor:\n{decision.explain()}")
    return 0 if outcomes == ["ALLOW", "ALLOW", "STEP_UP", "ALLOW", "STEP_UP"] else 1


if __name__ == "__main__":
    sys.exit(main())
