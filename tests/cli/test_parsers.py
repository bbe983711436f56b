from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

ZONE = ("IDVNM0990123493001099012349<<4", "9907043M3907041VNM<<<<<<<<<<<2", "NGUYEN<<DUC<ANH<<<<<<<<<<<<<<<")
PASSPORT = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
EXIT_CODES = {"ok": 0, "ok_with_warnings": 0, "check_failed": 1, "reject": 2}


def same(given: dict[str, Any], expected: dict[str, Any]) -> bool:
    """As vectors.json says: warnings and failed checks are sets, fields are compared where given."""
    for key, value in expected.items():
        if key in ("warnings", "failed_checks"):
            if set(given[key]) != set(value):
                return False
        elif key == "fields":
            if any(given["fields"].get(name) != field for name, field in value.items()):
                return False
        elif given[key] != value:
            return False
    return True


# --- mrz check -------------------------------------------------------------------------------------


def test_mrz_vectors_give_their_outcome_and_exit_code(run, vietnam_vectors) -> None:
    for case in vietnam_vectors["mrz"]:
        text = case["input"] if isinstance(case["input"], str) else "\n".join(case["input"])
        if not text.upper().startswith("I"):
            continue  # other documents go to the general reader
        done = run("mrz", "check", text, "--json")
        assert done.code == EXIT_CODES[case["expect"]["outcome"]], case["id"]
        assert same(done.json, case["expect"]), case["id"]


@pytest.mark.parametrize("separator", ["\n", "\r\n", " ", r"\n", ""])
def test_mrz_lines_may_be_joined_in_any_way(run, separator: str) -> None:
    done = run("mrz", "check", separator.join(ZONE), "--json")
    assert done.code == 0
    assert done.json["fields"]["pin"] == "001099012349"


def test_mrz_comes_from_standard_input_in_one_line_or_three(run) -> None:
    for text in ("\n".join(ZONE) + "\n", " ".join(ZONE) + "\n", "".join(ZONE)):
        done = run("mrz", "check", "-", "--json", stdin=text)
        assert done.code == 0
        assert done.json["outcome"] == "ok"


def test_passport_goes_to_the_general_reader(run) -> None:
    done = run("mrz", "check", "\n".join(PASSPORT), "--json")
    assert done.code == 0
    assert done.json["fields"]["document_number"] == "L898902C3"
    wrong = PASSPORT[1].replace("C36", "C37")
    done = run("mrz", "check", PASSPORT[0] + wrong, "--json")
    assert done.code == 1
    assert done.json["failed_checks"] == ["document_number", "composite"]


@pytest.mark.parametrize("text", ["", "ABC", "\x1b[31m", "x" * 10_000, "IDVNM" + "ß" * 85])
def test_text_that_is_no_mrz_is_a_malformed_argument(run, text: str) -> None:
    done = run("mrz", "check", text)
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith("eid: MRZ_FORMAT: ")
    assert done.err.count("\n") == 1
    done = run("mrz", "check", text, "--json")
    assert done.code == 2
    assert done.json["outcome"] == "reject"
    assert isinstance(done.json["error"], str)


def test_mrz_is_masked_for_people_unless_asked(run) -> None:
    done = run("mrz", "check", "\n".join(ZONE))
    assert "0010******49" in done.out
    for secret in ("001099012349", "012349", "NGUYEN", "990704", "099012349399070433907041"):
        assert secret not in done.out
    done = run("mrz", "check", "\n".join(ZONE), "--show-person")
    assert "001099012349" in done.out
    assert "NGUYEN" in done.out


def test_mrz_in_vietnamese(run) -> None:
    done = run("mrz", "check", "\n".join(ZONE), "--lang", "vi")
    assert "Kết quả: hợp lệ" in done.out
    done = run("mrz", "check", "ABC", "--lang", "vi")
    assert "Dòng mã MRZ bị sai hoặc thiếu." in done.err


def test_wrong_check_digit_ends_with_one(run) -> None:
    done = run("mrz", "check", "\n".join((ZONE[0], ZONE[1].replace("9907043", "9907044"), ZONE[2])))
    assert done.code == 1
    assert "dob" in done.out


# --- vietnam number --------------------------------------------------------------------------------


def test_number_vectors_give_their_outcome_and_exit_code(run, vietnam_vectors) -> None:
    for case in vietnam_vectors["pin"]:
        if not case["input"]:
            continue  # an empty argument: below
        done = run("vietnam", "number", "--json", "--", case["input"])
        assert done.code == (0 if case["expect"]["valid_format"] else 2), case["id"]
        assert same(done.json, case["expect"]), case["id"]


