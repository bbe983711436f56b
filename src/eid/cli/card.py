"""``eid readers`` and ``eid read``: what needs a card, or a chip behind a socket."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eid.cli.failures import exit_code, message, usage
from eid.cli.files import NewFile
from eid.cli.keys import KeyOptions
from eid.cli.messages import ENVIRONMENT, HOLDS, UNDECIDED
from eid.cli.options import ProfileName, command, names, read_challenge, read_endpoint
from eid.cli.output import Output
from eid.cli.progress import ReadingProgress
from eid.cli.reading_view import reading_json, show_reading
from eid.errors import ChipError, EidError, NoReader

if TYPE_CHECKING:
    from eid.document.evidence import Evidence
    from eid.document.profile import Profile
    from eid.readers.pcsc import Card, Reader, ReaderEvent
    from eid.readers.remote import RemoteCard

__all__ = ["profile_named", "read", "readers"]

#: Seconds to wait until a card lies on the reader.
_PATIENCE = 30.0


def profile_named(name: str) -> Profile:
    """The profile *name*: Viet Nam's, else the international one."""
    if name == ProfileName.VIETNAM:
        from eid.vietnam.profile import CITIZEN_CARD

        return CITIZEN_CARD
    from eid.document.profile import ICAO

    return ICAO


# --- readers ---------------------------------------------------------------------------------------


@command
def readers(
    out: Output,
    watch: Annotated[
        bool, typer.Option("--watch", help="Print what happens at the readers, until Ctrl-C.")
    ] = False,
) -> int:
    """List the card readers and the cards on them."""
    from eid.readers import pcsc

    if watch:
        return _watch(out, pcsc.watch())
    found = pcsc.list_readers()
    if not found:
        error = NoReader()
        if out.json:
            failure = {"code": error.code, "message": message(error, out.language)}
            out.document({"readers": [], "error": failure})
        else:
            out.fail(error.code, message(error, out.language))
        return exit_code(error)
    if out.json:
        out.document({"readers": [_reader_json(reader) for reader in found]})
    else:
        out.table(
            [
                (reader.name, "bold"),
                (reader.atr.hex() if reader.card_present else out.label("empty_reader"), ""),
            ]
            for reader in found
        )
    return HOLDS


def _reader_json(reader: Reader) -> dict[str, object]:
    return {"name": reader.name, "card_present": reader.card_present, "atr": reader.atr.hex() or None}


def _watch(out: Output, events: Iterable[ReaderEvent]) -> int:
    """Print events as they come. In JSON they are the elements of one array, one to a line."""
    if not out.json:
        for event in events:
            atr = event.atr.hex()
            out.line(f"{event.reader}: {out.label(event.happening.value)} {atr}".rstrip())
        return HOLDS
    before, code = "[", HOLDS
    try:
        for event in events:
            element = {
                "event": event.happening.value,
                "reader": event.reader,
                "atr": event.atr.hex() or None,
            }
            out.write(f"{before}\n{out.dump(element)}")
            before = ","
    except EidError as error:
        if before == "[":
            raise
        # What was begun is one document, so the failure is its last element.
        failure = {"code": error.code, "message": message(error, out.language)}
        out.write(f",\n{out.dump({'error': failure})}")
        code = exit_code(error)
    except KeyboardInterrupt:
        out.write("[]\n" if before == "[" else "\n]\n")
        raise
    out.write("[]\n" if before == "[" else "\n]\n")
    return code


# --- read ------------------------------------------------------------------------------------------


