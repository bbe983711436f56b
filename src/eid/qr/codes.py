"""Verdict codes that only signed codes have: what each means, its cause and remedy.

The others are those of documents (:mod:`eid.verification.codes`) and of the error classes, whose code
stands in a verdict where the error was the reason for it (``UNKNOWN_KEY``, ``KEYS_TOO_OLD``, ...).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from eid.errors import Text
from eid.verification.codes import CodeEntry

__all__ = ["QR_CODES"]


def _entry(code: str, en: str, vi: str, cause: str, remedy: str) -> CodeEntry:
    return CodeEntry(code, Text(en, vi), cause, remedy)


_FORGED = "Do not accept the code. It was altered, or made by somebody who has no key."
_BRING = "Bring a newer offline file, or the status lists and keys, from the issuer."

_ENTRIES = (
    # --- authentic -------------------------------------------------------------------------------
    _entry(
        "QR_UNSIGNED",
        "The code carries no signature.",
        "Mã QR không có chữ ký.",
        "The place of the signature is empty. Everybody can make such a code.",
        _FORGED,
    ),
    _entry(
        "QR_SIGNATURE_INVALID",
        "The code's signature is wrong: it is forged or altered.",
        "Chữ ký của mã QR không hợp lệ: mã bị giả mạo hoặc sửa đổi.",
        "The signature does not hold with the key that the code names.",
        _FORGED,
    ),
    _entry(
        "QR_ALGORITHM_MISMATCH",
        "The code's signature is of the wrong kind.",
        "Chữ ký của mã QR sai loại.",
        "The code names another algorithm than the key it is checked with; the algorithm belongs to the key.",
        _FORGED,
    ),
    _entry(
        "QR_ISSUER_UNKNOWN",
        "The code names an issuer that is not trusted here.",
        "Mã QR ghi một bên phát hành chưa được tin cậy ở đây.",
        "No issuer of this name is configured, or the code names none. That is no sign of forgery.",
        "Add the issuer with its keys from a source you trust, then verify again.",
    ),
    _entry(
        "QR_KEY_NOT_NAMED",
        "None of the issuer's keys has signed the code.",
        "Không có khóa nào của bên phát hành khớp với chữ ký trên mã QR.",
        "The code names no key, and the signature holds with none that was tried: forged, or of a key that is not known here.",
        "Bring the issuer's keys up to date. When it stays the same, do not accept the code.",
    ),
    _entry(
        "QR_COUNTRY_MISMATCH",
        "The code names another country than its signer's certificate.",
        "Quốc gia ghi trên mã QR khác với quốc gia của chứng thư ký.",
        "A signer of one country cannot vouch for certificates of another.",
        "Do not accept the code before it is explained.",
    ),
    _entry(
        "QR_SIGNER_NOT_ENTITLED",
        "The signer's certificate is not for certificates of this kind.",
        "Chứng thư của bên ký không dùng cho loại chứng nhận này.",
        "Its extended key usage names vaccination, test or recovery, and not the one in the code.",
        "Do not accept the code before it is explained.",
    ),
    # --- still valid -----------------------------------------------------------------------------
    _entry(
        "QR_EXPIRED",
        "The code has expired.",
        "Mã QR đã hết hạn.",
        "Its expiration time is past.",
        "Ask for a new code. Check the clock of this machine.",
    ),
    _entry(
        "QR_NOT_YET_VALID",
        "The code is not valid yet.",
        "Mã QR chưa có hiệu lực.",
        "Its time of issue or beginning of validity lies in the future.",
        "Check the clock of this machine.",
    ),
    _entry(
        "QR_NO_EXPIRY",
        "The code does not say until when it is valid.",
        "Mã QR không ghi thời hạn hiệu lực.",
        "It has no expiration time, which claim 169 allows and a health certificate does not.",
        "Ask its issuer; until then nothing is known about its validity.",
    ),
    _entry(
        "QR_LIVES_TOO_LONG",
        "The presentation was made to live longer than a presentation may.",
        "Mã trình diện có thời hạn dài hơn mức cho phép.",
        "A code with a nonce lives longer than the policy allows (60 seconds).",
        "Ask for a new presentation from an issuer that keeps to the limit.",
    ),
    _entry(
        "QR_NOT_A_PRESENTATION",
        "This is a printed code, not one made for this check.",
        "Đây là mã in sẵn, không phải mã được tạo cho lần kiểm tra này.",
        "A nonce was expected and the code has none: it may be a photocopy.",
        "Ask the holder to present the code anew with the nonce of this check.",
    ),
    _entry(
        "QR_NONCE_MISMATCH",
        "The code was made for another check.",
        "Mã QR được tạo cho một lần kiểm tra khác.",
        "Its nonce is not the one that this verifier gave: a replay, or a mix-up.",
        "Start again with a new nonce.",
    ),
    _entry(
        "QR_NONCE_NOT_GIVEN",
        "The code was made for one check, and it is not known for which.",
        "Mã QR được tạo cho một lần kiểm tra, nhưng không biết là lần nào.",
        "The code has a nonce and the verifier did not say which one it gave.",
        "Verify with the nonce that was given to the holder.",
    ),
    _entry(
        "QR_SIGNER_EXPIRED",
        "The certificate of the code's signer has expired.",
        "Chứng thư của bên ký mã QR đã hết hạn.",
        "The time of verification is after the end of the signer's certificate.",
        "Ask for a new code. Check the clock of this machine.",
    ),
    _entry(
        "QR_SIGNER_NOT_YET_VALID",
        "The certificate of the code's signer is not valid yet.",
        "Chứng thư của bên ký mã QR chưa có hiệu lực.",
        "The time of verification is before the beginning of the signer's certificate.",
        "Check the clock of this machine.",
    ),
    _entry(
        "QR_REVOKED",
        "The code was revoked by its issuer.",
        "Mã QR đã bị bên phát hành thu hồi.",
        "The status list that the code refers to says so.",
        "Do not accept the code.",
    ),
    _entry(
        "QR_SUSPENDED",
        "The code is suspended by its issuer.",
        "Mã QR đang bị bên phát hành tạm đình chỉ.",
        "The status list that the code refers to says so.",
        "Do not accept the code now; it may be reinstated.",
    ),
    _entry(
        "QR_STATUS_UNKNOWN",
        "The status list gives no usable answer for this code.",
        "Danh sách trạng thái không có câu trả lời cho mã QR này.",
        "The status in the list is one that only the issuer understands.",
        "Ask the issuer.",
    ),
    _entry(
        "QR_STATUS_NOT_CHECKED",
        "Revocation was not looked at, because the policy says so.",
        "Không kiểm tra thu hồi theo chính sách đã đặt.",
        "The policy was made with without_status_check().",
        "Use the standard policy where a revoked code would do harm.",
    ),
    _entry(
        "QR_FOR_AN_AUDIENCE",
        "The code was made for somebody in particular.",
        "Mã QR được tạo cho một nơi nhận nhất định.",
        "It names an audience, and this verifier has no name among audiences.",
        "Ask for a code that is for everybody, or a presentation.",
    ),
    _entry(
        "QR_OUTSIDE_RECOVERY_PERIOD",
        "The recovery certificate is not for this day.",
        "Giấy chứng nhận khỏi bệnh không có hiệu lực vào ngày này.",
        "The day lies outside the period that the certificate itself states.",
        "Ask for another certificate.",
    ),
    # --- offline files ---------------------------------------------------------------------------
    _entry(
        "QR_CLOCK_BEHIND",
        "The clock of this machine is behind the offline file.",
        "Đồng hồ của máy chậm hơn thời điểm tạo tệp ngoại tuyến.",
        "The time of verification is before the offline file was made, so it cannot be the right time.",
        "Set the clock, then verify again.",
    ),
    # --- warnings --------------------------------------------------------------------------------
    _entry(
        "KEYS_STALE",
        "The issuer's keys could not be refreshed lately.",
        "Khóa của bên phát hành gần đây chưa được cập nhật.",
        "The last attempt to fetch them failed; they are used within the grace that is configured.",
        "Restore the connection to the issuer.",
    ),
)

QR_CODES: Mapping[str, CodeEntry] = MappingProxyType({entry.code: entry for entry in _ENTRIES})
