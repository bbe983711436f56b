"""The table of :mod:`eid.vietnam.card_qr.check`: its rows, and what each reason means."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from eid.errors import Text

__all__ = ["REASONS", "Agreement", "Comparison", "Severity", "Source", "most_severe"]


class Source(enum.StrEnum):
    """Where a value stands. ``NUMBER`` is what the personal number says by its form."""

    CODE = "code"
    MRZ = "mrz"
    DG1 = "dg1"
    DG13 = "dg13"
    NUMBER = "number"


class Agreement(enum.StrEnum):
    """*Compatible*: as far as the less exact side goes, it is the same."""

    SAME = "same"
    COMPATIBLE = "compatible"
    DIFFERENT = "different"
    NOT_COMPARABLE = "not_comparable"


class Severity(enum.StrEnum):
    """What to do, from least to most. *Review*: a person looks at it. *Alarm*: another person's or an
    altered card until explained.
    """

    NONE = "none"
    NOTE = "note"
    REVIEW = "review"
    ALARM = "alarm"


#: Every reason: what it means for the agreement, how severe it is, and a sentence.
REASONS: Mapping[str, tuple[Agreement, Severity, Text]] = MappingProxyType(
    {
        "same": (Agreement.SAME, Severity.NONE, Text("Both say the same.", "Hai bên giống nhau.")),
        "spelling": (
            Agreement.SAME,
            Severity.NONE,
            Text(
                "The same, apart from capitals, spaces or the way letters are stored.",
                "Giống nhau, chỉ khác chữ hoa, khoảng trắng hoặc cách lưu chữ.",
            ),
        ),
        "without_accents": (
            Agreement.COMPATIBLE,
            Severity.NONE,
            Text(
                "The same as far as the machine readable lines go: they have no accents.",
                "Khớp trong phạm vi dòng MRZ, vốn không có dấu.",
            ),
        ),
        "partial_date": (
            Agreement.COMPATIBLE,
            Severity.NONE,
            Text("One side knows only a part of the date.", "Một bên chỉ có một phần của ngày."),
        ),
        "partial_in_code": (
            Agreement.COMPATIBLE,
            Severity.REVIEW,
            Text(
                "The code has only a part of the date that the chip has.",
                "Mã chỉ có một phần của ngày mà chip có đầy đủ hơn.",
            ),
        ),
        "accents_missing": (
            Agreement.COMPATIBLE,
            Severity.NOTE,
            Text("One side has lost its accents; the letters agree.", "Một bên bị mất dấu; các chữ cái khớp."),
        ),
        "degraded": (
            Agreement.COMPATIBLE,
            Severity.NOTE,
            Text(
                "The scan has lost letters; those that are left agree.",
                "Bản quét bị mất chữ; phần còn lại khớp.",
            ),
        ),
        "accents_differ": (
            Agreement.DIFFERENT,
            Severity.REVIEW,
            Text(
                "The letters are the same and the accents are not: that may be another name.",
                "Chữ cái giống nhau nhưng khác dấu: có thể là tên khác.",
            ),
        ),
        "input_method": (
            Agreement.DIFFERENT,
            Severity.REVIEW,
            Text(
                "It differs as if an input method (Telex) had rewritten typed letters: set the scanner to HID-POS or serial mode.",
                "Khác biệt giống như bộ gõ (Telex) đã sửa chữ: hãy đặt máy quét ở chế độ HID-POS hoặc cổng nối tiếp.",
            ),
        ),
        "number_differs": (
            Agreement.DIFFERENT,
            Severity.ALARM,
            Text(
                "Two personal numbers: another card, or an altered one.",
                "Hai số định danh khác nhau: thẻ khác hoặc đã bị sửa.",
            ),
        ),
        "name_differs": (
            Agreement.DIFFERENT,
            Severity.ALARM,
            Text("Two different names.", "Hai họ tên khác nhau."),
        ),
        "birth_date_differs": (
            Agreement.DIFFERENT,
            Severity.ALARM,
            Text("Two dates of birth.", "Hai ngày sinh khác nhau."),
        ),
        "sex_differs": (
            Agreement.DIFFERENT,
            Severity.ALARM,
            Text("Two different entries of sex.", "Giới tính khác nhau."),
        ),
        "expiry_differs": (
            Agreement.DIFFERENT,
            Severity.ALARM,
            Text("Two dates of expiry.", "Hai ngày hết hạn khác nhau."),
        ),
        "residence_differs": (
            Agreement.DIFFERENT,
            Severity.REVIEW,
            Text("Two different residences.", "Hai nơi cư trú khác nhau."),
        ),
        "issue_date_differs": (
            Agreement.DIFFERENT,
            Severity.REVIEW,
            Text(
                "Two dates of issue: the code may be that of an earlier or later card.",
                "Hai ngày cấp khác nhau: có thể là mã của thẻ cấp trước hoặc sau.",
            ),
        ),
        "old_number_differs": (
            Agreement.DIFFERENT,
            Severity.REVIEW,
            Text("Two different old numbers.", "Hai số cũ khác nhau."),
        ),
        "parents_differ": (
            Agreement.DIFFERENT,
            Severity.REVIEW,
            Text("Different names of parents.", "Họ tên cha, mẹ khác nhau."),
        ),
        "not_in_number": (
            Agreement.DIFFERENT,
            Severity.REVIEW,
            Text(
                "The number says otherwise. It may have been set before a correction: ask for the cancelled number.",
                "Số định danh thể hiện khác. Số có thể được cấp trước khi cải chính: hãy hỏi số đã hủy.",
            ),
        ),
        "missing": (
            Agreement.NOT_COMPARABLE,
            Severity.NONE,
            Text("At least one side does not have it.", "Ít nhất một bên không có."),
        ),
        "wrong_check_digits": (
            Agreement.NOT_COMPARABLE,
            Severity.REVIEW,
            Text(
                "Check digits of the machine readable lines are wrong: scan them again.",
                "Số kiểm tra của dòng MRZ sai: hãy quét lại.",
            ),
        ),
        "not_in_mrz_letters": (
            Agreement.NOT_COMPARABLE,
            Severity.NOTE,
            Text("The name cannot be written in the letters of the other side.", "Không thể viết tên bằng chữ của bên kia."),
        ),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Comparison:
    """One row of the table.

    :param field: ``number``, ``name``, ``birth_date``, ``sex``, ``expiry``, ``residence``,
        ``issue_date``, ``old_number`` or ``parents``.
    :param reason: a key of :data:`REASONS`.
    :param values: what the two sides say, as text: personal data; ``None`` where nothing is said.
    """

    field: str
    left: Source
    right: Source
    reason: str
    values: tuple[str | None, str | None] = dataclasses.field(default=(None, None), repr=False)

    @property
    def agreement(self) -> Agreement:
        """Whether the two sides agree."""
        return REASONS[self.reason][0]

    @property
    def severity(self) -> Severity:
        """How much it matters."""
        return REASONS[self.reason][1]

    @property
    def explanation(self) -> Text:
        """A sentence for people; without personal data."""
        return REASONS[self.reason][2]

    def to_json(self, *, show_person: bool = False, language: str = "en") -> dict[str, object]:
        """The form of the command line.

        :param show_person: with the two values, personal data in clear.
        """
        row: dict[str, object] = {
            "field": self.field,
            "left": self.left.value,
            "right": self.right.value,
            "agreement": self.agreement.value,
            "severity": self.severity.value,
            "reason": self.reason,
            "explanation": self.explanation.in_language(language),
        }
        return {**row, "values": list(self.values)} if show_person else row


def most_severe(comparisons: Iterable[Comparison]) -> Severity:
    """The severity of the whole table."""
    order = list(Severity)
    return max((row.severity for row in comparisons), key=order.index, default=Severity.NONE)
