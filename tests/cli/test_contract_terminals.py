"""Terminals that are narrow, without colour, or without Unicode."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = str(Path(__file__).resolve().parents[2] / "src")
PROGRAM = [sys.executable, "-c", "from eid.cli.main import run; run()"]
COLOUR = re.compile(r"\x1b\[[0-9;]*\b(?:3[0-8]|4[0-8]|9[0-7])[0-9;]*m")

if sys.platform == "win32":
    pytest.skip("no terminals of POSIX", allow_module_level=True)


def on_a_terminal(*arguments: object, columns: int = 100, **values: str) -> str:
    """What the program writes to a terminal so wide."""
    import fcntl
    import pty
    import termios

    main_end, other_end = pty.openpty()
    fcntl.ioctl(other_end, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    given = {
        name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")
    }
    process = subprocess.Popen(
        [*PROGRAM, *map(str, arguments)],
        env={**given, "PYTHONPATH": SOURCE, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color", **values},
        stdin=other_end, stdout=other_end, stderr=other_end,
    )  # fmt: skip
    os.close(other_end)
    written = b""
    while True:
        try:
            octets = os.read(main_end, 65_536)
        except OSError:
            break
        if not octets:
            break
        written += octets
    process.wait(10)
    os.close(main_end)
    return written.decode()


def plain(written: str) -> str:
    """Without control sequences and white space."""
    return "".join(re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written).split())


@pytest.mark.parametrize("columns", [1, 9, 39])
def test_a_narrow_terminal_leaves_nothing_out(evidence_file, anchor, columns: int) -> None:
    command = ("verify", evidence_file, "--trust", anchor)
    wide, narrow = (plain(on_a_terminal(*command, columns=width)) for width in (400, columns))
    assert "REVOCATION_NOT_CHECKED" in wide
    assert narrow == wide


def test_no_color_holds_for_everything_the_demo_draws() -> None:
    assert COLOUR.search(on_a_terminal("demo", COLORTERM="truecolor"))
    assert COLOUR.search(on_a_terminal("demo", NO_COLOR="1", COLORTERM="truecolor")) is None


def test_demo_draws_no_code_where_blocks_cannot_be_shown() -> None:
    pytest.importorskip("zxingcpp")
    done = subprocess.run(
        [*PROGRAM, "demo"],
        env={**os.environ, "PYTHONPATH": SOURCE, "LC_ALL": "C", "PYTHONIOENCODING": "latin-1"},
        capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, b"\\u25" in done.stdout) == (0, False)
