"""``eid vietnam qr``: a printed code as text, from a scanner, from a picture, and beside a chip."""

from __future__ import annotations

import copy
import io
import sys
from pathlib import Path
from typing import Any

import pytest

from eid.simulator.personalise import new_personalisation, personalise
from eid.vietnam.sample import sample_citizen

CODE = (
    "001099012349|012345678|Nguyễn Đức Ánh|04071999|Nam|Số 12, Đường Thử Nghiệm, Tổ dân phố Số Không, "
    "Phường Ví Dụ, Thành phố Tưởng Tượng|10072024||||"
)
SECRETS = ("001099012349", "012349", "Ánh", "1999", "Đường Thử", "012345678", "2024-07", "10072024")


def same(given: dict[str, Any], expected: dict[str, Any]) -> bool:
    return all(
        set(given[key]) == set(value) if key == "warnings" else given[key] == value
        for key, value in expected.items()
    )


class Pipe(io.StringIO):
    """Standard input as a program has it: octets below the text."""

    def __init__(self, octets: bytes) -> None:
        super().__init__()
        self.buffer = io.BytesIO(octets)


@pytest.fixture
def picture(tmp_path: Path):
    """Pictures of codes."""
    zxingcpp = pytest.importorskip("zxingcpp", reason="needs the extra qr")
    images = pytest.importorskip("PIL.Image", reason="needs the extra qr")

    def picture(*contents: str) -> Path:
        sheet = images.new("L", (700 * max(len(contents), 1), 700), 255)
        for number, content in enumerate(contents):
            barcode = zxingcpp.create_barcode(content.encode(), zxingcpp.BarcodeFormat.QRCode)
            sheet.paste(images.fromarray(barcode.to_image(scale=6)), (700 * number, 0))
        path = tmp_path / "card.png"
        sheet.save(path)
        return path

    return picture


# --- text ------------------------------------------------------------------------------------------


def test_vectors_give_their_outcome_and_exit_code(run, vietnam_vectors, monkeypatch) -> None:
    for case in vietnam_vectors["qr"]:
        if case.get("input") == "":
            continue  # an empty argument: below
        octets = bytes.fromhex(case["input_hex"]) if "input_hex" in case else case["input"].encode()
        with monkeypatch.context() as patch:
            patch.setattr(io, "StringIO", lambda _, octets=octets: Pipe(octets))
            done = run("vietnam", "qr", "-", "--json")
        assert done.code == (2 if case["expect"]["outcome"] == "reject" else 0), case["id"]
        assert same(done.json, case["expect"]), case["id"]
        if "input" in case and "\0" not in case["input"]:
            assert run("vietnam", "qr", "--json", "--", case["input"]).json == done.json, case["id"]


def test_a_code_is_masked_for_people_and_never_called_proven(run) -> None:
    done = run("vietnam", "qr", CODE)
    assert done.code == 0
    assert "0010******49" in done.out
    for secret in SECRETS:
        assert secret not in done.out
    assert "not signed" in done.out
    shown = run("vietnam", "qr", CODE, "--show-person", "--lang", "vi")
    for secret in ("001099012349", "Nguyễn Đức Ánh", "1999-07-04", "Đường Thử Nghiệm", "không có chữ ký"):
        assert secret in shown.out
    for word in ("hợp lệ", "valid", "genuine", "PASSED", "in order"):
        assert word not in done.out + shown.out


def test_what_the_scanner_did_is_said(run) -> None:
    done = run("vietnam", "qr", CODE.encode("ascii", "replace").decode())
    assert done.code == 0
    assert "degraded_text" in done.out
    assert "HID-POS" in done.out
    assert "HID-POS" not in run("vietnam", "qr", CODE).out


@pytest.mark.parametrize(
    ("text", "hint"),
    [("1099012349" + CODE[12:], "leading_zero_lost"), (CODE.replace("|012345678", "", 1)[:-4], "old_number_field_missing")],
)  # fmt: skip
def test_hints_are_shown_and_the_code_is_not(run, text: str, hint: str) -> None:
    done = run("vietnam", "qr", text)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("eid: PRINTED_CODE_FORMAT: ")
    assert hint in done.err
    for secret in SECRETS:
        assert secret not in done.err


@pytest.mark.parametrize("arguments", [(), (CODE, "--image", "card.png")])
def test_text_or_picture_and_not_both(run, arguments) -> None:
    done = run("vietnam", "qr", *arguments)
    assert (done.code, done.out) == (2, "")
    assert "--image" in done.err


def test_nothing_from_the_scanner_is_wrong_usage(run) -> None:
    assert run("vietnam", "qr", "-").code == 2
    empty = run("vietnam", "qr", "", "--json")
    assert (empty.code, empty.json["error"]) == (2, "empty")


def test_octets_of_an_argument_that_are_not_utf8(run) -> None:
    done = run("vietnam", "qr", CODE.encode()[:-1].decode() + "\udcff", "--json")
    assert (done.code, done.json["error"]) == (2, "invalid_utf8")


# --- pictures --------------------------------------------------------------------------------------


def test_a_picture_of_the_card(run, picture) -> None:
    done = run("vietnam", "qr", "--image", picture(CODE), "--json")
    assert (done.code, done.json["outcome"]) == (0, "ok")
    assert done.json["fields"]["full_name"] == "Nguyễn Đức Ánh"


def test_the_card_is_found_beside_another_code_and_two_cards_are_refused(run, picture) -> None:
    done = run("vietnam", "qr", "--image", picture("https://example.com", CODE), "--json")
    assert (done.code, done.json["fields"]["pin"]) == (0, "001099012349")
    two = run("vietnam", "qr", "--image", picture(CODE, CODE.replace("Ánh", "Anh")))
    assert two.code == 2
    assert "PRINTED_CODE_FORMAT" in two.err
    other = run("vietnam", "qr", "--image", picture("https://example.com"), "--json")
    assert (other.code, other.json["error"]) == (2, "not_card_qr")


