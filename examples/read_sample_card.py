"""Read the built-in chip and judge what was read. No hardware.

    python examples/read_sample_card.py [FILE.eid]

You will see how the chip was opened, each file with its size, the four verdicts with every check, and
the person: an invented citizen. With FILE.eid the evidence is kept; it holds the whole card in clear.
"""

from __future__ import annotations

import sys
from pathlib import Path

import eid
from eid import vietnam
from eid.simulator.chip import Chip
from eid.simulator.personalise import personalise
from eid.trust.certificates import Certificate
from eid.vietnam.sample import sample_citizen


def main(arguments: list[str]) -> int:
    """Return 0 when the report passed."""
    card = personalise(sample_citizen())  # keys and certificates are made on the spot
    trust = eid.TrustStore.of([Certificate.from_der(card.csca_der)])

    key = vietnam.can_from_number("001099012349")  # the last six digits open the chip
    context = eid.Context(purpose="demonstration", operator="example")
    evidence = eid.read(Chip(card), key, profile=vietnam.CITIZEN_CARD, context=context)

    access = evidence.access
    assert access is not None
    print(f"opened with {access.algorithm} on {access.curve} and the {access.password}")
    for name, octets in evidence.files.items():
        print(f"  {name:14} {len(octets):6} octets")
    for name, code in evidence.unreadable.items():
        print(f"  {name:14} {code}")

    report = eid.verify(
        evidence,
        trust=trust,
        policy=eid.Policy.counter(),
        profile=vietnam.CITIZEN_CARD,
        now=eid.utc_now(),
    )
    for name, verdict in report.verdicts.items():
        print(f"{name}: {verdict.outcome} {verdict.code or ''}".rstrip())
        for check in verdict.checks:
            print(f"  {check.name:24} {check.outcome} {check.code or ''}".rstrip())
    print("warnings:", ", ".join(report.warnings) or "none")
    print("in one word:", report.verdict)

    person = report.person
    assert person is not None  # the data are authentic, so there is somebody to show
    print("name:", person.name)
    print("born:", person.birth_date)
    print("lives:", person.other["residence"])
    if person.portrait is not None:
        print("portrait:", person.portrait.media_type, f"{person.portrait.width} x {person.portrait.height}")

    if arguments:
        Path(arguments[0]).write_bytes(evidence.to_bytes())
        print("evidence written to", arguments[0])
    return 0 if report.verdict is eid.Outcome.PASSED else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
