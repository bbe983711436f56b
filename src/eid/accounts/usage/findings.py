"""What a verification of the usage log can find, and what each finding says to people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eid.accounts.usage.chain import Head
from eid.document.checks import Outcome
from eid.errors import Text

__all__ = ["USAGE_CODES", "LogFinding", "LogReport"]

#: Sentences by code.
USAGE_CODES: Mapping[str, Text] = {
    "USAGE_ENTRY_ALTERED": Text("Entries were altered.", "Có mục nhật ký đã bị sửa đổi."),
    "USAGE_ENTRY_MISSING": Text("Entries are missing.", "Có mục nhật ký bị thiếu."),
    "USAGE_ENTRY_MISPLACED": Text(
        "Entries stand in another place than their own.", "Có mục nhật ký bị đặt sai vị trí."
    ),
    "USAGE_ENTRY_REPEATED": Text("Entries stand there twice.", "Có mục nhật ký bị lặp lại."),
    "USAGE_LOG_CUT": Text(
        "The end of the log is missing: a checkpoint covers more than there is.",
        "Phần cuối của nhật ký bị thiếu: điểm kiểm tra bao trùm nhiều hơn những gì hiện có.",
    ),
    "USAGE_LOG_REWRITTEN": Text(
        "The log was rewritten: a checkpoint was signed over other entries.",
        "Nhật ký đã bị viết lại: điểm kiểm tra được ký trên các mục khác.",
    ),
    "USAGE_LOG_FORKED": Text(
        "There are two logs: checkpoints were signed that contradict each other.",
        "Có hai nhật ký khác nhau: các điểm kiểm tra đã ký mâu thuẫn với nhau.",
    ),
    "USAGE_REDUCED_UNRECORDED": Text(
        "Something was taken out of entries that no erasure or expiry tells of.",
        "Có nội dung bị lấy ra khỏi nhật ký mà không được ghi nhận.",
    ),
    "CHECKPOINT_FORGED": Text("A checkpoint is forged.", "Điểm kiểm tra bị giả mạo."),
    "CHECKPOINT_MALFORMED": Text("A checkpoint cannot be read.", "Không đọc được điểm kiểm tra."),
    "CHECKPOINT_OTHER_LOG": Text("A checkpoint is of another log.", "Điểm kiểm tra thuộc về nhật ký khác."),
    "CHECKPOINT_ORDER": Text(
        "The checkpoints are not in the order in which they were signed.",
        "Các điểm kiểm tra không theo thứ tự đã ký.",
    ),
    "CHECKPOINT_KEY_UNKNOWN": Text(
        "A checkpoint is by a key that is not known here.", "Điểm kiểm tra dùng khóa chưa được biết."
    ),
    "CHECKPOINT_NOT_REACHED": Text(
        "A checkpoint could not be compared, because entries before its end are missing.",
        "Không so sánh được điểm kiểm tra vì thiếu các mục nhật ký trước đó.",
    ),
    "CHECKPOINT_NOT_GIVEN": Text(
        "Without a checkpoint from elsewhere nobody can tell whether the whole log was exchanged.",
        "Không có điểm kiểm tra từ bên ngoài nên không thể biết nhật ký có bị thay thế toàn bộ hay không.",
    ),
    "USAGE_TIME_BACKDATED": Text(
        "Entries claim a time before a checkpoint that was signed before them.",
        "Có mục nhật ký ghi thời điểm trước điểm kiểm tra đã được ký trước đó.",
    ),
}


@dataclass(frozen=True, slots=True)
class LogFinding:
    """Something that is not as it should be, and where.

    :param code: from :data:`USAGE_CODES`.
    :param outcome: ``FAILED`` or ``UNDECIDED``; ``NOT_CHECKED`` for a notice that changes nothing.
    :param first: :param last: places of the first and last entry it can be about.
    :param checkpoint: which of the checkpoints given, from 0.
    """

    code: str
    outcome: Outcome
    first: int | None = None
    last: int | None = None
    checkpoint: int | None = None

    @property
    def text(self) -> Text:
        """A sentence for people."""
        return USAGE_CODES[self.code]

    def to_json(self) -> dict[str, object]:
        """The form of the command line."""
        return {
            "code": self.code,
            "outcome": self.outcome.value,
            "first": self.first,
            "last": self.last,
            "checkpoint": self.checkpoint,
        }


@dataclass(frozen=True, slots=True)
class LogReport:
    """What a verification showed.

    :param head: where the log ends, as computed from its entries.
    :param findings: what failed first, then what is undecided, then notices; each in the order of places.
    :param covered: entries that a checkpoint vouches for; what comes later could still be cut off unseen.
    :param checkpoints: how many of the checkpoints given agree with the log.
    :param erased: :param expired: entries of which the person or the content was taken out.
    """

    head: Head
    findings: tuple[LogFinding, ...]
    covered: int
    checkpoints: int
    erased: int
    expired: int

    @property
    def size(self) -> int:
        """Entries that the log should have by its highest place."""
        return self.head.size

    @property
    def outcome(self) -> Outcome:
        """``FAILED`` when anything was found, ``UNDECIDED`` when something could not be looked at."""
        outcomes = {finding.outcome for finding in self.findings}
        for worse in (Outcome.FAILED, Outcome.UNDECIDED):
            if worse in outcomes:
                return worse
        return Outcome.PASSED

    @property
    def code(self) -> str | None:
        """Of the first finding; ``None`` when it passed."""
        return None if self.outcome is Outcome.PASSED else self.findings[0].code

    def to_json(self) -> dict[str, object]:
        """The form of the command line."""
        return {
            "verdict": self.outcome.value,
            "code": self.code,
            "log": self.head.log.hex(),
            "size": self.size,
            "root": self.head.root.hex(),
            "covered": self.covered,
            "checkpoints": self.checkpoints,
            "erased": self.erased,
            "expired": self.expired,
            "findings": [finding.to_json() for finding in self.findings],
        }
