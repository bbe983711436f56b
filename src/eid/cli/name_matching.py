"""``eid vietnam match``: two names beside each other."""

from __future__ import annotations

import enum
from typing import Annotated

import typer

from eid.cli.failures import usage
from eid.cli.messages import ADVICE, FAILED, FIELDS, HOLDS, UNDECIDED, USAGE
from eid.cli.options import command, read_secret
from eid.cli.output import Output
from eid.cli.parsers import rejected
from eid.errors import InputError

__all__ = ["vietnam_match"]

_EXIT_CODES = {"same": HOLDS, "compatible": UNDECIDED, "review": UNDECIDED, "not_same": FAILED}


class SourceName(enum.StrEnum):
    """Where a name comes from; as :class:`eid.vietnam.matching.NameSource`, which takes long to import."""

    TEXT = "text"
    MRZ = "mrz"
    TCVN3 = "tcvn3"
    VNI = "vni"


@command
def vietnam_match(
    out: Output,
    a: Annotated[str, typer.Argument(metavar="NAME", help="A name, or - .")],
    b: Annotated[str, typer.Argument(metavar="NAME", help="Another, or - .")],
    a_source: Annotated[
        SourceName, typer.Option("--a-source", help="Where the first comes from.")
    ] = SourceName.TEXT,
    b_source: Annotated[
        SourceName, typer.Option("--b-source", help="Where the second comes from.")
    ] = SourceName.TEXT,
) -> int:
    """Compare two Vietnamese names and say how they differ. It is no proof that two people are one.

    Ends with 0 when they are the same name, 1 when they are not, and 3 when they may be: then a second
    attribute or a person has to decide.
    """
    from eid.vietnam.matching import NameSource, match_names

    one, other = (read_secret(name, out, "NAME", FIELDS["full_name"]) for name in (a, b))
    if any("\ud800" <= char <= "\udfff" for char in one + other):
        raise usage("bad_value", "NAME")  # octets that are no text here; damaged names are not different ones
    try:
        match = match_names(one, other, a_source=NameSource(a_source), b_source=NameSource(b_source))
    except InputError as error:
        return rejected(out, error, USAGE)
    code = _EXIT_CODES[match.advice]
    if out.json:
        out.document(match.to_json(language=out.language))
        return code
    out.line(f"{out.text(ADVICE[match.advice])}: {out.text(match.explanation)}", "bold")
    out.line(f"{out.label('class')}: {match.name_class}")
    if match.reasons:
        out.line(f"{out.label('reasons')}: {', '.join(match.reasons)}")
    return code
