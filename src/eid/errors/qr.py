"""QR codes: what is in them, and their pictures."""

from __future__ import annotations

from eid.errors.base import EidError, InputError, Text

__all__ = [
    "QrCameraUnavailable",
    "QrClaimInvalid",
    "QrClaimMissing",
    "QrCompressionInvalid",
    "QrEncrypted",
    "QrError",
    "QrMalformed",
    "QrNotIssued",
    "QrPackError",
    "QrPackNotTrusted",
    "QrPhotoError",
    "QrPictureUnreadable",
    "QrSheetError",
    "QrStructureInvalid",
    "QrTextInvalid",
    "QrTooLarge",
    "QrTooLong",
    "QrWillNotScan",
]


class QrError(EidError):
    """A QR code that cannot be used."""

    code = "QR_REFUSED"
    public_message = Text("The QR code cannot be used.", "Không sử dụng được mã QR này.")
    cause = "The content or the picture of a QR code is not usable; a more specific code says why."
    remedy = "Scan the code again. When it stays the same, ask its issuer for a new one."


# --- signed codes --------------------------------------------------------------------------------


class QrMalformed(QrError, InputError):
    """Not a signed code at all. Nothing is known of who made it, so this is no verdict."""

    code = "QR_MALFORMED"
    public_message = Text("This is not a signed code.", "Đây không phải là mã QR có chữ ký.")
    cause = "The text is not base45 of a compressed COSE_Sign1 with a CBOR Web Token inside; a subclass says where it breaks."
    remedy = "Scan the whole code again, with the scanner in serial mode. Printed card codes are read with `eid vietnam qr`."


class QrTextInvalid(QrMalformed):
    code = "QR_TEXT"
    public_message = Text(
        "The code's text is damaged or of another kind.", "Nội dung mã QR bị hỏng hoặc thuộc loại khác."
    )
    cause = (
        "A character or length that base45 (RFC 9285) does not have, or a prefix other than the one expected."
    )
    remedy = "Scan again; a keyboard-mode scanner changes letters. Vaccination codes begin with HC1:."


class QrTooLarge(QrMalformed):
    code = "QR_TOO_LARGE"
    public_message = Text(
        "The code holds more than a code can.", "Mã QR chứa nhiều dữ liệu hơn mức cho phép."
    )
    cause = "The text is longer than any QR code, or swells when decompressed, or is nested, beyond the limits set before any work is done."
    remedy = "No honest code does that: do not use it."


class QrCompressionInvalid(QrMalformed):
    code = "QR_COMPRESSION"
    public_message = Text("The code's content cannot be unpacked.", "Không giải nén được nội dung mã QR.")
    cause = (
        "No whole zlib stream (RFC 1950), octets behind it, or Brotli where that package is not installed."
    )
    remedy = "Scan again. For codes packed with Brotli install the package brotli."


class QrStructureInvalid(QrMalformed):
    """``reason`` is the code of what is wrong, from :mod:`eid.crypto.cose` and the CBOR reader."""

    code = "QR_STRUCTURE"
    public_message = Text("The code is not built as it must be.", "Mã QR không đúng cấu trúc quy định.")
    cause = "Not exactly one COSE_Sign1 (RFC 9052, 4.2) around a CBOR map: duplicate keys, other tags, trailing octets, a header that is not allowed."
    remedy = "Do not use the code; its issuer must repair its software."

    def __init__(self, detail: str = "", reason: str = "") -> None:
        super().__init__(detail)
        self.reason = reason


class QrClaimInvalid(QrMalformed):
    """``claim`` names the claim or field, never its value."""

    code = "QR_CLAIM"
    public_message = Text("A field of the code is not valid.", "Một trường dữ liệu của mã QR không hợp lệ.")
    cause = "A claim or field has a type or value that its definition (RFC 8392, claim 169, HCERT) does not allow."
    remedy = "The message names the field: its issuer must write it as defined."

    def __init__(self, detail: str = "", claim: str = "") -> None:
        super().__init__(detail)
        self.claim = claim


class QrClaimMissing(QrClaimInvalid):
    code = "QR_CLAIM_MISSING"
    public_message = Text("The code lacks a field it must have.", "Mã QR thiếu trường dữ liệu bắt buộc.")
    cause = (
        "No identity data (claim 169), no health certificate (claim -260), or a field that these must have."
    )
    remedy = "This is a signed code of another kind. Use the reader for that kind."


