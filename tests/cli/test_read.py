from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from eid.document.evidence import Evidence
from eid.errors import NoReader
from eid.simulator.personalise import personalise

ZONE = ("IDVNM0990123493001099012349<<4", "9907043M3907041VNM<<<<<<<<<<<2", "NGUYEN<<DUC<ANH<<<<<<<<<<<<<<<")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "card.eid"


def test_reading_tells_what_was_negotiated(run, address, out) -> None:
    done = run("read", "--connect", address, "--can", "012349", "--out", out)
    assert done.code == 0
    assert "PACE-ECDH-GM-AES-128 on brainpoolP256r1 with CAN" in done.out
    assert "DG2" in done.out
    assert "DG3: " not in done.err
    assert str(out) in done.out


def test_reading_as_json(run, address, out) -> None:
    done = run(
        "read", "--connect", address, "--can", "012349", "--out", out, "--challenge", "00" * 8, "--json"
    )
    assert done.code == 0
    assert done.err == ""
    document = done.json
    assert document["negotiated"] == {
        "protocol": "PACE", "algorithm": "PACE-ECDH-GM-AES-128", "curve": "brainpoolP256r1", "password": "CAN",
    }  # fmt: skip
    evidence = Evidence.from_bytes(out.read_bytes())
    assert document["files"] == {name: len(octets) for name, octets in evidence.files.items()}
    assert document["unreadable"] == {"DG3": "ACCESS_DENIED"}
    assert document["chip_authentication"]["exchange"] == "COMPLETED"
    assert document["active_authentication"]["challenge"] == "00" * 8
    assert document["reader"]["name"] == address
    assert (document["out"], document["interruption"]) == (str(out), None)


@pytest.mark.parametrize(("option", "secret", "password"), [
    ("--can", "012349\n", "CAN"),
    ("--number", "001099012349\r\n", "CAN"),
    ("--mrz", "\n".join(ZONE) + "\n", "MRZ"),
    ("--mrz", " ".join(ZONE), "MRZ"),
    ("--qr", "001099012349|012345678|Nguyễn Đức Ánh|04071999|Nam||10072022\n", "CAN"),
])  # fmt: skip
def test_secret_from_standard_input_or_command_line(run, address, out, option, secret, password) -> None:
    for given, stdin in (("-", secret), (secret.strip(), "")):
        done = run("read", "--connect", address, option, given, "--out", out, "--json", stdin=stdin)
        assert done.code == 0, done.out
        assert done.json["negotiated"]["password"] == password
        assert done.json["profile"] == "vietnam"
        for part in ("001099012349", "012349", *ZONE):
            assert part not in done.out


def test_secret_is_asked_for_without_echo_on_a_terminal(monkeypatch) -> None:
    prompts = []

    def ask(prompt: str, stream: object) -> str:
        prompts.append(prompt)
        return "012349"

    monkeypatch.setattr("getpass.getpass", ask)
    from eid.cli import options
    from eid.cli.output import Output

    class Terminal:
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal())
    text = options.read_secret("-", Output(json=False, language="vi"), "--can", options.PROMPTS["--can"])
    assert (text, prompts) == ("012349", ["số truy cập (CAN): "])


def test_end_of_input_at_the_prompt_is_wrong_usage(run, out, monkeypatch) -> None:
    for stdin in ("", "\n", "  \n"):
        done = run("read", "--connect", "127.0.0.1:1", "--can", "-", "--out", out, "--json", stdin=stdin)
        assert (done.code, done.json["error"]["code"]) == (2, "USAGE")


