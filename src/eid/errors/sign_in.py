"""Signing in through a provider: VNeID as publicly known, and OpenID Connect."""

from __future__ import annotations

from eid.errors.accounts import AccountError
from eid.errors.base import InputError, Text

__all__ = [
    "MockNotStarted",
    "MockRefused",
    "SignInAnswerInvalid",
    "SignInCardLocked",
    "SignInCodeRefused",
    "SignInDenied",
    "SignInError",
    "SignInExpired",
    "SignInOtherPerson",
    "SignInProviderUnavailable",
    "SignInReplayed",
    "SignInResponseInvalid",
    "SignInStateMismatch",
    "SignInTransactionInvalid",
    "VneidClaimsInvalid",
    "VneidEnvelopeInvalid",
]


class SignInError(AccountError):
    code = "SIGN_IN"
    public_message = Text("The sign-in did not succeed.", "Đăng nhập không thành công.")
    cause = "Something about the sign-in does not hold; a more specific code says what."
    remedy = "See the more specific code. The person begins again."


class SignInTransactionInvalid(SignInError):
    code = "SIGN_IN_TRANSACTION"
    public_message = Text(
        "This sign-in was not begun in this browser.", "Phiên đăng nhập này không bắt đầu từ trình duyệt này."
    )
    cause = "The sealed transaction is missing, altered, of another browser session or provider, or sealed with a secret no longer in use."
    remedy = "Begin again. When it happens to everybody: compare the secrets of all processes, and look whether the cookie reaches the callback."


class SignInStateMismatch(SignInError):
    code = "SIGN_IN_STATE"
    public_message = Text(
        "The answer belongs to another sign-in.", "Phản hồi thuộc về một phiên đăng nhập khác."
    )
    cause = "`state` is not the one of this browser's transaction: two tabs, or somebody else's answer (RFC 6749, 10.12)."
    remedy = "Do not accept it. The person begins again, in one tab."


class SignInExpired(SignInError):
    code = "SIGN_IN_EXPIRED"
    public_message = Text(
        "The sign-in took too long. Please begin again.", "Đăng nhập quá thời hạn. Vui lòng thực hiện lại."
    )
    cause = "More time went by since the sign-in began than its transaction may live."
    remedy = "Begin again; compare the clocks of the machines when it happens at once."


class SignInReplayed(SignInError):
    code = "SIGN_IN_REPLAYED"
    public_message = Text(
        "This sign-in was completed before.", "Phiên đăng nhập này đã được sử dụng trước đó."
    )
    cause = "The callback was called a second time for one transaction: the page was reloaded, or somebody repeats an answer."
    remedy = "Do not accept it. The person begins again."


class SignInResponseInvalid(SignInError, InputError):
    code = "SIGN_IN_RESPONSE"
    public_message = Text("The answer of the sign-in page is damaged.", "Phản hồi đăng nhập bị hỏng.")
    cause = "A parameter of the callback is missing, there twice, too long or of another form (RFC 6749, 4.1.2; RFC 9207)."
    remedy = (
        "Pass the query string as the server received it, undecoded. When it stays so, tell the provider."
    )


class SignInDenied(SignInError):
    """``reason`` is the provider's word, or empty when it was not a plain one."""

    code = "SIGN_IN_DENIED"
    public_message = Text("The sign-in was declined.", "Yêu cầu đăng nhập bị từ chối.")
    cause = "The provider answered with an error: the person declined, or the request was not accepted (RFC 6749, 4.1.2.1)."
    remedy = "Let the person begin again. Words other than `access_denied` are for the operator: compare the registration with the provider."

    def __init__(self, detail: str = "", reason: str = "", *, article: str | None = None) -> None:
        super().__init__(detail, article=article)
        self.reason = reason


class SignInCardLocked(SignInDenied):
    """A result of its own (Law 26/2023/QH15, Art. 34): nobody typed anything wrong."""

    code = "SIGN_IN_CARD_LOCKED"
    public_message = Text(
        "The electronic identity card is locked. Ask the identity authority to unlock it.",
        "Căn cước điện tử đang bị khóa. Vui lòng liên hệ cơ quan quản lý căn cước để mở khóa.",
    )
    cause = (
        "The provider says that the holder's electronic identity card is locked (Law 26/2023/QH15, Art. 34)."
    )
    remedy = "Do not offer another attempt or a new password: only the authority or the holder can unlock it."