class QrEncrypted(QrError):
    """Well made, but not for us: there is nothing to judge, and nothing is known against it."""

    code = "QR_ENCRYPTED"
    public_message = Text("The code is encrypted.", "Mã QR đã được mã hóa.")
    cause = "A COSE_Encrypt0 or COSE_Encrypt message: only who has the secret key can read it; this library does not."
    remedy = "Ask for the signed code without encryption."


class QrNotIssued(QrError):
    """Asked to issue what may not be issued."""

    code = "QR_NOT_ISSUED"
    public_message = Text("The code was not issued.", "Không thể phát hành mã QR.")
    cause = "A lifetime, level, nonce or size outside what signed codes may have, for example a presentation of more than 60 seconds."
    remedy = "Correct the argument that the message names."


# --- the offline pack ----------------------------------------------------------------------------


class QrPackError(QrError, InputError):
    code = "QR_PACK_FORMAT"
    public_message = Text("The offline file cannot be read.", "Không đọc được tệp ngoại tuyến.")
    cause = "Not a file made by `eid qr pack`, damaged, or of a newer version."
    remedy = "Copy the file again from where it was made."


class QrPackNotTrusted(QrPackError):
    code = "QR_PACK_NOT_TRUSTED"
    public_message = Text(
        "The offline file was altered or comes from somebody else.",
        "Tệp ngoại tuyến đã bị sửa đổi hoặc không đúng nguồn.",
    )
    cause = "Its signature does not hold with the key that was given for it, or it is of another key or algorithm."
    remedy = "Do not use the file. Get it, and the key it is signed with, from its maker again."


# --- images --------------------------------------------------------------------------------------


class QrTooLong(QrError, InputError):
    """No code of any version holds the text, at the level asked for or at the lowest."""

    code = "QR_TOO_LONG"
    public_message = Text("The text is too long for a QR code.", "Nội dung quá dài, không đưa vừa mã QR.")
    cause = "The largest QR code (version 40) holds 4,296 letters and digits or 2,953 octets at its lowest error correction level, less at the others."
    remedy = "Shorten the content: a smaller photo, or none. Or let the level be chosen."


class QrWillNotScan(QrError, InputError):
    """Refused before anything is printed. ``needed_mm`` is the smallest width that would do."""

    code = "QR_WILL_NOT_SCAN"
    public_message = Text(
        "Printed at this size, the code could not be scanned.",
        "In ở kích thước này sẽ không quét được mã QR.",
    )
    cause = "Its squares would be smaller than printers draw well (0.25 mm), or than 3 pixels of the camera."
    remedy = "Print at least as wide as the message says, shorten the content, or scan with a finer camera."

    def __init__(self, detail: str = "", needed_mm: float = 0.0) -> None:
        super().__init__(detail)
        self.needed_mm = needed_mm


class QrSheetError(QrError, InputError):
    code = "QR_SHEET"
    public_message = Text("The labels cannot be put on a page.", "Không xếp được nhãn lên trang in.")
    cause = "No label is given, a label is larger than the page, or a caption has letters that the sheet cannot write."
    remedy = "Print the codes smaller; write captions in English or Vietnamese letters, in short lines."


class QrPictureUnreadable(QrError, InputError):
    code = "QR_PICTURE"
    public_message = Text("The picture could not be read.", "Không đọc được hình ảnh.")
    cause = "The file is not a picture in PNG, JPEG, WebP or BMP, or it is damaged; or an array has another shape than a picture."
    remedy = "Take the picture again, or convert it to PNG or JPEG."


class QrCameraUnavailable(QrError):
    code = "QR_CAMERA"
    public_message = Text("The camera gives no picture.", "Camera không cho hình ảnh.")
    cause = "There is no such camera, another program uses it, the user may not open it, or it was unplugged."
    remedy = "Close other programs that use the camera; on Linux the user must be in the group `video`."


class QrPhotoError(QrError, InputError):
    code = "QR_PHOTO"
    public_message = Text(
        "The photo cannot be made small enough.", "Không thể thu nhỏ ảnh đến mức cần thiết."
    )
    cause = "Even at its lowest quality the photo does not fit into the octets allowed for it."
    remedy = "Allow more octets (a recognisable face needs about 400), or leave the photo out."
