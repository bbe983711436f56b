"""A counter checks a card and tells a portal, once.

    python examples/issue_and_verify_token.py

Three parties in one script, with an invented person and no hardware: a counter reads and verifies the
sample card on the built-in chip and compares the face; the portal, for which the person waits, gets a
token about it; a shop gets hold of the same token.

You will see that the portal learns both levels and no number, that the shop learns nothing, that the
token is of no use a second time, and that a card which does not pass gives no token at all.
"""

from __future__ import annotations

import secrets

import eid
from eid import vietnam
from eid.crypto.keys import KeySet, SoftwareSigner
from eid.errors import EidError
from eid.simulator.chip import Chip
from eid.simulator.personalise import Personalisation, personalise
from eid.tokens.replay import MemoryReplayStore
from eid.tokens.verifying import TokenVerifier
from eid.trust.certificates import Certificate
from eid.vietnam.sample import sample_citizen

COUNTER, PORTAL, SHOP = "https://counter.example", "https://portal.example", "https://shop.example"


def check(card: Personalisation, trust: eid.TrustStore) -> tuple[eid.Evidence, eid.Report]:
    """What the counter does with a card: four verdicts, the face among them."""
    evidence = eid.read(Chip(card), vietnam.can_from_number("001099012349"), profile=vietnam.CITIZEN_CARD)
    now = eid.utc_now()
    report = eid.verify(
        evidence,
        trust=trust,
        policy=eid.Policy.counter().requiring("holder"),
        profile=vietnam.CITIZEN_CARD,
        now=now,
        holder=eid.HolderMatch(matched=True, source="matcher of the counter", method="face", at=now),
    )
    return evidence, report


def service(name: str, counter_key: eid.Key) -> TokenVerifier:
    """What a service sets up once: whom it believes, and its own name."""
    return TokenVerifier(
        issuers=COUNTER,
        audience=name,
        keys=KeySet([counter_key]),
        replay=MemoryReplayStore(),  # for one process; with several: SqlReplayStore, RedisReplayStore
        clock=eid.utc_now,
    )


def main() -> None:
    """Play the three parties."""
    signer = SoftwareSigner.generate(kid="counter-2026")
    issuer = eid.TokenIssuer(
        issuer=COUNTER, signer=signer, pairwise_secret=secrets.token_bytes(32), clock=eid.utc_now
    )
    portal, shop = service(PORTAL, signer.key), service(SHOP, signer.key)
    nonce = secrets.token_urlsafe(16)  # the portal's, for this transaction; it goes to the counter

    card = personalise(sample_citizen())
    trust = eid.TrustStore.of([Certificate.from_der(card.csca_der)])
    evidence, report = check(card, trust)
    print("at the counter:", report.verdict)
    token = issuer.issue(
        report,
        audience=PORTAL,
        nonce=nonce,
        account_level=2,  # from the register of accounts: no card says it
        authentication_level=3,  # two factors, one of them biometric: the card, and the face
        evidence=[evidence],  # its digest goes in
    )

    use("the shop", shop, token, nonce)
    use("the portal in another transaction", portal, token, "another-nonce")
    verified = use("the portal", portal, token, nonce)
    if verified is not None:
        print(
            f"  account level {verified.account_level}, authentication level {verified.authentication_level}, "
            f"by {' and '.join(verified.amr)}; a number: {verified.subject_is_number}"
        )
    use("the portal once more", portal, token, nonce)

    nobody_known = eid.TrustStore.of([])
    evidence, report = check(card, nobody_known)
    try:
        issuer.issue(report, audience=PORTAL, nonce=nonce, account_level=2, authentication_level=3)
    except EidError as error:
        print(f"a card by an authority that nobody knows: {report.verdict}, no token ({error.code})")


def use(who: str, verifier: TokenVerifier, token: str, nonce: str) -> eid.VerifiedToken | None:
    """Try a token, and print what came of it."""
    try:
        verified = verifier.verify(token, nonce=nonce)
    except EidError as error:
        print(f"{who}: {error.code}")
        return None
    print(f"{who}: accepted")
    return verified


if __name__ == "__main__":
    main()
