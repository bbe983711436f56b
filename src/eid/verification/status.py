"""What has to be asked elsewhere before verifying: status, authenticity at a gateway, whose face it is."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from eid.errors import InputError

__all__ = ["CLOCK_SKEW", "DocumentStatus", "GatewayAnswer", "HolderMatch", "StatusAnswer"]

#: Clocks of two machines may differ by this much.
CLOCK_SKEW = timedelta(minutes=5)


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
class GatewayAnswer:
    """An authority's answer whether one document is authentic, where its certificates are not public.

    The caller has checked who answered (its signature, its TLS certificate) before making this.

    :param authentic: what it says.
    :param source: who answered, a stable word; it appears in the report.
    :param at: when, aware.
    :param sod_sha256: SHA-256 of the octets of EF.SOD it was asked about, in hexadecimal: an answer
        about one card is none about another.
    :raises InputError: not such a hash, or a time without zone.
    """

    authentic: bool
    source: str
    at: datetime
    sod_sha256: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9a-fA-F]{64}", self.sod_sha256):
            raise InputError("a SHA-256 has 64 hexadecimal digits")
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