def test_empty_number_is_rejected(run) -> None:
    done = run("vietnam", "number", "", "--json")
    assert (done.code, done.json["error"]) == (2, "empty")


def test_number_from_standard_input_is_masked(run) -> None:
    done = run("vietnam", "number", "-", stdin="001099012349\n")
    assert done.code == 0
    assert "0010******49" in done.out
    assert "012349" not in done.out
    assert "1999" not in done.out
    assert "001099012349" in run("vietnam", "number", "001099012349", "--show-person").out


def test_nothing_on_standard_input_is_wrong_usage(run) -> None:
    done = run("vietnam", "number", "-", "--json")
    assert done.code == 2
    assert done.json["error"]["code"] == "USAGE"


def test_number_hint_is_shown(run) -> None:
    done = run("vietnam", "number", "1099012349")
    assert done.code == 2
    assert "leading_zero_lost" in done.err
    assert "1099012349" not in done.err
    done = run("vietnam", "number", "1099012349", "--lang", "vi")
    assert "phải gồm 12 chữ số" in done.err


# --- vietnam dg13 ----------------------------------------------------------------------------------

SENSITIVE = ("ethnicity", "religion", "identification_marks")


def test_dg13_vectors_give_their_outcome_and_exit_code(run, vietnam_vectors, tmp_path: Path) -> None:
    path = tmp_path / "EF_DG13.bin"
    for case in vietnam_vectors["dg13"]:
        path.write_bytes(bytes.fromhex(case["hex"]))
        expected = dict(case["expect"])
        done = run("vietnam", "dg13", path, "--json", "--sensitive", ",".join(SENSITIVE))
        refused = 4 if expected.get("error") == "truncated" else 1
        assert done.code == (refused if expected["outcome"] == "reject" else 0), case["id"]
        assert same(done.json, expected), case["id"]


def test_sensitive_fields_are_given_only_by_name(run, folder: Path) -> None:
    done = run("vietnam", "dg13", folder / "DG13", "--json")
    assert not set(SENSITIVE) & set(done.json["fields"])
    done = run("vietnam", "dg13", folder / "DG13", "--json", "--sensitive", "religion")
    assert done.json["fields"]["religion"] == "Không"
    assert "ethnicity" not in done.json["fields"]
    assert run("vietnam", "dg13", folder / "DG13", "--sensitive", "pin").code == 2


def test_dg13_is_masked_for_people_unless_asked(run, folder: Path) -> None:
    done = run("vietnam", "dg13", folder / "DG13", "--sensitive", "ethnicity")
    for secret in ("001099012349", "Ánh", "Đường Thử Nghiệm", "Kinh", "012345678", "1999"):
        assert secret not in done.out
    done = run("vietnam", "dg13", folder / "DG13", "--sensitive", "ethnicity", "--show-person")
    assert "Nguyễn Đức Ánh" in done.out
    assert "Kinh" in done.out


def test_dg13_that_is_missing_or_another_file(run, folder: Path) -> None:
    missing = run("vietnam", "dg13", folder / "DG99", "--json")
    assert (missing.code, missing.json["error"]["code"]) == (4, "FILE_MISSING")
    other = run("vietnam", "dg13", folder / "DG1")
    assert other.code == 1
    assert other.err.startswith("eid: ENCODING: ")
    assert run("vietnam", "dg13", folder).code == 4


def test_a_passport_of_viet_nam_is_read_and_a_wrong_one_is_no_identity_card(run) -> None:
    from eid.document.mrz import check_digit

    number, born, expires = (f"{field}{check_digit(field)}" for field in ("X0000000<", "900101", "300101"))
    head = f"{number}VNM{born}M{expires}{'<' * 14}0"
    line = head + str(check_digit(number + born + expires + "<" * 14 + "0"))
    name = "P<VNMMAU<<VI<DU".ljust(44, "<")
    good = run("mrz", "check", f"{name}\n{line}", "--json")
    assert (good.code, good.json["fields"]["format"]) == (0, "TD3")
    assert all(check["ok"] for check in good.json["checks"])
    wrong = run("mrz", "check", name + "\n" + "X0000000".ljust(44, "<"), "--json")
    assert (wrong.code, wrong.json["outcome"], wrong.json["error"]) == (2, "reject", "not_td1")


def test_every_check_digit_is_reported(run) -> None:
    zone = "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204158UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<"
    checks = {check["name"]: check for check in run("mrz", "check", zone, "--json").json["checks"]}
    assert checks["expiry_date"] == {"name": "expiry_date", "printed": "8", "computed": 9, "ok": False}
    assert checks["document_number"]["ok"]
    assert "composite" in checks
