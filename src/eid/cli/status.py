"""``eid status``: make a status list, change it, ask it."""

from __future__ import annotations

import errno
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eid.cli.failures import Failure, file_of_the_caller, usage
from eid.cli.files import NewFile, alone_with, read_file
from eid.cli.messages import FAILED, HOLDS, STATUSES, UNDECIDED
from eid.cli.options import command, read_time
from eid.cli.output import Output
from eid.cli.signing_keys import Passphrase, read_passphrase
from eid.errors import ClaimInvalid, StatusListUnavailable, StatusRegistryError, StatusUndecided, TokenError

if TYPE_CHECKING:
    from eid.crypto.keys import SoftwareSigner
    from eid.tokens.status.reference import StatusReference
    from eid.tokens.status.sources import CheckedStatus, StatusSource

__all__ = ["check", "new", "set_"]

ListFile = Annotated[Path, typer.Argument(metavar="LIST", help="File with a signed list.")]
KeyFile = Annotated[Path, typer.Option("--key", metavar="FILE", help="Private key that signs the list.")]

#: For a list that does not say how long it lives, when it is signed anew.
_LIFETIME = timedelta(days=7)
_TTL = timedelta(hours=1)
#: Also for a list that names the end of the calendar.
_LONGEST = timedelta(days=3660)
#: Words of the command line for statuses, beside numbers.
_WORDS = {"valid": 0, "invalid": 1, "revoked": 1, "suspended": 2}
_MAX_TOKEN = 256 * 1024


@command
def new(
    out: Output,
    uri: Annotated[
        str, typer.Option("--uri", metavar="URI", help="Address of the list, which credentials will carry.")
    ],
    key: KeyFile,
    target: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write the signed list.")],
    size: Annotated[int, typer.Option("--size", metavar="N", help="Entries.")] = 2**20,
    bits: Annotated[
        int, typer.Option("--bits", metavar="N", help="Bits of an entry: 1, 2, 4 or 8. Suspension needs 2.")
    ] = 2,
    cwt: Annotated[bool, typer.Option("--cwt", help="Sign as CWT, for QR codes, instead of as JWT.")] = False,
    ttl: Annotated[
        int, typer.Option("--ttl", metavar="SECONDS", help="How often verifiers shall fetch it.", min=1)
    ] = int(_TTL.total_seconds()),
    days: Annotated[
        int, typer.Option("--days", metavar="N", help="How long a copy may be believed.", min=1, max=3660)
    ] = _LIFETIME.days,
    passphrase: Passphrase = None,
) -> int:
    """Make a status list in which every credential is in force, and sign it."""
    from eid.crypto.key_files import load_signer
    from eid.tokens.status.lists import MAX_OCTETS, Form, StatusList, sign_status_list

    if bits not in (1, 2, 4, 8):
        raise usage("bad_value", "--bits")
    if not 0 < size <= MAX_OCTETS * 8 // bits:
        raise usage("bad_value", "--size")
    _named(uri, 0)
    if target.exists():
        raise Failure("FILE_NOT_WRITABLE", path=str(target), reason=os.strerror(errno.EEXIST))
    signer = load_signer(key, passphrase=read_passphrase(passphrase, out))
    now = datetime.now(UTC)
    statuses = StatusList.of(size, bits=bits)
    form = Form.CWT if cwt else Form.JWT
    expires_at = now + timedelta(days=days)
    octets = sign_status_list(
        statuses,
        signer,
        uri=uri,
        issued_at=now,
        expires_at=expires_at,
        ttl=timedelta(seconds=ttl),
        form=form,
    )
    with NewFile(target, replace=False, public=True) as file:
        file.write(octets)
    if out.json:
        out.document(
            {
                "list": str(target), "uri": uri, "entries": len(statuses), "bits": bits, "form": str(form),
                "octets": len(octets), "expires_at": _time(expires_at),
            }
        )  # fmt: skip
        return HOLDS
    out.line(f"{out.label('written')}: {target}")
    out.line(f"{len(statuses)} {out.label('entries')}, {len(octets)} {out.label('octets')}")
    return HOLDS


