"""``eid record``: the signed archive of a verification, made, stamped with a trusted time, and checked."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eid.cli.failures import Failure, usage
from eid.cli.files import NewFile, read_file
from eid.cli.messages import FAILED, HOLDS
from eid.cli.options import ShowPerson, command
from eid.cli.output import Output
from eid.cli.record_view import RECORD_LABELS, record_document, show_record, timestamp_document
from eid.cli.report_view import show_report
from eid.cli.signing_keys import Passphrase, read_passphrase
from eid.cli.verifying import (
    At,
    Challenge,
    CrlPaths,
    EvidencePath,
    OfProfile,
    Question,
    Require,
    TrustPaths,
    verdict_exit_code,
)

if TYPE_CHECKING:
    from eid.crypto.keys import Key, KeySet
    from eid.trust.anchors import TrustStore

__all__ = ["check", "make", "stamp"]

RecordPath = Annotated[Path, typer.Argument(metavar="FILE.eidrec", help="A record.")]
Target = Annotated[Path, typer.Option("--out", metavar="FILE.eidrec", help="Where to write the record.")]
EncryptTo = Annotated[
    Path | None,
    typer.Option(
        "--encrypt-to", metavar="PUB.pem", help="Encrypt the record to this public key (X25519 or P-256)."
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite a record that exists.")]
Authorities = Annotated[
    list[Path] | None,
    typer.Option("--tsa", metavar="PATH", help="Root certificates of time-stamping authorities."),
]

_MAX_PEM = 64 * 1024


@command
def make(
    out: Output,
    path: EvidencePath,
    target: Target,
    key: Annotated[
        Path, typer.Option("--key", metavar="KEY.pem", help="Private key that signs, see `eid key new`.")
    ],
    passphrase: Passphrase = None,
    profile: OfProfile = None,
    trust: TrustPaths = None,
    crl: CrlPaths = None,
    at: At = None,
    challenge: Challenge = None,
    require: Require = None,
    rules: Annotated[
        str | None,
        typer.Option(
            "--rules", metavar="TEXT", help="Version of the rules you apply; the library's if left out."
        ),
    ] = None,
    reference: Annotated[
        list[str] | None,
        typer.Option(
            "--reference", metavar="NAME=TEXT", help="A case number, for example. No personal data."
        ),
    ] = None,
    encrypt_to: EncryptTo = None,
    force: Force = False,
    show_person: ShowPerson = False,
) -> int:
    """Verify as `eid verify` does, and write one signed file from which the same report follows years later.

    It holds evidence, certificates, revocation lists, policy and report. Ends as `eid verify` does: with 0
    when the card passed, 1 when something failed, 3 when it cannot be decided; the record is written each time.
    """
    import eid
    from eid.crypto.key_files import load_signer
    from eid.tokens.record import make_record

    _require_new(target, force)
    question = Question.read(
        out, path, profile=profile, trust=trust, crl=crl, at=at, challenge=challenge, require=require
    )
    with NewFile(target, replace=force) as file:
        made = make_record(
            question.evidence,
            **question.terms(),
            signer=load_signer(key, passphrase=read_passphrase(passphrase, out)),
            made_at=datetime.now().astimezone(),
            rules=rules if rules is not None else f"eid {eid.__version__}",
            references=_references(reference or []),
        )
        written = _sealed(made.octets, encrypt_to)
        file.write(written)
    if out.json:
        out.document(
            {
                "record": str(target),
                "sha256": hashlib.sha256(written).hexdigest(),
                "encrypted": encrypt_to is not None,
                "report": made.report.to_json(show_person=show_person),
            }
        )
    else:
        show_report(out, made.report, show_person=show_person)
        out.line(f"{out.label('written')}: {target}")
        if encrypt_to is None:
            out.note(out.text(RECORD_LABELS["in_clear"]))
    return verdict_exit_code(made.report)


@command
def stamp(
    out: Output,
    path: RecordPath,
    request: Annotated[
        Path | None,
        typer.Option("--request", metavar="FILE.tsq", help="Write the request for the authority here."),
    ] = None,
    response: Annotated[
        Path | None,
        typer.Option("--response", metavar="FILE.tsr", help="The authority's answer to that request."),
    ] = None,
    tsa: Authorities = None,
    target: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.eidrec", help="Where to write the stamped record.")
    ] = None,
    encrypt_to: EncryptTo = None,
    force: Force = False,
) -> int:
    """Give a record a trusted timestamp (RFC 3161), in two steps; you carry request and answer.

    First --request; then --response with --tsa and --out. An encrypted record cannot be stamped: stamp
    first and encrypt then.
    """
    from eid.tokens.record import attach_timestamp, check_timestamp, request_record_timestamp
    from eid.tokens.record.content import MAX_FILE
    from eid.trust.timestamps import MAX_TOKEN

    if (request is None) == (response is None):
        raise usage("one_of", "--request, --response")
    record = read_file(path, MAX_FILE)
    if request is not None:
        _require_new(request, force)
        with NewFile(request, replace=force) as file:
            file.write(request_record_timestamp(record))
        if out.json:
            out.document({"request": str(request)})
        else:
            out.line(f"{out.text(RECORD_LABELS['request'])}: {request}")
            out.note(out.text(RECORD_LABELS["send_it"]))
        return HOLDS
    for option, value in (("--tsa", tsa), ("--out", target)):
        if not value:
            raise usage("missing", option)
    assert response is not None
    assert target is not None
    _require_new(target, force)
    authorities = _store(tsa or [])
    stamped = attach_timestamp(record, read_file(response, MAX_TOKEN), authorities=authorities)
    found = check_timestamp(stamped, authorities=authorities)
    with NewFile(target, replace=force) as file:
        file.write(_sealed(stamped, encrypt_to))
    if out.json:
        out.document(
            {
                "record": str(target),
                "encrypted": encrypt_to is not None,
                "timestamp": timestamp_document(found),
            }
        )
    else:
        out.line(
            f"{out.text(RECORD_LABELS['timestamp'])}: {found.at.isoformat()} {out.text(RECORD_LABELS['by'])} {found.authority}"
        )
        out.line(f"{out.label('written')}: {target}")
    return HOLDS


@command
def check(
    out: Output,
    path: RecordPath,
    signer: Annotated[
        Path,
        typer.Option("--signer", metavar="KEYS", help="Public keys of who made it: JWK Set, or PEM."),
    ],
    tsa: Authorities = None,
    key: Annotated[
        Path | None,
        typer.Option("--key", metavar="KEY.pem", help="Private key that opens an encrypted record."),
    ] = None,
    passphrase: Passphrase = None,
    show_person: ShowPerson = False,
) -> int:
    """Check a record and compute its report again, from the file alone.

    Ends with 0 when signature and report are good and the card passed, 1 when one of them is not or the
    card failed, 3 when it cannot be decided, 4 when the file cannot be read. With --tsa it must have a
    timestamp of such an authority.
    """
    from eid.crypto.key_files import load_key_set
    from eid.document.profile import ICAO
    from eid.tokens.record import check_record
    from eid.tokens.record.content import MAX_FILE
    from eid.vietnam.profile import CITIZEN_CARD

    octets = read_file(path, MAX_FILE)
    if key is not None:
        octets = _opened(octets, key, read_passphrase(passphrase, out))
    checked = check_record(
        octets,
        signer=_signer(load_key_set(signer)),
        profiles={profile.name: profile for profile in (ICAO, CITIZEN_CARD)},
        timestamp_authorities=_store(tsa) if tsa else None,
    )
    if out.json:
        out.document(record_document(checked, show_person=show_person))
    else:
        show_record(out, checked, show_person=show_person)
    return verdict_exit_code(checked.report_now) if checked.same else FAILED


# --- files and keys ------------------------------------------------------------------------------


def _require_new(path: Path, force: bool) -> None:
    try:
        if not force and (path.exists() or path.is_symlink()):
            raise Failure("FILE_EXISTS", path=str(path))
    except (OSError, ValueError) as error:
        raise Failure("FILE_NOT_WRITABLE", path=str(path), reason=type(error).__name__) from None


def _references(given: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in given:
        name, equals, text = each.partition("=")
        if not equals or name in found:
            raise usage("reference", "--reference")
        found[name] = text
    return found


def _sealed(octets: bytes, public: Path | None) -> bytes:
    if public is None:
        return octets
    from eid.tokens.record.sealing import seal, sealing_key

    return seal(octets, to=sealing_key(read_file(public, _MAX_PEM)))


def _opened(octets: bytes, private: Path, passphrase: bytes | None) -> bytes:
    from eid.crypto.key_files import load_private_key
    from eid.tokens.record.sealing import open_sealed

    return open_sealed(octets, key=load_private_key(private, passphrase=passphrase))


def _signer(keys: KeySet) -> Key | KeySet:
    """A single key is the one meant, however the record calls it."""
    (first, *others) = keys or [None]
    return keys if others or first is None else first


def _store(paths: list[Path]) -> TrustStore:
    from eid.trust.anchors import TrustStore

    return TrustStore.open(*paths)
