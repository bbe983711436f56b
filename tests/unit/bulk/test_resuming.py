"""Killed at any point and started again: nothing is lost, nothing is there twice, not one octet differs."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cleaning_samples import clean, read, write_table

from eid.bulk import Results, csv_reading
from eid.errors import (
    CleaningFolderBusy,
    CleaningOutputError,
    CleaningOutputExists,
    OtherCleaningUnfinished,
    TableUnreadable,
)

HERE = Path(__file__).resolve().parent
SOURCES = str(HERE.parents[2] / "src")
ROWS = 700


def program(*arguments: object) -> list[str]:
    return [sys.executable, str(HERE / "interrupted.py"), *map(str, arguments)]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": f"{SOURCES}{os.pathsep}{HERE}"}


def run(*arguments: object) -> int:
    done = subprocess.run(program(*arguments), env=environment(), capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_table(tmp_path_factory.mktemp("source") / "people.csv", ROWS)


@pytest.fixture(scope="module")
def whole(source: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    """What runs that nobody interrupts write, for each kind of result."""
    folder, found = tmp_path_factory.mktemp("whole"), {}
    for suffix in (".csv", ".parquet"):
        for joins in ((), (source,)):
            out = folder / f"out{suffix}"
            assert run("none", 0, source, out, 1, *joins) == 0
            found[f"{suffix}{len(joins)}"] = files(out, remove=True)
    return found


def files(out: Path, *, remove: bool = False) -> dict[str, bytes]:
    results = Results.beside(out)
    assert not results.folder.exists()
    found = {path.name: path.read_bytes() for path in results.all}
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in results.all)
    if remove:
        for path in results.all:
            path.unlink()
    return found


@pytest.mark.parametrize(
    ("suffix", "place", "number"),
    [
        (".csv", "block", 1), (".csv", "block", 3), (".csv", "save", 1), (".csv", "save", 4), (".csv", "saved", 1),
        (".csv", "replace", 1), (".csv", "replace", 2), (".csv", "replace", 3),
        (".parquet", "block", 3), (".parquet", "save", 4), (".parquet", "replace", 1), (".parquet", "replace", 2),
    ],
)  # fmt: skip
def test_killed_once_and_started_again(
    source: Path, whole: dict[str, dict[str, bytes]], tmp_path: Path, suffix: str, place: str, number: int
) -> None:
    out = tmp_path / f"out{suffix}"
    assert run(place, number, source, out) == -signal.SIGKILL
    assert Results.beside(out).folder.exists()
    assert run("none", 0, source, out) == 0
    assert files(out) == whole[f"{suffix}0"]


@pytest.mark.parametrize(("place", "number"), [("index", 4), ("build", 1), ("block", 2), ("replace", 2)])
def test_killed_while_joining(
    source: Path, whole: dict[str, dict[str, bytes]], tmp_path: Path, place: str, number: int
) -> None:
    out = tmp_path / "out.csv"
    assert run(place, number, source, out, 1, source) == -signal.SIGKILL
    assert run("none", 0, source, out, 1, source) == 0
    assert files(out) == whole[".csv1"]


def test_killed_again_and_again_it_ends_nevertheless(
    source: Path, whole: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    out, times = tmp_path / "out.csv", 0
    while (
        run("saved", 4, source, out) == -signal.SIGKILL
    ):  # the first save of each start repeats the last one
        times += 1
        assert times < 100
    assert times > 3
    assert files(out) == whole[".csv0"]


@pytest.mark.parametrize("times", [3, pytest.param(20, marks=pytest.mark.soak)])
def test_killed_from_outside_at_any_moment_with_two_workers(
    source: Path, whole: dict[str, dict[str, bytes]], tmp_path: Path, times: int
) -> None:
    """The moments are chance; whatever they hit, the result is the same, and no worker stays behind."""
    chance = random.Random(times)
    for number in range(times):
        out = tmp_path / f"out{number}.csv"
        process = subprocess.Popen(
            program("none", 0, source, out, 2, source), env=environment(), start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(chance.uniform(0.2, 2.5))
        process.kill()
        process.wait(30)
        _gone(process.pid)
        # The folder of the run goes last: without it, and with the results, it was done before the signal came.
        done = out.exists() and not Results.beside(out).folder.exists()
        assert done or run("none", 0, source, out, 2, source) == 0
        found = files(out)
        assert sorted(found.values()) == sorted(whole[".csv1"].values())


def _gone(session: int) -> None:
    """Wait until no process of the session is left: its workers notice that it is gone."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        left = subprocess.run(
            ["ps", "-s", str(session), "-o", "pid=,stat="], capture_output=True, text=True, check=False
        )
        if not [line for line in left.stdout.splitlines() if " Z" not in line]:
            return
        time.sleep(0.1)
    pytest.fail("workers stayed behind")


