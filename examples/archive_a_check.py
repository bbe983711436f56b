"""A bank archives a check at its counter; an auditor repeats it years later. No hardware, no network.

    python examples/archive_a_check.py [FILE.eidrec]

You will see:

1. the check at the counter, and the one file that remains of it: signed, stamped with a trusted time,
   encrypted to the auditor;
2. the auditor's check: from that file alone the same report is computed again, and he is told which
   verdicts are proven by signatures of issuer and chip, and which rest on the bank's word;
3. the same with one bit of the file changed: refused.

The time-stamping authority is a built-in one for tests. A real one is reached over HTTP: ``send`` below
would post the request as application/timestamp-query and return the octets of the answer.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

import eid
from eid import vietnam
from eid.crypto.keys import KeySet, SoftwareSigner
from eid.simulator.chip import Chip
from eid.simulator.personalise import personalise
from eid.simulator.timestamps import TestTimestampAuthority
from eid.tokens.record import CheckedRecord, check_record, make_record, timestamped
from eid.tokens.record.sealing import open_sealed, seal
from eid.trust.certificates import Certificate
from eid.vietnam.sample import sample_citizen

PROFILES = {"icao": eid.ICAO, "vietnam": vietnam.CITIZEN_CARD}


def main() -> int:
    """Return 0 when the auditor gets the report of then, and the altered file is refused."""
    # What the parties have. The auditor got the bank's public key and the authority's root on paper.
    bank = SoftwareSigner.generate(kid="bank-archive-2026")
    auditor = X25519PrivateKey.generate()
    authority = TestTimestampAuthority.create(clock=eid.utc_now)
    roots = eid.TrustStore.of([Certificate.from_der(authority.root_der)])

    octets = at_the_counter(bank, auditor, authority, roots)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_bytes(octets)
    print(f"archived: {len(octets)} octets")

    def audit(archived: bytes) -> CheckedRecord:
        return check_record(
            open_sealed(archived, key=auditor),
            signer=KeySet([bank.key]),
            profiles=PROFILES,
            timestamp_authorities=roots,
        )

    checked = audit(octets)
    print(f"the auditor: {checked.report_now.verdict}, same report as then: {checked.same}")
    if checked.timestamp is not None:
        print(f"  existed on {checked.timestamp.at:%Y-%m-%d} by {checked.timestamp.authority}")
    print(f"  on the bank's word: {', '.join(checked.on_makers_word)}")
    print(f"  proven by signatures of issuer and chip: authentic {checked.proven.authentic.outcome}, "
          f"chip_genuine {checked.proven.chip_genuine.outcome}")  # fmt: skip
    print(f"  case: {checked.record.references['case']}, rules: {checked.record.rules}")

    altered = bytearray(octets)
    altered[len(altered) // 2] ^= 1
    try:
        audit(bytes(altered))
    except eid.EidError as error:
        print(f"one bit changed: {error.code}")
        return 0 if checked.same else 1
    return 1


def at_the_counter(
    bank: SoftwareSigner, auditor: X25519PrivateKey, authority: TestTimestampAuthority, roots: eid.TrustStore
) -> bytes:
    """Read, verify and archive. The bank reads with its own reader, so it vouches for what it saw."""
    card = personalise(sample_citizen())
    evidence = eid.read(
        Chip(card),
        vietnam.can_from_number("001099012349"),
        profile=vietnam.CITIZEN_CARD,
        context=eid.Context(purpose="account opening", consent_reference="C-1", operator="branch 7"),
    )
    now = eid.utc_now()
    made = make_record(
        evidence,
        trust=eid.TrustStore.of([Certificate.from_der(card.csca_der)], obtained_at=now),
        policy=eid.Policy.counter().requiring("holder"),
        profile=vietnam.CITIZEN_CARD,
        now=now,
        holder=eid.HolderMatch(True, source="matcher of the branch", method="face", at=now, score=0.93),
        signer=bank,
        made_at=now,
        rules="account opening 2026-10",
        references={"case": "A-17"},
    )
    print(f"at the counter: {made.report.verdict}")
    stamped = timestamped(made.octets, send=authority.respond, authorities=roots)
    return seal(stamped, to=auditor.public_key())


if __name__ == "__main__":
    sys.exit(main())
