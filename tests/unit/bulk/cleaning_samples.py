"""Tables of invented people, with everything that goes wrong in real ones."""

from __future__ import annotations

import csv
import datetime as dt
import random
from pathlib import Path

from eid.bulk import Results, Settings, Source, Summary, clean_table

TODAY = dt.date(2026, 11, 21)
SETTINGS = Settings(today=TODAY, as_of=dt.date(2022, 7, 10))
HEADER = ["STT", "Số CCCD", "Họ và tên", "Ngày sinh", "Giới tính", "Địa chỉ", "Ghi chú"]
_FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Đặng", "Vũ")
_GIVEN = ("Ánh", "Anh", "Hòa", "Hoà", "Thử", "Mẫu", "Ví", "Thuỷ")
_PROVINCES = (
    ("001", "Hà Nội"),
    ("002", "Tỉnh Hà Giang"),
    ("064", "Tỉnh Gia Lai"),
    ("079", "TP. Hồ Chí Minh"),
)


def write_table(path: Path, rows: int, *, seed: int = 1) -> Path:
    """Good rows, and among them lost zeros, odd dates, line breaks, duplicates, conflicts and rows that are none."""
    chance = random.Random(seed)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        for number in range(1, rows + 1):
            row = _row(number, chance)
            if number % 97 == 0:
                row[1] = row[1].lstrip("0")
            if number % 89 == 0:
                row[3] = row[3][:-4] + row[3][-2:]
            if number % 83 == 0:
                row[5] = row[5].replace(", ", "\n")
            writer.writerow(row)
            if number % 71 == 0:
                writer.writerow(row)
            if number % 67 == 0:
                writer.writerow([number, row[1], "Ruritania Sample", row[3], row[4], row[5], ""])
            if number % 61 == 0:
                stream.write(f"{number},x\r\n")
            if number % 59 == 0:
                stream.write(f'{number},"lost,a,b,c,d,e\r\n')
            if number % 53 == 0:
                stream.write("\r\n,,,,,,\r\n")
    return path


def _row(number: int, chance: random.Random) -> list[str]:
    year, female = chance.randint(1950, 2005), chance.randint(0, 1)
    prefix, province = chance.choice(_PROVINCES)
    digits = f"{prefix}{(year // 100 - 19) * 2 + female}{year % 100:02d}{number:06d}"
    name = f"{chance.choice(_FAMILY)} {chance.choice(_GIVEN)} {chance.choice(_GIVEN)}"
    date = f"{chance.randint(1, 28):02d}/{chance.randint(1, 12):02d}/{year}"
    address = f"Số {number}, Xã Ví Dụ {number % 40}, Huyện Thử, {province}"
    return [
        str(number),
        digits,
        name,
        date,
        "Nữ" if female else "Nam",
        address,
        'nói "thử"' if number % 50 == 0 else "",
    ]


def clean(source: Path, out: Path, **options: object) -> Summary:
    """Clean *source* with one worker, unless told otherwise."""
    known = {"settings": SETTINGS, "workers": 1, **options}
    return clean_table(Source(source), Results.beside(out), **known)  # type: ignore[arg-type]


def read(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    """The rows of a result, by column."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=delimiter))
