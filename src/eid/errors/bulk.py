"""Cleaning of files of many records."""

from __future__ import annotations

from eid.errors.base import EidError, InputError, Text

__all__ = [
    "BulkError",
    "CleaningFolderBusy",
    "CleaningInterrupted",
    "CleaningOptionsError",
    "CleaningOutputError",
    "CleaningOutputExists",
    "OtherCleaningUnfinished",
    "TableFormatError",
    "TableUnreadable",
]


class BulkError(EidError):
    code = "BULK"
    public_message = Text("The records cannot be cleaned.", "Không thể làm sạch dữ liệu.")
    cause = "A file of many records cannot be read, cleaned or written; a more specific code says why."
    remedy = "See the more specific code."


class TableUnreadable(BulkError):
    code = "TABLE_UNREADABLE"
    public_message = Text("A table cannot be read.", "Không đọc được tệp bảng.")
    cause = "The file is missing, may not be read, is no regular file, or was changed while it was read."
    remedy = "Check path and permissions. If the file was changed, begin again (eid clean --restart)."


class TableFormatError(BulkError, InputError):
    """The file is there and is not a table that can be read. ``kind`` is a short stable word."""

    code = "TABLE_FORMAT"
    public_message = Text(
        "The file is not a table that can be read.", "Tệp không phải là bảng dữ liệu đọc được."
    )
    cause = (
        "The encoding is not known, the header is missing or ambiguous, or the file is a workbook or damaged."
    )
    remedy = (
        "The message says what is missing: name the encoding, the delimiter or the columns, or export to CSV."
    )

    def __init__(self, detail: str = "", kind: str = "malformed") -> None:
        super().__init__(detail)
        self.kind = kind


class CleaningOptionsError(BulkError, InputError):
    code = "CLEANING_OPTIONS"
    public_message = Text("The options do not fit the table.", "Các tùy chọn không phù hợp với bảng dữ liệu.")
    cause = "A column is named that no table has, is given twice, or a field or value is named that does not exist."
    remedy = "Compare the names of the columns with the first line of the file."


class CleaningOutputError(BulkError):
    code = "CLEANING_OUTPUT"
    public_message = Text("The result cannot be written.", "Không ghi được kết quả.")
    cause = (
        "The disk is full, the folder may not be written to, or it went away. What was done so far is kept."
    )
    remedy = "Make room and start the same command again: it goes on where it stopped."


class CleaningOutputExists(BulkError):
    code = "CLEANING_OUTPUT_EXISTS"
    public_message = Text("There is a file of that name already.", "Tệp kết quả đã tồn tại.")
    cause = "The output, the report or the file of rejected rows is there already, or is one of the inputs."
    remedy = "Choose another name, or use --force to replace files of an earlier run."


class OtherCleaningUnfinished(BulkError):
    code = "CLEANING_OTHER"
    public_message = Text(
        "An unfinished run with other inputs or options stands in the way.",
        "Có một lần chạy dở dang với đầu vào hoặc tùy chọn khác.",
    )
    cause = (
        "The folder of an interrupted run is there, and its inputs, options or program version were others."
    )
    remedy = "Start it as it was to finish it, or use --restart to begin again with the new options."


class CleaningFolderBusy(BulkError):
    code = "CLEANING_RUNNING"
    public_message = Text(
        "Another program is writing this result.", "Một chương trình khác đang ghi kết quả này."
    )
    cause = "Two runs with the same output at the same time."
    remedy = "Wait until the other one ends."


class CleaningInterrupted(BulkError):
    code = "CLEANING_WORKER_LOST"
    public_message = Text("A worker process ended early.", "Một tiến trình xử lý đã dừng giữa chừng.")
    cause = "The system ended a worker process, for example for lack of memory, or it met an error of the library."
    remedy = "Start the same command again: it goes on where it stopped. --workers 1 needs less memory."
