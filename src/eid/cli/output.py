"""Where results go: one JSON document, or text for people. Nothing from outside reaches a terminal raw."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

from eid.cli.messages import LABELS
from eid.errors import Text

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["LANGUAGES", "Output", "abandon", "locale_language", "printable"]

LANGUAGES = ("en", "vi")
#: Columns when the output is no terminal.
_WIDTH = 110
#: Columns below which Rich leaves out cells of a table, and what is left stands one letter to a line.
_NARROW = 40


def locale_language(environment: Mapping[str, str]) -> str:
    """``vi`` or ``en``, from the first of LC_ALL, LC_MESSAGES and LANG that is set (POSIX, 8.2)."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name):
            return "vi" if value.lower().startswith("vi") else "en"
    return "en"


def printable(text: str) -> str:
    """*text* without control characters, so that a reader's name or a card cannot steer the terminal."""
    return "".join(
        char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in text
    )


def abandon(stream: TextIO) -> None:
    """Let *stream* lead nowhere: what is left in its buffer must not fail once more at exit (Python ends with 120)."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, stream.fileno())
        finally:
            os.close(nowhere)


class Output:
    """One command's output.

    :param json: one JSON document instead of text.
    :param language: ``en`` or ``vi``.
    """

    def __init__(self, *, json: bool, language: str | None = None) -> None:
        self.json = json
        self.language = language or locale_language(os.environ)

    @classmethod
    def requested(cls, arguments: Sequence[str]) -> Output:
        """What *arguments* ask for, before they are parsed: wrong usage is reported the same way."""
        before = list(arguments[: arguments.index("--")] if "--" in arguments else arguments)
        language = None
        for position, argument in enumerate(before):
            name, equals, value = argument.partition("=")
            if name == "--lang":
                value = value if equals else "".join(before[position + 1 : position + 2])
                language = value if value in LANGUAGES else language
        return cls(json="--json" in before, language=language)

    # --- for programs -----------------------------------------------------------------------------

    def document(self, value: object) -> None:
        """Print the one JSON document."""
        self.write(self.dump(value, indent=2) + "\n")

    def dump(self, value: object, *, indent: int | None = None) -> str:
        """*value* as JSON; in plain ASCII where standard output is not Unicode."""
        unicode = (getattr(sys.stdout, "encoding", None) or "ascii").lower().startswith("utf")
        return json.dumps(value, ensure_ascii=not unicode, indent=indent)

    def write(self, text: str) -> None:
        """Plain text to standard output, at once."""
        sys.stdout.write(text)
        sys.stdout.flush()

    def fail(self, code: str, message: str, *, article: str | None = None) -> None:
        """Report a failure: a JSON document on standard output, or one line on standard error.

        :param article: the article of law that says so, which the sentence names too.
        """
        if self.json:
            said = {} if article is None else {"article": article}
            self.document({"error": {"code": code, "message": message, **said}})
        else:
            self.note(f"eid: {code}: {message}")

    # --- for people -------------------------------------------------------------------------------

    def text(self, text: Text) -> str:
        """*text* in the language of the output."""
        return text.in_language(self.language)

    def label(self, name: str) -> str:
        """A word of :data:`eid.cli.messages.LABELS`."""
        return self.text(LABELS[name])

    @cached_property
    def console(self) -> Console:
        """Standard output for people."""
        return _console(stderr=False)

    @cached_property
    def error_console(self) -> Console:
        """Standard error: progress and notes."""
        return _console(stderr=True)

    def line(self, text: str = "", style: str | None = None) -> None:
        """A line on standard output."""
        from rich.text import Text as Line

        self.console.print(Line(printable(text), style=style or ""))

    def heading(self, text: str) -> None:
        """An empty line and a heading."""
        self.line()
        self.line(text, "bold")

    def table(self, rows: Iterable[Sequence[tuple[str, str]]]) -> None:
        """Columns without frame; a cell is its text and style. Cells wrap on a terminal only."""
        if not self.console.is_terminal:
            self._plain_table([[printable(text) for text, _ in row] for row in rows])
            return
        if self.console.width < _NARROW:
            for row in rows:
                self.line("  " + "  ".join(text for text, _ in row if text))
            return
        from rich.padding import Padding
        from rich.table import Table
        from rich.text import Text as Line

        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        for row in rows:
            table.add_row(*(Line(printable(text), style=style, overflow="fold") for text, style in row))
        self.console.print(Padding(table, (0, 0, 0, 2), expand=False))

    def _plain_table(self, rows: Sequence[Sequence[str]]) -> None:
        from rich.cells import cell_len

        widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (text + " " * (width - cell_len(text)) for text, width in zip(row, widths, strict=True))
            self.line(("  " + "  ".join(cells)).rstrip())

    def note(self, text: str) -> None:
        """A line on standard error. Where nobody can be told, the exit code still says how it ended."""
        try:
            sys.stderr.write(printable(text) + "\n")
            sys.stderr.flush()
        except OSError:
            abandon(sys.stderr)


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    class PlainConsole(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # Rich would end the process with 1, which here means "forged"

    stream = sys.stderr if stderr else sys.stdout
    terminal = stream.isatty()
    return PlainConsole(
        file=stream,
        # FORCE_COLOR and its like do not count: colour is for terminals only. NO_COLOR is Rich's.
        force_terminal=terminal,
        force_jupyter=False,
        color_system="auto" if terminal else None,
        width=None if terminal else _WIDTH,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=not terminal,
    )
