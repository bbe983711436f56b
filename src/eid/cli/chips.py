"""``eid chip new`` and ``eid chip serve``: a card without a card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eid.cli.failures import Failure, usage
from eid.cli.files import NewFile, read_file
from eid.cli.messages import HOLDS
from eid.cli.options import ProfileName, command, read_endpoint
from eid.cli.output import Output

if TYPE_CHECKING:
    from eid.simulator.serve import ServedChip

__all__ = ["new", "serve"]

#: Octets looked at to tell a missing description from a wrong one; its reader has the real limit.
_GLANCE = 256 * 1024 * 1024


@command
def new(
    out: Output,
    path: Annotated[
        Path, typer.Argument(metavar="FILE.json", help="Where to write the description of the card.")
    ],
    profile: Annotated[
        ProfileName, typer.Option("--profile", help="Kind of card.", show_default=True)
    ] = ProfileName.ICAO,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that exist.")] = False,
) -> int:
    """Make an invented person's card, with fresh keys and its own test authority.

    The authority's certificate is written beside it as FILE.csca.pem, for `eid verify --trust`.
    """
    from eid.simulator.personalise import new_personalisation, personalise
    from eid.vietnam.sample import sample_citizen

    csca = path.with_name(f"{path.stem}.csca.pem")
    for target in (path, csca):
        if not force and _exists(target):
            raise Failure("FILE_EXISTS", path=str(target))
    with NewFile(path, replace=force) as file, NewFile(csca, replace=force) as certificate:
        description = new_personalisation(sample_citizen() if profile is ProfileName.VIETNAM else None)
        card = personalise(description)
        file.write((json.dumps(description, ensure_ascii=False, indent=2) + "\n").encode())
        certificate.write(_pem(card.csca_der))
    if out.json:
        out.document({"card": str(path), "csca": str(csca), "profile": profile.value})
    else:
        out.line(f"{out.label('card_written')}: {path}")
        out.line(f"{out.label('csca_written')}: {csca}")
        out.note(out.label("keys_inside"))
    return HOLDS


def _exists(path: Path) -> bool:
    try:
        return path.exists() or path.is_symlink()
    except (OSError, ValueError) as error:
        raise Failure("FILE_NOT_WRITABLE", path=str(path), reason=type(error).__name__) from None


def _pem(der: bytes) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import load_der_x509_certificate

    return load_der_x509_certificate(der).public_bytes(Encoding.PEM)


@command
def serve(
    out: Output,
    path: Annotated[
        Path, typer.Argument(metavar="FILE.json", help="Description of the card, from `eid chip new`.")
    ],
    vpcd: Annotated[
        str | None,
        typer.Option(
            "--vpcd", metavar="HOST:PORT", help="Lay it into the virtual reader there (port 35963)."
        ),
    ] = None,
    listen: Annotated[
        str | None, typer.Option("--listen", metavar="HOST:PORT", help="Wait there for `eid read --connect`.")
    ] = None,
) -> int:
    """Serve the built-in chip, until Ctrl-C."""
    from eid.simulator import serve as serving
    from eid.simulator.chip import Chip
    from eid.simulator.personalise import read_personalisation

    if (vpcd is None) == (listen is None):
        raise usage("one_place", hint="eid chip serve --help")
    where = read_endpoint(vpcd, "--vpcd") if vpcd is not None else read_endpoint(str(listen), "--listen")
    read_file(path, _GLANCE)  # missing and unreadable files are told apart from wrong ones
    card = read_personalisation(path)
    if vpcd is not None:
        with serving.dial(Chip(card), *where) as served:
            return _serve(out, served, "dialled")
    with serving.listen(lambda: Chip(card), *where) as served:
        return _serve(out, served, "listening")


def _serve(out: Output, served: ServedChip, how: str) -> int:
    host, port = served.address
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if out.json:
        out.document({how: address})
    else:
        out.note(f"{out.label(how)} {address} {out.label('stop_with')}")
    served.wait()
    if not out.json:
        out.note(out.label("other_side_left"))
    return HOLDS