@command
def read(
    out: Output,
    target: Annotated[
        Path,
        typer.Option("--out", metavar="FILE.eid", help="Where to write the evidence.", show_default=False),
    ],
    can: Annotated[
        str | None, typer.Option("--can", metavar="N", help="Access number: six digits, or - .")
    ] = None,
    mrz: Annotated[
        str | None, typer.Option("--mrz", metavar="TEXT", help="Machine readable lines as printed, or - .")
    ] = None,
    number: Annotated[
        str | None,
        typer.Option("--number", metavar="N", help="Personal number (Viet Nam): its last six digits, or - ."),
    ] = None,
    qr: Annotated[
        str | None, typer.Option("--qr", metavar="TEXT", help="Text of the QR code on the card, or - .")
    ] = None,
    reader: Annotated[
        str | None, typer.Option("--reader", metavar="NAME", help="Name of the reader, or a part of it.")
    ] = None,
    connect: Annotated[
        str | None,
        typer.Option("--connect", metavar="HOST:PORT", help="Read a chip that listens there instead."),
    ] = None,
    profile: Annotated[
        ProfileName | None,
        typer.Option(
            "--profile", help="Kind of card; left out: icao for the MRZ of another country, else vietnam."
        ),
    ] = None,
    files: Annotated[
        str | None, typer.Option("--files", metavar="DG1,DG2,...", help="Only these, and what proves them.")
    ] = None,
    challenge: Annotated[
        str | None,
        typer.Option(
            "--challenge", metavar="HEX", help="8 bytes from who will verify, for the chip to sign."
        ),
    ] = None,
) -> int:
    """Read a card into an evidence file.

    With - for a secret, one line of standard input is taken, or a hidden prompt on a terminal.
    """
    from eid.chip.reading import read as read_card
    from eid.document.lds import DATA_GROUPS

    octets = read_challenge(challenge, "--challenge")
    groups = tuple(name.upper() for name in names(files))
    if files is not None and (not groups or not set(groups) <= set(DATA_GROUPS)):
        raise usage("groups", "--files")
    if reader is not None and connect is not None:
        raise usage("reader_or_connect")
    endpoint = read_endpoint(connect, "--connect") if connect is not None else None
    key, suggested = KeyOptions(can, mrz, number, qr).read(out)
    with NewFile(target) as file, _connected(out, reader, endpoint) as card:
        try:
            with ReadingProgress(out) as progress:
                evidence = read_card(
                    card,
                    key,
                    profile=profile_named(profile or suggested),
                    challenge=octets,
                    files=groups or None,
                    progress=progress,
                )
        except ChipError as error:
            return _broken_off(out, error, file)
        file.write(evidence.to_bytes())
    return _finished(out, evidence, file)


def _connected(out: Output, reader: str | None, endpoint: tuple[str, int] | None) -> Card | RemoteCard:
    if endpoint is not None:
        from eid.readers import remote

        return remote.connect(*endpoint)
    from eid.readers import pcsc

    readers = pcsc.list_readers()
    if readers and not any(found.card_present for found in readers) and not out.json:
        out.note(out.label("lay_card"))
    return pcsc.wait_for_card(reader=reader, timeout=_PATIENCE)


def _finished(out: Output, evidence: Evidence, file: NewFile) -> int:
    from eid.document.lds import EF_SOD

    provable = EF_SOD in evidence.files
    if out.json:
        out.document({**reading_json(evidence), "out": str(file.path)})
    else:
        show_reading(out, evidence)
        out.line(f"{out.label('written')} {file.path}")
        if not provable:
            out.note(out.label("nothing_to_prove"))
    return HOLDS if provable else UNDECIDED


def _broken_off(out: Output, error: ChipError, file: NewFile) -> int:
    """The reading ended early. What an opened chip gave until then is kept."""
    code, evidence = exit_code(error), error.evidence
    if evidence is None or evidence.access is None:
        raise error
    file.write(evidence.to_bytes())
    text = message(error, out.language)
    if out.json:
        failure = {"code": error.code, "message": text}
        out.document({**reading_json(evidence), "out": str(file.path), "error": failure})
    else:
        show_reading(out, evidence)
        out.fail(error.code, text)
        out.note(f"{out.label('partial')} {file.path}")
    return code if code != HOLDS else ENVIRONMENT
