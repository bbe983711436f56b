"""``eid demo``: from the tap of an invented card to four verdicts, a decision, and what can be made of them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from eid.cli.accounts.demo import ask, show_asked
from eid.cli.failures import Failure
from eid.cli.options import command
from eid.cli.output import Output
from eid.cli.passing_on import pass_on, show_passed_on
from eid.cli.progress import ReadingProgress
from eid.cli.reading_view import reading_json, show_reading
from eid.cli.report_view import show_report
from eid.cli.verifying import verdict_exit_code
from eid.document.checks import Outcome
from eid.errors import InputError, MissingExtra

if TYPE_CHECKING:
    from eid.chip.transport import Transport
    from eid.document.evidence import Evidence
    from eid.document.person import Person
    from eid.simulator.personalise import Personalisation
    from eid.verification.report import Report

__all__ = ["demo"]

#: Seconds until pcscd has noticed the card: it looks several times a second.
_SETTLE = 10.0


@command
def demo(
    out: Output,
    pcsc: Annotated[
        bool, typer.Option("--pcsc", help="Through the smart-card daemon and its virtual reader.")
    ] = False,
) -> int:
    """Read and verify an invented Vietnamese citizen card, check an account, pass the result on. No hardware is needed."""
    from eid.simulator.personalise import new_personalisation, personalise
    from eid.vietnam.sample import sample_citizen

    started = time.monotonic()
    card = personalise(new_personalisation(sample_citizen()))
    if not out.json:
        out.line(out.label("demo"))
    evidence = _read(out, card, through_daemon=pcsc)
    report = _verify(card, evidence)
    asked = ask(report) if report.verdict is Outcome.PASSED else None
    made = None if asked is None else pass_on(report, evidence, asked)
    if out.json:
        reading = reading_json(evidence)
        parts = {name: reading[name] for name in ("negotiated", "files", "unreadable", "quirks", "reader")}
        decision = None if asked is None else asked.to_json()
        passed_on = {name: getattr(made, name, None) for name in ("token", "credential", "qr")}
        out.document({"report": report.to_json(show_person=True), **parts, "decision": decision, **passed_on})
    else:
        show_reading(out, evidence)
        _show_portrait(out, report.person)
        show_report(out, report, show_person=True)
        if asked is not None:
            show_asked(out, asked)
        if made is not None:
            show_passed_on(out, made)
        out.line(f"{out.label('took')} {time.monotonic() - started:.1f} {out.label('seconds')}.", "dim")
    return verdict_exit_code(report)


def _read(out: Output, card: Personalisation, *, through_daemon: bool) -> Evidence:
    from eid.chip.access import Can
    from eid.chip.reading import read
    from eid.vietnam.profile import CITIZEN_CARD

    opened = _in_virtual_reader(card) if through_daemon else _in_process(card)
    with opened as transport, ReadingProgress(out) as progress:
        return read(transport, Can(str(card.can)), profile=CITIZEN_CARD, progress=progress)


@contextlib.contextmanager
def _in_process(card: Personalisation) -> Iterator[Transport]:
    from eid.simulator.chip import Chip

    yield Chip(card)


@contextlib.contextmanager
def _in_virtual_reader(card: Personalisation) -> Iterator[Transport]:
    """The chip dials vpcd, and from there on it is a card like any other.

    :raises ReaderServiceDown: pcscd does not run, or pyscard is not installed.
    :raises Failure: no virtual reader is free.
    """
    from eid.chip.virtual import VPCD_PORT
    from eid.errors import NoCard, NoReader, RemoteUnreachable
    from eid.readers.pcsc import connect, list_readers
    from eid.simulator.chip import Chip
    from eid.simulator.serve import dial

    before = {reader.name for reader in list_readers() if not reader.card_present}
    if not before:
        raise Failure("NO_VIRTUAL_READER")
    try:
        served = dial(Chip(card), "localhost", VPCD_PORT)
    except RemoteUnreachable:
        raise Failure("NO_VIRTUAL_READER") from None
    with served:
        end = time.monotonic() + _SETTLE
        while True:
            # The reader in which a card has just appeared is the one that was dialled.
            filled = [r for r in list_readers() if r.card_present and r.name in before and r.atr == card.atr]
            opened = None
            with contextlib.suppress(NoCard, NoReader):  # seen, but not powered yet
                opened = connect(filled[0]) if filled else None
            if opened is not None:
                with opened as link:
                    yield link
                return
            if time.monotonic() > end:
                raise Failure("NO_VIRTUAL_READER")
            time.sleep(0.05)


def _verify(card: Personalisation, evidence: Evidence) -> Report:
    """The answers that would be asked for elsewhere are the demo's own, and say so."""
    from eid.chip.reading import utc_now
    from eid.trust.anchors import TrustStore
    from eid.trust.certificates import Certificate
    from eid.verification.policy import Policy
    from eid.verification.status import DocumentStatus, HolderMatch, StatusAnswer
    from eid.verification.verify import verify
    from eid.vietnam.profile import CITIZEN_CARD

    now = utc_now()
    return verify(
        evidence,
        trust=TrustStore.of([Certificate.from_der(card.csca_der)]),
        policy=Policy.counter().requiring("still_valid", "holder"),
        profile=CITIZEN_CARD,
        now=now,
        status=StatusAnswer(DocumentStatus.IN_FORCE, "demo-status-source", now),
        holder=HolderMatch(matched=True, source="demo-officer", method="officer", at=now),
    )


def _show_portrait(out: Output, person: Person | None) -> None:
    from eid.cli.portrait import show_portrait

    out.line()
    if person is None or person.portrait is None:
        out.line(out.label("no_portrait"), "dim")
        return
    try:
        show_portrait(out, person.portrait)
    except MissingExtra:
        out.line(out.label("no_pillow"), "dim")
    except InputError:
        out.line(out.label("no_portrait"), "dim")
