"""Attempts that were not admitted, or did not succeed."""

from __future__ import annotations

from datetime import timedelta

from eid.errors.accounts import AccountError
from eid.errors.base import Text

__all__ = ["AttemptLimitsFull", "AttemptLimitsUnavailable", "AttemptRefused", "TooManyAttempts"]


class AttemptRefused(AccountError):
    """The same for an unknown account, a locked one and a wrong secret."""

    code = "ATTEMPT_REFUSED"
    public_message = Text(
        "This was not possible. Please check what you entered, or try again later.",
        "Không thực hiện được. Vui lòng kiểm tra lại thông tin đã nhập hoặc thử lại sau.",
    )
    cause = (
        "The account is unknown, cannot be used now, or what was given is wrong. Which of these is not told, "
        "so that nobody can try out which accounts exist."
    )
    remedy = "Check number and secret. An officer who knows the person can look at the account."


class TooManyAttempts(AttemptRefused):
    """:param retry_after: how long until an attempt is admitted again."""

    code = "TOO_MANY_ATTEMPTS"
    public_message = Text(
        "Too many attempts. Please try again later.", "Quá nhiều lần thử. Vui lòng thử lại sau."
    )
    cause = (
        "Too many attempts for this account or from this place. Nothing was verified. It is the same for "
        "accounts that do not exist."
    )
    remedy = (
        "Wait for `retry_after`. A device on which the holder signed in before has a counter of its own and may "
        "still get in; an officer can release the account. See the guide about attempts."
    )

    def __init__(self, detail: str = "", retry_after: timedelta = timedelta(0)) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class AttemptLimitsUnavailable(AccountError):
    code = "ATTEMPT_LIMITS_UNAVAILABLE"
    public_message = Text(
        "This cannot be checked at the moment. Please try again later.",
        "Hiện không thể kiểm tra. Vui lòng thử lại sau.",
    )
    cause = "The store that counts attempts does not answer, or may not be relied on; nothing was verified for that."
    remedy = "Bring the database back. Never let attempts pass uncounted in the meantime."


class AttemptLimitsFull(AttemptLimitsUnavailable):
    code = "ATTEMPT_LIMITS_FULL"
    public_message = Text(
        "Too many attempts are being made at the moment. Please try again later.",
        "Hiện có quá nhiều lần thử. Vui lòng thử lại sau.",
    )
    cause = "The store that counts attempts has no room, and it forgets none before its time."
    remedy = (
        "Give the store more room. If it fills fast, somebody guesses from many places: look at the sources."
    )