@pytest.mark.parametrize(("arguments", "code"), [
    (("--can", "12345"), "ACCESS_KEY_FORMAT"),
    (("--can", "1234567"), "ACCESS_KEY_FORMAT"),
    (("--can", "٠١٢٣٤٥"), "ACCESS_KEY_FORMAT"),
    (("--number", "1099012349"), "PERSONAL_NUMBER_FORMAT"),
    (("--mrz", "".join(ZONE).replace("9907043M", "9907044M")), "MRZ_FORMAT"),
    (("--mrz", "ABC"), "MRZ_FORMAT"),
    (("--qr", "hello"), "USAGE"),
    (("--qr", "1099012349|x"), "USAGE"),
    ((), "USAGE"),
    (("--can", "012349", "--number", "001099012349"), "USAGE"),
    (("--can", "012349", "--challenge", "12"), "USAGE"),
    (("--can", "012349", "--files", "DG17"), "USAGE"),
    (("--can", "012349", "--files", ","), "USAGE"),
    (("--can", "012349", "--reader", "x"), "USAGE"),
])  # fmt: skip
@pytest.mark.parametrize("language", ["en", "vi"])
def test_malformed_arguments_end_with_two_before_any_card(run, out, arguments, code, language) -> None:
    done = run("read", "--connect", "127.0.0.1:1", "--out", out, *arguments, "--lang", language)
    assert done.code == 2
    assert done.err.startswith(f"eid: {code}: ")
    assert done.err.count("\n") == 1
    assert done.out == ""
    for secret in arguments[1::2]:
        assert len(secret) < 5 or secret not in done.err
    assert not out.exists()
    machine = run("read", "--connect", "127.0.0.1:1", "--out", out, *arguments, "--json")
    assert (machine.code, machine.json["error"]["code"], machine.err) == (2, code, "")


@pytest.mark.parametrize(
    "where", ["127.0.0.1", "127.0.0.1:", ":35963", "host:99999", "host:x", "[::1]", "a:-1"]
)
def test_malformed_addresses(run, out, where: str) -> None:
    assert run("read", "--connect", where, "--can", "012349", "--out", out).code == 2


def test_wrong_key_ends_with_one_and_leaves_no_file(run, address, out) -> None:
    done = run("read", "--connect", address, "--can", "999999", "--out", out)
    assert done.code == 1
    assert done.err.splitlines()[-1].startswith("eid: WRONG_ACCESS_KEY: ")
    assert "999999" not in done.err
    machine = run(
        "read", "--connect", address, "--number", "001099999999", "--out", out, "--json", "--lang", "vi"
    )
    assert (machine.code, machine.json["error"]["code"]) == (1, "WRONG_ACCESS_KEY")
    assert "không mở được thẻ" in machine.json["error"]["message"]
    assert list(out.parent.iterdir()) == []


def test_nobody_listens(run, out) -> None:
    done = run("read", "--connect", "127.0.0.1:1", "--can", "012349", "--out", out)
    assert done.code == 4
    assert done.err.startswith("eid: REMOTE_UNREACHABLE: ")
    assert list(out.parent.iterdir()) == []


@pytest.mark.parametrize("target", ["missing/card.eid", "", ".", "/dev/null"])
def test_place_that_cannot_be_written_is_found_before_the_card_is_touched(run, tmp_path, target: str) -> None:
    path = f"{tmp_path}/{target}" if not target.startswith("/") else target
    done = run("read", "--connect", "127.0.0.1:1", "--can", "012349", "--out", path, "--json")
    assert (done.code, done.json["error"]["code"]) == (4, "FILE_NOT_WRITABLE")
    assert not stat.S_ISREG(os.stat("/dev/null").st_mode)


def test_evidence_is_readable_by_its_owner_only_and_replaces_what_was_there(run, address, out) -> None:
    out.write_bytes(b"older")
    link = out.with_name("link.eid")
    link.symlink_to(out)
    assert run("read", "--connect", address, "--can", "012349", "--out", link).code == 0
    assert link.is_symlink()
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert Evidence.from_bytes(out.read_bytes()).files
    assert {path.name for path in out.parent.iterdir()} == {out.name, link.name}


