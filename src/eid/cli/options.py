"""What several commands take: ``--json``, ``--lang``, a profile, times, challenges, addresses, secrets."""

from __future__ import annotations

import enum
import functools
import getpass
import inspect
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Concatenate, ParamSpec

import typer
from typer.models import ParameterInfo

from eid.cli.failures import usage
from eid.cli.messages import FIELDS
from eid.cli.output import Output
from eid.errors import Text

__all__ = [
    "Language",
    "ProfileName",
    "ShowPerson",
    "check_texts",
    "command",
    "names",
    "read_challenge",
    "read_endpoint",
    "read_scan",
    "read_secret",
    "read_time",
]

P = ParamSpec("P")

#: Characters of one line of a secret: three MRZ lines with generous spacing.
_MAX_LINE = 512


class Language(enum.StrEnum):
    """Languages of messages."""

    VI = "vi"
    EN = "en"


class ProfileName(enum.StrEnum):
    """Kinds of cards."""

    VIETNAM = "vietnam"
    ICAO = "icao"


Json = Annotated[bool, typer.Option("--json", help="Print one JSON document, and nothing else.")]
Lang = Annotated[
    Language | None,
    typer.Option("--lang", help="Language of messages; the locale's if left out.", show_default=False),
]
ShowPerson = Annotated[
    bool, typer.Option("--show-person", help="Show personal data instead of masking them.")
]


def command(function: Callable[Concatenate[Output, P], int]) -> Callable[..., int]:
    """Gives a command ``--json`` and ``--lang``, and an :class:`Output` made of them as first argument.

    The command returns its exit code.
    """
    signature = inspect.signature(function, eval_str=True)
    own = list(signature.parameters.values())[1:]
    keyword = inspect.Parameter.KEYWORD_ONLY
    common = [
        inspect.Parameter("json", keyword, default=False, annotation=Json),
        inspect.Parameter("lang", keyword, default=None, annotation=Lang),
    ]

    @functools.wraps(function)
    def with_output(*args: P.args, **kwargs: P.kwargs) -> int:
        language = kwargs.pop("lang", None)
        out = Output(json=bool(kwargs.pop("json", False)), language=str(language) if language else None)
        return function(out, *args, **kwargs)

    parameters = [*own, *common]
    for each in parameters:
        for information in getattr(each.annotation, "__metadata__", ()):
            if isinstance(information, ParameterInfo):
                # A file without permission is no wrong usage: reading it says what is wrong.
                information.readable = False
    with_output.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    with_output.__annotations__ = {each.name: each.annotation for each in parameters}
    return with_output


def names(text: str | None) -> tuple[str, ...]:
    """The parts of a list with commas."""
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def read_time(text: str, option: str) -> datetime:
    """A date (its first second) or time in ISO 8601; UTC unless it names another zone.

    :raises Failure: it is neither.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        moment.astimezone(UTC)  # raises where the zone leads out of the calendar
        return moment
    except (ValueError, OverflowError):
        raise usage("time", option) from None


def read_challenge(text: str | None, option: str) -> bytes | None:
    """The eight octets that a chip shall sign or has signed (Doc 9303-11, 6.1).

    :raises Failure: not 16 hexadecimal digits.
    """
    if text is None:
        return None
    if re.fullmatch("[0-9A-Fa-f]{16}", text) is None:
        raise usage("challenge", option)
    return bytes.fromhex(text)


def read_endpoint(text: str, option: str) -> tuple[str, int]:
    """Host and port; an IPv6 address stands in brackets.

    :raises Failure: not HOST:PORT.
    """
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    if not colon or not host or re.fullmatch("[0-9]{1,5}", port) is None or int(port) > 65_535:
        raise usage("endpoint", option)
    return host, int(port)


def read_secret(given: str, out: Output, option: str, label: Text, *, characters: int = 0) -> str:
    """*given* itself, or for ``-`` a line of standard input: a hidden prompt on a terminal.

    :param characters: further lines (up to three) are read until there are so many characters, as the
        lines of an MRZ come from a file.
    :raises Failure: standard input has nothing to give.
    """
    if given != "-":
        return given
    try:
        if sys.stdin is not None and sys.stdin.isatty():
            text = getpass.getpass(f"{out.text(label)}: ", stream=sys.stderr)
        else:
            text = _line()
            for _ in range(2):
                if len("".join(text.split())) >= characters:
                    break
                text += " " + _line()
    except (OSError, EOFError, UnicodeDecodeError, AttributeError, ValueError):
        raise usage("nothing_given", option) from None
    if not text.strip():
        raise usage("nothing_given", option)
    return text.strip()


def _line() -> str:
    return sys.stdin.readline(_MAX_LINE)


def read_scan(given: str, out: Output, option: str, *, lines: bool = True) -> str | bytes:
    """*given* itself, or for ``-`` what a scanner sends to standard input, octets where it has them.

    :param lines: everything up to the end; else one line, as from a scanner that stays connected.
    :raises Failure: standard input has nothing to give.
    """
    from eid.vietnam.card_qr.repair import MAX_PAYLOAD

    if given != "-":
        return given
    try:
        if sys.stdin is not None and sys.stdin.isatty():
            scan: str | bytes = getpass.getpass(f"{out.text(PROMPTS['--qr'])}: ", stream=sys.stderr)
        else:
            stream = getattr(sys.stdin, "buffer", sys.stdin)
            scan = (stream.read if lines else stream.readline)(MAX_PAYLOAD + 1)
    except (OSError, EOFError, UnicodeDecodeError, AttributeError, ValueError):
        raise usage("nothing_given", option) from None
    if not scan.strip():
        raise usage("nothing_given", option)
    return scan


def check_texts(given: dict[str, str]) -> None:
    """Whether what goes into a token is text that every reader reads alike.

    :param given: by option.
    :raises Failure: one is empty, too long, or has characters that nobody sees, or no Unicode.
    """
    from eid.tokens.claims import MAX_TEXT

    for option, text in given.items():
        if not 0 < len(text) <= MAX_TEXT or not text.isprintable():
            raise usage("bad_value", option)


#: Labels of prompts, by option.
PROMPTS = {
    "--can": FIELDS["can"],
    "--mrz": Text("machine readable lines (MRZ)", "dòng MRZ"),
    "--number": FIELDS["pin"],
    "--qr": Text("text of the card's QR code", "nội dung mã QR trên thẻ"),
}
