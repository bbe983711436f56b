"""Build a trust store from a master list and verify a stored read with it. No hardware.

    python examples/build_trust_store.py [FOLDER]

You will see, for invented authorities:

1. a master list, verified against the certificate of who vouches for it and kept in a store on disk
   (FOLDER, or one that is gone afterwards);
2. a stored read of a sample card that passes with the store reopened;
3. the same read after the card's signer was revoked: SIGNER_REVOKED, with date and reason;
4. the same with a forged revocation list instead: CRL_SIGNATURE_INVALID, not PASSED;
5. a master list that somebody altered: nothing of it is trusted, UNKNOWN_ISSUER.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import eid
from eid import vietnam
from eid.simulator.chip import Chip
from eid.simulator.issuer import TestIssuer, write_private_key
from eid.simulator.lists import list_signer, sign_master_list
from eid.simulator.personalise import personalise
from eid.trust import sources, storage
from eid.trust.certificates import Certificate
from eid.vietnam.sample import sample_citizen

ALGORITHM = "ecdsa-brainpoolP384r1-sha256"


@dataclass(frozen=True)
class World:
    """What happens elsewhere: an authority issues a card, another state publishes a list.

    :param authority: the CSCA and document signer behind the card. A verifier never sees its keys.
    :param publisher: who signs master lists.
    :param file: a stored read of the card, as a terminal sent it.
    """

    authority: TestIssuer
    publisher: TestIssuer
    file: bytes

    @classmethod
    def make(cls) -> World:
        """Two authorities, and a card of the first that was read somewhere."""
        authority = TestIssuer.create(ALGORITHM, country="VN")
        publisher = list_signer(TestIssuer.create(country="UT"), ALGORITHM)
        description = sample_citizen()
        description["signing"] = {
            "algorithm": ALGORITHM,
            "country": "VN",
            "csca": _pair(write_private_key(authority.csca_key), authority.csca_der),
            "document_signer": _pair(write_private_key(authority.ds_key), authority.ds_der),
        }
        key = vietnam.can_from_number("001099012349")
        evidence = eid.read(Chip(personalise(description)), key, profile=vietnam.CITIZEN_CARD)
        return cls(authority, publisher, evidence.to_bytes())

    def master_list(self) -> bytes:
        """The publisher's list of both states."""
        return sign_master_list(self.publisher, [self.authority.csca_der, self.publisher.csca_der])

    def revocation_list(self, now: datetime) -> bytes:
        """The authority's list, with the card's signer on it."""
        signer = Certificate.from_der(self.authority.ds_der)
        return self.authority.sign_crl(
            {signer.serial: "key_compromise"},
            this_update=now - timedelta(days=1),
            next_update=now + timedelta(days=89),
        )


def _pair(key: bytes, certificate: bytes) -> dict[str, dict[str, str]]:
    return {"key": {"hex": key.hex()}, "certificate": {"hex": certificate.hex()}}


def main() -> int:
    """Return 0 when each of the four reports is the one it should be."""
    if len(sys.argv) > 1:
        return run(Path(sys.argv[1]))
    with tempfile.TemporaryDirectory() as folder:
        return run(Path(folder) / "anchors")


def run(folder: Path) -> int:
    """The whole story, with *folder* for the store."""
    world, now = World.make(), eid.utc_now()

    # 1. Who vouches for the list is your decision: this certificate came to you over another channel.
    anchor = Certificate.from_der(world.publisher.csca_der)
    loaded = sources.load(world.master_list(), anchors=[anchor], now=now)
    for report in loaded.lists:
        print(f"list: {report.outcome}, {report.certificates} certificates, signed by {report.signer}")
    storage.save(loaded.store(obtained_at=now), folder)

    # 2. Later, elsewhere: reopen the store and verify what a terminal sent.
    trust = storage.load(folder)
    passed = show("with the store", world, trust, now)

    # 3. The authority has revoked the signer. `verify` fetches nothing: the list goes into the store.
    genuine = sources.load(world.revocation_list(now), now=now).crls
    revoked = show("with its revocation list", world, trust.with_crls(genuine), now)

    # 4. Somebody who would like the signer back puts an empty list of his own there.
    forger = TestIssuer.create(ALGORITHM, country="VN")
    empty = forger.sign_crl(this_update=now, next_update=now + timedelta(days=90))
    forged = sources.load(_with_key_identifier_of(world.authority, forger, empty), now=now).crls
    suspicious = show("with a forged revocation list", world, trust.with_crls(forged), now)

    # 5. One octet of the master list changed: its certificates are known, and trusted by nobody.
    altered = bytearray(world.master_list())
    altered[altered.index(b"Invented for tests")] ^= 1
    made_up = sources.load(bytes(altered), anchors=[anchor], now=now)
    print(f"altered list: {made_up.lists[0].outcome} {made_up.lists[0].code}")
    unknown = show("with the altered list", world, made_up.store(), now)

    expected = (None, "SIGNER_REVOKED", "CRL_SIGNATURE_INVALID", "UNKNOWN_ISSUER")
    return 0 if (passed, revoked, suspicious, unknown) == expected else 1


def _with_key_identifier_of(real: TestIssuer, forger: TestIssuer, crl: bytes) -> bytes:
    """A forged list names the real key; only its signature is another one's."""
    ours, theirs = Certificate.from_der(real.csca_der).ski, Certificate.from_der(forger.csca_der).ski
    assert ours is not None
    assert theirs is not None
    return crl.replace(theirs, ours)


def show(title: str, world: World, trust: eid.TrustStore, now: datetime) -> str | None:
    """Verify the stored read, print what came out, return the code of *authentic*."""
    report = eid.verify(
        eid.Evidence.from_bytes(world.file),
        trust=trust,
        policy=eid.Policy.stored(),
        profile=vietnam.CITIZEN_CARD,
        now=now,
    )
    print(f"{title}: {report.verdict} {report.authentic.code or ''}".rstrip())
    for check in report.authentic.checks:
        if check.code == "SIGNER_REVOKED":
            print(f"  revoked at {check.facts['revoked_at']}: {check.facts['reason']}")
    if "REVOCATION_NOT_CHECKED" in report.warnings:
        print("  nobody knows whether the signer was revoked: no list of its authority")
    return report.authentic.code


if __name__ == "__main__":
    sys.exit(main())
