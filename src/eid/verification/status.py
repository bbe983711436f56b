"""What has to be asked elsewhere before verifying: the document's status, and whose face it is."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from eid.errors import InputError

__all__ = ["DocumentStatus", "HolderMatch", "StatusAnswer"]


class DocumentStatus(enum.StrEnum):
    """What an authority or an own list says of a document."""

    IN_FORCE = "IN_FORCE"
    LOST = "LOST"
    REVOKED = "REVOKED"
    LOCKED = "LOCKED"
    REPLACED = "REPLACED"
    UNKNOWN = "UNKNOWN"  #: the source was asked and does not know this document


@dataclass(frozen=True, slots=True)
class StatusAnswer:
    """An answer about one document.

    :param status: a :class:`DocumentStatus` or its word.
    :param source: who answered, a stable word; it appears in the report.
    :param at: when, aware.
    :raises InputError: another word, or a time without zone.
    """

    status: DocumentStatus
    source: str
    at: datetime

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "status", DocumentStatus(self.status))
        except ValueError:
            raise InputError("not a document status") from None
        _aware(self.at)


@dataclass(frozen=True, slots=True)
class HolderMatch:
    """The result of comparing the person present with the portrait, by an officer or a matcher.

    :param matched: the decision of whoever compared; scores are recorded, not judged here.
    :param source: who or what compared, a stable word (vendor, or ``officer``).
    :param method: for example ``face``, ``fingerprint``, ``officer``.
    :param score: as the vendor scales it, with its *threshold*.
    :param at: when, aware.
    :raises InputError: a time without zone.
    """

    matched: bool
    source: str
    method: str
    at: datetime
    score: float | None = None
    threshold: float | None = None

    def __post_init__(self) -> None:
        _aware(self.at)


def _aware(moment: datetime) -> None:
    if moment.utcoffset() is None:
        raise InputError("a time without zone")
