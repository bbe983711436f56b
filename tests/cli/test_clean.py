"""``eid clean``: one command for a file of many records, its exit codes, its counts, and no personal data."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

NUMBER, OTHER = "001099012349", "052160004321"
HEADER = "Số CCCD,Họ và tên,Ngày sinh,Giới tính,Địa chỉ"
GOOD = f'{NUMBER},Nguyễn Đức Ánh,04/07/1999,Nam,"Xã Ví Dụ, Huyện Thử, Tỉnh Hà Giang"'
SOURCE = str(Path(__file__).resolve().parents[2] / "src")
PROGRAM = [sys.executable, "-c", "from eid.cli.main import run; run()"]


@pytest.fixture
def table(tmp_path: Path):
    def write(*rows: str, name: str = "in.csv", header: str = HEADER) -> Path:
        path = tmp_path / name
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return path

    return write


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_good_table_ends_with_zero_and_counts(run, table, tmp_path: Path) -> None:
    done = run(
        "clean",
        table(GOOD),
        "--out",
        tmp_path / "out.csv",
        "--as-of",
        "2022-07-10",
        "--workers",
        "1",
        "--json",
    )
    assert done.code == 0
    assert done.json["cleaned"] == done.json["rows"] == 1
    assert done.json["columns"]["number"] == "Số CCCD"
    assert done.json["notes"]["sex"] == {"sex_word": 1}
    (row,) = read(tmp_path / "out.csv")
    assert row["clean_address_unit"] == "Tuyên Quang"
    assert row["Ngày sinh"] == "04/07/1999"


def test_conflicts_end_with_one_and_rejected_rows_with_three(run, table, tmp_path: Path) -> None:
    conflict = f"{NUMBER},Trần Thị Mẫu,01/02/1960,Nữ,"
    out = tmp_path / "out.csv"
    options = ("--out", out, "--workers", "1", "--force")
    assert run("clean", table(GOOD, "x"), *options).code == 3
    assert run("clean", table(GOOD, conflict, "x"), *options).code == 1
    other = table(conflict, name="other.csv")
    done = run("clean", table(GOOD), *options, "--join", other, "--json")
    assert (done.code, done.json["conflicts"]) == (1, 1)
    assert done.json["joins"][0]["codes"] == {"birth_date_differs": 1, "name_differs": 1, "sex_differs": 1}
    problems = table("1099012349,Lê Thử,31/02/1999,Nam,")
    assert run("clean", problems, *options).code == 0  # a problem of a field is told, and no reason to stop


def test_people_read_counts_and_sentences_in_their_language_and_no_person(run, table, tmp_path: Path) -> None:
    source = table(GOOD, GOOD, "1099012349,Lê Thử,31/02/1999,Nam,", "x")
    options = ("--out", tmp_path / "out.csv", "--workers", "1", "--force", "--join", source)
    english = run("clean", source, *options)
    vietnamese = run("clean", source, *options, "--lang", "vi")
    assert "leading_zero_lost" in english.out
    assert "There is no such day." in english.out
    assert "Không có ngày này." in vietnamese.out
    assert "cleaning: 100 %" in english.err
    for done in (english, vietnamese):
        for secret in (NUMBER, "1099012349", "Nguyễn Đức", "Lê Thử", "04/07"):
            assert secret not in done.out + done.err


def test_results_are_private_and_appear_only_when_complete(run, table, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    run("clean", table(GOOD, "x"), "--out", out, "--workers", "1")
    assert {path.name for path in tmp_path.iterdir()} == {
        "in.csv",
        "out.csv",
        "out.report.csv",
        "out.rejected.csv",
    }
    for name in ("out.csv", "out.report.csv", "out.rejected.csv"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


def test_a_result_that_is_there_is_kept_unless_forced(run, table, tmp_path: Path) -> None:
    source, out = table(GOOD), tmp_path / "out.csv"
    out.write_text("precious")
    done = run("clean", source, "--out", out)
    assert (done.code, done.out) == (4, "")
    assert done.err.startswith("eid: CLEANING_OUTPUT_EXISTS: ")
    assert out.read_text() == "precious"
    assert run("clean", source, "--out", out, "--force", "--workers", "1").code == 0


def test_columns_sexes_and_dates_are_the_callers_word(run, table, tmp_path: Path) -> None:
    source = table("ABC,1099012349,7/4/1999,1", header="Tên,Mã,Sinh,GT")
    done = run(
        "clean", source, "--out", tmp_path / "out.csv", "--workers", "1", "--column", "Mã=number", "--column", "Tên=name",
        "--column", "Sinh=birth_date", "--column", "GT=sex", "--sex", "1=M", "--date-order", "mdy", "--restore-zeros",
        "--prefix", "x_", "--json",
    )  # fmt: skip
    assert done.code == 0, done.out
    (row,) = read(tmp_path / "out.csv")
    assert (row["x_number"], row["x_birth_date"], row["x_sex"]) == (NUMBER, "1999-07-04", "M")
    assert "number:leading_zeros_restored" in row["x_notes"]


def test_a_title_and_an_old_encoding_are_named(run, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_bytes("Danh s¸ch\nHä tªn;CCCD\nNguyÔn §øc ¸nh;001099012349\n".encode("cp1252"))
    options = ("clean", source, "--out", tmp_path / "out.csv", "--workers", "1", "--skip-lines", "1")
    done = run(*options)
    assert (done.code, done.err.startswith("eid: TABLE_FORMAT: ")) == (4, True)
    assert "tcvn3" in done.err
    assert run(*options, "--encoding", "tcvn3", "--delimiter", ";").code == 0


@pytest.mark.parametrize(
    "options",
    [
        ("--column", "Nothing=name"), ("--column", "Họ và tên"), ("--column", "Họ và tên=nothing"), ("--sex", "1"), ("--sex", "1=man"),
        ("--as-of", "2022"), ("--as-of", "issue_date"), ("--take", "x"), ("--workers", "0"), ("--delimiter", "ab"),
        ("--encoding", "guess"), ("--date-order", "ymd"), ("--skip-lines", "-1"), ("--join", "in.csv", "--take", "nothing"),
    ],
)  # fmt: skip
def test_wrong_usage_ends_with_two_and_writes_nothing(
    run, table, tmp_path: Path, monkeypatch, options
) -> None:
    monkeypatch.chdir(tmp_path)
    table(GOOD)
    done = run("clean", "in.csv", "--out", "out.csv", *options)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("eid: ")
    assert done.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_the_environment_that_fails_ends_with_four(run, table, tmp_path: Path) -> None:
    source = table(GOOD)
    assert run("clean", tmp_path / "missing.csv", "--out", tmp_path / "out.csv").code == 4
    assert run("clean", source, "--out", tmp_path / "nowhere" / "out.csv").code == 4
    assert run("clean", source, "--out", source, "--force").code == 4
    assert run("clean", table("1,2", header="A,B", name="x.csv"), "--out", tmp_path / "out.csv").code == 4


def test_ctrl_c_ends_quietly_and_the_same_command_goes_on(tmp_path: Path) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    row = '{0},Nguyễn Đức Ánh,04/07/1999,Nam,"Số {1}, Xã Ví Dụ, Huyện Thử, Tỉnh Hà Giang"'
    rows = [row.format(f"001099{number:06d}", number) for number in range(60_000)]
    source.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    command = [*PROGRAM, "clean", str(source), "--out", str(out), "--workers", "2"]
    environment = {**os.environ, "PYTHONPATH": SOURCE, "LC_ALL": "C.UTF-8"}
    process = subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    state = tmp_path / "out.csv.unfinished" / "rows"
    while not (state.exists() and state.stat().st_size > 1_000_000):
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all processes of the command
    said, complained = process.communicate(timeout=60)
    assert (process.returncode, said, complained) == (130, "", "")
    assert not out.exists()
    done = subprocess.run([*command, "--json"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    numbers = [row["clean_number"] for row in read(out)]
    assert numbers == [f"001099{number:06d}" for number in range(60_000)]
