"""``eid``: reads and verifies chip cards from the command line.

Exit codes: 0 it holds; 1 it does not hold; 2 wrong usage; 3 it cannot be decided; 4 the environment
failed; 130 interrupted by Ctrl-C; 141 the reader of the output went away.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from eid.cli.failures import message
from eid.cli.messages import ENVIRONMENT
from eid.cli.output import Output
from eid.errors import MissingExtra

__all__ = ["main", "run"]


def main(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code. Never raises.

    :param arguments: without the name of the program.
    """
    try:
        from eid.cli import app
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("typer", "rich", "click"):
            raise
        # The program is installed with the library even where nobody asked for it.
        out = Output.requested(arguments)
        out.fail(MissingExtra.code, message(MissingExtra("install eid[cli]"), out.language))
        return ENVIRONMENT
    return app.main(arguments)


def run() -> None:
    """Entry point of the program ``eid``."""
    sys.exit(main(sys.argv[1:]))
