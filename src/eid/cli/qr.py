"""``eid qr issue``, ``verify`` and ``pack``: signed codes, and the offline file that verifies them."""

from __future__ import annotations

import re
import sys
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eid.cli.failures import file_of_the_caller, usage
from eid.cli.files import NewFile, read_file
from eid.cli.messages import HOLDS
from eid.cli.options import ShowPerson, command, read_time
from eid.cli.output import Output
from eid.cli.qr_trust import (
    certificates,
    issuers_of,
    lists_of,
    read_duration,
    read_nonce,
    roots_of,
    status_issuers,
)
from eid.cli.qr_view import result_json, show_result, verdict_exit_code
from eid.cli.signing_keys import Passphrase, read_passphrase
from eid.errors import InputError

if TYPE_CHECKING:
    from eid.qr.claim169 import QrPerson
    from eid.qr.pack import QrPack
    from eid.tokens.status.reference import StatusReference

__all__ = ["issue", "pack", "verify"]

_MAX_PERSON = 64 * 1024
#: Characters of the longest code, and the line end that a scanner sends.
_MAX_TEXT = 4400
#: How old an offline file may be unless the command says otherwise.
_MAX_AGE = "7d"

Issuers = Annotated[
    list[str] | None,
    typer.Option(
        "--issuer",
        metavar="NAME=KEYS",
        help="A trusted issuer, as it stands in the code, and the file of its public keys (JWK Set or PEM).",
    ),
]
Roots = Annotated[
    list[str] | None,
    typer.Option(
        "--root", metavar="NAME=CERT", help="A root of an issuer that puts certificates into codes."
    ),
]
Lists = Annotated[
    list[str] | None,
    typer.Option("--list", metavar="URI=FILE", help="A signed status list of an issuer, by its address."),
]
Health = Annotated[
    list[Path] | None,
    typer.Option(
        "--health",
        metavar="PATH",
        help="Certificates of signers of health certificates (HC1:), file or folder.",
    ),
]


# --- issue ---------------------------------------------------------------------------------------


@command
def issue(
    out: Output,
    person: Annotated[
        Path, typer.Argument(metavar="PERSON", help="JSON file with the fields, or - for standard input.")
    ],
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help="Private key, ES256 or Ed25519.")],
    issuer: Annotated[str, typer.Option("--issuer", metavar="URI", help="Name of the issuer.")],
    valid_for: Annotated[
        str | None,
        typer.Option(
            "--valid-for", metavar="TIME", help="For example 365d (as if left out), 12h; a presentation: 60s."
        ),
    ] = None,
    nonce: Annotated[
        str | None,
        typer.Option(
            "--nonce",
            metavar="HEX",
            help="Of the verifier: makes a presentation, which lives for 60s at most.",
        ),
    ] = None,
    photo: Annotated[
        Path | None, typer.Option("--photo", metavar="FILE", help="Picture of the face; made small enough.")
    ] = None,
    status: Annotated[
        str | None,
        typer.Option("--status", metavar="URI#INDEX", help="Where a revocation would be written."),
    ] = None,
    account_level: Annotated[
        int | None, typer.Option("--account-level", metavar="N", help="1 or 2.", min=1, max=2)
    ] = None,
    authentication_level: Annotated[
        int | None, typer.Option("--authentication-level", metavar="N", help="1 to 4.", min=1, max=4)
    ] = None,
    target: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to write the code's text.")
    ] = None,
    passphrase: Passphrase = None,
) -> int:
    """Issue a signed code: prints its text, for `eid qr render`.

    PERSON has the fields id, full_name, birth_date (YYYY-MM-DD), gender (1 to 3), nationality, address,
    secondary_full_name, legal_status and so on. Whoever sees the code can read all of it.
    """
    from eid.crypto.key_files import load_signer
    from eid.qr.claims import QrKind
    from eid.qr.issuing import QrIssuer

    about = _person(person)
    picture = _photo(photo) if photo is not None else None
    signer = load_signer(key, passphrase=read_passphrase(passphrase, out))
    code = QrIssuer(signer=signer, issuer=issuer, clock=lambda: datetime.now(UTC)).issue(
        about,
        kind=QrKind.STATIC if nonce is None else QrKind.PRESENTATION,
        valid_for=read_duration(valid_for or ("365d" if nonce is None else "60s"), "--valid-for"),
        nonce=None if nonce is None else read_nonce(nonce, "--nonce"),
        photo=picture,
        status=None if status is None else _reference(status),
        account_level=account_level,
        authentication_level=authentication_level,
    )
    if target is not None:
        with NewFile(target) as file:
            file.write(code.text.encode("ascii") + b"\n")
    if out.json:
        out.document(
            {
                "text": code.text, "characters": len(code.text), "kind": code.kind.value,
                "identifier": code.identifier.hex(), "issued_at": code.issued_at.isoformat(),
                "expires_at": code.expires_at.isoformat(), "out": target and str(target),
            }
        )  # fmt: skip
    elif target is not None:
        out.line(f"{out.label('written')}: {target}")
    else:
        out.write(code.text + "\n")
    return HOLDS


