"""A kiosk: wait for a card, read it, answer in Vietnamese, begin again.

    python examples/kiosk_loop.py --simulate
    python examples/kiosk_loop.py --trust csca/ [--reader NAME]

With --simulate there is no hardware. You will see one customer after the other: a genuine card, a
wrong number, a card pulled out early, a card that falls silent, a copied chip, an altered card, and a
card of an authority nobody knows. Each gets one sentence.

Without it the kiosk uses a PC/SC reader (extra ``pcsc``) until Ctrl-C.
"""

from __future__ import annotations

import argparse
import copy
import sys
from datetime import datetime, timedelta, timezone
from typing import Any

import eid
from eid import vietnam
from eid.chip.transport import Transport
from eid.errors import CardRemoved, ChipError, NoCard, PersonalNumberError, WrongAccessKey
from eid.readers import pcsc
from eid.simulator.chip import Chip
from eid.simulator.personalise import new_personalisation, personalise
from eid.trust.certificates import Certificate
from eid.verification.codes import CODES
from eid.vietnam.sample import sample_citizen

#: The day on which expiry is judged begins here, not in Greenwich.
HERE = timezone(timedelta(hours=7))
NUMBER = "001099012349"


class Kiosk:
    """What stays the same from customer to customer."""

    def __init__(self, trust: eid.TrustStore) -> None:
        self._trust = trust
        self._policy = eid.Policy.counter()

    def serve(self, card: Transport, number: str) -> str:
        """Read and judge one card. Returns the sentence for the screen."""
        try:
            evidence = eid.read(card, vietnam.can_from_number(number), profile=vietnam.CITIZEN_CARD)
        except (PersonalNumberError, WrongAccessKey) as error:
            return error.public_message.vi  # let the customer type again; never retry alone
        except CardRemoved as error:
            return f"{error.public_message.vi} {self._read_so_far(error)}"
        except ChipError as error:
            return f"{error.public_message.vi} [{error.code}]"
        return self._judge(evidence)

    def _judge(self, evidence: eid.Evidence) -> str:
        report = eid.verify(
            evidence,
            trust=self._trust,
            policy=self._policy,
            profile=vietnam.CITIZEN_CARD,
            now=datetime.now(HERE),
        )
        if report.verdict is eid.Outcome.PASSED:
            name = report.person.name if report.person else ""
            return f"Xin chào {name}."
        reason = CODES[report.code].text.vi if report.code else ""
        # Undecided is not forged: another counter may be able to decide.
        advice = "Thẻ bị từ chối." if report.verdict is eid.Outcome.FAILED else "Mời quý khách tới quầy."
        return f"{reason} {advice}"

    @staticmethod
    def _read_so_far(error: ChipError) -> str:
        """What a card that went away has left us."""
        files = tuple(error.evidence.files) if error.evidence else ()
        return f"(đã đọc: {', '.join(files) or 'chưa có tệp nào'})"


def at_a_reader(kiosk: Kiosk, reader: str | None) -> None:
    """The loop of a real kiosk. Ends with Ctrl-C."""
    while True:
        number = input("Số định danh (12 chữ số): ")
        print("Đặt thẻ lên đầu đọc ...")
        try:
            with pcsc.wait_for_card(reader=reader, timeout=60) as card:
                print(kiosk.serve(card, number))
        except NoCard:
            continue
        except eid.EidError as error:  # no reader, service down, card in use by another program
            print(f"{error.public_message.vi} [{error.code}]")


def simulate() -> None:
    """One customer after the other, each with a card of the built-in chip."""
    description = new_personalisation(sample_citizen(number=NUMBER))
    genuine = personalise(description)
    kiosk = Kiosk(eid.TrustStore.of([Certificate.from_der(genuine.csca_der)]))
    customers: tuple[tuple[str, str, dict[str, Any], dict[str, Any]], ...] = (
        ("genuine card", NUMBER, {}, {}),
        ("a digit too few", NUMBER[:-1], {}, {}),
        ("wrong number", "001099012340", {}, {}),
        ("pulled out early", NUMBER, {"dies_at": 16}, {}),
        ("falls silent", NUMBER, {"mute_at": 12}, {}),
        ("copied chip", NUMBER, {}, {"clone": "no_keys"}),
        ("altered data", NUMBER, {}, {"altered": ["DG1"]}),
        ("unknown authority", NUMBER, {}, {"foreign_signer": True}),
    )
    for title, number, quirks, faults in customers:
        card = copy.deepcopy(description)
        card["quirks"] = {**card.get("quirks", {}), **quirks}
        card["faults"] = faults
        print(f"{title}: {kiosk.serve(Chip(personalise(card)), number)}")


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--simulate", action="store_true", help="no hardware: the built-in chip")
    parser.add_argument("--trust", help="folder with the certificates of the authorities you trust")
    parser.add_argument("--reader", help="name of the reader or a part of it")
    options = parser.parse_args(arguments)
    if options.simulate:
        simulate()
        return 0
    if options.trust is None:
        parser.error("--trust is needed with a reader")
    try:
        at_a_reader(Kiosk(eid.TrustStore.open(options.trust)), options.reader)
    except eid.EidError as error:
        print(error, file=sys.stderr)
        return 4
    except (KeyboardInterrupt, EOFError):
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
