"""The access key, from the options of ``eid read``. Its text is never printed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from eid.cli.failures import usage
from eid.cli.options import PROMPTS, ProfileName, read_scan, read_secret
from eid.cli.output import Output
from eid.errors import InputError

if TYPE_CHECKING:
    from eid.chip.access import AccessKey
    from eid.vietnam.number import NumberInfo

__all__ = ["KeyOptions", "capitals", "mrz_text"]

#: Characters of the shortest MRZ (TD2): fewer are not all of its lines.
_MRZ_CHARACTERS = 72


@dataclass(frozen=True, slots=True)
class KeyOptions:
    """``--can``, ``--mrz``, ``--number`` and ``--qr``, of which exactly one has to be given."""

    can: str | None = field(repr=False)
    mrz: str | None = field(repr=False)
    number: str | None = field(repr=False)
    qr: str | None = field(repr=False)

    def read(self, out: Output) -> tuple[AccessKey, ProfileName]:
        """The access key, and the kind of card it suggests.

        :raises Failure: none or several given, or nothing on standard input.
        :raises InputError: not a CAN, MRZ or number.
        """
        from eid.chip.access import Can, Mrz
        from eid.vietnam.number import can_from_number

        given = {
            option: text
            for option, text in (
                ("--can", self.can),
                ("--mrz", self.mrz),
                ("--number", self.number),
                ("--qr", self.qr),
            )
            if text is not None
        }
        if len(given) != 1:
            raise usage("one_key", hint="eid read --help")
        ((option, text),) = given.items()
        if option == "--qr":
            return can_from_number(_printed_number(text, out)), ProfileName.VIETNAM
        characters = _MRZ_CHARACTERS if option == "--mrz" else 0
        text = read_secret(text, out, option, PROMPTS[option], characters=characters)
        if option == "--mrz":
            lines = capitals(mrz_text(text))
            vietnamese = re.match("[A-Z]{1,2}<?VNM", lines) is not None
            return Mrz.from_text(lines), ProfileName.VIETNAM if vietnamese else ProfileName.ICAO
        # A CAN opens PACE only, and for that the two profiles read alike.
        if option == "--can":
            return Can(text), ProfileName.VIETNAM
        return can_from_number(text), ProfileName.VIETNAM


def _printed_number(text: str, out: Output) -> NumberInfo:
    """The number in a printed code. A code that cannot be read whole is not searched for digits."""
    from eid.vietnam.card_qr import parse_printed_code

    try:
        return parse_printed_code(read_scan(text, out, "--qr", lines=False)).number
    except InputError as error:
        words = (getattr(error, "kind", None), getattr(error, "hint", None))
        raise usage("qr", "--qr", ", ".join(filter(None, words))) from None


def mrz_text(text: str) -> str:
    """Lines as typed in a shell, where a line end may be a backslash and an n."""
    return text.replace("\\n", "\n")


def capitals(text: str) -> str:
    """*text* in capitals; not where it has other letters than ASCII, some of which become A to Z."""
    return text.upper() if text.isascii() else text