class SignInCodeRefused(SignInError):
    code = "SIGN_IN_CODE"
    public_message = Text(
        "The sign-in code is no longer good. Please begin again.",
        "Mã đăng nhập không còn hiệu lực. Vui lòng thực hiện lại.",
    )
    cause = "The provider did not take the code: it lives for seconds, was used, or was altered; or the client's own credentials are wrong."
    remedy = "Begin again. When it happens to everybody: compare client identifier, secret, redirect address and clocks."


class SignInProviderUnavailable(SignInError):
    code = "SIGN_IN_PROVIDER"
    public_message = Text(
        "The sign-in service does not answer.", "Dịch vụ đăng nhập không phản hồi. Vui lòng thử lại sau."
    )
    cause = (
        "No connection, a certificate that does not hold, a redirect, a server error, or an answer too late."
    )
    remedy = "Try again later; check network, proxy and trusted certificates. Certificate checks are never switched off."


class SignInAnswerInvalid(SignInError):
    code = "SIGN_IN_ANSWER"
    public_message = Text(
        "The answer of the sign-in service is not usable.", "Phản hồi của dịch vụ đăng nhập không hợp lệ."
    )
    cause = "An answer of the provider on the back channel is too large, no JSON, or lacks a member (RFC 6749, 5.1; OpenID Connect Core, 3.1.3.3)."
    remedy = "Report the detail to the provider; do not accept the sign-in."


class SignInOtherPerson(SignInError):
    code = "SIGN_IN_OTHER_PERSON"
    public_message = Text("Somebody else signed in.", "Người đăng nhập không phải là người được yêu cầu.")
    cause = "The claims are about another person than the one the sign-in was begun for, or two answers of one sign-in are about two people."
    remedy = "Do not accept it. The right person signs in on their own device."


class VneidEnvelopeInvalid(SignInError):
    """One error for everything that can be wrong with an envelope: what was wrong would help a forger."""

    code = "VNEID_ENVELOPE"
    public_message = Text(
        "The encrypted answer could not be opened.", "Không giải mã được phản hồi đăng nhập."
    )
    cause = "An encrypted code or answer is damaged, altered, too large, or encrypted for another key. Which one is not told: that would be an oracle."
    remedy = "Begin again. When it happens to everybody: check that the provider has this service's present public key."


class VneidClaimsInvalid(SignInError, InputError):
    """``kind`` is a short stable word: ``account_level_unknown``, ``pin_not_string`` ..."""

    code = "VNEID_CLAIMS"
    public_message = Text(
        "The data of the sign-in are incomplete or not valid.", "Dữ liệu đăng nhập thiếu hoặc không hợp lệ."
    )
    cause = "A claim is missing or has another type or value than can be relied on; the number lost its zeros, or the account level is none."
    remedy = "Do not guess: a missing level is not level 1. Compare with the interface description of your contract."

    def __init__(self, detail: str = "", kind: str = "form") -> None:
        super().__init__(detail)
        self.kind = kind


class MockRefused(AccountError, InputError):
    code = "VNEID_MOCK"
    public_message = Text(
        "The stand-in for sign-in runs in tests only, on this machine only.",
        "Máy chủ đăng nhập giả lập chỉ chạy để kiểm thử, trên chính máy này.",
    )
    cause = "The mock provider was started without saying that this is a test, or with an address that others can reach."
    remedy = (
        "Say test_only=True (`--test-only`), and use loopback addresses (127.0.0.1, ::1, localhost) alone."
    )


class MockNotStarted(AccountError):
    code = "VNEID_MOCK_ADDRESS"
    public_message = Text(
        "The stand-in for sign-in cannot listen there.",
        "Máy chủ đăng nhập giả lập không thể mở cổng tại địa chỉ này.",
    )
    cause = "The port is taken, or may not be used by this user."
    remedy = "Choose another port, or 0 for any that is free."
