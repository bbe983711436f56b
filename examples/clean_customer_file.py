"""A bank cleans its list of customers and holds it against its list of accounts. Invented people, no network.

    python examples/clean_customer_file.py [FOLDER]

You will see:

1. the list as a spreadsheet left it: lost zeros, a number in scientific notation, dates in several forms, decomposed
   letters, an old province, somebody twice, a row with a field too few;
2. what cleaning made of each row, with the codes of what it did and of what it could not know;
3. what the accounts say of the same numbers: the same person, another one, or nothing.

The files stay in FOLDER when one is named.
"""

from __future__ import annotations

import csv
import datetime as dt
import sys
import tempfile
import unicodedata
from pathlib import Path

from eid.bulk import Results, Settings, Source, Summary, clean_table

CUSTOMERS = f"""\
Số CCCD;Họ và tên;Ngày sinh;Giới tính;Nơi thường trú;Ngày cấp
001099012349;{unicodedata.normalize("NFD", "Nguyễn Đức Ánh")};04/07/1999;Nam;Xã Ví Dụ, Huyện Thử, Tỉnh Hà Giang;10/07/2022
52160004321;LÊ  THỊ MẪU;1960-03-01;Nữ;P. Mẫu, Q. Thử, TP.HCM;11/07/2022
1.09901E+11;Trần Ví Dụ;04/07/85;Nam;Xã Ví Dụ, Gia Lai;10/07/2025
064203000015;Phạm Thử;31/02/2003;Nam;;
001099012349;NGUYEN DUC ANH;4 tháng 7 năm 1999;Nam;;
001099012340;Vũ Mẫu;1999
"""
ACCOUNTS = """\
national_id,full_name,dob,account
001099012349,NGUYEN DUC ANH,1999-07-04,A-1
052160004321,Le Thi Mau,1960-03-01,A-2
064203000015,Hoang Van Khac,1970-01-01,A-3
"""


def main(folder: Path) -> None:
    """Clean, and show what came of it."""
    customers, accounts = folder / "customers.csv", folder / "accounts.csv"
    customers.write_text(CUSTOMERS, encoding="utf-8")
    accounts.write_text(ACCOUNTS, encoding="utf-8")
    results = Results.beside(folder / "clean.csv")
    # Zeros are put back only where birth year and sex agree; the address is read as of the day of issue.
    settings = Settings(today=dt.date(2026, 11, 21), as_of_issue=True, restore_zeros=True)
    summary = clean_table(
        Source(customers), results, settings=settings, joins=[Source(accounts, take=("account",))]
    )
    show(results, summary)


def show(results: Results, summary: Summary) -> None:
    """The files as a person would read them."""
    with results.out.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter=";"):
            who = f"{row['clean_number'] or 'no number'}, {row['clean_name']}, {row['clean_birth_date'] or 'no birth date'}"
            print(f"row {row['clean_row']}: {who}")
            for word in ("notes", "problems", "candidates"):
                if row[f"clean_{word}"]:
                    print(f"  {word}: {row[f'clean_{word}']}")
            if row["clean_address_unit"]:
                print(f"  lives in what is now: {row['clean_address_unit']}")
            if row["clean_duplicate"]:
                print(f"  {row['clean_duplicate']} of row {row['clean_duplicate_of']}")
            account = row["clean_join1_its_account"] or "none"
            print(f"  account {account}: {row['clean_join1_verdict']}")
    print(f"rejected: {results.rejected.read_text(encoding='utf-8').splitlines()[1:]}")
    print(f"{summary.rows} rows, {summary.rows_rejected} rejected, {summary.conflicts} in conflict")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as name:
            main(Path(name))
