"""``eid credential``: issue credentials, show parts of them, verify what is shown."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eid.cli.failures import Failure, file_of_the_caller, usage
from eid.cli.files import NewFile, read_file
from eid.cli.messages import HOLDS
from eid.cli.options import ShowPerson, check_texts, command, names, read_time
from eid.cli.output import Output
from eid.cli.signing_keys import Passphrase, read_passphrase, read_public_key
from eid.errors import ClaimInvalid, CredentialDataInvalid, EncodingError, LimitExceeded

if TYPE_CHECKING:
    from eid.crypto.keys import KeySource
    from eid.tokens.credentials.verifying import AsksStatus, CredentialVerifier, VerifiedCredential
    from eid.tokens.sd_jwt import Path as Place
    from eid.tokens.status.reference import StatusReference
    from eid.tokens.status.sources import CheckedStatus
    from eid.tokens.x5c import PinnedRoots
    from eid.vietnam.credentials import CredentialType

__all__ = ["issue", "present", "schema", "verify"]

_MAX_CLAIMS = 256 * 1024
_MAX_CREDENTIAL = 256 * 1024 + 2
_DAYS = 365
#: A list in a file is believed until its own end; the answer says how old it is.
_UNTIL_ITS_END = timedelta(days=36_500)

TypeName = Annotated[
    str, typer.Option("--type", metavar="TYPE", help="`vietnam/person` and so on, or any `vct`.")
]


# --- issue ---------------------------------------------------------------------------------------


@command
def issue(
    out: Output,
    type_: TypeName,
    claims: Annotated[
        Path, typer.Option("--claims", metavar="FILE", help="JSON object; `-` reads standard input.")
    ],
    issuer: Annotated[str, typer.Option("--issuer", metavar="URL", help="Who issues, as verifiers know it.")],
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help="Private key of the issuer.")],
    target: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write the credential.")],
    holder: Annotated[
        Path | None, typer.Option("--holder", metavar="FILE", help="Public key of the holder (JWK Set, PEM).")
    ] = None,
    without_holder: Annotated[
        bool, typer.Option("--without-holder", help="Bind it to nobody: whoever has it can show it.")
    ] = False,
    days: Annotated[
        int, typer.Option("--days", metavar="N", help="It ends so many days from now.", min=1, max=36_500)
    ] = _DAYS,
    status: Annotated[
        str | None, typer.Option("--status", metavar="URI#INDEX", help="Its entry in a status list.")
    ] = None,
    certificates: Annotated[
        list[Path] | None,
        typer.Option("--x5c", metavar="FILE", help="Certificates of the key, its own first; repeatable."),
    ] = None,
    decoys: Annotated[
        int, typer.Option("--decoys", metavar="N", help="Hide how many fields there are.", min=0, max=20)
    ] = 0,
    passphrase: Passphrase = None,
) -> int:
    """Issue a credential. The file says everything: it is for its holder, and nobody else can read it."""
    from eid.crypto.key_files import load_signer
    from eid.tokens.credentials import Credential, CredentialIssuer

    if (holder is None) != without_holder:
        raise usage("one_of", "--holder, --without-holder")
    check_texts({"--type": type_, "--issuer": issuer})
    model = _model(type_)
    content = _claims(claims)
    typed = None if model is None else model.from_claims(content)
    now = datetime.now(UTC)
    options: dict[str, Any] = {
        "holder": None if holder is None else read_public_key(holder, "--holder"),
        "status": None if status is None else _reference(status),
        "expires_at": now + timedelta(days=days),
        "decoys": decoys,
    }
    signer = load_signer(key, passphrase=read_passphrase(passphrase, out))
    by = CredentialIssuer(
        issuer=issuer, signer=signer, clock=lambda: now, x5c=tuple(_certificates(certificates or []))
    )
    with NewFile(target) as file:
        text = by.issue(type_, content, **options) if typed is None else typed.issue(by, **options)
        file.write((text + "\n").encode("ascii"))
    made = Credential.parse(text)
    if out.json:
        out.document(
            {
                "credential": str(target), "type": made.type, "issuer": made.issuer, "key": signer.kid,
                "expires_at": _time(made.expires_at), "fields": sorted(map(_name, made.fields)),
                "bound": made.holder is not None, "octets": len(text),
            }
        )  # fmt: skip
        return HOLDS
    out.line(f"{out.label('written')}: {target}")
    out.line(f"{made.type} {out.label('expires')} {_time(made.expires_at)}")
    out.line(f"{out.label('fields')}: {', '.join(sorted(map(_name, made.fields)))}")
    return HOLDS


def _model(name: str) -> type[CredentialType] | None:
    """The typed model, where *name* is one's; ``None`` for another ``vct``.

    :raises Failure: a misspelled name of ours.
    """
    from eid.vietnam.credentials import TYPES

    if name in TYPES:
        return TYPES[name]
    if not name or name.startswith("vietnam/"):
        raise usage("bad_value", "--type")
    return None


def _claims(path: Path) -> dict[str, Any]:
    from eid.encoding import strict_json

    try:
        value = strict_json.loads(_octets(path, _MAX_CLAIMS, "--claims"), limit=_MAX_CLAIMS)
    except (EncodingError, LimitExceeded):
        value = None
    if not isinstance(value, dict):
        raise usage("json_object", "--claims")
    return value


def _octets(path: Path, limit: int, option: str) -> bytes:
    if str(path) != "-":
        return read_file(path, limit)
    try:
        found = getattr(sys.stdin, "buffer", sys.stdin).read(limit + 1)
    except (OSError, UnicodeDecodeError, AttributeError, ValueError):  # closed, or there is none
        found = b""
    octets: bytes = found.encode("utf-8", "surrogateescape") if isinstance(found, str) else found
    if not octets.strip():
        raise usage("nothing_given", option)
    if len(octets) > limit:
        raise Failure("FILE_TOO_LARGE", path="-")
    return octets


def _certificates(paths: list[Path]) -> Iterator[bytes]:
    from eid.trust.certificates import certificates_in

    for path in paths:
        yield from (each.raw for each in certificates_in(read_file(path, _MAX_CLAIMS)))


def _reference(text: str) -> StatusReference:
    from eid.tokens.status.reference import StatusReference

    uri, mark, index = text.rpartition("#")
    try:
        if mark and re.fullmatch("[0-9]{1,9}", index):
            return StatusReference(uri, int(index))
    except ClaimInvalid:
        pass
    raise usage("status_reference", "--status")


# --- present -------------------------------------------------------------------------------------


@command
def present(
    out: Output,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The credential.")],
    disclose: Annotated[
        str,
        typer.Option(
            "--disclose",
            metavar="NAME,...",
            help="Fields to show; parts of one with dots: `permanent.province`.",
        ),
    ],
    audience: Annotated[
        str | None, typer.Option("--audience", metavar="NAME", help="The verifier, as it calls itself.")
    ] = None,
    nonce: Annotated[
        str | None, typer.Option("--nonce", metavar="TEXT", help="The value it gave out.")
    ] = None,
    holder_key: Annotated[
        Path | None, typer.Option("--holder-key", metavar="FILE", help="Private key of the holder.")
    ] = None,
    without_key_binding: Annotated[
        bool,
        typer.Option(
            "--without-key-binding", help="Prove nothing: whoever gets it can show it as their own."
        ),
    ] = False,
    passphrase: Passphrase = None,
) -> int:
    """Show some fields of a credential to one verifier: prints what to send.

    The issuer's signature is not checked here; who received the credential did that.
    """
    from eid.crypto.key_files import load_signer
    from eid.tokens.credentials import Credential

    with file_of_the_caller():
        credential = Credential.parse(_credential_text(path))
    fields = [_place(name) for name in names(disclose)]
    if without_key_binding:
        if (audience, nonce, holder_key) != (None, None, None):
            raise usage("one_of", "--holder-key, --without-key-binding")
        presentation = credential.present_without_key_binding(fields)
    else:
        for value, option in ((audience, "--audience"), (nonce, "--nonce"), (holder_key, "--holder-key")):
            if not value:
                raise usage("missing", option)
        check_texts({"--audience": str(audience), "--nonce": str(nonce)})
        signer = load_signer(str(holder_key), passphrase=read_passphrase(passphrase, out))
        presentation = credential.present(
            fields, audience=str(audience), nonce=str(nonce), signer=signer, now=datetime.now(UTC)
        )
    if out.json:
        shown = sorted(map(_name, presentation.fields))
        out.document({"presentation": presentation.text, "type": credential.type, "fields": shown})
    else:
        out.write(presentation.text + "\n")
    return HOLDS


def _credential_text(path: Path) -> str:
    octets = _octets(path, _MAX_CREDENTIAL, "FILE").strip(b"\r\n")
    if not octets:
        raise Failure("FILE_CUT_OFF", path=str(path))
    return octets.decode("ascii", "replace")  # what is not ASCII is no credential, and is refused as such


def _place(name: str) -> Place:
    return tuple(int(part) if re.fullmatch("[0-9]{1,4}", part) else part for part in name.split("."))


def _name(place: Place) -> str:
    return ".".join(map(str, place))


# --- verify --------------------------------------------------------------------------------------


@command
def verify(
    out: Output,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The presentation; `-` reads standard input.")],
    type_: TypeName,
    issuer: Annotated[str, typer.Option("--issuer", metavar="URL", help="Who may have issued it.")],
    keys: Annotated[
        Path | None, typer.Option("--keys", metavar="FILE", help="Public keys of the issuer (JWK Set, PEM).")
    ] = None,
    root: Annotated[
        list[Path] | None,
        typer.Option("--root", metavar="FILE", help="Certificates of authorities instead; repeatable."),
    ] = None,
    audience: Annotated[
        str | None, typer.Option("--audience", metavar="NAME", help="Us, as the wallet was told.")
    ] = None,
    nonce: Annotated[
        str | None, typer.Option("--nonce", metavar="TEXT", help="The value we gave out.")
    ] = None,
    status_keys: Annotated[
        Path | None, typer.Option("--status-keys", metavar="FILE", help="Public keys of the status list.")
    ] = None,
    status_list: Annotated[
        Path | None,
        typer.Option("--status-list", metavar="FILE", help="The list; fetched from its address if left out."),
    ] = None,
    without_key_binding: Annotated[
        bool, typer.Option("--without-key-binding", help="Take whoever sends it at their word.")
    ] = False,
    without_status_check: Annotated[
        bool, typer.Option("--without-status-check", help="Accept what was revoked.")
    ] = False,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="Verify for this time (ISO 8601), not for now.")
    ] = None,
    show_person: ShowPerson = False,
) -> int:
    """Verify a presentation: who issued it, who shows it, and what it says.

    Ends with 0 when it holds, 1 when it does not, 3 when that cannot be decided.
    """
    model = _model(type_)
    now = read_time(at, "--at") if at is not None else datetime.now(UTC)
    if not without_key_binding:
        for value, option in ((audience, "--audience"), (nonce, "--nonce")):
            if not value:
                raise usage("missing", option)
        check_texts({"--audience": str(audience), "--nonce": str(nonce)})
    verifier = _verifier(
        type_ if model is None else model.TYPE, issuer, _trusted(keys, root or []), audience or issuer, now,
        None if status_keys is None else _Lists(status_keys, status_list),
    )  # fmt: skip
    if without_key_binding:
        verifier = verifier.without_key_binding()
    if without_status_check:
        verifier = verifier.without_status_check()
    verified = verifier.verify(_credential_text(path), nonce=nonce)
    if model is not None:
        try:
            model.read(verified)
        except CredentialDataInvalid as error:  # the issuer's mistake, and not one of who verifies
            raise ClaimInvalid(error.detail) from None
    _report(out, verified, model, show_person=show_person)
    return HOLDS


def _verifier(
    type_: str,
    issuer: str,
    trusted: KeySource | PinnedRoots,
    audience: str,
    now: datetime,
    status: AsksStatus | None,
) -> CredentialVerifier:
    from eid.tokens.credentials.verifying import CredentialVerifier

    return CredentialVerifier(
        types={type_}, issuers={issuer: trusted}, audience=audience, status=status, clock=lambda: now
    )


def _trusted(keys: Path | None, roots: list[Path]) -> KeySource | PinnedRoots:
    from eid.crypto.key_files import load_key_set
    from eid.tokens.x5c import PinnedRoots

    if (keys is None) == (not roots):
        raise usage("one_of", "--keys, --root")
    if keys is not None:
        return load_key_set(keys)
    with file_of_the_caller():
        return PinnedRoots.open(*roots)


class _Lists:
    """Asks the list that the credential names, signed by keys of the command line."""

    def __init__(self, keys: Path, path: Path | None) -> None:
        from eid.crypto.key_files import load_key_set
        from eid.tokens.status.lists import MAX_TOKEN

        self._keys = load_key_set(keys)
        self._octets = None if path is None else read_file(path, MAX_TOKEN)

    def check(self, reference: StatusReference, *, now: datetime) -> CheckedStatus:
        from eid.tokens.status.sources import (
            HttpStatusSource,
            StatusChecker,
            StatusIssuer,
            StatusSource,
            StoredStatusSource,
        )

        source: StatusSource = HttpStatusSource(clock=lambda: datetime.now(UTC))
        if self._octets is not None:
            # Editors end a JWT with a line end; a CWT may end in any octet.
            octets = self._octets.rstrip(b"\r\n") if self._octets[:1] == b"e" else self._octets
            source = StoredStatusSource({reference.uri: octets})
        issuer = StatusIssuer(reference.uri, self._keys, source)
        return StatusChecker([issuer], offline_grace=_UNTIL_ITS_END).check(reference, now=now)


def _report(
    out: Output, verified: VerifiedCredential, model: type[CredentialType] | None, *, show_person: bool
) -> None:
    holder = None if verified.holder is None else verified.holder.thumbprint()
    if out.json:
        answer = verified.status
        out.document(
            {
                "verdict": "PASSED", "type": verified.type, "issuer": verified.issuer, "key": verified.key_id,
                "expires_at": _time(verified.expires_at), "holder": holder,
                "status": None if answer is None else {
                    "value": answer.value, "issued_at": _time(answer.issued_at), "stale": answer.stale,
                },
                "fields": sorted(verified.claims),
                **({"claims": dict(verified.claims)} if show_person else {}),
            }
        )  # fmt: skip
        return
    known = {} if model is None else model.items()
    out.line(out.label("credential_holds"), "green")
    out.line(f"{verified.type} {out.label('of')} {verified.issuer}")
    out.line(f"{out.label('expires')} {_time(verified.expires_at)}")
    out.line(out.label("holder_proven" if holder else "holder_not_proven"), "" if holder else "yellow")
    if verified.status is not None:
        out.line(f"{out.label('list_issued')}: {_time(verified.status.issued_at)}")
    rows = []
    for name in sorted(verified.claims):
        label = out.text(known[name].label) if name in known else name
        value = _plain(verified.claims[name]) if show_person else out.label("hidden")
        rows.append([(label, ""), (value, "" if show_person else "dim")])
    out.table(rows)


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {_plain(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return str(value)


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# --- schema --------------------------------------------------------------------------------------


@command
def schema(
    out: Output,
    type_: Annotated[str, typer.Argument(metavar="TYPE", help="`vietnam/person` and so on.")],
    presented: Annotated[
        bool, typer.Option("--presented", help="For presentations: nothing has to be there.")
    ] = False,
) -> int:
    """Print the JSON Schema of a type of credential, with the source of each field."""
    model = _model(type_)
    if model is None:
        raise usage("bad_value", "TYPE")
    out.document(model.schema(presented=presented))
    return HOLDS
