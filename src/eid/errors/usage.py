"""The usage log: what it refuses, and what cannot be read."""

from __future__ import annotations

from eid.errors.base import EidError, InputError, Text

__all__ = [
    "CheckpointInvalid",
    "ReceiptInvalid",
    "UsageEntryRefused",
    "UsageLogDamaged",
    "UsageLogError",
    "UsageLogFormatError",
    "UsageLogUnavailable",
    "UsageProofInvalid",
    "UsageProofUnavailable",
]


class UsageLogError(EidError):
    code = "USAGE_LOG"
    public_message = Text("The usage log cannot be used.", "Không sử dụng được nhật ký sử dụng.")
    cause = "Something about the usage log is not possible; a more specific code says why."
    remedy = "See the more specific code."


class UsageLogUnavailable(UsageLogError):
    code = "USAGE_LOG_UNAVAILABLE"
    public_message = Text(
        "The use of data cannot be recorded at the moment.", "Hiện không ghi được nhật ký sử dụng dữ liệu."
    )
    cause = "The database of the log does not answer. What cannot be recorded must not happen."
    remedy = "Bring the database back and repeat the request; give entries that must stand once a `once`."


class UsageLogDamaged(UsageLogError):
    code = "USAGE_LOG_DAMAGED"
    public_message = Text("The usage log is damaged.", "Nhật ký sử dụng bị hỏng.")
    cause = "What the database holds about the log does not fit together, so nothing was added to it."
    remedy = "Verify the log (`eid account log verify`); it says which entries were altered or are missing."


class UsageProofUnavailable(UsageLogError):
    code = "USAGE_PROOF_UNAVAILABLE"
    public_message = Text(
        "There is no such entry in the usage log.", "Không có mục này trong nhật ký sử dụng."
    )
    cause = "A proof was asked for an entry or a size that the log does not have."
    remedy = "Ask for an entry below the size of the checkpoint, and for a checkpoint within the log."


class UsageEntryRefused(InputError):
    code = "USAGE_ENTRY"
    public_message = Text(
        "This cannot stand in the usage log.", "Nội dung này không được ghi vào nhật ký sử dụng."
    )
    cause = "An entry has no time zone, is too long, or holds what looks like the number of a person or telephone."
    remedy = "Give stable words for purpose, requester and fields; give the person as `subject`, which is kept keyed."


class UsageLogFormatError(InputError):
    code = "USAGE_LOG_FORMAT"
    public_message = Text("The usage log cannot be read.", "Không đọc được nhật ký sử dụng.")
    cause = "A file is no exported usage log, was cut within a line, or is of a newer version."
    remedy = "Export the log again with this version of the library or a newer one."


class CheckpointInvalid(InputError):
    """``kind`` is ``malformed`` or ``signature``."""

    code = "CHECKPOINT"
    public_message = Text(
        "The checkpoint of the usage log cannot be relied on.",
        "Không thể tin cậy điểm kiểm tra của nhật ký sử dụng.",
    )
    cause = "A checkpoint is malformed, not signed by an expected key, or is of another log."
    remedy = "Use the checkpoint as it was signed, and the keys of who signs the log."

    def __init__(self, detail: str = "", kind: str = "malformed") -> None:
        super().__init__(detail)
        self.kind = kind


class UsageProofInvalid(InputError):
    code = "USAGE_PROOF"
    public_message = Text(
        "It is not proved that this entry stands in the usage log.",
        "Chưa chứng minh được mục này có trong nhật ký sử dụng.",
    )
    cause = "An entry, the hash before it, its path and the checkpoint do not fit together."
    remedy = (
        "Ask who keeps the log for a new proof; when that fails too, the log was changed: verify all of it."
    )


class ReceiptInvalid(InputError):
    code = "CONSENT_RECEIPT"
    public_message = Text(
        "The consent receipt cannot be relied on.", "Không thể tin cậy biên nhận đồng ý này."
    )
    cause = "A consent receipt is malformed, or its signature does not hold."
    remedy = "Use the receipt as it was issued, and the keys of who issued it."