@command
def set_(
    out: Output,
    path: ListFile,
    index: Annotated[int, typer.Argument(metavar="INDEX", help="Entry of the credential, from 0.")],
    status: Annotated[
        str,
        typer.Argument(metavar="STATUS", help="`valid`, `revoked`, `suspended`, or a number of your own."),
    ],
    key: KeyFile,
    passphrase: Passphrase = None,
) -> int:
    """Change the status of one credential, and sign the list anew with its time to live and lifetime.

    What is revoked stays revoked: that ends with 1.
    """
    from eid.crypto.key_files import load_signer

    value = _read_status(status)
    signer = load_signer(key, passphrase=read_passphrase(passphrase, out))
    with alone_with(path):
        return _set(out, path, index, value, signer)


def _set(out: Output, path: Path, index: int, value: int, signer: SoftwareSigner) -> int:
    from eid.crypto.keys import KeySet
    from eid.errors import StatusFinal
    from eid.tokens.status.lists import MAX_TOKEN, Status, read_own_status_list, sign_status_list

    octets = _whole(path, MAX_TOKEN)
    now = datetime.now(UTC)
    with file_of_the_caller():
        old = read_own_status_list(_stripped(octets), keys=KeySet([signer.key]), now=now)
    changed = old.statuses.changed({index: value})
    before = old.statuses[index]
    if before == Status.INVALID != value:
        raise StatusFinal("INVALID is for good")
    issued_at = max(now, old.issued_at)  # verifiers refuse a list that is older than the one they have
    expires_at = issued_at + min(old.expires_at - old.issued_at if old.expires_at else _LIFETIME, _LONGEST)
    signed = sign_status_list(
        changed,
        signer,
        uri=old.uri,
        issued_at=issued_at,
        expires_at=expires_at,
        ttl=old.ttl or _TTL,
        form=old.form,
        issuer=old.issuer,
        aggregation_uri=old.aggregation_uri,
    )
    _write(path, signed)
    if out.json:
        out.document(
            {
                "list": str(path), "uri": old.uri, "index": index, "status": _word(value), "before": _word(before),
                "octets": len(signed), "expires_at": _time(expires_at),
            }
        )  # fmt: skip
        return HOLDS
    out.line(f"{index}: {_show(out, before)} → {_show(out, value)}")
    return HOLDS


@command
def check(
    out: Output,
    keys: Annotated[
        Path,
        typer.Option("--keys", metavar="FILE", help="Public keys of the list's issuer (JWK Set or PEM)."),
    ],
    token: Annotated[
        Path | None,
        typer.Argument(
            metavar="TOKEN", help="File with the credential (JWT, SD-JWT, CWT); `-` reads standard input."
        ),
    ] = None,
    uri: Annotated[
        str | None, typer.Option("--uri", metavar="URI", help="Address of the list, without a credential.")
    ] = None,
    index: Annotated[
        int | None, typer.Option("--index", metavar="N", help="Entry in the list, without a credential.")
    ] = None,
    list_file: Annotated[
        Path | None,
        typer.Option(
            "--file", metavar="LIST", help="The list in a file; fetched from its address if left out."
        ),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="TIME", help="Check for this time (ISO 8601) instead of now."),
    ] = None,
) -> int:
    """Ask a status list whether a credential is in force. The credential itself is not verified by this.

    Ends with 0 when it is, 1 when it is revoked or suspended, 3 when that cannot be decided.
    """
    from eid.crypto.key_files import load_key_set
    from eid.tokens.status.lists import MAX_TOKEN, read_own_status_list
    from eid.tokens.status.sources import HttpStatusSource, StatusChecker, StatusIssuer, StoredStatusSource

    now = read_time(at, "--at") if at is not None else datetime.now(UTC)
    key_set = load_key_set(keys)
    octets = None if list_file is None else _stripped(_whole(list_file, MAX_TOKEN))
    if token is not None and uri is None and index is None:
        try:
            with file_of_the_caller():
                reference = _reference(token)
        except TokenError as error:  # 1 would say that it is revoked
            raise StatusUndecided(str(error)) from None
    elif token is None and index is not None and (uri is not None or octets is not None):
        if uri is None:
            assert octets is not None
            try:
                uri = read_own_status_list(octets, keys=key_set, now=now).uri
            except TokenError as error:  # as with an address: such a list says nothing about the credential
                raise StatusListUnavailable(str(error)) from None
        reference = _named(uri, index)
    else:
        raise usage("status_of_what", hint="eid status check --help")
    source: StatusSource = (
        HttpStatusSource(clock=lambda: datetime.now(UTC))
        if octets is None
        else StoredStatusSource({reference.uri: octets})
    )
    checker = StatusChecker([StatusIssuer(reference.uri, key_set, source)], offline_grace=_OFFLINE)
    return _report(out, checker.check(reference, now=now))


