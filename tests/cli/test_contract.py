"""What holds for every command: languages, colours, one JSON document, quiet ends, no traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from eid.cli.messages import (
    ADVICE,
    AGREEMENTS,
    CHECKS,
    CODE_OUTCOMES,
    FAILURES,
    FIELDS,
    LABELS,
    OUTCOMES,
    SOURCES,
    USAGE_PROBLEMS,
    VERDICTS,
)
from eid.cli.output import Output, locale_language, printable
from eid.errors import all_errors

SOURCE = str(Path(__file__).resolve().parents[2] / "src")
PROGRAM = [sys.executable, "-c", "from eid.cli.main import run; run()"]
COMMANDS = (
    ("demo",), ("clean",), ("readers",), ("read",), ("verify",), ("mrz", "check"), ("vietnam", "number"), ("vietnam", "dg13"),
    ("vietnam", "qr"), ("vietnam", "match"), ("qr", "issue"), ("qr", "verify"), ("qr", "pack"), ("qr", "render"), ("qr", "scan"),
    ("chip", "new"), ("chip", "serve"), ("trust", "check"), ("trust", "import"), ("trust", "list"),
    ("key", "new"), ("key", "jwks"),
    ("credential", "issue"), ("credential", "present"), ("credential", "verify"), ("credential", "schema"),
    ("token", "issue"), ("token", "verify"),
    ("status", "new"), ("status", "set"), ("status", "check"),
    ("vneid", "mock"),
    ("record", "make"), ("record", "stamp"), ("record", "check"),
    ("account", "register"), ("account", "activate"), ("account", "upgrade"), ("account", "lock"), ("account", "unlock"),
    ("account", "recover"), ("account", "close"), ("account", "link"), ("account", "renumber"), ("account", "show"),
    ("account", "check"), ("account", "migrate"), ("account", "log", "show"), ("account", "log", "checkpoint"),
    ("account", "log", "export"), ("account", "log", "verify"),
)  # fmt: skip


def environment(**values: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": SOURCE, "LC_ALL": "C.UTF-8", **values}


def test_version_is_quick_and_loads_no_reader_software() -> None:
    program = (
        "import sys; from eid.cli.main import main; code = main(['--version']);"
        "heavy = {'smartcard', 'PIL', 'cryptography', 'cbor2'} & set(sys.modules);"
        "sys.exit(f'loaded {heavy}' if heavy else code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("eid ")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_json_and_language(run, command) -> None:
    done = run(*command, "--help")
    assert done.code == 0
    for option in ("--json", "--lang"):
        assert option in done.out


@pytest.mark.parametrize(
    "arguments", [(), ("mrz",), ("nonsense",), ("mrz", "nonsense"), ("--nonsense",), ("verify",)]
)
def test_wrong_usage_ends_with_two_in_both_languages(run, arguments) -> None:
    lines = set()
    for language in ("en", "vi"):
        lang = ("--lang", language) if arguments in (("verify",),) else ()
        os.environ["LANG"] = f"{language}_XX.UTF-8"
        done = run(*arguments, *lang)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith("eid: USAGE: ")
        assert done.err.count("\n") == 1
        assert "--help" in done.err
        lines.add(done.err)
    assert len(lines) == 2


def test_values_of_arguments_are_not_repeated_in_messages(run) -> None:
    for arguments in (
        ("vietnam", "001099012349"), ("verify", "x", "001099012349"), ("read", "--cann=012349"),
        ("read", "--lang", "001099012349"), ("mrz", "check", "001099012349"),
    ):  # fmt: skip
        done = run(*arguments)
        assert done.code == 2
        assert "012349" not in done.out + done.err


def test_json_after_a_double_dash_is_an_argument(run) -> None:
    done = run("vietnam", "number", "--", "--json")
    assert done.code == 2
    assert done.err.startswith("eid: PERSONAL_NUMBER_FORMAT")


@pytest.mark.parametrize(("variables", "language"), [
    ({}, "en"), ({"LANG": "vi_VN.UTF-8"}, "vi"), ({"LANG": "vi_VN", "LC_ALL": "C"}, "en"),
    ({"LANG": "en_US", "LC_MESSAGES": "vi_VN"}, "vi"), ({"LC_ALL": "", "LANG": "vi"}, "vi"), ({"LANG": "de_DE"}, "en"),
])  # fmt: skip
def test_language_comes_from_the_locale(variables, language) -> None:
    assert locale_language(variables) == language


def test_option_beats_locale(run, monkeypatch) -> None:
    monkeypatch.setenv("LC_ALL", "vi_VN.UTF-8")
    assert "Không có tệp" in run("verify", "/nowhere/x").err
    for option in (("--lang", "en"), ("--lang=en",)):
        assert "There is no file" in run("verify", "/nowhere/x", *option).err


def test_all_messages_are_in_both_languages() -> None:
    texts = [text for _, text in FAILURES.values()]
    catalogues = (
        USAGE_PROBLEMS, LABELS, OUTCOMES, CODE_OUTCOMES, ADVICE, AGREEMENTS, SOURCES, VERDICTS, CHECKS, FIELDS,
    )  # fmt: skip
    for catalogue in catalogues:
        texts += catalogue.values()
    texts += [error.public_message for error in all_errors()]
    for text in texts:
        assert text.en
        assert text.vi
        assert text.en.count("{") == text.vi.count("{")


def test_control_characters_never_reach_the_terminal() -> None:
    assert printable("a\x1b[2Jb\u202ec\x07\udcff\n") == "a\ufffd[2Jb\ufffdc\ufffd\ufffd\n"
    assert printable("Nguyễn Đức Ánh") == "Nguyễn Đức Ánh"


def test_unexpected_error_is_one_line_and_its_text_is_kept_back(run, monkeypatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("001099012349")

    monkeypatch.setattr("eid.vietnam.number.parse_number", broken)
    done = run("vietnam", "number", "001099012349")
    assert done.code == 4
    assert (
        done.err
        == "eid: INTERNAL: An error of the program itself (RuntimeError); set EID_DEBUG=1 to see where.\n"
    )
    assert run("vietnam", "number", "001099012349", "--json").json["error"]["code"] == "INTERNAL"

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("eid.vietnam.number.parse_number", full)
    assert "eid: SYSTEM: " in run("vietnam", "number", "001099012349").err


def test_traceback_only_when_asked_for(capsys, monkeypatch) -> None:
    from eid.cli.main import main

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("eid.vietnam.number.parse_number", broken)
    monkeypatch.setenv("EID_DEBUG", "1")
    assert main(["vietnam", "number", "001099012349"]) == 4
    assert "Traceback" in capsys.readouterr().err


def test_reader_of_the_output_that_goes_away_is_no_error() -> None:
    for command in ("demo", "demo --json", "--help"):
        done = subprocess.run(
            ["bash", "-c", f'set -o pipefail; "$@" {command} | true; exit ${{PIPESTATUS[0]}}', "sh", *PROGRAM],
            env=environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode in (0, 141), command
        assert "Error" not in done.stderr
        assert "Traceback" not in done.stderr


def test_closed_output_is_no_traceback() -> None:
    done = subprocess.run(
        ["bash", "-c", '"$@" vietnam number 001099012349 >/dev/full', "sh", *PROGRAM],
        env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 4
    assert done.stderr.startswith("eid: SYSTEM: ")
    assert done.stderr.count("\n") == 1


def test_ctrl_c_ends_quietly(tmp_path) -> None:
    card = tmp_path / "card.json"
    subprocess.run([*PROGRAM, "chip", "new", str(card)], env=environment(), check=True, capture_output=True)
    chip = subprocess.Popen(
        [*PROGRAM, "chip", "serve", str(card), "--listen", "127.0.0.1:0"],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert chip.stderr is not None
    assert "127.0.0.1:" in chip.stderr.readline()
    time.sleep(0.1)
    chip.send_signal(signal.SIGINT)
    out, err = chip.communicate(timeout=10)
    assert (chip.returncode, out, err) == (130, "", "")


def test_plain_locale_gets_ascii_json_and_no_crash(tmp_path) -> None:
    for extra in (["--json"], []):
        done = subprocess.run(
            [*PROGRAM, "vietnam", "number", "001099012349", "--show-person", *extra],
            env=environment(LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0"), capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0
        assert done.stdout.isascii()


def _on_a_terminal(*arguments: str, **values: str) -> str:
    """What the program writes to a terminal."""
    import pty

    main_end, other_end = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, *arguments],
        env={**environment(**values), "TERM": "xterm-256color", "COLORTERM": "truecolor", "COLUMNS": "100"},
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


def test_colour_on_a_terminal_unless_no_color() -> None:
    coloured = _on_a_terminal("demo")
    assert "\x1b[38;2;" in coloured
    assert "\N{UPPER HALF BLOCK}" in coloured
    plain = _on_a_terminal("demo", NO_COLOR="1")
    assert "\x1b[38;2;" not in plain
    assert "\x1b[32m" not in plain
    assert "PASSED" in plain


def test_forced_colour_does_not_reach_a_pipe() -> None:
    done = subprocess.run(
        [*PROGRAM, "demo"],
        env=environment(FORCE_COLOR="1", CLICOLOR_FORCE="1"),
        capture_output=True,
        check=True,
    )
    assert b"\x1b" not in done.stdout + done.stderr


def test_notes_of_the_json_mode_stay_off_standard_error() -> None:
    out = Output.requested(["verify", "--json", "--lang", "vi"])
    assert (out.json, out.language) == (True, "vi")
    assert not Output.requested(["verify", "--", "--json"]).json
    assert Output.requested(["--lang"]).language in ("en", "vi")


def test_program_without_its_extra_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['typer'] = None; from eid.cli.main import main;"
        "sys.exit(main(['demo', *sys.argv[1:]]))"
    )
    for extra in ([], ["--json"]):
        done = subprocess.run(
            [sys.executable, "-c", program, *extra],
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 4
        assert "eid[cli]" in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
