from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from eid.cli.output import Output
from eid.errors import MissingExtra

SOURCE = str(Path(__file__).resolve().parents[2] / "src")


def test_demo_shows_the_whole_way(run) -> None:
    done = run("demo")
    assert done.code == 0
    for part in (
        "PACE-ECDH-GM-AES-128 on brainpoolP256r1 with CAN", "14580 octets", "authentic", "chip genuine",
        "still valid", "presented by its holder", "Nguyễn Đức Ánh", "001099012349", "Verdict: PASSED", "@@@@@",
    ):  # fmt: skip
        assert part in done.out, part
    assert "\x1b" not in done.out + done.err
    assert "DG2: 14580" in done.err


def test_demo_as_json(run) -> None:
    done = run("demo", "--json")
    assert (done.code, done.err) == (0, "")
    report = done.json["report"]
    assert report["verdict"] == "PASSED"
    for verdict in ("authentic", "chip_genuine", "still_valid", "holder"):
        assert (report[verdict]["outcome"], report[verdict]["code"]) == ("PASSED", None)
    assert report["person"] == {
        "number": "001099012349",
        "name": "Nguyễn Đức Ánh",
        "birth_date": "1999-07-04",
    }
    assert done.json["negotiated"]["curve"] == "brainpoolP256r1"
    assert done.json["files"]["DG2"] > 10_000


def test_demo_in_vietnamese(run, monkeypatch) -> None:
    monkeypatch.setenv("LANG", "vi_VN.UTF-8")
    done = run("demo")
    assert "Kết luận: ĐẠT" in done.out
    assert "bằng CAN" in done.out


def test_demo_takes_less_than_three_seconds() -> None:
    environment = {**os.environ, "PYTHONPATH": SOURCE, "LC_ALL": "C.UTF-8"}
    command = [sys.executable, "-c", "from eid.cli.main import run; run()", "demo"]
    started = time.monotonic()
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode == 0
    assert time.monotonic() - started < 3


def test_demo_without_pillow_says_so(run, monkeypatch) -> None:
    def no_pillow(_: object) -> None:
        raise MissingExtra("")

    monkeypatch.setattr("eid.cli.portrait.decode", no_pillow)
    done = run("demo")
    assert done.code == 0
    assert "eid[images]" in done.out


@pytest.mark.parametrize("colour", [True, False])
def test_portrait_in_colour_on_a_terminal_only(sample, colour: bool) -> None:
    import io

    from rich.console import Console

    from eid.cli.portrait import show_portrait
    from eid.document.dg2 import DG2

    class Utf8(io.StringIO):
        encoding = "utf-8"

    stream = Utf8()
    out = Output(json=False, language="en")
    out.console = Console(
        file=stream,
        force_terminal=colour,
        color_system="truecolor" if colour else None,
        no_color=not colour,
        width=80,
    )
    show_portrait(out, DG2.parse(sample.files["DG2"]).faces[0])
    drawn = stream.getvalue()
    assert ("\N{UPPER HALF BLOCK}" in drawn) is colour
    assert ("\x1b[38;2;" in drawn) is colour


class FakeReader:
    """A virtual reader that hands out the chip that was dialled into it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.chips: list = []
        monkeypatch.setattr("eid.readers.pcsc.list_readers", self.list)
        monkeypatch.setattr("eid.readers.pcsc.connect", self.connect)
        monkeypatch.setattr("eid.simulator.serve.dial", self.dial)

    def list(self):
        from eid.readers.pcsc import Reader

        return (Reader("Virtual PCD 00 00", bool(self.chips), self.chips[0].atr if self.chips else b""),)

    def dial(self, chip, host, port):
        from eid.simulator.serve import ServedChip

        self.chips.append(chip)
        return ServedChip()

    def connect(self, reader):
        import contextlib

        return contextlib.nullcontext(self.chips[0])


def test_demo_through_a_reader_takes_the_one_it_dialled(run, monkeypatch) -> None:
    FakeReader(monkeypatch)
    assert run("demo", "--pcsc").code == 0


def test_demo_without_virtual_reader(run, monkeypatch) -> None:
    monkeypatch.setattr("eid.readers.pcsc.list_readers", lambda: ())
    done = run("demo", "--pcsc", "--json")
    assert (done.code, done.json["error"]["code"]) == (4, "NO_VIRTUAL_READER")