#: A list is believed until its own end, and no longer than this after its time to live: one without an
#: end would be believed for ever.
_OFFLINE = timedelta(days=30)


def _report(out: Output, answer: CheckedStatus) -> int:
    if out.json:
        out.document(
            {
                "status": _word(answer.value), "value": answer.value, "uri": answer.reference.uri,
                "index": answer.reference.index, "issued_at": _time(answer.issued_at),
                "age": int(answer.age.total_seconds()), "stale": answer.stale,
            }
        )  # fmt: skip
    else:
        out.line(_show(out, answer.value), {0: "green", 1: "red", 2: "red"}.get(answer.value))
        out.line(f"{out.label('list_issued')}: {_time(answer.issued_at)}")
        if answer.stale:
            out.note(out.label("list_stale"))
    return {0: HOLDS, 1: FAILED, 2: FAILED}.get(answer.value, UNDECIDED)


def _reference(path: Path) -> StatusReference:
    """The reference in a credential, which nobody has verified yet."""
    from eid.crypto.cose import CWT_TAGGED, TAGGED, UNTAGGED, parse_sign1_without_header_placement
    from eid.tokens.cwt import STATUS, read_cwt
    from eid.tokens.jws import parse_claims, parse_jws
    from eid.tokens.status.reference import StatusReference

    octets = read_file(path, _MAX_TOKEN) if str(path) != "-" else _standard_input()
    claims: dict[Any, Any]
    if octets[:1] == b"e":
        signed = octets.strip().partition(b"~")[0]  # the first part of an SD-JWT
        claims = parse_claims(
            parse_jws(signed, limit=_MAX_TOKEN, allow=_CERTIFICATES).payload, limit=_MAX_TOKEN
        )
        name: Any = "status"
    else:
        wrappings = frozenset({UNTAGGED, TAGGED, CWT_TAGGED})
        message = parse_sign1_without_header_placement(octets, wrappings=wrappings, limit=_MAX_TOKEN)
        claims = dict(read_cwt(message.payload or b"", limit=_MAX_TOKEN).claims)
        name = STATUS
    if name not in claims:
        raise Failure("NO_STATUS")
    return StatusReference.from_claim(claims[name])


def _standard_input() -> bytes:
    try:
        octets = sys.stdin.buffer.read(_MAX_TOKEN + 1)
    except (OSError, AttributeError, ValueError):  # closed, or there is none
        octets = b""
    if not octets:
        raise usage("nothing_given", "TOKEN")
    if len(octets) > _MAX_TOKEN:
        raise Failure("FILE_TOO_LARGE", path="-")
    return octets


_CERTIFICATES = frozenset({"x5c"})


def _named(uri: str, index: int) -> StatusReference:
    from eid.tokens.status.reference import StatusReference

    for option, position in (("--uri", 0), ("--index", index)):
        try:
            reference = StatusReference(uri, position)
        except ClaimInvalid:
            raise usage("bad_value", option) from None
    return reference


def _read_status(text: str) -> int:
    value = _WORDS.get(text.lower())
    if value is None:
        value = int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 256
    if value > 255:
        raise usage("bad_value", "STATUS")
    return value


def _word(value: int) -> str:
    from eid.tokens.status.lists import Status

    return Status(value).name if value in set(Status) else f"APPLICATION_{value}"


def _show(out: Output, value: int) -> str:
    text = STATUSES.get(_word(value))
    return out.text(text) if text is not None else out.label("status_number").format(value=value)


def _whole(path: Path, limit: int) -> bytes:
    octets = read_file(path, limit)
    if not octets:
        raise Failure("FILE_CUT_OFF", path=str(path))
    return octets


def _stripped(octets: bytes) -> bytes:
    """A JWT without the line end that editors put behind it."""
    return octets.rstrip(b"\r\n") if octets[:1] == b"e" else octets


def _write(path: Path, octets: bytes) -> None:
    from eid.tokens.status.registry import write_whole

    try:
        write_whole(path, octets)
    except StatusRegistryError as error:
        raise Failure("FILE_NOT_WRITABLE", path=str(path), reason=error.detail) from None


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
