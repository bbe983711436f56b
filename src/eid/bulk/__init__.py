"""Many records at once: cleaned, compared and joined from files."""

from __future__ import annotations

from eid.bulk.agreement import By, Compared, PairAgreement, PairVerdict, Subject, compare
from eid.bulk.dates import DateOrder
from eid.bulk.dialects import Encoding
from eid.bulk.fields import Column, ColumnOption, Field, assign_columns, parse_column_option
from eid.bulk.job import Results, clean_table
from eid.bulk.records import CleanRecord, RecordCleaner, Settings
from eid.bulk.summary import Summary
from eid.bulk.tables import Source

__all__ = [
    "By",
    "CleanRecord",
    "Column",
    "ColumnOption",
    "Compared",
    "DateOrder",
    "Encoding",
    "Field",
    "PairAgreement",
    "PairVerdict",
    "RecordCleaner",
    "Results",
    "Settings",
    "Source",
    "Subject",
    "Summary",
    "assign_columns",
    "clean_table",
    "compare",
    "parse_column_option",
]
