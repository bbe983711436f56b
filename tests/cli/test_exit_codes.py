"""What the errors of stores, limits, logs and sign-in end the program with: a script decides by that number."""

from __future__ import annotations

import pytest

from eid import errors
from eid.cli.failures import exit_code

_DOES_NOT_HOLD, _USAGE, _UNDECIDED, _ENVIRONMENT = 1, 2, 3, 4


@pytest.mark.parametrize(
    "kind",
    [
        errors.AccountStoreUnavailable, errors.AccountStoreOutdated, errors.AccountStoreNewer,
        errors.AccountStoreForeign, errors.AccountDataDamaged, errors.VaultFileError, errors.VaultMismatch,
        errors.VaultKeyMissing, errors.EventOutOfPlace, errors.AttemptLimitsUnavailable, errors.AttemptLimitsFull,
        errors.UsageLogUnavailable, errors.UsageLogDamaged, errors.UsageLogFormatError,
        errors.SignInProviderUnavailable, errors.SignInAnswerInvalid, errors.ReplayStoreUnavailable,
        errors.MockNotStarted,
    ],
)  # fmt: skip
def test_what_nobody_could_look_up_is_a_failure_of_the_environment(kind: type[errors.EidError]) -> None:
    assert exit_code(kind()) == _ENVIRONMENT


@pytest.mark.parametrize(
    "kind",
    [
        errors.AttemptRefused, errors.TooManyAttempts, errors.SignInStateMismatch, errors.SignInReplayed,
        errors.SignInDenied, errors.SignInCardLocked, errors.SignInOtherPerson, errors.SignInTransactionInvalid,
        errors.VneidClaimsInvalid, errors.VneidEnvelopeInvalid, errors.CheckpointInvalid, errors.ReceiptInvalid,
        errors.UsageProofInvalid, errors.AccountConflict, errors.CommandIdReused, errors.SubjectTaken,
    ],
)  # fmt: skip
def test_what_was_refused_does_not_hold(kind: type[errors.EidError]) -> None:
    assert exit_code(kind()) == _DOES_NOT_HOLD


@pytest.mark.parametrize("kind", [errors.UsageEntryRefused, errors.MockRefused, errors.ServiceUnknown])
def test_what_cannot_be_meant_is_wrong_usage(kind: type[errors.EidError]) -> None:
    assert exit_code(kind()) == _USAGE


@pytest.mark.parametrize(
    "error",
    [
        errors.CertificateChainRefused("no pinned root issued these certificates", "root"), errors.UnknownKey(),
        errors.UnsupportedAlgorithm(), errors.DigestAlgorithmUnsupported(), errors.KeysUnavailable(),
    ],
)  # fmt: skip
def test_an_issuer_or_an_algorithm_that_is_not_known_leaves_it_undecided(error: errors.EidError) -> None:
    assert exit_code(error) == _UNDECIDED


@pytest.mark.parametrize(
    "kind", ["form", "order", "signature", "validity", "authority", "usage", "algorithm"]
)
def test_certificates_that_do_not_hold_are_refused(kind: str) -> None:
    assert exit_code(errors.CertificateChainRefused("", kind)) == _DOES_NOT_HOLD
