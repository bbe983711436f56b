"""``eid``: reads and verifies chip cards from the command line.

Exit codes: 0 it holds; 1 it does not hold; 2 wrong usage; 3 it cannot be decided; 4 the environment
failed; 130 interrupted by Ctrl-C; 141 the reader of the output went away.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator, Sequence

__all__ = ["main", "run"]

_INTERRUPTED = 130


def main(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code. Never raises.

    :param arguments: without the name of the program.
    """
    for name in ("stdout", "stderr"):
        if (
            getattr(sys, name) is None
        ):  # closed by who called us; on an error Python would end with 1, "forged"
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - until the end
    with _quiet_interrupt():
        try:
            import rich  # noqa: F401 - wanted later, and missing where only typer-slim is installed

            from eid.cli import app
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in ("typer", "rich", "click"):
                raise
            # The program is installed with the library even where nobody asked for it.
            return _without_extra(arguments)
    return app.main(arguments)


def _without_extra(arguments: Sequence[str]) -> int:
    from eid.cli.failures import message
    from eid.cli.messages import ENVIRONMENT
    from eid.cli.output import Output
    from eid.errors import MissingExtra

    out = Output.requested(arguments)
    out.fail(MissingExtra.code, message(MissingExtra("install eid[cli]"), out.language))
    return ENVIRONMENT


@contextlib.contextmanager
def _quiet_interrupt() -> Iterator[None]:
    """Ctrl-C while modules are loaded ends at once: there is nothing to clean up yet.

    As an exception it would end in a traceback, or be taken for an error in the module that is loaded.
    """
    before = None
    with contextlib.suppress(ValueError):  # not the main thread: Ctrl-C goes elsewhere
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            before = signal.signal(signal.SIGINT, lambda *_: os._exit(_INTERRUPTED))
    try:
        yield
    finally:
        if before is not None:
            signal.signal(signal.SIGINT, before)


def run() -> None:
    """Entry point of the program ``eid``."""
    sys.exit(main(sys.argv[1:]))