def test_two_workers_write_what_one_writes(
    source: Path, whole: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    out = tmp_path / "out.csv"
    assert run("none", 0, source, out, 2, source) == 0
    assert files(out) == whole[".csv1"]


# --- what must not go on ---------------------------------------------------------------------------


def interrupt(source: Path, out: Path) -> None:
    assert run("saved", 3, source, out) == -signal.SIGKILL


def test_another_run_does_not_go_on_with_it(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    interrupt(source, out)
    with pytest.raises(OtherCleaningUnfinished):
        clean(source, out, prefix="other_")
    with pytest.raises(OtherCleaningUnfinished):
        clean(source, out, joins=[_source(source)])
    assert clean(source, out, prefix="other_", restart=True).resumed is False
    assert "other_name" in read(out)[0]


def _source(path: Path) -> object:
    from eid.bulk import Source

    return Source(path)


def test_a_source_that_changed_is_not_mixed_with_its_older_self(tmp_path: Path) -> None:
    source, out = write_table(tmp_path / "people.csv", ROWS), tmp_path / "out.csv"
    interrupt(source, out)
    text = source.read_bytes()
    source.write_bytes(text.replace("Số 1,".encode(), "Số 2,".encode(), 1))
    with pytest.raises(TableUnreadable, match="changed"):
        clean(source, out)
    source.write_bytes(text[:-1])
    with pytest.raises(OtherCleaningUnfinished):
        clean(source, out)
    source.write_bytes(text)
    assert clean(source, out).resumed is True


def test_what_was_written_and_is_gone_is_noticed(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    interrupt(source, out)
    with (Results.beside(out).folder / "rows").open("r+b") as stream:
        stream.truncate(10)
    with pytest.raises(CleaningOutputError, match="--restart"):
        clean(source, out)


def test_two_programs_do_not_write_one_result(source: Path, tmp_path: Path) -> None:
    from eid.bulk.state import RunFolder

    out = tmp_path / "out.csv"
    other = RunFolder(Results.beside(out).folder)
    try:
        with pytest.raises(CleaningFolderBusy):
            clean(source, out)
        with pytest.raises(CleaningFolderBusy):
            clean(source, out, restart=True)
    finally:
        other.close()
    clean(source, out)


def test_a_folder_of_that_name_that_is_not_of_a_run_is_left_alone(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    folder = Results.beside(out).folder
    folder.mkdir()
    (folder / "thesis.txt").write_text("precious")
    (folder / "rows").write_text("precious")
    for options in ({}, {"restart": True}, {"force": True}):
        with pytest.raises(CleaningOutputExists):
            clean(source, out, **options)
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "thesis.txt": "precious",
        "rows": "precious",
    }


def test_nothing_is_written_through_links_that_somebody_put_there(source: Path, tmp_path: Path) -> None:
    out, precious = tmp_path / "out.csv", tmp_path / "precious"
    precious.write_text("precious")
    folder = Results.beside(out).folder
    folder.mkdir()
    (folder / "rows").symlink_to(precious)
    with pytest.raises(CleaningOutputExists):
        clean(source, out)
    (folder / "rows").unlink()
    folder.rmdir()
    folder.symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(CleaningOutputExists):
        clean(source, out)
    assert precious.read_text() == "precious"
    assert not list((tmp_path / "elsewhere").iterdir())


def test_an_open_folder_is_closed_to_others(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    interrupt(source, out)
    folder = Results.beside(out).folder
    assert folder.stat().st_mode & 0o777 == 0o700
    assert all(
        path.stat().st_mode & 0o077 == 0 for path in folder.iterdir() if not path.name.startswith("state")
    )


def test_a_day_that_passes_between_changes_nothing(
    source: Path, whole: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    """The day of a run is that of its beginning."""
    import datetime as dt
    from dataclasses import replace

    from cleaning_samples import SETTINGS

    out = tmp_path / "out.csv"
    interrupt(source, out)
    clean(source, out, settings=replace(SETTINGS, today=dt.date(1960, 1, 1)))
    assert files(out) == whole[".csv0"]


def test_a_full_disk_is_told_and_the_run_goes_on_later(
    source: Path, whole: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    """A limit on the size of files is what a test can set; the system refuses to write just as for a full disk."""
    out = tmp_path / "out.csv"
    program_ = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000));"
        "from interrupted import main; from eid.errors import CleaningOutputError\n"
        "try: main()\n"
        "except CleaningOutputError as error: sys.exit(str(error))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program_, "none", "0", str(source), str(out)],
        env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("CLEANING_OUTPUT: ")
    assert "Traceback" not in done.stderr
    assert not out.exists()
    assert run("none", 0, source, out) == 0
    assert files(out) == whole[".csv0"]


def test_a_result_that_is_there_stays_unless_forced(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("precious")
    with pytest.raises(CleaningOutputExists):
        clean(source, out)
    assert out.read_text() == "precious"
    assert not Results.beside(out).folder.exists()
    clean(source, out, force=True)
    first = out.read_bytes()
    small = write_table(tmp_path / "small.csv", 10)
    clean(small, out, force=True)
    assert out.read_bytes() != first
    assert not Results.beside(out).rejected.exists()  # that of the earlier run would mislead


def test_a_result_that_appears_meanwhile_is_not_replaced(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    interrupt(source, out)
    out.write_text("precious")
    with pytest.raises(CleaningOutputExists):
        clean(source, out)
    assert out.read_text() == "precious"
    clean(source, out, force=True)
    assert out.read_text() != "precious"


def test_inputs_are_never_results(source: Path, tmp_path: Path) -> None:
    for out in (source, source.with_name("x").parent / "." / source.name):
        with pytest.raises(CleaningOutputExists):
            clean(source, out, force=True)
    with pytest.raises(CleaningOutputExists):
        clean(
            source,
            tmp_path / "out.csv",
            joins=[_source(write_table(tmp_path / "out.report.csv", 3))],
            force=True,
        )


def test_a_folder_that_is_not_there_is_told(source: Path, tmp_path: Path) -> None:
    with pytest.raises(CleaningOutputError):
        clean(source, tmp_path / "nowhere" / "out.csv")


def test_blocks_of_another_size_give_the_same_result(
    source: Path, whole: dict[str, dict[str, bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for size in (977, 1 << 20):
        monkeypatch.setattr(csv_reading, "BLOCK", size)
        for suffix in (".csv", ".parquet"):
            out = tmp_path / str(size) / f"out{suffix}"
            out.parent.mkdir(exist_ok=True)
            clean(source, out)
            assert files(out, remove=True) == whole[f"{suffix}0"]