def _person(path: Path) -> QrPerson:
    """The fields of a person from JSON; others are refused, so that a misspelt one is not lost.

    :raises Failure: a file that cannot be read, or a field that is not one.
    """
    from eid.document.dates import PartialDate
    from eid.encoding import strict_json
    from eid.qr.claim169 import Gender, MaritalStatus, QrPerson

    given = strict_json.loads(_octets(path), limit=_MAX_PERSON)
    known = {field.name for field in fields(QrPerson)} - {"biometrics", "other"}
    if not isinstance(given, dict) or not given.keys() <= known:
        raise usage("person_fields", "PERSON")
    values: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    try:
        if "birth_date" in values:
            values["birth_date"] = PartialDate(*(int(part) for part in values["birth_date"].split("-")))
        for name, kind in (("gender", Gender), ("marital_status", MaritalStatus)):
            if name in values:
                values[name] = kind(values[name])
        if "best_quality_fingers" in values:
            values["best_quality_fingers"] = tuple(values["best_quality_fingers"])
    except (ValueError, TypeError, AttributeError, InputError):
        raise usage("person_fields", "PERSON") from None
    return QrPerson(**values)


def _octets(path: Path) -> bytes:
    if str(path) != "-":
        return read_file(path, _MAX_PERSON)
    try:
        octets = sys.stdin.read(_MAX_PERSON + 1).encode("utf-8", "surrogateescape")
    except (OSError, UnicodeDecodeError, AttributeError, ValueError):
        octets = b""
    if not octets.strip():
        raise usage("nothing_given", "PERSON")
    return octets


def _photo(path: Path) -> bytes:
    from eid.qr.photo import fit_photo
    from eid.qr.pictures import MAX_FILE

    return fit_photo(read_file(path, MAX_FILE)).octets


def _reference(text: str) -> StatusReference:
    from eid.errors import ClaimInvalid
    from eid.tokens.status.reference import StatusReference

    uri, hash_sign, index = text.rpartition("#")
    try:
        if hash_sign and re.fullmatch("[0-9]{1,12}", index):
            return StatusReference(uri, int(index))
    except ClaimInvalid:
        pass
    raise usage("status_reference", "--status")


# --- verify --------------------------------------------------------------------------------------


@command
def verify(
    out: Output,
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="What the code says, or - for standard input (a scanner).")
    ],
    issuer: Issuers = None,
    root: Roots = None,
    status_list: Lists = None,
    health: Health = None,
    pack_file: Annotated[
        Path | None,
        typer.Option("--pack", metavar="FILE", help="An offline file in place of all of these."),
    ] = None,
    pack_key: Annotated[
        Path | None,
        typer.Option(
            "--pack-key", metavar="FILE", help="Public key that the offline file must be signed with."
        ),
    ] = None,
    max_age: Annotated[
        str, typer.Option("--max-age", metavar="TIME", help="How old the offline file may be.")
    ] = _MAX_AGE,
    nonce: Annotated[
        str | None, typer.Option("--nonce", metavar="HEX", help="That you gave for a presentation.")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="TIME", help="Verify for this time (ISO 8601) instead of now."),
    ] = None,
    show_person: ShowPerson = False,
) -> int:
    """Verify a signed code, or a health certificate (HC1:).

    Ends with 0 when it passed, 1 when it is forged, expired or revoked, 3 when that cannot be decided: an
    unknown issuer or key, a status list that is missing, an offline file that is too old.
    """
    code = _code(text)
    now = read_time(at, "--at") if at is not None else datetime.now(UTC)
    age = read_duration(max_age, "--max-age")
    given = None if nonce is None else read_nonce(nonce, "--nonce")
    loaded = _pack(pack_file, pack_key) if pack_file is not None or pack_key is not None else None
    if loaded is not None and (issuer or root or status_list or health):
        raise usage("pack_alone", "--pack")
    result: Any
    if code.startswith("HC1:"):
        if given is not None:  # health certificates have no presentation
            raise usage("bad_value", "--nonce")
        result = _health_verifier(loaded, health or [], now, age).verify(code)
    else:
        result = _verifier(loaded, issuer or [], root or [], status_list or [], now, age).verify(
            code, nonce=given
        )
    if out.json:
        out.document(result_json(result, show_person=show_person))
    else:
        show_result(out, result, show_person=show_person)
    return verdict_exit_code(result)


