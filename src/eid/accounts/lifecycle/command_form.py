"""Form and size of what commands carry: checked before anything is done with it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from eid.accounts.lifecycle.events import ACCOUNT, ELECTRONIC_CARD
from eid.accounts.model import Details, EvidenceItem
from eid.document.checks import Outcome
from eid.errors import InputError, LimitExceeded

__all__ = [
    "MAX_CONSENTS",
    "MAX_EVIDENCE",
    "MAX_FIELDS",
    "MAX_LINKS",
    "MAX_LOCKS",
    "MAX_PEOPLE",
    "MAX_SUBJECT",
    "MAX_SUBJECTS",
    "REFERENCE",
    "TEXT",
    "WORD",
    "evidence",
    "identifiers",
    "require_consent",
    "require_details",
    "require_lockable",
    "require_moment",
    "require_text",
    "subject_of",
    "texts",
]

#: Characters of a word (a reason, a kind, a purpose), of a reference, of an identifier, of a text.
WORD, REFERENCE, MAX_SUBJECT, TEXT = 64, 128, 64, 200
#: How many an account may have. A snapshot with all of them stays below the limit of its encoding.
MAX_SUBJECTS, MAX_EVIDENCE, MAX_LOCKS, MAX_LINKS, MAX_CONSENTS, MAX_PEOPLE = 16, 64, 32, 128, 64, 64
#: Fields of one consent, kinds of documents.
MAX_FIELDS = 32
_YEARS = range(1900, 9000)


def subject_of(text: str) -> str:
    """*text* as an identifier of a holder: without spaces around it.

    :raises InputError: empty, longer than :data:`MAX_SUBJECT`, or not printable.
    """
    return require_text("an identifier", text.strip() if isinstance(text, str) else text, MAX_SUBJECT)


def require_text(what: str, text: object, limit: int) -> str:
    """*text*, when it is one of 1 to *limit* printable characters.

    :raises InputError: it is not.
    """
    if not isinstance(text, str) or not 0 < len(text) <= limit or not text.isprintable():
        raise InputError(f"{what} has 1 to {limit} printable characters")
    return text


def texts(what: str, given: Iterable[str], length: int, limit: int) -> frozenset[str]:
    """*given* as a set of texts of up to *length* characters.

    :raises InputError: one of them is none, or *given* is a single text.
    :raises LimitExceeded: more than *limit*.
    """
    if isinstance(given, str):  # it would become a set of letters
        raise InputError(f"{what}: a single text in place of several")
    made = frozenset(require_text(what, each, length) for each in given)
    if len(made) > limit:
        raise LimitExceeded(f"more than {limit} {what}")
    return made


def identifiers(given: Iterable[str]) -> tuple[str, ...]:
    """*given* as further identifiers of a holder, each once.

    :raises InputError: see :func:`subject_of`.
    :raises LimitExceeded: as many as an account may have, or more: one is the main one.
    """
    made = tuple(dict.fromkeys(map(subject_of, given)))
    if len(made) >= MAX_SUBJECTS:
        raise LimitExceeded(f"an account has up to {MAX_SUBJECTS} identifiers")
    return made


def evidence(given: Iterable[EvidenceItem]) -> tuple[EvidenceItem, ...]:
    """*given*, checked.

    :raises InputError: a word, an outcome or a time that is none.
    :raises LimitExceeded: more than one account has.
    """
    items = tuple(given)
    if len(items) > MAX_EVIDENCE:
        raise LimitExceeded(f"more than {MAX_EVIDENCE} items of evidence")
    for item in items:
        require_text("a kind of evidence", item.kind, WORD)
        require_text("a source", item.source, WORD)
        if not isinstance(item.outcome, Outcome):  # a word that looks like one is compared otherwise
            raise InputError("evidence without outcome")
        if item.digest is not None:
            require_text("a digest", item.digest, REFERENCE)
        require_moment(item.at)
        require_moment(item.expires_at)
    return items


def require_lockable(word: str) -> None:
    """Let pass the words of what can be locked.

    :raises InputError: another word.
    """
    if word not in (ACCOUNT, ELECTRONIC_CARD):
        raise InputError(f"only {ACCOUNT} and {ELECTRONIC_CARD} can be locked")


def require_moment(at: datetime | None) -> None:
    """Let pass a time with zone, and ``None``.

    :raises InputError: without zone, or of a year that no account sees.
    """
    if at is not None and (at.utcoffset() is None or at.year not in _YEARS):
        raise InputError("a time without zone, or of another age")


def require_details(details: Details | None) -> None:
    """Let pass details of which each is a text.

    :raises InputError: one is not.
    """
    for each in () if details is None else (details.name, details.phone, details.email):
        if each is not None:
            require_text("a detail", each, TEXT)


def require_consent(purpose: str, requester: str | None) -> None:
    """Let pass what names a consent.

    :raises InputError: no word, no reference.
    """
    require_text("a purpose", purpose, WORD)
    if requester is not None:
        require_text("a requester", requester, REFERENCE)
