from __future__ import annotations

import pytest

from eid.errors import NoReader, ReaderForbidden, ReaderServiceDown
from eid.readers import pcsc
from eid.readers.pcsc import Happening, Reader, ReaderEvent


def test_readers_and_their_cards(run, monkeypatch) -> None:
    found = (Reader("ACS 00", True, b"\x3b\x80"), Reader("Evil\x1b[31m 01", False))
    monkeypatch.setattr(pcsc, "list_readers", lambda: found)
    done = run("readers")
    assert done.code == 0
    assert "3b80" in done.out
    assert "no card" in done.out
    assert "\x1b" not in done.out
    assert run("readers", "--json").json == {
        "readers": [
            {"name": "ACS 00", "card_present": True, "atr": "3b80"},
            {"name": "Evil\x1b[31m 01", "card_present": False, "atr": None},
        ]
    }


@pytest.mark.parametrize(("language", "words"), [("en", "No card reader"), ("vi", "Không tìm thấy đầu đọc")])
def test_no_reader(run, monkeypatch, language, words) -> None:
    monkeypatch.setattr(pcsc, "list_readers", lambda: ())
    done = run("readers", "--lang", language)
    assert (done.code, done.out) == (4, "")
    assert done.err.startswith(f"eid: NO_READER: {words}")
    machine = run("readers", "--json")
    assert (machine.code, machine.json["readers"], machine.json["error"]["code"]) == (4, [], "NO_READER")


@pytest.mark.parametrize("error", [ReaderServiceDown, ReaderForbidden])
@pytest.mark.parametrize(("language", "index"), [("en", "en"), ("vi", "vi")])
def test_service_down_in_every_command_that_needs_it(
    run, monkeypatch, tmp_path, error, language, index
) -> None:
    def down() -> None:
        raise error("")

    monkeypatch.setattr(pcsc, "list_readers", down)
    monkeypatch.setattr(pcsc, "watch", down)
    commands = (
        ("readers",),
        ("readers", "--watch"),
        ("demo", "--pcsc"),
        ("read", "--can", "012349", "--out", tmp_path / "x.eid"),
    )
    for command in commands:
        done = run(*command, "--lang", language)
        assert done.code == 4
        assert done.err.splitlines()[-1] == f"eid: {error.code}: {getattr(error.public_message, index)}"
        machine = run(*command, "--json")
        assert (machine.code, machine.json["error"]["code"]) == (4, error.code)
    assert not list(tmp_path.iterdir())


def test_reading_without_a_reader(run, monkeypatch, tmp_path) -> None:
    def no_reader(**_: object) -> None:
        raise NoReader("no reader of this name")

    monkeypatch.setattr(pcsc, "list_readers", lambda: ())
    monkeypatch.setattr(pcsc, "wait_for_card", no_reader)
    done = run("read", "--can", "012349", "--reader", "ACS", "--out", tmp_path / "x.eid")
    assert done.code == 4
    assert "eid: NO_READER: " in done.err


EVENTS = [
    ReaderEvent(Happening.READER_ADDED, "ACS 00"),
    ReaderEvent(Happening.CARD_INSERTED, "ACS 00", b"\x3b\x80"),
    ReaderEvent(Happening.CARD_REMOVED, "ACS 00"),
]


@pytest.mark.parametrize("interrupted", [False, True])
def test_watching_in_json_is_one_array(run, monkeypatch, interrupted: bool) -> None:
    def events():
        yield from EVENTS
        if interrupted:
            raise KeyboardInterrupt

    monkeypatch.setattr(pcsc, "watch", events)
    done = run("readers", "--watch", "--json")
    assert done.code == (130 if interrupted else 0)
    assert done.json == [
        {"event": "READER_ADDED", "reader": "ACS 00", "atr": None},
        {"event": "CARD_INSERTED", "reader": "ACS 00", "atr": "3b80"},
        {"event": "CARD_REMOVED", "reader": "ACS 00", "atr": None},
    ]
    human = run("readers", "--watch", "--lang", "vi")
    assert human.out.splitlines()[1] == "ACS 00: đặt thẻ vào 3b80"
