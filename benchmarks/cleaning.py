"""`eid clean`: records a second, and the memory of all its processes together.

python benchmarks/cleaning.py [RECORDS] [--join] [--kill]

A table of invented people, with what goes wrong in real ones, is cleaned by the program itself. ``--join`` holds it
against a second table of the same size; ``--kill`` kills the program several times on the way, starts it again each
time, and compares the result with that of a run that went through. Memory is read from /proc: Linux only.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import Row

_FAMILY = (
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Ngô",
    "Dương",
    "Lý",
)
_MIDDLE = ("Văn", "Thị", "Đức", "Ngọc", "Minh", "Thanh", "Hữu", "Xuân", "Thu", "Kim")
_GIVEN = (
    "Ánh",
    "Anh",
    "Bình",
    "Dũng",
    "Hòa",
    "Hoà",
    "Hùng",
    "Hưng",
    "Lan",
    "Mai",
    "Thủy",
    "Thuỷ",
    "Thử",
    "Mẫu",
    "Ví",
)
_PROVINCES = (
    ("001", "Thành phố Hà Nội"), ("002", "Tỉnh Hà Giang"), ("015", "Tỉnh Yên Bái"), ("052", "Tỉnh Bình Định"),
    ("064", "Tỉnh Gia Lai"), ("079", "TP. Hồ Chí Minh"),
)  # fmt: skip
#: Communes of the whole table: as many as Viet Nam had before the merger.
_COMMUNES = 10_600
_PROGRAM = [sys.executable, "-c", "from eid.cli.main import run; run()", "clean"]
_MEBI = 1 << 20


def write_table(path: Path, records: int, *, seed: int = 1) -> None:
    """A table of *records* people, 3 in 100 of them with something to repair or to tell."""
    chance = random.Random(seed)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(
            ["STT", "Số CCCD", "Họ và tên", "Ngày sinh", "Giới tính", "Nơi thường trú", "Ngày cấp", "Ghi chú"]
        )
        for number in range(records):
            writer.writerow(_record(number, chance))


def _record(number: int, chance: random.Random) -> list[str]:
    year, female = chance.randint(1950, 2008), chance.randint(0, 1)
    prefix, _ = chance.choice(_PROVINCES)
    digits = f"{prefix}{(year // 100 - 19) * 2 + female}{year % 100:02d}{number % 1_000_000:06d}"
    name = (
        f"{chance.choice(_FAMILY)} {chance.choice(_MIDDLE)} {chance.choice(_MIDDLE)} {chance.choice(_GIVEN)}"
    )
    date = f"{chance.randint(1, 28):02d}/{chance.randint(1, 12):02d}/{year}"
    commune = chance.randrange(_COMMUNES)
    _, province = _PROVINCES[commune % len(_PROVINCES)]
    address = f"Số {chance.randint(1, 999)}, Thôn {chance.randint(1, 20)}, Xã Ví Dụ {commune}, Huyện Thử {commune // 15}, {province}"
    issued = f"{chance.randint(1, 28):02d}/{chance.randint(1, 12):02d}/{chance.randint(2021, 2024)}"
    odd = chance.random()
    if odd < 0.01:
        digits = digits.lstrip("0")
    elif odd < 0.012:
        digits = "1.09901E+11"
    elif odd < 0.018:
        name = f" {name.upper().replace(' ', '  ')}"
    elif odd < 0.024:
        date = f"{date[:-4]}{year % 100:02d}"
    elif odd < 0.028:
        address = address.replace(", ", "\n")
    return [
        str(number),
        digits,
        name,
        date,
        "Nữ" if female else "Nam",
        address,
        issued,
        'nói "thử"' if odd > 0.99 else "",
    ]


def _memory(process: int) -> int:
    """Resident octets of a process and of all that it started."""
    total, waiting = 0, [process]
    while waiting:
        each = waiting.pop()
        try:
            status = Path(f"/proc/{each}/statm").read_text(encoding="ascii").split()
            children = Path(f"/proc/{each}/task/{each}/children").read_text(encoding="ascii")
        except (OSError, ValueError):
            continue  # it ended meanwhile
        total += int(status[1]) * os.sysconf("SC_PAGE_SIZE")
        waiting += map(int, children.split())
    return total


def clean(source: Path, out: Path, *options: str, kill_after: float | None = None) -> tuple[float, int, int]:
    """Run the program: seconds, octets of memory at most, exit code. Its processor time is in RUSAGE_CHILDREN."""
    command = [*_PROGRAM, str(source), "--out", str(out), "--as-of", "issue_date", "--json", *options]
    start, most = time.perf_counter(), 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            most = max(most, _memory(process.pid))
            if kill_after is not None and time.perf_counter() - start > kill_after:
                process.kill()
            time.sleep(0.02)
        seconds = time.perf_counter() - start
        said = process.stdout.read() if process.stdout is not None else b""
    if process.returncode == 0:
        assert json.loads(said)["rejected"] == {}
    return seconds, most, process.returncode


def _digest(out: Path) -> str:
    return hashlib.sha256(out.read_bytes() + out.with_name(f"{out.stem}.report.csv").read_bytes()).hexdigest()


def rows(records: int = 100_000) -> list[Row]:
    """Both rows; start of the program and of its workers included."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_table(folder / "in.csv", records)
        seconds, most, code = clean(folder / "in.csv", folder / "out.csv")
        assert code == 0
    detail = f"{records:,} records in {seconds:.1f} s, {len(os.sched_getaffinity(0))} processors"
    return [
        Row("clean records", records / seconds, "a second", 20_000, detail, at_least=True),
        Row("  memory of all processes", most / _MEBI, "MiB", 512, "at most, at any time"),
    ]


def main() -> None:
    """Measure as told."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("records", nargs="?", type=int, default=100_000)
    parser.add_argument("--join", action="store_true")
    parser.add_argument("--kill", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, other = folder / "in.csv", folder / "other.csv"
        write_table(source, options.records)
        joined: tuple[str, ...] = ()
        if options.join:
            write_table(other, options.records, seed=2)
            joined = ("--join", str(other))
        seconds, most, code = clean(source, folder / "out.csv", *joined)
        assert code in (0, 1)
        print(f"{options.records:,} records, {source.stat().st_size / _MEBI:.0f} MiB: {seconds:.1f} s")
        print(f"{options.records / seconds:,.0f} records a second, {most / _MEBI:.0f} MiB of memory at most")
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        busy = (used.ru_utime + used.ru_stime) / options.records * 1e6
        print(
            f"{busy:.0f} µs of processor time for a record: {2e6 / busy:,.0f} a second on two that do nothing else"
        )
        if options.kill:
            _kill_and_resume(source, folder, joined, seconds)


def _kill_and_resume(source: Path, folder: Path, joined: tuple[str, ...], seconds: float) -> None:
    (folder / "again").mkdir()
    out, times, code = folder / "again" / "out.csv", 0, 0
    start = time.perf_counter()
    for part in (0.4, 0.2, 0.15, 0.1, None):
        _, _, code = clean(source, out, *joined, kill_after=None if part is None else part * seconds)
        if code != -9:
            break
        times += 1
    assert code in (0, 1), code
    same = _digest(out) == _digest(folder / "out.csv")
    print(f"killed {times} times, {time.perf_counter() - start:.1f} s in all; the same result: {same}")


if __name__ == "__main__":
    main()
