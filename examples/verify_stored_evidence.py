"""A bank proves a card that lies on somebody else's reader. No hardware.

    python examples/verify_stored_evidence.py

You will see three verifications by the bank's centre:

1. evidence made with the challenge that the centre gave: the chip is genuine;
2. the same file sent again for another transaction: a replay, CHALLENGE_MISMATCH;
3. a file without any challenge of the centre: the data are authentic, but nothing is known about the
   chip, CHALLENGE_NOT_GIVEN.

The centre and the terminal are two classes here; between them go octets only.
"""

from __future__ import annotations

import secrets
import sys

import eid
from eid import vietnam
from eid.simulator.chip import Chip
from eid.simulator.personalise import Personalisation, personalise
from eid.trust.certificates import Certificate
from eid.vietnam.sample import sample_citizen


class Terminal:
    """A branch or an agent: it has the reader, and nobody believes it."""

    def __init__(self, card: Personalisation) -> None:
        self._card = card

    def read(self, challenge: bytes | None) -> bytes:
        """Read the card that lies here and return an evidence file."""
        evidence = eid.read(
            Chip(self._card),
            vietnam.can_from_number("001099012349"),
            profile=vietnam.CITIZEN_CARD,
            challenge=challenge,
            context=eid.Context(purpose="account opening", consent_reference="C-1", operator="branch 7"),
        )
        return evidence.to_bytes()


class Centre:
    """The bank: it has the trust anchors and remembers which challenge belongs to which transaction."""

    def __init__(self, trust: eid.TrustStore) -> None:
        self._trust = trust
        # The chip must be proven: a file without a challenge of ours stays undecided.
        self._policy = eid.Policy.stored().requiring("chip_genuine")
        self._open: dict[str, bytes] = {}

    def challenge(self, transaction: str) -> bytes:
        """Eight random octets, once per transaction. A real centre lets them expire, too."""
        self._open[transaction] = secrets.token_bytes(8)
        return self._open[transaction]

    def verify(self, transaction: str, file: bytes) -> eid.Report:
        """Judge an evidence file. The challenge comes from our own store, never from the file."""
        challenge = self._open.pop(transaction, None)  # used up, whatever comes out
        return eid.verify(
            eid.Evidence.from_bytes(file),
            trust=self._trust,
            policy=self._policy,
            profile=vietnam.CITIZEN_CARD,
            now=eid.utc_now(),
            challenge=challenge,
        )


def main() -> int:
    """Return 0 when each of the three got the answer it deserves."""
    card = personalise(sample_citizen())
    centre = Centre(eid.TrustStore.of([Certificate.from_der(card.csca_der)]))
    terminal = Terminal(card)

    file = terminal.read(centre.challenge("T-1"))
    genuine = show("the chip signed our challenge", centre.verify("T-1", file))
    centre.challenge("T-2")
    replay = show("the same file for another transaction", centre.verify("T-2", file))
    unasked = show("a file nobody asked for", centre.verify("T-3", terminal.read(None)))

    expected = (None, "CHALLENGE_MISMATCH", "CHALLENGE_NOT_GIVEN")
    return 0 if (genuine, replay, unasked) == expected else 1


def show(title: str, report: eid.Report) -> str | None:
    """Print what the centre found out, and return the code of the verdict on the chip."""
    print(f"{title}: {report.verdict}")
    for name in ("authentic", "chip_genuine"):
        verdict = report.verdicts[name]
        print(f"  {name}: {verdict.outcome} {verdict.code or ''}".rstrip())
    return report.chip_genuine.code


if __name__ == "__main__":
    sys.exit(main())