def test_pictures_that_show_nothing(run, picture, tmp_path: Path) -> None:
    done = run("vietnam", "qr", "--image", picture(), "--json")
    assert (done.code, done.json["error"]["code"]) == (4, "NO_CODE_IN_PICTURE")
    missing = run("vietnam", "qr", "--image", tmp_path / "none.png", "--json")
    assert (missing.code, missing.json["error"]["code"]) == (4, "FILE_MISSING")
    (tmp_path / "text.png").write_text(CODE, encoding="utf-8")
    assert run("vietnam", "qr", "--image", tmp_path / "text.png").code == 4


# --- beside the chip -------------------------------------------------------------------------------


def test_code_and_chip_of_one_card_agree(run, evidence_file: Path) -> None:
    done = run("vietnam", "qr", CODE, "--against", evidence_file, "--json")
    assert (done.code, done.json["severity"], done.json["chip_verified"]) == (0, "none", False)
    assert {row["field"] for row in done.json["comparisons"]} >= {"number", "name", "residence", "issue_date"}
    shown = run("vietnam", "qr", CODE, "--against", evidence_file)
    assert shown.code == 0
    assert "not verified" in shown.out
    for secret in SECRETS:
        assert secret not in shown.out


@pytest.mark.parametrize(
    ("old", "new", "code", "severity"),
    [
        ("001099012349", "001099012348", 1, "alarm"),
        ("04071999", "05071999", 1, "alarm"),
        ("Đức Ánh", "Đức Anh", 3, "review"),
        ("10072024", "11072024", 3, "review"),
        ("Số 12", "Số 13", 3, "review"),
        ("Nguyễn", "Nguy?n", 0, "note"),
    ],
)
def test_what_differs_decides_the_exit_code(run, evidence_file: Path, old, new, code, severity) -> None:
    text = CODE.replace(old, new, 1)
    done = run("vietnam", "qr", text, "--against", evidence_file, "--json")
    assert (done.code, done.json["severity"]) == (code, severity)
    found = [row for row in done.json["comparisons"] if row["severity"] == severity]
    assert found
    shown = run("vietnam", "qr", text, "--against", evidence_file, "--lang", "vi")
    assert shown.code == code
    assert ("KHÁC" in shown.out) == (severity != "note")


def test_a_folder_of_files_and_what_is_no_citizen_card(run, folder: Path, tmp_path: Path) -> None:
    assert run("vietnam", "qr", CODE, "--against", folder).code == 0
    for name in ("DG1", "DG13"):
        (folder / name).unlink()
    done = run("vietnam", "qr", CODE, "--against", folder, "--json")
    assert (done.code, done.json["error"]["code"]) == (3, "NOTHING_TO_COMPARE")
    person = {
        "document_number": "T00000001", "birth_date": "1990-02-28", "sex": "F", "expiry_date": "2035-02-27",
        "surname": "MUSTER", "given_names": "VERA LINH",
    }  # fmt: skip
    other = personalise({"format": "eid-chip/1", "person": person, "signing": {"country": "UT"}})
    (folder / "DG1").write_bytes(other.files["DG1"])
    done = run("vietnam", "qr", CODE, "--against", folder, "--json")
    assert (done.code, done.json["error"]["code"]) == (1, "MRZ_FORMAT")
    assert run("vietnam", "qr", CODE, "--against", tmp_path / "none.eid").code == 4


# --- reading with a code ---------------------------------------------------------------------------


@pytest.mark.parametrize("text", [CODE, "\ufeff" + CODE + "\r\n", CODE.encode().decode("latin-1")])
def test_a_scanned_code_opens_the_chip(run, address: str, tmp_path: Path, text: str) -> None:
    done = run("read", "--connect", address, "--qr", text, "--out", tmp_path / "a.eid", "--json")
    assert (done.code, done.json["negotiated"]["password"]) == (0, "CAN")


def test_a_code_longer_than_a_line_of_secrets_opens_the_chip(
    run, address: str, tmp_path: Path, monkeypatch
) -> None:
    long = CODE.replace("Đường Thử Nghiệm", "Đường Thử Nghiệm, " * 40)
    scan = (long + "\r\n").encode()
    monkeypatch.setattr(io, "StringIO", lambda _: Pipe(scan + scan))  # the next customer waits already
    done = run("read", "--connect", address, "--qr", "-", "--out", tmp_path / "a.eid", "--json")
    assert done.code == 0
    assert isinstance(sys.stdin, Pipe)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("1099012349" + CODE[12:], "leading_zero_lost"),
        (CODE + "\n" + CODE, "multiple_payloads"),
        ("https://example.com", "not_card_qr"),
    ],
)
def test_what_is_no_code_opens_nothing(run, tmp_path: Path, text: str, hint: str) -> None:
    done = run("read", "--connect", "127.0.0.1:1", "--qr", text, "--out", tmp_path / "a.eid")
    assert done.code == 2
    assert done.err.startswith("eid: USAGE: ")
    assert hint in done.err
    for secret in SECRETS:
        assert secret not in done.err


def test_the_chip_of_another_card_is_not_opened(run, serving, description, tmp_path: Path) -> None:
    card = copy.deepcopy(new_personalisation(sample_citizen(number="001099012340")))
    with serving(personalise(card)) as where:
        done = run("read", "--connect", where, "--qr", CODE, "--out", tmp_path / "a.eid", "--json")
    assert (done.code, done.json["error"]["code"]) == (1, "WRONG_ACCESS_KEY")
