"""Runs the command line in process, and a sample card behind a socket."""

from __future__ import annotations

import io
import json
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from eid.cli.main import main
from eid.simulator.chip import Chip
from eid.simulator.personalise import Personalisation, new_personalisation, personalise
from eid.simulator.serve import listen
from eid.vietnam.sample import sample_citizen

CHALLENGE = "0123456789abcdef"

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts background jobs that way, and programs started from here would inherit it: then
    # the tests of Ctrl-C could not send any.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on standard output; a test fails here when there is anything beside it."""
        return json.loads(self.out)


Run = Callable[..., Result]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("LC_ALL", "LC_MESSAGES", "EID_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")

    def run(*arguments: object, stdin: str = "") -> Result:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.out + captured.err
        return Result(code, captured.out, captured.err)

    return run


@pytest.fixture(scope="session")
def description() -> dict[str, Any]:
    return new_personalisation(sample_citizen())


@pytest.fixture(scope="session")
def sample(description: dict[str, Any]) -> Personalisation:
    return personalise(description)


@contextmanager
def served(card: Personalisation) -> Iterator[str]:
    with listen(lambda: Chip(card)) as chip:
        yield "{}:{}".format(*chip.address)


@pytest.fixture(scope="session")
def address(sample: Personalisation) -> Iterator[str]:
    with served(sample) as where:
        yield where


@pytest.fixture
def serving() -> Callable[[Personalisation], AbstractContextManager[str]]:
    return served


@pytest.fixture
def anchor(sample: Personalisation, tmp_path: Path) -> Path:
    path = tmp_path / "csca.der"
    path.write_bytes(sample.csca_der)
    return path


@pytest.fixture
def evidence_file(run: Run, address: str, tmp_path: Path) -> Path:
    """The sample card, read with a challenge of the verifier's."""
    path = tmp_path / "card.eid"
    done = run("read", "--connect", address, "--can", "012349", "--challenge", CHALLENGE, "--out", path)
    assert done.code == 0, done.err
    return path


@pytest.fixture
def folder(sample: Personalisation, tmp_path: Path) -> Path:
    """The files of the sample card."""
    path = tmp_path / "files"
    path.mkdir()
    for name, octets in sample.files.items():
        if name != "DG3":
            (path / name).write_bytes(octets)
    return path
