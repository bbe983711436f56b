"""Failures: one line for people or one JSON object for programs, and the right exit code. No traceback."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from eid.cli.messages import ENVIRONMENT, FAILED, FAILURES, UNDECIDED, USAGE, USAGE_PROBLEMS
from eid.errors import (
    AccessBlocked,
    AccessDenied,
    AccessKeyFormatError,
    AccessNotOffered,
    AccountError,
    AddressForbidden,
    AttemptLimitsUnavailable,
    CertificateChainRefused,
    ChallengeFormatError,
    CheckpointInvalid,
    ClaimNotThere,
    CleaningOptionsError,
    CredentialDataInvalid,
    DigestAlgorithmUnsupported,
    EidError,
    EventOutOfPlace,
    FetchFailed,
    InvalidSignature,
    KeyNotInForce,
    KeyPassphraseError,
    KeysTooOld,
    KeysUnavailable,
    MockNotStarted,
    MockRefused,
    MrzError,
    NotPassed,
    PersonalNumberError,
    PrintedCodeError,
    QrEncrypted,
    QrMalformed,
    QrNotIssued,
    QrPackNotTrusted,
    QrPhotoError,
    QrSheetError,
    QrTooLong,
    QrWillNotScan,
    ReceiptInvalid,
    RecordError,
    RecordProfileUnknown,
    RecordSignerUnknown,
    ReplayStoreUnavailable,
    ServiceUnknown,
    SignInAnswerInvalid,
    SignInProviderUnavailable,
    StatusFinal,
    StatusListInvalid,
    StatusListMismatch,
    StatusRegistryError,
    StatusUndecided,
    StatusValueInvalid,
    Text,
    TimestampError,
    TimestampMismatch,
    TimestampMissing,
    TimestampTooEarly,
    TimestampUntrusted,
    TokenError,
    TokenMalformed,
    TokenSignatureInvalid,
    UnknownKey,
    UnsupportedAlgorithm,
    UsageEntryRefused,
    UsageProofInvalid,
    WrongAccessKey,
)

__all__ = ["Failure", "FileDamaged", "exit_code", "file_of_the_caller", "message", "usage"]

_EXIT_CODES: tuple[tuple[tuple[type[EidError], ...], int], ...] = (
    ((WrongAccessKey, AccessBlocked, AccessDenied, InvalidSignature, NotPassed, KeyPassphraseError), FAILED),
    ((UnsupportedAlgorithm, DigestAlgorithmUnsupported), UNDECIDED),
    ((AccessNotOffered, UnknownKey, KeysTooOld, KeysUnavailable), UNDECIDED),
    ((MrzError, PersonalNumberError, PrintedCodeError, AccessKeyFormatError, ChallengeFormatError), USAGE),
    ((QrTooLong, QrWillNotScan, QrSheetError, QrPhotoError, QrMalformed, QrNotIssued), USAGE),
    ((QrEncrypted,), UNDECIDED),
    ((QrPackNotTrusted,), FAILED),
    ((KeyNotInForce, TimestampMismatch, TimestampTooEarly), FAILED),
    ((RecordSignerUnknown, RecordProfileUnknown, TimestampUntrusted, TimestampMissing), UNDECIDED),
    ((StatusFinal, StatusListInvalid, StatusListMismatch, TokenSignatureInvalid), FAILED),
    ((StatusUndecided,), UNDECIDED),
    ((StatusValueInvalid, MockRefused), USAGE),
    ((ClaimNotThere, CredentialDataInvalid, CleaningOptionsError, ServiceUnknown, UsageEntryRefused), USAGE),
    ((AddressForbidden, FetchFailed, ReplayStoreUnavailable, MockNotStarted), ENVIRONMENT),
    ((RecordError, StatusRegistryError, TimestampError), ENVIRONMENT),
    ((TokenError,), FAILED),
    ((EventOutOfPlace,), ENVIRONMENT),  # the store is damaged
    ((AttemptLimitsUnavailable, SignInProviderUnavailable, SignInAnswerInvalid), ENVIRONMENT),
    ((CheckpointInvalid, ReceiptInvalid, UsageProofInvalid), FAILED),
    ((AccountError,), FAILED),
)


class Failure(Exception):
    """Something only the command line meets: a missing file, a malformed argument.

    :param code: a key of :data:`eid.cli.messages.FAILURES`.
    :param values: what the sentence leaves open; a :class:`Text` is put in the right language.
    """

    def __init__(self, code: str, **values: str | Text) -> None:
        super().__init__(code)
        self.code = code
        self.exit_code = FAILURES[code][0]
        self._values = values

    def message(self, language: str) -> str:
        """The sentence."""
        values = {
            key: value.in_language(language) if isinstance(value, Text) else value
            for key, value in self._values.items()
        }
        return FAILURES[self.code][1].in_language(language).format(**values)


class FileDamaged(Exception):
    """A file that the caller vouches for is damaged: that fails the environment, and nothing is forged.

    :param error: what is wrong with it; its code is shown.
    """

    def __init__(self, error: EidError) -> None:
        super().__init__(error.code)
        self.error = error


@contextlib.contextmanager
def file_of_the_caller() -> Iterator[None]:
    """Around reading what the caller gives to verify *with*, or has to change or show: its own list, its roots.

    The same errors mean "forged" in what is verified.

    :raises FileDamaged: it is cut off, or nothing of the kind.
    """
    try:
        yield
    except (TokenMalformed, CertificateChainRefused) as error:
        raise FileDamaged(error) from None


def usage(problem: str, name: str = "", hint: str = "") -> Failure:
    """A problem with the arguments. Their values are in no message: they may be secrets.

    :param problem: a key of ``USAGE_PROBLEMS``.
    :param name: the option or argument.
    :param hint: where help is to be had, for example ``eid read --help``.
    """
    text, tail = USAGE_PROBLEMS[problem], f" ({hint})" if hint else ""
    return Failure("USAGE", problem=Text(text.en.format(name=name) + tail, text.vi.format(name=name) + tail))


def exit_code(error: EidError) -> int:
    """1: it does not hold. 2: wrong usage. 3: it cannot be decided. 4: the environment failed."""
    if isinstance(error, NotPassed) and getattr(error.report, "verdict", None) == "UNDECIDED":
        return UNDECIDED
    if isinstance(error, CertificateChainRefused) and error.kind == "root":
        return UNDECIDED  # an issuer who is not known here
    for classes, code in _EXIT_CODES:
        if isinstance(error, classes):
            return code
    return ENVIRONMENT


def message(error: EidError, language: str) -> str:
    """The safe sentence of a library error; the detail for developers behind it is safe, too."""
    text = error.public_message.in_language(language)
    text = f"{text} ({error.detail})" if error.detail else text
    article = getattr(error, "article", None)
    return f"{text} [{article}]" if article else text
