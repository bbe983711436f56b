"""The exit code tells the outcome whatever becomes of the streams: closed, full, interrupted."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from eid.errors import ReaderServiceDown
from eid.readers import pcsc
from eid.readers.pcsc import Happening, ReaderEvent

SOURCE = str(Path(__file__).resolve().parents[2] / "src")
PROGRAM = [sys.executable, "-c", "from eid.cli.main import run; run()"]


def environment(**values: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": SOURCE, "LC_ALL": "C.UTF-8", **values}


def in_shell(script: str, *arguments: object, **values: str) -> subprocess.CompletedProcess[str]:
    """Run *script*, in which ``"$@"`` is the program with *arguments*."""
    return subprocess.run(
        ["bash", "-c", script, "sh", *PROGRAM, *map(str, arguments)],
        env=environment(**values), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.skipif(os.name != "posix", reason="streams are closed by a shell")
@pytest.mark.parametrize("streams", ["2>&-", "2>/dev/full", ">&- 2>&-"])
@pytest.mark.parametrize(("arguments", "code"), [
    (("nonsense",), 2), (("verify",), 2), (("verify", "/nowhere/x"), 4), (("vietnam", "match", "An", "Bình"), 1),
])  # fmt: skip
def test_standard_error_that_leads_nowhere_does_not_change_the_exit_code(streams, arguments, code) -> None:
    assert in_shell(f'"$@" {streams}', *arguments).returncode == code


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a stream that is always full")
def test_a_note_that_cannot_be_written_does_not_fail_what_was_done(tmp_path: Path) -> None:
    done = in_shell('"$@" 2>/dev/full', "key", "new", "--out", tmp_path / "key.pem")
    assert (done.returncode, (tmp_path / "key.pem").exists()) == (0, True)


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_ctrl_c_while_the_program_is_loaded_is_quiet() -> None:
    program = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "eid.cli.tokens":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
from eid.cli.main import run
run()
"""
    done = subprocess.run(
        [sys.executable, "-c", program, "--version"],
        env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


@pytest.mark.skipif(os.name != "posix", reason="closes standard input in a shell")
@pytest.mark.parametrize("given", ["</dev/null", "<&-"])
@pytest.mark.parametrize("arguments", [
    ("credential", "verify", "-", "--type", "x", "--issuer", "https://i.example", "--keys", "k", "--without-key-binding"),
    ("credential", "issue", "--type", "x", "--claims", "-", "--issuer", "https://i.example", "--key", "k",
     "--without-holder", "--out", "o"),
    ("qr", "issue", "-", "--key", "k", "--issuer", "https://i.example"),
])  # fmt: skip
def test_nothing_on_standard_input_is_wrong_usage(tmp_path: Path, run, given, arguments) -> None:
    assert run("key", "new", "--out", tmp_path / "private").code == 0
    assert run("key", "jwks", tmp_path / "private", "--out", tmp_path / "k").code == 0
    done = in_shell(f'cd "$WHERE"; "$@" {given}', *arguments, WHERE=str(tmp_path))
    assert (done.returncode, "Nothing was given" in done.stderr) == (2, True)


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
@pytest.mark.parametrize("arguments", [("verify",), ("trust", "check"), ("key", "jwks"), ("qr", "scan")])
def test_a_file_without_permission_fails_the_environment(arguments) -> None:
    # Root may read everything, so it becomes another user, once all modules are loaded.
    program = """
import os, sys
from eid.cli.main import main
*command, readable, secret = sys.argv[1:]
main([*command, readable])
sys.stderr.flush()
if os.geteuid() == 0:
    os.setuid(65534)
print("---", file=sys.stderr)
sys.exit(main([*command, secret]))
"""
    with tempfile.TemporaryDirectory() as folder:  # not below tmp_path, where other users cannot go
        Path(folder).chmod(0o755)
        readable, secret = Path(folder, "readable"), Path(folder, "secret")
        for path, mode in ((readable, 0o644), (secret, 0)):
            path.write_bytes(b"x")
            path.chmod(mode)
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments, str(readable), str(secret)],
            env=environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert (done.returncode, "USAGE" in done.stderr.partition("---")[2]) == (4, False)


def test_a_program_without_rich_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['rich'] = None; from eid.cli.main import main; sys.exit(main(['readers']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, "eid[cli]" in done.stderr) == (4, True)


# --- one JSON document ----------------------------------------------------------------------------


def test_watching_nothing_until_ctrl_c_is_an_empty_array(run, monkeypatch) -> None:
    def nothing():
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(pcsc, "watch", nothing)
    done = run("readers", "--watch", "--json")
    assert (done.code, done.json) == (130, [])


def test_service_that_goes_down_while_watching_is_told_in_the_same_document(run, monkeypatch) -> None:
    def events():
        yield ReaderEvent(Happening.READER_ADDED, "ACS 00")
        raise ReaderServiceDown("")

    monkeypatch.setattr(pcsc, "watch", events)
    done = run("readers", "--watch", "--json")
    assert (done.code, done.err) == (4, "")
    assert [element.get("event") for element in done.json] == ["READER_ADDED", None]
    assert done.json[-1]["error"]["code"] == "READER_SERVICE_DOWN"
    assert "READER_SERVICE_DOWN" in run("readers", "--watch").err
