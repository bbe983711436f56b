"""What a passed check can be made into, shown by ``eid demo``: a token, a credential, a code to print.

All keys are made for one run, by issuers that exist nowhere else; everything is verified as a service
would do it, through the same calls.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from eid.cli.output import Output
from eid.cli.qr_images import drawn
from eid.errors import MissingExtra, TokenReplayed

if TYPE_CHECKING:
    from eid.cli.accounts.demo import Asked
    from eid.document.evidence import Evidence
    from eid.document.person import Person
    from eid.qr.rendering import QrPicture
    from eid.verification.report import Report

__all__ = ["PassedOn", "pass_on", "show_passed_on"]

_ISSUER, _SERVICE = "https://counter.example", "https://clinic.example"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PassedOn:
    """What was made and verified.

    :param token: :param credential: :param qr: members of the JSON document of ``eid demo``.
    :param picture: the code; ``None`` when it cannot be scanned here.
    """

    token: dict[str, Any]
    credential: dict[str, Any]
    qr: dict[str, Any] | None
    picture: QrPicture | None


def pass_on(report: Report, evidence: Evidence, asked: Asked) -> PassedOn:
    """Make everything from a report that passed, and verify it.

    :param asked: the account, of which the token states the levels.
    """
    person = report.person
    assert person is not None  # it passed
    try:
        qr, picture = _qr(person)
    except MissingExtra:
        qr, picture = None, None
    return PassedOn(_token(report, evidence, asked), _credential(person), qr, picture)


def _token(report: Report, evidence: Evidence, asked: Asked) -> dict[str, Any]:
    from eid.chip.reading import utc_now
    from eid.crypto.keys import KeySet, SoftwareSigner
    from eid.tokens.issuing import TokenIssuer
    from eid.tokens.replay import MemoryReplayStore
    from eid.tokens.verifying import TokenVerifier

    signer = SoftwareSigner.generate("ES256")
    issuer = TokenIssuer(
        issuer=_ISSUER, signer=signer, pairwise_secret=secrets.token_bytes(32), clock=utc_now
    )
    verifier = TokenVerifier(
        issuers=_ISSUER,
        audience=_SERVICE,
        keys=KeySet([signer.key]),
        replay=MemoryReplayStore(),
        clock=utc_now,
    )
    nonce = secrets.token_urlsafe(16)
    token = issuer.issue(
        report,
        audience=_SERVICE,
        nonce=nonce,
        account_level=asked.account.level,
        authentication_level=asked.authentication_level,
        evidence=[evidence],
    )
    verified = verifier.verify(token, nonce=nonce)
    try:
        verifier.verify(token, nonce=nonce)
        second = "ACCEPTED"
    except TokenReplayed as error:
        second = error.code
    return {
        "issuer": verified.issuer,
        "audience": verified.audience,
        "algorithm": signer.alg,
        "characters": len(token),
        "expires_at": verified.expires_at.isoformat(),
        "verdicts": {name: outcome.value for name, outcome in verified.verdicts.items()},
        "account_level": verified.account_level,
        "authentication_level": verified.authentication_level,
        "second_use": second,
    }


def _credential(person: Person) -> dict[str, Any]:
    from eid.chip.reading import utc_now
    from eid.crypto.keys import KeySet, SoftwareSigner
    from eid.tokens.credentials import CredentialIssuer
    from eid.tokens.credentials.verifying import CredentialVerifier
    from eid.tokens.replay import MemoryReplayStore
    from eid.vietnam.credentials import PersonIdentification, Sex

    authority, wallet = SoftwareSigner.generate("ES256"), SoftwareSigner.generate("ES256")
    issued = PersonIdentification(
        number=person.number,
        name=person.name,
        birth_date=person.birth_date,
        sex=Sex(person.sex) if person.sex else None,
        nationality=person.nationality,
    ).issue(
        CredentialIssuer(issuer=_ISSUER, signer=authority, clock=utc_now),
        holder=wallet.key,
        status=None,
        expires_at=utc_now() + 365 * _DAY,
    )
    service = CredentialVerifier(
        types={PersonIdentification.TYPE},
        issuers={_ISSUER: KeySet([authority.key])},
        audience=_SERVICE,
        status=None,
        clock=utc_now,
        replay=MemoryReplayStore(),
    )
    credential = service.receive(issued)
    nonce = secrets.token_urlsafe(16)
    shown = credential.present(
        [("name",), ("birth_date",)], audience=_SERVICE, nonce=nonce, signer=wallet, now=utc_now()
    )
    seen = PersonIdentification.read(service.verify(shown.text, nonce=nonce))
    return {
        "type": PersonIdentification.TYPE,
        "fields": len(credential.fields),
        "presented": {"name": seen.name, "birth_date": str(seen.birth_date)},
        "kept_back": sorted(str(path[0]) for path in set(credential.fields) - set(shown.fields)),
    }


def _qr(person: Person) -> tuple[dict[str, Any], QrPicture]:
    """A code that is drawn, scanned from its picture and verified."""
    from eid.chip.reading import utc_now
    from eid.crypto.keys import KeySet, SoftwareSigner
    from eid.qr.claims import QrKind
    from eid.qr.issuing import QrIssuer
    from eid.qr.photo import fit_photo
    from eid.qr.pictures import open_picture
    from eid.qr.rendering import draw
    from eid.qr.scanning import scan_image
    from eid.qr.verifying import QrVerifier

    signer = SoftwareSigner.generate("ES256", kid="demo")
    photo = fit_photo(person.portrait).octets if person.portrait is not None else None
    issuer = QrIssuer(signer=signer, issuer=_ISSUER, clock=utc_now)
    plain = issuer.issue(person, kind=QrKind.STATIC, valid_for=365 * _DAY)
    whole = issuer.issue(person, kind=QrKind.STATIC, valid_for=365 * _DAY, photo=photo)
    verifier = QrVerifier(issuers=_ISSUER, keys=KeySet([signer.key]), clock=utc_now)
    results = []
    for code in (plain, whole):
        (scanned,) = scan_image(open_picture(draw(code.text).png()))
        results.append(verifier.verify(scanned.text or ""))
    picture = draw(plain.text)
    first, second = results
    return {
        "verdict": first.verdict.value,
        "authentic": first.authentic.outcome.value,
        "still_valid": first.still_valid.outcome.value,
        "holder": first.holder.outcome.value,
        "characters": len(plain.text),
        "version": picture.layout.version,
        "with_photo": {
            "verdict": second.verdict.value,
            "characters": len(whole.text),
            "version": draw(whole.text).layout.version,
        },
    }, picture


# --- for people ----------------------------------------------------------------------------------


def show_passed_on(out: Output, made: PassedOn) -> None:
    """What came of it, with the code drawn in the terminal."""
    token, credential, qr = made.token, made.credential, made.qr
    out.heading(out.label("passed_on"))
    second = f"{out.label('second_use')}: {token['second_use']}"
    rows = [
        ("e-ID token", f"{token['algorithm']}, {token['characters']} B, {token['audience']}; {second}"),
        ("SD-JWT VC", ", ".join(map(str, credential["presented"].values()))),
    ]
    if qr is not None:
        version, photo = out.label("qr_version"), qr["with_photo"]
        text = f"{version} {qr['version']} {qr['verdict']}; {out.label('with_photo')} {version} {photo['version']} {photo['verdict']}"
        rows.append(("QR", text))
    out.table([[(name, "bold"), (text, "")] for name, text in rows])
    out.line(out.label("kept_back") + ": " + ", ".join(credential["kept_back"]), "dim")
    if made.picture is None:
        out.line(out.label("no_zxing"), "dim")
    elif (picture := drawn(made.picture)) is not None:  # a terminal that shows no blocks has the rest
        out.line()
        out.write(picture)
        out.line(out.label("qr_proves"), "dim")
