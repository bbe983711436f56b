"""Two records with one number: what agrees, what does not, and when a person has to look."""

from __future__ import annotations

import itertools

import pytest

from eid.bulk.agreement import By, Compared, PairVerdict, Subject, compare
from eid.vietnam.matching import NameClass

NAME, BORN = "Nguyễn Đức Ánh", "1999-07-04"


def verdict(one: Subject, other: Subject, by: By = By.NUMBER) -> tuple[str, tuple[str, ...]]:
    found = compare(one, other, by=by)
    assert compare(other, one, by=by) == found  # which comes first does not matter
    return found.verdict.value, found.codes


def subject(name: str = NAME, birth_date: str = BORN, sex: str = "M") -> Subject:
    return Subject("001099012349", "", name, birth_date, sex)


@pytest.mark.parametrize(
    ("name", "birth_date", "sex", "expected"),
    [
        (NAME, BORN, "M", ("same", ())),
        ("NGUYỄN ĐỨC ÁNH", BORN, "", ("same", ())),
        ("NGUYEN DUC ANH", BORN, "M", ("same", ())),
        ("NGUYEN DUC ANH", "", "M", ("compatible", ())),
        ("NGUYEN DUC ANH", "1999", "M", ("compatible", ())),
        (NAME, "", "", ("same", ())),
        (NAME, "1999-07", "", ("same", ())),
        ("", BORN, "M", ("compatible", ())),
        ("", "", "M", ("unconfirmed", ("nothing_compared",))),
        ("", "", "", ("unconfirmed", ("nothing_compared",))),
        ("Đức Ánh Nguyễn", BORN, "M", ("review", ("name_review",))),
        ("Nguyễn Ánh", "", "M", ("review", ("name_review",))),
        ("Nguyễn Đức Anh", BORN, "M", ("review", ("name_review",))),
        ("Nguyễn Đức Anh", "", "M", ("conflict", ("name_differs",))),
        ("Nguyễn Đức Ánhh", "1999", "M", ("conflict", ("name_differs",))),
        ("Trần Thị Mẫu", BORN, "M", ("conflict", ("name_differs",))),
        (NAME, "1999-07-05", "M", ("conflict", ("birth_date_differs",))),
        (NAME, "1998", "M", ("conflict", ("birth_date_differs",))),
        (NAME, BORN, "F", ("conflict", ("sex_differs",))),
        (
            "Trần Thị Mẫu",
            "1960-01-01",
            "F",
            ("conflict", ("name_differs", "birth_date_differs", "sex_differs")),
        ),
    ],
)
def test_evidence_decides(
    name: str, birth_date: str, sex: str, expected: tuple[str, tuple[str, ...]]
) -> None:
    assert verdict(subject(), subject(name, birth_date, sex)) == expected


def test_an_old_number_never_makes_two_records_one() -> None:
    assert verdict(subject(), subject(), By.OLD_NUMBER) == ("review", ("by_old_number",))
    assert verdict(subject(), subject("Trần Thị Mẫu"), By.OLD_NUMBER)[0] == "conflict"
    assert verdict(subject(), subject(), By.ALIAS)[0] == "same"


def test_evidence_stands_beside_the_verdict() -> None:
    found = compare(subject(), subject("NGUYEN DUC ANH", "1999", ""))
    assert (found.name, found.birth_date, found.sex) == (
        NameClass.ACCENT_FOLDED, Compared.COMPATIBLE, Compared.MISSING,
    )  # fmt: skip


def test_worse_evidence_never_makes_a_better_verdict() -> None:
    """Turning one attribute from equal to different, everything else the same, never helps."""
    order = list(PairVerdict)
    names = {"same": NAME, "folded": "NGUYEN DUC ANH", "none": "", "different": "Trần Thị Mẫu"}
    dates, sexes = (BORN, "1999", "", "1960-01-01"), ("M", "", "F")
    for name, date, sex in itertools.product(names.values(), dates, sexes):
        here = order.index(compare(subject(), subject(name, date, sex)).verdict)
        for worse in (
            subject(names["different"], date, sex), subject(name, "1960-01-01", sex), subject(name, date, "F"),
        ):  # fmt: skip
            assert order.index(compare(subject(), worse).verdict) >= here


def test_two_days_that_are_the_same_as_far_as_they_are_known() -> None:
    for one, other, expected in (
        ("1999", "1999", Compared.COMPATIBLE),  # two years alike are no day
        ("1999-07", "1999-07-04", Compared.COMPATIBLE),
        ("1999-1", "1999-10-04", Compared.DIFFERENT),
        ("1999", "19990", Compared.DIFFERENT),
    ):
        assert compare(subject(birth_date=one), subject(birth_date=other)).birth_date is expected


def test_nothing_personal_shows() -> None:
    assert NAME not in repr(subject()) + repr(compare(subject(), subject()))
    assert "001099012349" not in repr(subject())