def test_only_some_files(run, address, out) -> None:
    done = run(
        "read", "--connect", address, "--can", "012349", "--out", out, "--files", "dg1, DG13", "--json"
    )
    assert done.code == 0
    assert set(done.json["files"]) >= {"EF.SOD", "DG1", "DG13"}
    assert "DG2" not in done.json["files"]


def test_card_pulled_out_keeps_what_was_read(run, description, serving, out, anchor) -> None:
    with serving(personalise({**description, "quirks": {"select_mf": "6d00", "dies_at": 18}})) as where:
        done = run("read", "--connect", where, "--can", "012349", "--out", out)
        assert done.code == 4
        assert "eid: CARD_REMOVED: " in done.err
        assert str(out) in done.err
        machine = run("read", "--connect", where, "--can", "012349", "--out", out, "--json")
    assert machine.code == 4
    assert machine.json["interruption"] == machine.json["error"]["code"] == "CARD_REMOVED"
    evidence = Evidence.from_bytes(out.read_bytes())
    assert evidence.interruption == "CARD_REMOVED"
    assert "DG1" in evidence.files
    verified = run("verify", out, "--trust", anchor, "--json")
    assert "READING_INTERRUPTED" in verified.json["warnings"]


def test_card_pulled_out_before_it_opened_leaves_the_old_file_alone(run, description, serving, out) -> None:
    out.write_bytes(b"older")
    with serving(personalise({**description, "quirks": {"dies_at": 3}})) as where:
        done = run("read", "--connect", where, "--can", "012349", "--out", out, "--json")
    assert (done.code, done.json["error"]["code"]) == (4, "CARD_REMOVED")
    assert out.read_bytes() == b"older"
    assert list(out.parent.iterdir()) == [out]


def test_international_card_with_its_mrz(run, serving, out) -> None:
    from eid.simulator.personalise import new_personalisation

    card = personalise(new_personalisation())
    zone = card.files["DG1"][-90:].decode()
    with serving(card) as where:
        done = run("read", "--connect", where, "--mrz", zone, "--out", out, "--json")
        assert (done.code, done.json["profile"]) == (0, "icao")
        csca = out.with_name("csca.der")
        csca.write_bytes(card.csca_der)
        assert run("verify", out, "--trust", csca).code == 0
        # A CAN says nothing of the country; the report is as good.
        assert run("read", "--connect", where, "--can", card.can, "--out", out, "--json").code == 0
        done = run("verify", out, "--trust", csca, "--json", "--show-person")
        assert (done.code, done.json["person"]["name"]) == (0, "MUSTER VERA LINH")


def test_interrupted_by_ctrl_c_leaves_nothing(run, address, out, monkeypatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("eid.chip.reading.read", interrupt)
    done = run("read", "--connect", address, "--can", "012349", "--out", out)
    assert (done.code, done.out) == (130, "")
    assert list(out.parent.iterdir()) == []
    assert threading.active_count() < 50


@pytest.mark.parametrize("json", [True, False])
def test_a_card_that_hides_its_signature_file_is_not_a_success(run, description, serving, out, json) -> None:
    quirks = {**description["quirks"], "unreadable": {"EF.SOD": "6a82"}}
    with serving(personalise({**description, "quirks": quirks})) as where:
        done = run("read", "--connect", where, "--can", "012349", "--out", out, *(["--json"] if json else []))
    assert done.code == 3
    assert "EF.SOD" in (done.json["unreadable"] if json else done.err)
    assert "DG1" in Evidence.from_bytes(out.read_bytes()).files


def test_without_a_reader_there_is_one_line_and_no_request_to_lay_a_card(run, monkeypatch, out) -> None:
    from eid.readers import pcsc

    def nothing(**_: object) -> None:
        raise NoReader

    monkeypatch.setattr(pcsc, "list_readers", lambda: ())
    monkeypatch.setattr(pcsc, "wait_for_card", nothing)
    done = run("read", "--can", "012349", "--out", out)
    assert done.code == 4
    assert done.err.startswith("eid: NO_READER: ")
    assert done.err.count("\n") == 1
