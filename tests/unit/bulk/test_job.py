"""A table cleaned from file to file: what stands in the result, in the report, and what was left out."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from cleaning_samples import HEADER, SETTINGS, clean, read, write_table

from eid.bulk import Encoding, Results, Source, clean_table, parse_column_option
from eid.errors import (
    BulkError,
    CleaningOptionsError,
    CleaningOutputError,
    MissingExtra,
    TableFormatError,
    TableUnreadable,
)

NUMBER, OTHER = "001099012349", "052160004321"


def table(folder: Path, *lines: str, name: str = "in.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


def result(folder: Path, *lines: str, **options: object) -> list[dict[str, str]]:
    clean(table(folder, *lines), folder / "out.csv", **options)
    return read(folder / "out.csv")


def report(folder: Path, name: str = "out") -> list[tuple[str, ...]]:
    return [tuple(row.values()) for row in read(folder / f"{name}.report.csv")]


def test_the_source_stays_and_clean_columns_stand_beside_it(tmp_path: Path) -> None:
    lines = "CCCD,Họ tên,Ghi chú,Ngày sinh", f'{NUMBER},  Nguyễn   Thử ,"a\r\nb",04/07/1999'
    (row,) = result(tmp_path, *lines)
    assert list(row)[:5] == ["CCCD", "Họ tên", "Ghi chú", "Ngày sinh", "clean_row"]
    assert (row["Họ tên"], row["Ghi chú"], row["Ngày sinh"]) == ("  Nguyễn   Thử ", "a\r\nb", "04/07/1999")
    assert (row["clean_name"], row["clean_birth_date"], row["clean_row"]) == ("Nguyễn Thử", "1999-07-04", "2")
    assert row["clean_notes"] == "name:whitespace birth_date:date_form"
    assert row["clean_problems"] == ""


def test_every_row_is_in_the_result_or_rejected_and_is_found_again(tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.csv", 1_500)
    summary = clean(source, tmp_path / "out.csv")
    octets = source.read_bytes()
    kept = {row["clean_row"]: row for row in read(tmp_path / "out.csv")}
    rejected = [row for row in report(tmp_path) if row[2] == "rejected"]
    assert len(kept) + len(rejected) == summary.rows
    assert not {row[0] for row in rejected} & set(kept)
    assert summary.rows_rejected == len(rejected) > 40
    # A line of the report leads to the place in the file.
    lines = octets.splitlines(keepends=True)
    left_out = b"".join(lines[int(row[1]) - 1] for row in rejected)
    head, _, rest = (tmp_path / "out.rejected.csv").read_bytes().partition(b"\r\n")
    assert head.decode() == ",".join(HEADER)
    assert rest == left_out
    # All numbers of people that were written are in one of the two.
    assert {row["STT"] for row in kept.values()} == {str(number) for number in range(1, 1_501)}


def test_rejected_rows_can_be_repaired_and_cleaned(tmp_path: Path) -> None:
    clean(table(tmp_path, "CCCD;Họ tên", f"{NUMBER};Lê;Thử", f"{OTHER};Lê Thử"), tmp_path / "out.csv")
    left_out = tmp_path / "out.rejected.csv"
    left_out.write_bytes(left_out.read_bytes().replace("Lê;Thử".encode(), "Lê Thử".encode()))
    clean(left_out, tmp_path / "again.csv")
    (row,) = read(tmp_path / "again.csv", ";")
    assert (row["clean_number"], row["clean_name"]) == (NUMBER, "Lê Thử")


def test_rows_met_before_are_told_apart(tmp_path: Path) -> None:
    rows = result(
        tmp_path, "CCCD,Họ tên,Ngày sinh",
        f"{NUMBER},Nguyễn Đức Ánh,04/07/1999",
        f"{NUMBER},Nguyễn Đức Ánh,04/07/1999",
        f"{NUMBER},NGUYEN DUC ANH,1999-07-04",
        f"{NUMBER},Trần Thị Mẫu,04/07/1999",
        f"{NUMBER},Nguyễn Đức Anh,04/07/1999",
        f"{OTHER},Lê Thử,1960",
        ",Không Số,1980", ",Không Số,1980", ",Không Số,1981",
    )  # fmt: skip
    assert [(row["clean_duplicate"], row["clean_duplicate_of"]) for row in rows] == [
        ("", ""), ("duplicate_row", "2"), ("duplicate_number", "2"), ("number_conflict", "2"), ("number_review", "2"),
        ("", ""), ("", ""), ("duplicate_row", "8"), ("", ""),
    ]  # fmt: skip
    found = [row for row in report(tmp_path) if row[2] == "duplicate"]
    assert found[2] == ("5", "", "duplicate", "", "number_conflict", "2")


def test_duplicates_are_found_across_blocks_whatever_the_delimiter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from eid.bulk import csv_reading

    lines = [f"{NUMBER[:6]}{number:06d};Lê Thử;{'x' * 200}" for number in range(500)]
    monkeypatch.setattr(csv_reading, "BLOCK", 5_000)
    clean(table(tmp_path, "CCCD;Họ tên;x", *lines, lines[7], lines[499]), tmp_path / "out.csv")
    rows = read(tmp_path / "out.csv", ";")
    assert [(row["clean_row"], row["clean_duplicate_of"]) for row in rows if row["clean_duplicate"]] == [
        ("502", "9"), ("503", "501"),
    ]  # fmt: skip


def test_a_joined_table_is_found_by_number_and_held_against_the_rows(tmp_path: Path) -> None:
    other = table(
        tmp_path, "national_id,full_name,dob,gender,Số CMND cũ,balance",
        f"{NUMBER},NGUYEN DUC ANH,1999-07-04,M,012345678,7",
        f"{OTHER},Phạm Ví,1960,F,,8", f"{OTHER},Phạm Ví,1960,F,,9",
        "001099012340,Lê Mẫu,1990,M,001099000001,10", name="other.csv",
    )  # fmt: skip
    rows = result(
        tmp_path, "CCCD,CMND,Họ tên,Ngày sinh,Giới tính",
        f"{NUMBER},,Nguyễn Đức Ánh,04/07/1999,Nam",
        f"{NUMBER},,Trần Thị Mẫu,04/07/1999,Nam",
        f"{OTHER},,Phạm Ví,1960,Nữ",
        "001099000001,,Lê Mẫu,1990,Nam",
        ",012345678,Nguyễn Đức Ánh,1999,Nam",
        "001099000002,,Nguyễn Đức Ánh,04/07/1999,Nam",
        joins=[Source(other, take=("balance",))],
    )  # fmt: skip
    join = [
        tuple(
            row[f"clean_join1_{name}"] for name in ("row", "matches", "by", "name", "verdict", "its_balance")
        )
        for row in rows
    ]
    assert join == [
        ("2", "1", "number", "accent_folded", "same", "7"),
        ("2", "1", "number", "different", "conflict", "7"),
        ("3", "2", "number", "exact", "review", "8"),
        ("5", "1", "alias", "exact", "same", "10"),
        ("2", "1", "old_number", "accent_folded", "review", "7"),
        ("", "0", "", "", "not_found", ""),  # never on name and date of birth alone
    ]
    found = {(row[0], row[3], row[4], row[5]) for row in report(tmp_path) if row[2] == "join"}
    assert found == {
        ("3", "join1", "name_differs", "2"), ("4", "join1", "several_matches", "3"), ("6", "join1", "by_old_number", "2"),
    }  # fmt: skip


def test_the_summary_counts_what_the_files_hold(tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.csv", 800)
    summary = clean(source, tmp_path / "out.csv", joins=[Source(source)])
    found, rows, lines = summary.to_json(), read(tmp_path / "out.csv"), report(tmp_path)
    assert found["cleaned"] == len(rows)
    problems = Counter(code for row in rows for code in row["clean_problems"].split())
    assert problems == {
        f"{column}:{code}": n for column, codes in found["problems"].items() for code, n in codes.items()
    }
    notes = Counter(code for row in rows for code in row["clean_notes"].split())
    assert notes == {
        f"{column}:{code}": n for column, codes in found["notes"].items() for code, n in codes.items()
    }
    assert Counter(row["clean_duplicate"] for row in rows if row["clean_duplicate"]) == found["duplicates"]
    assert Counter(row["clean_join1_verdict"] for row in rows) == found["joins"][0]["verdicts"]
    kinds = Counter(line[2] for line in lines)
    assert kinds["problem"] == sum(problems.values())
    assert kinds["rejected"] == sum(found["rejected"].values())
    assert kinds["duplicate"] == sum(found["duplicates"].values())
    assert summary.conflicts == found["conflicts"] > 0
    assert [int(line[0]) for line in lines] == sorted(int(line[0]) for line in lines)
    json.dumps(found)


def test_the_report_has_no_personal_data_unless_asked_for(tmp_path: Path) -> None:
    lines = "CCCD,Họ tên,Ngày sinh", "1099012349,Nguy?n Th?,31/02/1999", f"{NUMBER},Lê Thử,1", "x,y"
    source = table(tmp_path, *lines)
    clean(source, tmp_path / "out.csv")
    text = (tmp_path / "out.report.csv").read_text()
    for secret in ("1099012349", "Nguy", "31/02", "Thử"):
        assert secret not in text
    clean(source, tmp_path / "told.csv", show_values=True)
    rows = read(tmp_path / "told.report.csv")
    assert {row["value"] for row in rows if row["kind"] == "problem"} >= {
        "1099012349",
        "Nguy?n Th?",
        "31/02/1999",
    }
    results = Results.beside(tmp_path / "lines.csv", report=tmp_path / "lines.jsonl")
    clean_table(Source(source), results, settings=SETTINGS, workers=1)
    found = [json.loads(line) for line in results.report.read_text().splitlines()]
    assert found[0] == {
        "row": 2,
        "line": 2,
        "kind": "problem",
        "column": "number",
        "code": "leading_zero_lost",
    }


def test_a_column_may_be_named_that_only_the_joined_table_has(tmp_path: Path) -> None:
    other = table(tmp_path, "Mã,Tên", f"{NUMBER},Lê Thử", name="other.csv")
    source = table(tmp_path, "CCCD,Họ tên", f"{NUMBER},Lê Thử")
    columns = tuple(map(parse_column_option, ("Mã=number", "Tên=name")))
    results = Results.beside(tmp_path / "out.csv")
    joins = [Source(other, columns=columns, shared=True)]
    for extra, fits in (((), True), ((parse_column_option("Nowhere=name"),), False)):
        first = Source(source, columns=columns + extra, shared=True)
        if fits:
            summary = clean_table(first, results, settings=SETTINGS, joins=joins, workers=1)
            assert summary.to_json()["joins"][0]["verdicts"] == {"same": 1}
        else:
            with pytest.raises(CleaningOptionsError):
                clean_table(first, results, settings=SETTINGS, joins=joins, workers=1, force=True)


def test_results_may_lie_on_another_file_system(tmp_path: Path) -> None:
    elsewhere = Path("/dev/shm")
    if not elsewhere.is_dir() or elsewhere.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is only one file system")
    with tempfile.TemporaryDirectory(dir=elsewhere) as name:
        report_file = Path(name) / "report.csv"
        results = Results.beside(tmp_path / "out.csv", report=report_file)
        source = table(tmp_path, "CCCD,Họ tên", "x,Lê Thử")
        clean_table(Source(source), results, settings=SETTINGS, workers=1)
        assert "non_digit" in report_file.read_text()
        assert [path.name for path in Path(name).iterdir()] == ["report.csv"]
        assert report_file.stat().st_mode & 0o777 == 0o600


def test_a_folder_for_the_report_that_is_not_there_is_told_before_the_work(tmp_path: Path) -> None:
    source = table(tmp_path, "CCCD,Họ tên", f"{NUMBER},Lê Thử")
    results = Results.beside(tmp_path / "out.csv", report=tmp_path / "nowhere" / "report.csv")
    with pytest.raises(CleaningOutputError):
        clean_table(Source(source), results, settings=SETTINGS, workers=1)
    assert not results.folder.exists()


# --- encodings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "octets", "note"),
    [
        ("auto", "\ufeffCCCD\tHọ tên\n{0}\tNguyễn Đức Ánh\n".encode("utf-16-le"), ""),
        ("utf-16", "CCCD\tHọ tên\n{0}\tNguyễn Đức Ánh\n".encode("utf-16"), ""),
        ("cp1258", "CCCD\tHo\u0323 t\u00ean\n{0}\tNguy\u00ea\u0303n \u0110\u01b0\u0301c \u00c1nh\n".encode("cp1258"), "name:unicode_form"),
        ("tcvn3", "CCCD\tHä tªn\n{0}\tNguyÔn §øc ¸nh\n".encode("cp1252"), "name:legacy_encoding"),
        ("vni", "CCCD\tHoï teân\n{0}\tNguyeãn Ñöùc AÙnh\n".encode("cp1252"), "name:legacy_encoding"),
    ],
)  # fmt: skip
def test_old_encodings_become_unicode(tmp_path: Path, encoding: str, octets: bytes, note: str) -> None:
    path = tmp_path / "in.txt"
    wide = octets.startswith(b"\xff\xfe")
    path.write_bytes(
        octets.replace(
            "{0}".encode("utf-16-le" if wide else "ascii"), NUMBER.encode("utf-16-le" if wide else "ascii")
        )
    )
    summary = clean_table(
        Source(path, encoding=Encoding(encoding)),
        Results.beside(tmp_path / "out.csv"),
        settings=SETTINGS,
        workers=1,
    )
    (row,) = read(tmp_path / "out.csv", "\t")
    assert row["clean_number"] == NUMBER
    assert row["clean_name"].casefold() == "nguyễn đức ánh"
    assert (row["clean_notes"], row["clean_problems"]) == (note, "")
    assert summary.encoding == ("utf-16" if wide else encoding)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_read_when_named(tmp_path: Path, codec: str) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(f"CCCD,Họ tên\r\n{NUMBER},Nguyễn Đức Ánh\r\n".encode(codec))
    clean_table(
        Source(path, encoding=Encoding.UTF_16),
        Results.beside(tmp_path / "out.csv"),
        settings=SETTINGS,
        workers=1,
    )
    (row,) = read(tmp_path / "out.csv")
    assert (row["clean_number"], row["clean_name"]) == (NUMBER, "Nguyễn Đức Ánh")


def test_a_note_without_a_name_of_its_column_costs_no_row(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(f"CCCD;Họ tên;;\n{NUMBER};Nguyễn Ánh;;\n{OTHER};Lê Thử;đã chuyển đi;\n", encoding="utf-8")
    summary = clean(path, tmp_path / "out.csv")
    assert summary.to_json()["rejected"] == {}
    assert [row["column 3"] for row in read(tmp_path / "out.csv", ";")] == ["", "đã chuyển đi"]


def test_a_cut_off_pair_in_utf_16_costs_its_row(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    text = f"\ufeffCCCD,Họ tên\n{NUMBER},x\ud800y\n{OTHER},Lê Thử\n"
    path.write_bytes(text.encode("utf-16-le", "surrogatepass"))
    summary = clean(path, tmp_path / "out.csv")
    assert summary.to_json()["rejected"] == {"undecodable_octets": 1}
    assert [row["clean_number"] for row in read(tmp_path / "out.csv")] == [OTHER]
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(TableFormatError):
        clean(path, tmp_path / "more.csv")


def test_one_column_may_be_in_an_old_encoding(tmp_path: Path) -> None:
    path = table(tmp_path, "CCCD,Tên,Địa chỉ", f"{NUMBER},NguyÔn §øc ¸nh,Hà Nội")
    clean_table(
        Source(path, columns=(parse_column_option("Tên=name:tcvn3"),)), Results.beside(tmp_path / "out.csv"),
        settings=SETTINGS, workers=1,
    )  # fmt: skip
    (row,) = read(tmp_path / "out.csv")
    assert (row["clean_name"], row["clean_address_province"]) == ("Nguyễn Đức ánh", "Hà Nội")


def test_a_table_without_header(tmp_path: Path) -> None:
    path = table(tmp_path, f"{NUMBER},Lê Thử", f"{OTHER},Lê Mẫu")
    columns = tuple(map(parse_column_option, ("1=number", "2=name")))
    clean_table(
        Source(path, header=False, columns=columns),
        Results.beside(tmp_path / "out.csv"),
        settings=SETTINGS,
        workers=1,
    )
    rows = read(tmp_path / "out.csv")
    assert [row["clean_row"] for row in rows] == ["1", "2"]
    assert rows[0]["column 1"] == NUMBER


def test_a_mark_of_utf8_and_the_delimiter_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(f"\ufeffCCCD;Họ tên\n{NUMBER};Lê Thử\n".encode())
    clean(path, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes().startswith("\ufeffCCCD;Họ tên;clean_row;".encode())


# --- what is refused -------------------------------------------------------------------------------


def test_what_cannot_be_read_is_told_and_leaves_nothing_behind(tmp_path: Path) -> None:
    good = table(tmp_path, "CCCD,Họ tên", f"{NUMBER},Lê Thử", name="good.csv")
    nothing = table(tmp_path, "A,B", "1,2", name="nothing.csv")
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1" + bytes(100))
    out = tmp_path / "out.csv"
    for source, error in (
        (tmp_path / "missing.csv", TableUnreadable), (tmp_path, TableUnreadable), (nothing, TableFormatError),
        (broken, TableFormatError),
    ):  # fmt: skip
        with pytest.raises(error):
            clean(source, out)
    for options in (
        {"joins": [Source(nothing, columns=(parse_column_option("A=name"),))]},
        {"joins": [Source(good, take=("balance",))]},
        {"settings": replace(SETTINGS, as_of=None, as_of_issue=True)},
    ):
        with pytest.raises(CleaningOptionsError):
            clean(good, out, **options)
    with pytest.raises(CleaningOptionsError):
        clean(good, tmp_path / "out.xlsx")
    assert not Results.beside(out).folder.exists()
    assert not out.exists()


def test_cleaning_a_cleaned_table_needs_other_names(tmp_path: Path) -> None:
    clean(table(tmp_path, "CCCD,Họ tên", f"{NUMBER},Lê Thử"), tmp_path / "out.csv")
    with pytest.raises(CleaningOptionsError, match="--prefix"):
        clean(tmp_path / "out.csv", tmp_path / "again.csv")
    clean(tmp_path / "out.csv", tmp_path / "again.csv", prefix="again_")


def test_an_error_of_a_worker_is_told_without_its_text(tmp_path: Path) -> None:
    """Whatever goes wrong in another process comes back as an error of ours, without values."""
    source = table(tmp_path, "CCCD,Họ tên", f"{NUMBER},Lê Thử")
    script = tmp_path / "broken_worker.py"
    script.write_text(
        "import sys, datetime as dt\n"
        "from pathlib import Path\n"
        "import eid.bulk.records\n"
        "def broken(*_): raise RuntimeError('001099012349')\n"
        "eid.bulk.records.RecordCleaner.clean = broken\n"
        "from eid.bulk import *\n"
        "if __name__ == '__main__':\n"
        "    try: clean_table(Source(Path(sys.argv[1])), Results.beside(Path(sys.argv[2])), workers=2,\n"
        "                     settings=Settings(today=dt.date(2026, 11, 21)))\n"
        "    except Exception as error: print(type(error).__name__, error)\n"
    )
    done = subprocess.run(
        [sys.executable, str(script), str(source), str(tmp_path / "out.csv")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.startswith(
        "CleaningInterrupted CLEANING_WORKER_LOST: an error of a worker (RuntimeError)"
    )
    assert NUMBER not in done.stdout + done.stderr


# --- Parquet ---------------------------------------------------------------------------------------


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    path = tmp_path / "in.parquet"
    columns = {
        "CCCD": pa.array([1099012349, 130188000031, None], pa.int64()),
        "Họ tên": pa.array(["Nguyễn  Thử", "Lê Mẫu", None]),
        "Ngày sinh": pa.array([dt.date(1999, 7, 4), None, dt.date(1960, 1, 1)], pa.date32()),
        "Ngày cấp": pa.array([dt.datetime(2022, 7, 10), None, None], pa.timestamp("us")),
        "CMND": pa.array([12345678.0, None, 123456789.0]),
        "list": pa.array([[1], [2, 3], None]),
    }
    pq.write_table(pa.table(columns), path)
    return path


def test_parquet_keeps_its_types_and_gets_clean_columns(parquet: Path, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    clean(parquet, tmp_path / "out.parquet")
    source, found = pq.read_table(parquet), pq.read_table(tmp_path / "out.parquet")
    assert found.select(source.column_names).equals(source)
    rows = found.to_pylist()
    assert [row["clean_row"] for row in rows] == [1, 2, 3]
    assert [row["clean_number"] for row in rows] == [None, "130188000031", None]
    assert [row["clean_candidates"] for row in rows] == [
        "number=001099012349 old_number=012345678",
        None,
        "old_number=123456789",
    ]
    assert [row["clean_birth_date"] for row in rows] == ["1999-07-04", None, "1960-01-01"]
    assert rows[0]["clean_issue_date"] == "2022-07-10"
    assert rows[0]["clean_name"] == "Nguyễn Thử"
    assert rows[2]["clean_notes"] == "birth_date:first_of_january"


def test_times_that_python_has_not_are_read_as_arrow_writes_them(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    nanoseconds = int(dt.datetime(1999, 7, 4, tzinfo=dt.UTC).timestamp()) * 10**9 + 1
    columns = {"CCCD": [NUMBER] * 2, "Ngày sinh": pa.array([nanoseconds, None], pa.timestamp("ns"))}
    columns["DOB2"] = pa.array([None, 10**12], pa.timestamp("s"))  # beyond the year 9999
    pq.write_table(pa.table(columns), tmp_path / "in.parquet")
    clean(tmp_path / "in.parquet", tmp_path / "out.csv")
    rows = read(tmp_path / "out.csv")
    assert rows[0]["clean_birth_date"] == "1999-07-04"
    assert rows[1]["DOB2"] != ""


def test_between_parquet_and_csv_the_clean_values_are_the_same(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    source = write_table(tmp_path / "in.csv", 300)
    clean(source, tmp_path / "a.csv")
    clean(source, tmp_path / "a.parquet", force=True)
    from_csv = read(tmp_path / "a.csv")
    rows = [
        {name: "" if value is None else str(value) for name, value in row.items()}
        for row in pq.read_table(tmp_path / "a.parquet").to_pylist()
    ]
    assert rows == from_csv
    clean(tmp_path / "a.parquet", tmp_path / "b.csv", prefix="again_")
    for row in read(tmp_path / "b.csv"):
        assert row["again_number"] == row["clean_number"]
        assert bool(row["again_duplicate"]) == bool(row["clean_duplicate"])


def test_an_empty_table_has_an_empty_result(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    source = table(tmp_path, "CCCD,Họ tên", "")
    for suffix in ("csv", "parquet"):
        assert clean(source, tmp_path / f"out.{suffix}", force=True).rows == 0
    assert read(tmp_path / "out.csv") == []
    found = pq.read_table(tmp_path / "out.parquet")
    assert found.num_rows == 0
    assert "clean_number" in found.column_names
    clean(tmp_path / "out.parquet", tmp_path / "again.parquet", prefix="again_")


def test_without_pyarrow_parquet_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = table(tmp_path, "CCCD,Họ tên", f"{NUMBER},Lê Thử")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    clean(source, tmp_path / "out.csv")
    with pytest.raises(MissingExtra, match="bulk"):
        clean(source, tmp_path / "out.parquet", force=True)
    (tmp_path / "in.parquet").write_bytes(b"PAR1")
    with pytest.raises(MissingExtra):
        clean(tmp_path / "in.parquet", tmp_path / "other.csv")


def test_csv_alone_loads_no_pyarrow() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys, eid.bulk, eid.cli.clean; sys.exit('pyarrow' in sys.modules)"],
        check=False,
    )
    assert done.returncode == 0


def test_every_code_that_may_be_given_is_explained(tmp_path: Path) -> None:
    """Every code in the source stands in the catalogue, and every one of the catalogue in the source."""
    import re

    import eid.bulk
    from eid.bulk.codes import NOTES, PROBLEMS, REJECTIONS, ROWS
    from eid.vietnam.addresses import Address

    known = {*NOTES, *PROBLEMS, *REJECTIONS, *ROWS}
    folder = Path(eid.bulk.__file__).parent
    source = "".join(
        path.read_text(encoding="utf-8") for path in folder.glob("*.py") if path.name != "codes.py"
    )
    assert Address.__doc__ is not None
    words = re.findall("``([a-z_]+)``", Address.__doc__.partition(":param warnings:")[2])
    assert set(words) - {"empty"} <= known
    from_elsewhere = {*words, "looks_like_tcvn3", "looks_like_vni", "pin_year_mismatch", "pin_sex_mismatch"}
    assert not {code for code in known - from_elsewhere if f'"{code}"' not in source}
    given = re.findall(r'(?:notes\.append|problems\.append|codes\.append|problems=)\(+"([a-z_0-9]+)"', source)
    assert len(given) > 30
    assert set(given) <= known


def test_errors_are_of_one_family() -> None:
    for error in (TableUnreadable, TableFormatError, CleaningOptionsError):
        assert issubclass(error, BulkError)
