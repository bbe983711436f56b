"""Issue a credential, show two of its fields, and verify exactly those.

    python examples/present_two_fields.py

Four parties in one script, with an invented person: an authority issues a person identification to a
wallet; the wallet shows the name and the date of birth to a bank; the bank verifies that the authority
said so, that nothing was added, and that who sends it holds the credential. Then a thief sends the same
presentation to a shop, and the bank gets it a second time.

You will see what the bank learns (two fields of nine, and no number), and why the others learn nothing.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from eid.crypto.keys import KeySet, SoftwareSigner
from eid.document.dates import PartialDate
from eid.errors import EidError
from eid.tokens.credentials import CredentialIssuer, Presentation
from eid.tokens.credentials.verifying import CredentialVerifier
from eid.tokens.replay import MemoryReplayStore
from eid.vietnam.credentials import PersonIdentification, Sex

AUTHORITY, BANK, SHOP = "https://authority.example", "https://bank.example", "https://shop.example"


def now() -> datetime:
    """The clock of all parties."""
    return datetime.now(UTC)


def issue(authority: SoftwareSigner, wallet: SoftwareSigner) -> str:
    """What the authority does: says everything, bound to the wallet's key. Only the wallet gets it."""
    person = PersonIdentification(
        number="001099012349",
        name="Nguyễn Đức Ánh",
        birth_date=PartialDate(1999, 7, 4),
        sex=Sex.MALE,
        nationality="VNM",
        residence="Số 1, Thôn Thử Nghiệm, Xã Ví Dụ, Tỉnh Mẫu",
        ethnicity="Kinh",
        issue_date=date(2024, 7, 10),
        expiry_date=date(2039, 7, 4),
    )
    issuer = CredentialIssuer(issuer=AUTHORITY, signer=authority, clock=now)
    return person.issue(
        issuer, holder=wallet.key, status=None, expires_at=now() + timedelta(days=365), decoys=4
    )


def verifier(audience: str, authority: SoftwareSigner) -> CredentialVerifier:
    """What a service sets up once: whom it believes, about what, and its own name."""
    return CredentialVerifier(
        types={PersonIdentification.TYPE},
        issuers={AUTHORITY: KeySet([authority.key])},
        audience=audience,
        status=None,  # this authority has no status list: its credentials name none
        clock=now,
        replay=MemoryReplayStore(),
    )


def main() -> None:
    """Play the four parties."""
    authority, wallet = SoftwareSigner.generate(kid="authority-2026"), SoftwareSigner.generate()
    bank, shop = verifier(BANK, authority), verifier(SHOP, authority)

    # The wallet checks what it gets (RFC 9901, 7.2) and keeps it.
    credential = bank.receive(issue(authority, wallet))
    print("the wallet holds:", ", ".join(str(path[0]) for path in credential.fields))

    # The bank gives out a value for this transaction; the wallet answers it.
    nonce = "a-fresh-random-value"
    presentation = credential.present(
        [("name",), ("birth_date",)], audience=BANK, nonce=nonce, signer=wallet, now=now()
    )
    verified = bank.verify(presentation.text, nonce=nonce)
    person = PersonIdentification.read(verified)
    print(f"the bank sees: {person.name}, {person.birth_date}")
    print("and not the number:", person.number)

    attempt("the thief at a shop", shop, presentation, nonce)
    attempt("the thief at the bank", bank, presentation, nonce)
    bare = credential.present_without_key_binding([("name",)])
    attempt("a copy without proof", bank, bare, "another-value")


def attempt(who: str, service: CredentialVerifier, presentation: Presentation, nonce: str) -> None:
    """Try it, and print why it was refused."""
    try:
        service.verify(presentation.text, nonce=nonce)
    except EidError as error:
        print(f"{who}: {error.code}")
    else:
        print(f"{who}: accepted")


if __name__ == "__main__":
    main()
