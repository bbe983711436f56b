"""A kiosk with a scanner: scan the code printed on the card, open the chip with it, compare the two.

    python examples/kiosk_scan_and_open.py
    python examples/kiosk_scan_and_open.py PICTURE --trust csca/ [--reader NAME]

Without arguments there is no hardware and no real card: codes of an invented person are drawn into
pictures, scanned from them, and the chip is the built-in one. You will see three customers: a card as
it was issued, a code in which somebody has changed the year of birth, and a code that does not belong
to the card on the reader. The printed code is not signed: only the chip proves anything.

With a picture of a card the kiosk uses a PC/SC reader (extras ``qr`` and ``pcsc``).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import eid
from eid import vietnam
from eid.chip.transport import Transport
from eid.document.dg1 import DG1
from eid.errors import ChipError, InputError, WrongAccessKey
from eid.qr.rendering import draw
from eid.qr.scanning import scan_file
from eid.readers import pcsc
from eid.simulator.chip import Chip
from eid.simulator.personalise import new_personalisation, personalise
from eid.trust.certificates import Certificate
from eid.vietnam.sample import sample_citizen, sample_printed_code

HERE = timezone(timedelta(hours=7))


def scanned(picture: Path) -> vietnam.PrintedCode | None:
    """The printed code in a picture of a card; other codes beside it do not disturb."""
    found = []
    for code in scan_file(picture):
        try:
            found.append(vietnam.parse_printed_code(code.octets))
        except InputError as error:
            print(f"  passed over a code: {error.code}")
    return found[0] if len(found) == 1 else None


def serve(picture: Path, chip: Callable[[], Transport], trust: eid.TrustStore) -> str:
    """One customer. Returns the sentence for the screen."""
    code = scanned(picture)
    if code is None:
        return "Xin quét lại mã in trên thẻ."
    if code.warnings:
        print(f"  the scan: {', '.join(code.warnings)}")
    try:
        evidence = eid.read(chip(), vietnam.can_from_number(code.number), profile=vietnam.CITIZEN_CARD)
    except WrongAccessKey:
        return "Mã in không thuộc về thẻ này."
    except ChipError as error:
        return f"{error.public_message.vi} [{error.code}]"
    report = eid.verify(
        evidence,
        trust=trust,
        policy=eid.Policy.counter(),
        profile=vietnam.CITIZEN_CARD,
        now=datetime.now(HERE),
    )
    print(f"  the chip: {report.verdict}")
    if report.verdict is not eid.Outcome.PASSED:
        return "Mời quý khách tới quầy."
    # Only now are DG1 and DG13 more than claims, and worth comparing with.
    rows = vietnam.cross_check(
        code=code,
        dg1=DG1.parse(evidence.files["DG1"]),
        dg13=vietnam.parse_dg13(evidence.files["DG13"]),
    )
    for row in rows:
        if row.severity is not vietnam.Severity.NONE:
            print(f"  {row.field}, {row.left} and {row.right}: {row.severity}, {row.explanation.en}")
    severity = vietnam.most_severe(rows)
    if severity is vietnam.Severity.ALARM:
        return "Mã in và chip không khớp. Mời quý khách tới quầy."
    name = report.person.name if report.person else ""  # from the chip, never from the code
    return f"Xin chào {name}."


def simulate() -> None:
    """Three customers with invented cards."""
    card = personalise(new_personalisation(sample_citizen()))
    trust = eid.TrustStore.of([Certificate.from_der(card.csca_der)])
    own = sample_printed_code()
    customers = {
        "as issued": own,
        "altered year": own.replace("04071999", "04071989"),
        "another card": sample_printed_code(number="001099054321"),
    }
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder, "card.png")
        for title, text in customers.items():
            print(f"{title}:")
            picture.write_bytes(draw(text).png())
            print(f"  {serve(picture, lambda: Chip(card), trust)}")


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("picture", nargs="?", type=Path, help="a picture of the side with the code")
    parser.add_argument("--trust", help="folder with the certificates of the authorities you trust")
    parser.add_argument("--reader", help="name of the reader or a part of it")
    options = parser.parse_args(arguments)
    if options.picture is None:
        simulate()
        return 0
    if options.trust is None:
        parser.error("--trust is needed with a picture")
    try:
        trust = eid.TrustStore.open(options.trust)
        with pcsc.wait_for_card(reader=options.reader, timeout=60) as card:
            print(serve(options.picture, lambda: card, trust))
    except (eid.EidError, OSError) as error:
        print(error, file=sys.stderr)
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main())
