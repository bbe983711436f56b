"""The root of the tree, and what every floor can raise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

__all__ = [
    "EidError",
    "EncodingError",
    "InputError",
    "InvalidSignature",
    "KeyFormatError",
    "LimitExceeded",
    "MissingExtra",
    "NotPassed",
    "Text",
    "UnknownCurve",
    "UnsupportedAlgorithm",
    "all_errors",
]


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence for people, in English and Vietnamese. ``str()`` gives the English one."""

    en: str
    vi: str

    def __str__(self) -> str:
        return self.en

    def in_language(self, language: str) -> str:
        """The sentence in *language* (``"vi"`` or anything else for English)."""
        return self.vi if language == "vi" else self.en


class EidError(Exception):
    """Root of the tree.

    :param detail: what happened, for developers; the caller of this constructor keeps personal data
        and secrets out of it.
    """

    code: ClassVar[str] = "EID_ERROR"
    public_message: ClassVar[Text] = Text("Something went wrong.", "Đã có lỗi xảy ra.")
    cause: ClassVar[str] = "An error of the library that has no more specific class."
    remedy: ClassVar[str] = "Report it with the code and the version of the library."

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.detail or self.public_message.en}"


class InputError(EidError):
    """Bytes or text from outside that are not what they should be."""

    code = "INVALID_INPUT"
    public_message = Text("The input is not in the expected form.", "Dữ liệu đầu vào không đúng định dạng.")
    cause = "A file, text or argument does not have the form the function reads."
    remedy = "Check that the right file or text was given and that it was not cut or converted on the way."


class LimitExceeded(InputError):
    code = "LIMIT_EXCEEDED"
    public_message = Text("The input is larger than allowed.", "Dữ liệu vượt quá giới hạn cho phép.")
    cause = "Size, depth or count of the input is beyond the limit set before any work is done."
    remedy = (
        "Such input does not come from a card. If it does, report the card; the limits are named constants."
    )


class EncodingError(InputError):
    """BER/DER, TLV or CBOR that is malformed. ``kind`` is a short stable word."""

    code = "ENCODING"
    public_message = Text("The data is damaged or cut off.", "Dữ liệu bị hỏng hoặc bị cắt.")
    cause = "A tag, length or value breaks the encoding rules (ITU-T X.690, RFC 8949)."
    remedy = "Read the file again; when it stays the same, the file was damaged before it came here."

    def __init__(self, detail: str = "", kind: str = "malformed") -> None:
        super().__init__(detail)
        self.kind = kind


class KeyFormatError(InputError):
    code = "KEY_FORMAT"
    public_message = Text("A key could not be read.", "Không đọc được khóa.")
    cause = "A public or private key is not a valid SubjectPublicKeyInfo, PKCS#8 or point of its curve."
    remedy = "Check the key file; a key taken from a card file means that the file is damaged."


class MissingExtra(EidError):
    code = "MISSING_EXTRA"
    public_message = Text(
        "A part of the software is not installed.", "Một thành phần phần mềm chưa được cài đặt."
    )
    cause = "The function needs an optional package that is not installed."
    remedy = "Install the extra that the message names, for example eid[images]."


class UnsupportedAlgorithm(EidError):
    """Not *wrong*: only not something this library can check."""

    code = "UNSUPPORTED_ALGORITHM"
    public_message = Text(
        "The algorithm is not supported; nothing is known about validity.",
        "Thuật toán không được hỗ trợ; chưa thể kết luận về tính hợp lệ.",
    )
    cause = "An algorithm, curve or parameter set outside the supported ones."
    remedy = "Report the algorithm named in the message. The card is neither genuine nor forged by this."


class UnknownCurve(UnsupportedAlgorithm):
    code = "UNKNOWN_CURVE"
    public_message = Text(
        "The elliptic curve is not a known one.", "Đường cong elliptic không thuộc danh sách đã biết."
    )
    cause = "Explicit curve parameters that differ from every named curve."
    remedy = (
        "Never trust such a key: parameters chosen by a forger can make any signature verify (CVE-2020-0601)."
    )


class InvalidSignature(EidError):
    code = "INVALID_SIGNATURE"
    public_message = Text("A signature is wrong.", "Chữ ký không hợp lệ.")
    cause = "The signature does not belong to this data and key."
    remedy = "Treat the data as forged or altered."


class NotPassed(EidError):
    """Raised by ``verify_or_raise``; ``report`` holds the four verdicts."""

    code = "NOT_PASSED"
    public_message = Text("The card was not proven.", "Chưa chứng minh được thẻ.")
    cause = "A required verdict failed or could not be decided."
    remedy = "Look at the codes of the verdicts in the report."

    def __init__(self, detail: str = "", report: object = None) -> None:
        super().__init__(detail)
        self.report = report


def all_errors() -> Iterator[type[EidError]]:
    """Every error class of the library, root first, each once: the source of the error catalogue."""
    stack: list[type[EidError]] = [EidError]
    while stack:
        cls = stack.pop(0)
        yield cls
        stack[:0] = cls.__subclasses__()
