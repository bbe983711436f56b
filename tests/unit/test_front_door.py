"""What ``import eid`` gives and what it leaves alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import eid

SOURCE = Path(__file__).resolve().parents[2] / "src"
HEAVY = ("smartcard", "PIL", "typer", "rich", "sqlalchemy", "alembic", "fastapi", "cryptography", "cbor2")


def _output(script: str) -> str:
    path = {**os.environ, "PYTHONPATH": str(SOURCE)}
    command = [sys.executable, "-c", script]
    return subprocess.run(command, env=path, capture_output=True, text=True, check=True).stdout.strip()


def test_import_loads_no_extra_and_no_cryptography() -> None:
    script = f"import sys, eid; print([name for name in {HEAVY!r} if name in sys.modules])"
    assert _output(script) == "[]"


def test_the_whole_front_door_needs_no_extra() -> None:
    extras = ("smartcard", "PIL", "typer", "rich", "sqlalchemy", "alembic", "redis", "fastapi", "httpx")
    script = f"import sys, eid; [getattr(eid, n) for n in eid.__all__]; print([n for n in {extras!r} if n in sys.modules])"
    assert _output(script) == "[]"


@pytest.mark.parametrize("name", eid.__all__)
def test_every_name_of_the_front_door_is_there(name: str) -> None:
    assert getattr(eid, name) is not None
    assert name in dir(eid)


def test_a_misspelt_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'raed'"):
        eid.raed
