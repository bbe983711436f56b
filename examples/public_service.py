"""A public service asks "may this person do this now?" for an account made at its counter. No hardware.

    python examples/public_service.py

You will see:

1. an officer registers a citizen with the chip of the card, and sees that its holder is there: level 2;
2. the citizen asks for three services of a catalogue: one is allowed, one needs a stronger sign-in, and one
   is not for this holder; each answer names its article;
3. somebody who has not signed in, who is told the same of every number.
"""

from __future__ import annotations

import sys

import eid
from eid import vietnam
from eid.accounts.catalogue import Catalogue
from eid.accounts.lifecycle.commands import Activate, Notify, Register, Upgrade
from eid.accounts.proofs import evidence_of
from eid.accounts.requirement import Context
from eid.accounts.stores.memory import MemoryAccountStore
from eid.document.dates import PartialDate
from eid.simulator.chip import Chip
from eid.simulator.personalise import personalise
from eid.trust.certificates import Certificate
from eid.vietnam.sample import sample_citizen

#: A file of the office; see the guide "Services".
SERVICES = """
schema = 1

[services.residence-history]
title = { vi = "Xem lịch sử cư trú", en = "Residence history" }
account_level = 2
authentication_level = 2

[services.residence-move]
title = { vi = "Đăng ký thường trú", en = "Move of residence" }
account_level = 2
authentication_level = 3
max_auth_age = "5m"

[services.pension]
title = { vi = "Hưu trí", en = "Pension" }
min_age = 60
basis = "terms of the office"
"""


def at_the_counter(accounts: eid.Accounts) -> tuple[str, eid.Account]:
    """The officer reads the card, looks at the person, and makes an account of level 2."""
    card = personalise(sample_citizen())
    officer = eid.Actor(eid.Role.OFFICER, "officer-7")
    now = eid.utc_now()
    report = eid.verify(
        eid.read(Chip(card), eid.Can("012349"), profile=vietnam.CITIZEN_CARD),
        trust=eid.TrustStore.of([Certificate.from_der(card.csca_der)]),
        policy=eid.Policy.counter(),
        profile=vietnam.CITIZEN_CARD,
        now=now,
        holder=eid.HolderMatch(True, source="counter 3", method="officer", at=now),
    )
    assert report.person is not None
    assert report.person.number is not None
    assert isinstance(report.person.birth_date, PartialDate)
    number, proofs = report.person.number, evidence_of(report, subject=report.person.number, source="counter")
    documents = frozenset({"identity_card", "valid_identity_card"})
    register = Register(
        holder=eid.HolderKind.CITIZEN, birth_date=report.person.birth_date, documents=documents
    )
    for command in (register, Upgrade(items=proofs), Notify(), Activate()):
        account = accounts.run(number, command, actor=officer)
    return number, account


def main() -> int:
    """Return 0 when each service answers as its entry in the catalogue says."""
    catalogue = Catalogue.from_toml(SERVICES.encode())
    accounts = eid.Accounts(MemoryAccountStore(), rules=vietnam.rules, clock=eid.utc_now)
    number, account = at_the_counter(accounts)
    print(f"account of level {account.level}, electronic card {account.card.value}")

    # --- the application, in ten lines -----------------------------------------------------------
    now = eid.utc_now()
    signed_in = Context(
        transaction="visit-1",
        actor=eid.Actor(eid.Role.HOLDER, account.id),
        factors=(eid.Factor("password", now, "visit-1"), eid.Factor("software", now, "visit-1")),
    )
    outcomes = []
    for service in catalogue:
        decision = accounts.check(number, require=service.requirement, context=signed_in)
        outcomes.append(decision.outcome)
        print(f"\n{service.name}: {decision.sentence('vi')}\n{decision.explain()}")
    # ---------------------------------------------------------------------------------------------

    nobody = [
        accounts.check(each, require=catalogue["pension"], now=now) for each in (number, "001099012340")
    ]
    print(f"\nnot signed in: {nobody[0].sentence('en')} The same of every number: {nobody[0] == nobody[1]}")
    expected = [eid.DecisionOutcome.ALLOW, eid.DecisionOutcome.STEP_UP, eid.DecisionOutcome.DENY]
    return 0 if outcomes == expected and nobody[0] == nobody[1] else 1


if __name__ == "__main__":
    sys.exit(main())