def _code(text: str) -> str:
    """The text itself, or the first line that a scanner sends to standard input."""
    if text != "-":
        return text
    try:
        read = sys.stdin.readline(_MAX_TEXT)
    except (OSError, UnicodeDecodeError, AttributeError, ValueError):
        raise usage("nothing_given", "TEXT") from None
    if not read.strip("\r\n"):
        raise usage("nothing_given", "TEXT")
    return read.rstrip("\r\n")


def _pack(path: Path | None, key: Path | None) -> QrPack:
    from eid.crypto.key_files import load_key_set
    from eid.qr.pack import MAX_PACK, read_pack

    if path is None or key is None:
        raise usage("missing", "--pack" if path is None else "--pack-key")
    keys = list(load_key_set(key))
    if len(keys) != 1:
        raise usage("one_public_key", "--pack-key")
    return read_pack(read_file(path, MAX_PACK), key=keys[0])


def _verifier(
    loaded: QrPack | None, issuer: list[str], root: list[str], lists: list[str], now: datetime, age: timedelta
) -> Any:
    from eid.qr.verifying import QrVerifier
    from eid.tokens.status.sources import StatusChecker
    from eid.tokens.x5c import PinnedRoots

    if loaded is not None:
        return loaded.verifier(clock=lambda: now, max_age=age)
    keys = issuers_of(issuer, root)
    if not keys:
        raise usage("missing", "--issuer")
    with file_of_the_caller():
        roots = {name: PinnedRoots(found) for name, found in roots_of(root).items()}
    return QrVerifier(
        issuers=list(keys),
        keys=keys,
        roots=roots,
        status=StatusChecker(status_issuers(lists, keys, now), offline_grace=timedelta(days=36_500))
        if lists
        else None,
        clock=lambda: now,
    )


def _health_verifier(loaded: QrPack | None, paths: list[Path], now: datetime, age: timedelta) -> Any:
    from eid.qr.hcert_verifying import HcertVerifier, HealthSigners

    if loaded is not None:
        return loaded.health_verifier(clock=lambda: now, max_age=age)
    from eid.trust.certificates import Certificate

    signers = HealthSigners(Certificate.from_der(der) for der in certificates(paths))
    return HcertVerifier(signers=signers, clock=lambda: now)


# --- pack ----------------------------------------------------------------------------------------


@command
def pack(
    out: Output,
    target: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write the offline file.")],
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help="Private key that signs it.")],
    issuer: Issuers = None,
    root: Roots = None,
    status_list: Lists = None,
    health: Health = None,
    valid_for: Annotated[
        str, typer.Option("--valid-for", metavar="TIME", help="How long it may be used at most.")
    ] = "30d",
    passphrase: Passphrase = None,
) -> int:
    """Make the signed offline file of keys, roots and status lists, for places without a connection.

    Everything in it is checked once before: a status list that does not hold is not packed.
    """
    from eid.crypto.key_files import load_signer
    from eid.qr.pack import PackIssuer, write_pack

    now = datetime.now(UTC)
    keys, roots = issuers_of(issuer or [], root or []), roots_of(root or [])
    lists = lists_of(status_list or [], keys, now)
    members = [
        PackIssuer(name, found, tuple(roots.get(name, ())), lists.get(name, {}))
        for name, found in keys.items()
    ]
    signer = load_signer(key, passphrase=read_passphrase(passphrase, out))
    signers = list(certificates(health or []))
    octets = write_pack(
        members,
        signer=signer,
        now=now,
        valid_for=read_duration(valid_for, "--valid-for"),
        health_signers=signers,
    )
    with NewFile(target) as file:
        file.write(octets)
    found = {
        "out": str(target), "octets": len(octets), "signed_by": signer.kid, "issuers": len(members),
        "lists": sum(map(len, lists.values())), "health_signers": len(signers),
    }  # fmt: skip
    if out.json:
        out.document(found)
    else:
        out.line(f"{out.label('written')}: {target} ({len(octets)} {out.label('octets')}, kid {signer.kid})")
    return HOLDS
