from __future__ import annotations

import sys

import pytest

from eid.cli.output import Output
from eid.errors import MissingExtra


def test_demo_shows_the_whole_way(run) -> None:
    done = run("demo")
    assert done.code == 0
    for part in (
        "PACE-ECDH-GM-AES-128 on brainpoolP256r1 with CAN", "14580 octets", "authentic", "chip genuine",
        "ALLOW: You may continue.", "[Decree 69/2024/NĐ-CP, Art. 20(1)]", "STEP UP: ", "[Decision 2345/QĐ-NHNN, Art. 1]",
        "still valid", "presented by its holder", "Nguyễn Đức Ánh", "001099012349", "Verdict: PASSED", "@@@@@", "TOKEN_REPLAYED", "keeps back: nationality, number, sex", "▀▄",
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


def test_demo_checks_an_account_made_from_the_card(run) -> None:
    done = run("demo", "--json").json
    decision = done["decision"]
    assert (decision["outcome"], decision["account"]["level"], decision["account"]["state"]) == (
        "ALLOW",
        2,
        "active",
    )
    assert decision["account"]["electronic_card"] == "in_force"
    assert {each["kind"] for each in decision["account"]["evidence"]} == {"chip_report", "in_person"}
    assert {each["effect"] for each in decision["reasons"]} == {"MET"}
    assert all(each["article"] for each in decision["reasons"])
    beside = decision["beside"]
    assert (beside["outcome"], beside["reasons"][0]["code"]) == ("STEP_UP", "FACTOR_CATEGORY_MISSING")
    assert beside["reasons"][0]["article"].startswith("Decision 2345/QĐ-NHNN")
    assert beside["challenge"]["acr_values"]
    assert (done["token"]["account_level"], done["token"]["authentication_level"]) == (2, 1)


def test_demo_asks_no_account_of_a_card_that_did_not_pass(run, monkeypatch) -> None:
    from eid.trust.anchors import TrustStore

    monkeypatch.setattr("eid.trust.anchors.TrustStore.of", lambda *_, of=TrustStore.of: of(()))
    done = run("demo", "--json")
    assert (done.code, done.json["decision"], done.json["token"]) == (3, None, None)
    assert "ALLOW" not in run("demo").out


def test_demo_in_vietnamese(run, monkeypatch) -> None:
    monkeypatch.setenv("LANG", "vi_VN.UTF-8")
    done = run("demo")
    assert "Kết luận: ĐẠT" in done.out
    assert "bằng CAN" in done.out
    assert "CHO PHÉP: " in done.out
    assert "CẦN BỔ SUNG: " in done.out


def test_demo_passes_the_result_on_once_and_only_what_was_asked_for(run) -> None:
    done = run("demo", "--json").json
    assert done["token"]["second_use"] == "TOKEN_REPLAYED"
    assert done["token"]["verdicts"]["chip_genuine"] == "PASSED"
    assert done["credential"]["presented"] == {"name": "Nguyễn Đức Ánh", "birth_date": "1999-07-04"}
    assert done["credential"]["kept_back"] == ["nationality", "number", "sex"]
    code = done["qr"]
    assert (code["verdict"], code["holder"], code["with_photo"]["verdict"]) == (
        "PASSED",
        "NOT_CHECKED",
        "PASSED",
    )


def test_demo_without_a_scanner_for_codes_says_so(run, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "zxingcpp", None)
    done = run("demo")
    assert done.code == 0
    assert "eid[qr]" in done.out or "extra `qr`" in done.out
    assert run("demo", "--json").json["qr"] is None


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
